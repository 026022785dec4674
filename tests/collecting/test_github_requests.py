"""What collecting from GitHub costs in requests, and that longer lists are read to their end (issue 11)."""

from __future__ import annotations

import pytest

from tests.support.forge.memory import instant, sha_of
from tests.support.github_desk import GitHubDesk

SPEAKERS = ("ria", "wim", "amy", "rob", "eve")


def busy_week(shop: GitHubDesk, suites: int) -> None:
    """50 merged pull requests of 20 commits with 30 checks each in so many suites, and 50 comments."""
    memory = shop.memory
    for number in range(1, 51):
        pull = memory.pull(f"SD-{number}-x", at=instant(600 + number))
        for minute in range(50):
            by = SPEAKERS[minute % len(SPEAKERS)]
            memory.comment(pull, "/issue API/EXEC" if minute < 5 else "Fine", by, at=minute)
        shas = [sha_of(f"{number} {commit}") for commit in range(20)]
        memory.push(pull, *shas)
        for sha in shas:
            for check in range(30):
                memory.check(sha, "SUCCESS", f"e2e {check}", suite=f"app {check % suites}")
        memory.check(shas[0], "FAILURE", "e2e red", suite="app 0")
        memory.review(pull, SPEAKERS[number % 5])
    for _ in range(10):
        memory.pull("SD-99-x", at="2025-10-01T00:00:00Z")


@pytest.mark.slow
@pytest.mark.parametrize(
    "suites", [pytest.param(1, id="one suite"), pytest.param(30, id="30", marks=pytest.mark.slow)]
)
def test_a_busy_week_costs_no_more_than_12_questions_and_one_for_each_speaker(
    shop: GitHubDesk, suites: int
) -> None:
    busy_week(shop, suites)
    document = shop.collected("--since", "2025-12-01")
    assert document["seen"] == "50 pull requests into main"
    assert shop.asked() == ["Pulls"] * 3 + ["Heads"] * 5
    people = [one.request.path for one in shop.host.log if "/collaborators/" in one.request.path]
    assert sorted(people) == sorted(
        f"/repos/acme/widget/collaborators/{login}/permission" for login in SPEAKERS
    )
    assert (document["issues"], document["rework"]) == (50 + 30, 50)


def test_no_question_is_asked_twice(shop: GitHubDesk) -> None:
    for number in range(1, 60):
        pull = shop.memory.pull(f"SD-{number}-x", at=instant(600 + number))
        shop.memory.push(pull, sha_of("shared by all"), sha_of(f"of {number}"))
        shop.memory.check(sha_of(f"of {number}"))
        shop.memory.review(pull)
    shop.collected()
    asked = [one.request.json["variables"] for one in shop.host.questions()]
    heads = [id for told in asked for id in (*told.get("ids", ()), *told.get("more", ()))]
    assert len(heads) == len(set(heads)) == 60
    assert len(shop.host.questions()) == len({one.request.body for one in shop.host.questions()})


@pytest.mark.slow
def test_ten_thousand_comments_and_every_other_long_list_are_read_to_their_end(
    shop: GitHubDesk,
) -> None:
    memory = shop.memory
    pull = memory.pull("SD-1-x")
    for minute in range(10_000):
        memory.comment(pull, f"/rework TESTING/PLAN\n{minute}", "eve", at=minute % 500)
    memory.comment(pull, "/rework RISK/EXEC flaky-test", at=550)
    for minute in range(260):
        memory.label(pull, "bug", "labeler[bot]", at=minute)
    memory.label(pull, "rework-db", at=500)
    for minute in range(120):
        memory.review(pull, "eve", at=minute)
    memory.review(pull, at=500)
    shas = [sha_of(str(commit)) for commit in range(230)]
    memory.push(pull, *shas)
    for suite in range(40):
        memory.check(shas[-1], "SUCCESS", "lint", suite=str(suite))
    for run in range(150):
        memory.check(shas[-1], "SUCCESS", f"unit {run}", suite="39")
    memory.check(shas[-1], "FAILURE", suite="39")
    document = shop.collected()
    assert shop.brief() == [
        "SD-1 API/EXEC issue",
        "SD-1 DATABASE/EXEC rework",
        "SD-1 RISK/EXEC rework flaky-test",
        "SD-1 TESTING/EXEC rework tool-use",
    ]
    asked = shop.asked()
    assert [asked.count(name) for name in ("RestOfPull", "RestOfHead", "RestOfSuite")] == [
        100,
        1,
        2,
    ]
    counts = {one["reason"]: len(one["places"]) for one in document["left_out"]}
    assert counts["/rework by somebody without write access"] == 10_000


def test_what_no_rule_asks_for_is_not_asked_of_github(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    shop.memory.push(pull, sha_of("head"))
    shop.memory.comment(pull, "Fine", "eve")
    shop.memory.label(pull, "bug", "rob")
    fork = shop.memory.pull("SD-2-x", headRepository={"nameWithOwner": "ada/widget"})
    shop.memory.push(fork, sha_of("fork"))
    shop.memory.push(shop.memory.pull("calibration/weekly"), sha_of("bot"))
    shop.collected()
    assert shop.asked() == ["Pulls", "Heads"]
    (heads,) = [one.request.json["variables"] for one in shop.host.questions()[1:]]
    assert heads == {"ids": [f"C_{sha_of('head')}"], "more": []}
    people = [one.request.path for one in shop.host.log if "/collaborators/" in one.request.path]
    assert people == ["/repos/acme/widget/collaborators/ada/permission"]  # of the fork
