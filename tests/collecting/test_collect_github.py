"""`collect github`: pull requests become outcomes (issue 11, item 2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.forge.bare import Signature
from tests.support.forge.memory import instant, sha_of
from tests.support.forge.wire import Request
from tests.support.github_desk import FORK, GitHubDesk
from tests.support.pull_cases import CASES, build_all, reasons


def test_every_fact_and_every_combination_comes_to_exactly_its_rows(shop: GitHubDesk) -> None:
    assert len(CASES) >= 60
    expected = build_all(shop)
    document = shop.collected()
    assert shop.brief() == expected
    left = [one["reason"] for one in document["left_out"] for _ in one["places"]]
    assert sorted(left) == reasons()


MERGED_AT = Signature("Ria", "ria@example.org", "1764771000 +0000")
"""2025-12-03 14:10 UTC: after the pull requests of a memory were merged."""


def land(shop: GitHubDesk, message: str) -> str:
    """A commit on base; its SHA."""
    return shop.host.repository.commit("main", {"x": message[:99]}, message, MERGED_AT)


def merged(shop: GitHubDesk, sd: str = "SD-1", **told: Any) -> str:
    """A pull request that a commit of base brought; its SHA."""
    sha = land(shop, f"{sd} ({len(shop.memory.pulls)})")
    shop.memory.pull(f"{sd}-x", mergeCommit={"oid": sha}, **told)
    return sha


UNDONE = "SD-1 DESIGN/EXEC rework"


def test_a_revert_on_base_is_a_fact_of_the_pull_request_that_it_takes_back(
    shop: GitHubDesk,
) -> None:
    sha = merged(shop)
    by = land(shop, f"Back\n\nThis reverts commit {sha[:12]}.\n")
    shop.collected()
    assert shop.brief() == [UNDONE]
    (row,) = shop.rows()
    assert row["note"] == f"{shop.host.url}/acme/widget/commit/{by}"
    assert row["ts"] == "2025-12-03T14:10:00.000Z"
    assert shop.asked() == ["Pulls"]


def test_an_older_pull_request_is_read_once_more_when_it_is_taken_back(shop: GitHubDesk) -> None:
    sha = merged(shop, at="2025-10-01T10:00:00Z")
    shop.memory.review(shop.memory.pulls[1], at=0)
    land(shop, f"Back\n\nThis reverts commit {sha}.\n")
    shop.collected("--since", "2025-12-01")
    assert shop.brief() == ["SD-1 API/EXEC issue", UNDONE]
    assert shop.asked() == ["Pulls", "BroughtBy", "NamedPulls"]


def test_a_commit_in_the_middle_of_a_rebase_merge_belongs_to_its_pull_request(
    shop: GitHubDesk,
) -> None:
    middle = land(shop, "One of three")
    merged(shop)
    shop.memory.commit(middle)["associatedPullRequests"] = [shop.memory.pulls[1]]
    land(shop, f"Back\n\nThis reverts commit {middle}.\n")
    shop.collected()
    assert shop.brief() == [UNDONE]


@pytest.mark.parametrize("since", [None, "2025-12-01"])
def test_the_button_takes_back_what_its_branch_says(shop: GitHubDesk, since: str | None) -> None:
    merged(shop, at="2025-10-01T10:00:00Z")
    shop.memory.pull("revert-1-SD-1-x", body="Reverts acme/widget#1")
    shop.collected(*(["--since", since] if since else []))
    assert shop.brief() == [UNDONE]
    (row,) = shop.rows()
    assert row["note"].endswith("/pull/2")


FOREIGN = "f" * 40
NOTHING_UNDONE = {
    "a foreign commit": lambda shop, sha: land(shop, f"x\n\nThis reverts commit {FOREIGN}.\n"),
    "a revert of the revert": lambda shop, sha: land(
        shop,
        "x\n\nThis reverts commit "
        + land(shop, f"SD-9\n\nThis reverts commit {FOREIGN}.\n")
        + ".\n",
    ),
    "a message of 1 MB": lambda shop, sha: land(
        shop, f"x\n\nThis reverts commit {sha}.\n\n" + "x" * 1_000_000
    ),
    "in a code block": lambda shop, sha: land(shop, f"x\n\n```\nThis reverts commit {sha}.\n```\n"),
    "among the commits of a squash": lambda shop, sha: land(
        shop, f'x (#9)\n\n* Revert "SD-1"\n\nThis reverts commit {sha}.\n\n* Reapply "SD-1"\n'
    ),
    "an outsider's branch": lambda shop, sha: shop.memory.pull("revert-1-SD-1-x", **FORK),
    "a button, closed": lambda shop, sha: shop.memory.pull("revert-1-SD-1-x", merged=False),
    "of no pull request": lambda shop, sha: shop.memory.pull("revert-99-SD-1-x"),
    "of a number that is none": lambda shop, sha: shop.memory.pull(f"revert-{10**12}-SD-1-x"),
}


@pytest.mark.parametrize("how", NOTHING_UNDONE.values(), ids=NOTHING_UNDONE)
def test_what_takes_nothing_back_says_nothing(shop: GitHubDesk, how: Any) -> None:
    how(shop, merged(shop))
    shop.collected()
    assert shop.brief() == []


def test_a_branch_that_base_was_called_once_is_base(shop: GitHubDesk) -> None:
    merged(shop, baseRefName="master")
    shop.memory.review(shop.memory.pulls[1])
    shop.memory.review(shop.memory.pull("SD-2-x", baseRefName="master"))
    shop.collected()
    assert shop.brief() == ["SD-1 API/EXEC issue"]


def test_what_is_open_again_says_nothing_yet(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x", merged=False, state="OPEN", closedAt=None)
    shop.memory.review(pull)
    assert shop.collected()["seen"] == "0 pull requests into main"
    assert shop.brief() == []
    pull.update(state="CLOSED", closedAt=instant(700), updatedAt=instant(700))
    shop.collected()
    assert shop.brief() == ["SD-1 API/EXEC issue"]


def test_a_base_commit_beneath_a_head_pushed_over_is_no_head(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    on_base = land(shop, "Before it")
    shop.memory.push_over(pull, sha_of("lost"), on_base)
    shop.memory.check(on_base)
    shop.memory.check(sha_of("lost"), "SUCCESS")
    shop.collected()
    assert shop.brief() == []


def test_a_head_that_is_lost_altogether_says_nothing(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    shop.memory.push_over(pull, sha_of("lost"))
    pull["timelineItems"][0]["beforeCommit"] = None
    shop.memory.push(pull, sha_of("gone"))
    shop.memory.lose(sha_of("gone"))
    shop.collected()
    assert shop.brief() == []


def test_facts_that_come_late_come_with_the_next_collection(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    shop.collected()
    shop.memory.comment(pull, "/rework RISK/EXEC flaky-test", at=5 * 24 * 60)
    pull["updatedAt"] = instant(5 * 24 * 60)
    shop.collected()
    assert shop.brief() == ["SD-1 RISK/EXEC rework flaky-test"]


def test_a_fact_that_disappears_keeps_its_row(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    comment = shop.memory.comment(pull, "/rework RISK/EXEC flaky-test")
    shop.collected()
    lines = shop.lines()
    comment.update(body="/rework TESTING/EXEC", lastEditedAt=instant(700))
    assert shop.collected()["files"] == []
    pull["comments"].clear()
    assert shop.collected()["files"] == []
    assert shop.lines() == lines


def test_a_pull_request_that_changes_between_its_pages_is_left_for_the_next_time(
    shop: GitHubDesk,
) -> None:
    pull = shop.memory.pull("SD-1-x")
    for minute in range(60):
        shop.memory.comment(pull, "/rework RISK/EXEC flaky-test" if minute == 0 else "hm")

    def change(request: Request) -> None:
        if b"RestOfPull(" in request.body:
            pull["updatedAt"] = instant(700)
            del pull["comments"][0]

    shop.host.before.append(change)
    assert "1 left for the next time: they changed meanwhile" in shop.collected()["seen"]
    assert shop.lines() == []  # no cursor either
    shop.host.before.clear()
    shop.memory.review(pull)
    shop.collected()
    assert shop.brief() == ["SD-1 API/EXEC issue"]


def test_a_pull_request_that_moves_while_the_list_is_read_is_read_once_or_the_next_time(
    shop: GitHubDesk,
) -> None:
    pulls = [shop.memory.pull(f"SD-{n}-x", at=instant(600 + n)) for n in range(60)]
    for pull in pulls:
        shop.memory.review(pull)

    def change(request: Request) -> None:
        if len(shop.asked()) == 2 and b"Pulls(" in request.body:
            for moved in (pulls[5], pulls[55]):  # one on the third page, one on the first
                moved["updatedAt"] = instant(700)

    shop.host.before.append(change)
    shop.collected()
    assert len(shop.brief()) == 59
    shop.host.before.clear()
    shop.collected()
    assert len(shop.brief()) == 60
    assert len(set(shop.brief())) == 60


@pytest.mark.slow
def test_pull_requests_alone_come_to_a_promotion_whose_evidence_links_them(
    shop: GitHubDesk,
) -> None:
    for number in range(1, 6):
        pull = shop.memory.pull(f"SD-{number}-x")
        if number < 5:
            shop.memory.comment(pull, "/rework DESIGN/EXEC")
    shop.collected("--dry-run")
    assert shop.bot("collect", None, "github", "--repo", str(shop.path), "--sync").code == 0
    week = ("--repo", str(shop.path), "--week", "2025-W49")
    said = shop.bot("plan", None, *week, "--format", "json")
    assert said.code == 0, said.err
    assert said.verdict("DESIGN")["verdict"] == "PROMOTE"
    link = f"[comment]({shop.host.url}/acme/widget/pull/1#issuecomment-0)"
    assert f"`SD-1` ({link})" in said.document["pull_request"]["body"]
    shown = shop.bot(
        "log", None, "show", "--repo", str(shop.path), "--sd", "SD-1", "--format", "json"
    )
    assert f"{shop.host.url}/acme/widget/pull/1#issuecomment-0" in shown.out
