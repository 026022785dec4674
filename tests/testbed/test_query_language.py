"""GitHub's query language on the bed: what GitHub would refuse fails the test, and limits are kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.errors import BotError
from bot.forge.github import sender
from bot.forge.questions import Questions
from bot.forge.sign_in import github_settings
from tests.support.forge.host import Host
from tests.support.forge.tokens import ACTIONS, PAT, WRONG, Token

REPOSITORY = "repository(owner: $owner, name: $name)"
HEAD = "query Q($owner: String!, $name: String!)"


def asking(host: Host, token: Token | str = PAT) -> Questions:
    settings = github_settings(host.environment(token))
    assert settings is not None
    return Questions(sender(settings), settings)


@pytest.fixture
def strict(github: Host) -> Iterator[Host]:
    """The host; what it has against the questions is expected, and taken back."""
    yield github
    github.violations.clear()


AGAINST = [
    (f"{HEAD} {{ {REPOSITORY} {{ pullRequest(number: 1) {{ mergedBy {{ nonsense }} }} }} }}", "nonsense"),
    (f"{HEAD} {{ {REPOSITORY} {{ pullRequest {{ id }} }} }}", "number"),
    (f"{HEAD} {{ {REPOSITORY} {{ pullRequests(first: 101) {{ nodes {{ id }} }} }} }}", "1 to 100"),
    (f"{HEAD} {{ {REPOSITORY} {{ pullRequest(number: 1) {{ databaseId }} }} }}", "deprecated"),
    (
        f"{HEAD} {{ {REPOSITORY} {{ pullRequests(first: 100) {{ nodes {{ comments(first: 100) {{ nodes {{ "
        "reactions(first: 100) { nodes { id } } } } } } } }",
        "1,010,100 nodes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "words"), AGAINST, ids=[words for _, words in AGAINST])
def test_a_question_that_github_would_refuse_fails_the_test(
    strict: Host, query: str, words: str
) -> None:
    strict.memory.pull("x")
    with pytest.raises(BotError):
        asking(strict).of_repository(query, {})
    assert any(words in violation for violation in strict.violations)


def test_more_than_100_ids_are_refused(strict: Host) -> None:
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    with pytest.raises(BotError, match="more than 100 node ids"):
        asking(strict).ask(query, {"ids": [str(n) for n in range(101)]}, gone=True)


def test_what_is_gone_is_null_and_an_error_unless_that_is_expected(github: Host) -> None:
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    github.memory.pull("x")
    told = {"ids": ["PR_1", "PR_2"]}
    assert asking(github).ask(query, told, gone=True) == {"nodes": [{"id": "PR_1"}, None]}
    with pytest.raises(BotError, match="Could not resolve to a node"):
        asking(github).ask(query, told)


def test_nobody_unknown_is_answered(github: Host) -> None:
    with pytest.raises(BotError, match="GITHUB_TOKEN is wrong or has expired"):
        asking(github, WRONG).of_repository(f"{HEAD} {{ {REPOSITORY} {{ nameWithOwner }} }}", {})


def test_a_token_without_a_permission_is_refused_what_needs_it(github: Host) -> None:
    rest = "... on Commit { checkSuites(first: 1) { nodes { id } } }"
    query = f"query Q($id: ID!) {{ node(id: $id) {{ {rest} }} }}"
    with pytest.raises(BotError, match="Resource not accessible by integration"):
        asking(github, ACTIONS).ask(query, {"id": "x"})


def test_people_have_the_permission_that_the_memory_says(github: Host) -> None:
    github.memory.permissions |= {"ria": "maintain", "tom": "triage", "eve": "none"}
    asked = asking(github)
    said = [asked.permission(login) for login in ("ria", "TOM", "eve", "who", "a b")]
    assert said == ["write", "read", "none", None, None]
