"""`collect github`: pull requests become outcomes (issue 11, item 2)."""

from __future__ import annotations

from tests.support.forge.memory import sha_of
from tests.support.github_desk import GitHubDesk


def test_every_kind_of_fact_becomes_its_row(shop: GitHubDesk) -> None:
    memory = shop.memory
    pull = memory.pull("SD-7-login")
    memory.push(pull, sha_of("a"))
    memory.check(sha_of("a"))
    memory.review(pull)
    memory.label(pull, "rework-db")
    memory.comment(pull, "/rework RISK/EXEC flaky-test so it is")
    document = shop.collected()
    assert shop.brief() == [
        "SD-7 API/EXEC issue",
        "SD-7 DATABASE/EXEC rework",
        "SD-7 RISK/EXEC rework flaky-test",
        "SD-7 TESTING/EXEC rework tool-use",
    ]
    assert document["seen"] == "1 pull request into main"
