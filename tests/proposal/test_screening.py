"""What is proposed elsewhere or was turned down before is held back, one change at a time."""

from __future__ import annotations

import pytest

from bot.calibration.findings import Scope
from bot.forge.protocol import State
from bot.proposal.screening import HeldBecause, hold_back
from tests.support.proposals import BOT, CHANGE, OTHER, marker, observed, pull

ADHOC = {"branch": "calibration/adhoc-testing"}
CLOSED = {"state": State.CLOSED}
MERGED = {"state": State.MERGED}

ROWS = {
    "nothing known": ((), None),
    "in this scope's own open pull request": ((pull(),), None),
    "in another open one": ((pull(**ADHOC),), HeldBecause.PROPOSED_ELSEWHERE),
    "another change in another open one": ((pull(says=marker(changes=(OTHER,)), **ADHOC),), None),
    "closed by a person": ((pull(**CLOSED),), HeldBecause.CLOSED_UNMERGED),
    "closed by a person, in another scope": (
        (pull(**CLOSED, **ADHOC),),
        HeldBecause.CLOSED_UNMERGED,
    ),
    "closed by the bot": ((pull(says=marker(closed_by_bot=True), **CLOSED),), None),
    "closed, but of another rung": (
        (pull(says=marker(changes=(CHANGE.__class__(CHANGE.cell, "haiku", "sonnet"),)), **CLOSED),),
        None,
    ),
    "merged without it": ((pull(**MERGED),), HeldBecause.MERGED_WITHOUT),
    "merged into another branch": ((pull(base="develop", **MERGED),), None),
    "a forged marker": ((pull(author="mallory", **CLOSED),), None),
    "a fork's": ((pull(head_repository="mallory/app", **CLOSED),), None),
    "no marker": ((pull(body="x", **CLOSED),), None),
    "a login in another case": ((pull(author=BOT.upper(), **CLOSED),), HeldBecause.CLOSED_UNMERGED),
}


@pytest.mark.parametrize(("pulls", "because"), ROWS.values(), ids=ROWS)
def test_what_is_held_back(pulls, because: HeldBecause | None) -> None:
    found = hold_back(
        [CHANGE],
        observed(*pulls),
        author=BOT,
        base="main",
        latest="2026-W30",
        again=lambda change, week: False,
    )
    assert [held.because for held in found.held] == ([because] if because else [])
    assert found.changes == (() if because else (CHANGE,))


def test_the_other_changes_are_still_proposed_and_the_newest_pull_request_is_linked() -> None:
    pulls = (pull(9, **CLOSED), pull(5, says=marker(week="2025-W40"), **CLOSED))
    found = hold_back(
        [CHANGE, OTHER],
        observed(*pulls),
        author=BOT,
        base="main",
        latest="2026-W30",
        again=lambda change, week: False,
    )
    assert found.changes == (OTHER,)
    assert [(held.number, held.week) for held in found.held] == [(9, "2025-W49")]
    assert found.held[0].message == (
        "TESTING/EXEC to opus was turned down when #9 was closed without merging it"
    )
    assert found.held[0].url.endswith("/pull/9")


def test_new_evidence_since_the_last_rejection_proposes_it_again() -> None:
    pulls = (pull(9, **CLOSED), pull(5, says=marker(week="2025-W40"), **CLOSED))
    asked = []

    def again(change, week: str) -> bool:
        asked.append(week)
        return week < "2025-W45"

    held = hold_back(
        [CHANGE], observed(*pulls), author=BOT, base="main", latest="2026-W30", again=again
    ).held
    assert [item.number for item in held] == [9]
    assert sorted(asked) == ["2025-W40", "2025-W49"]
    found = hold_back(
        [CHANGE],
        observed(*pulls),
        author=BOT,
        base="main",
        latest="2026-W30",
        again=lambda *_: True,
    )
    assert found.changes == (CHANGE,)


def test_new_evidence_does_not_repeat_what_is_open_elsewhere() -> None:
    says = marker(scope=Scope("TESTING"))
    found = hold_back(
        [CHANGE],
        observed(pull(says=says, **ADHOC)),
        author=BOT,
        base="main",
        latest="2026-W30",
        again=lambda *_: True,
    )
    assert found.changes == ()


def test_a_forge_without_pull_requests_holds_nothing_back() -> None:
    seen = observed(pull_requests=None)
    found = hold_back(
        [CHANGE], seen, author=BOT, base="main", latest="2026-W30", again=lambda *_: False
    )
    assert found.changes == (CHANGE,)
