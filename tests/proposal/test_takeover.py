"""What a take-over loses and where it is kept, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.proposal.lifecycle import decide
from bot.proposal.report import Action
from bot.proposal.takeover import keeping
from tests.support.proposals import (
    HAND,
    HEAD,
    OLD_HEAD,
    PERSON,
    STRANGE,
    WEEKLY,
    branch,
    commit,
    marker,
    nothing_wanted,
    observed,
    pull,
    wanted,
)

THEIRS = commit(sha=STRANGE, author=PERSON, committer=PERSON, inputs=None)
BACKUP = f"calibration/backup/weekly-{STRANGE[:12]}"
TAKEN = branch(STRANGE, commit(), THEIRS)
ASKED = wanted(take_over=True)
OLD = pull(says=marker(head=OLD_HEAD))


def test_it_names_what_is_lost_and_where_it_is_kept() -> None:
    kept = keeping(WEEKLY, TAKEN, HAND, {})
    assert (kept.backup, kept.head, kept.lost) == (BACKUP, STRANGE, (THEIRS,))
    assert kept.sentence() == (
        f"{WEEKLY} is taken over: it loses 1 commit that is not the bot's ({STRANGE[:12]} by Ada); its old "
        f"head {STRANGE[:12]} is kept on branch {BACKUP}"
    )


def test_a_long_list_is_cut_and_counted() -> None:
    kept = keeping(WEEKLY, branch(STRANGE, *[THEIRS] * 25), HAND, {})
    assert "loses 25 commits that are not the bot's" in kept.sentence()
    assert kept.sentence().count(" by Ada") == 10
    assert "15 more)" in kept.sentence()


def test_commits_that_only_were_cut_off_lose_nothing() -> None:
    assert "loses no commit that" in keeping(WEEKLY, branch(), HAND, {}).sentence()


def test_hostile_names_have_no_effect_in_the_comment() -> None:
    author = replace(PERSON, name="@org/team fixes #1 <!-- ![x](http://x)")
    kept = keeping(WEEKLY, branch(STRANGE, replace(THEIRS, author=author)), HAND, {})
    said = kept.comment().removesuffix(kept.tag)
    assert "@org" not in said
    assert "<!--" not in said
    assert "#1" not in said


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({}, BACKUP),
        ({BACKUP: STRANGE}, BACKUP),
        ({BACKUP: HEAD}, f"calibration/backup/weekly-{STRANGE}"),
    ],
    ids=["free", "kept already", "something else"],
)
def test_a_backup_never_takes_the_place_of_another_branch(
    there: dict[str, str], expected: str
) -> None:
    assert keeping(WEEKLY, TAKEN, HAND, there).backup == expected


@pytest.mark.parametrize(
    ("want", "pulls", "of", "action", "keep"),
    [
        (ASKED, [OLD], TAKEN, Action.UPDATE, True),
        (ASKED, [pull(body="no marker")], TAKEN, Action.UPDATE, True),
        (ASKED, [pull(body="no marker")], branch(), Action.UPDATE, False),
        (ASKED, [], TAKEN, Action.CREATE, True),
        (ASKED, [], branch(), Action.CREATE, False),
        (ASKED, [pull(author="ada")], TAKEN, Action.HANDS_OFF, False),
        (ASKED, [pull(base="develop")], TAKEN, Action.HANDS_OFF, False),
        (wanted(take_over=True, week="2025-W48"), [OLD], TAKEN, Action.NONE, False),
        (nothing_wanted(take_over=True), [OLD], TAKEN, Action.HANDS_OFF, False),
        (nothing_wanted(take_over=True), [], TAKEN, Action.NONE, False),
        (wanted(), [OLD], TAKEN, Action.HANDS_OFF, False),
    ],
    ids=[
        "somebody's commits",
        "lost marker",
        "lost marker, nothing moved",
        "no pull request",
        "the bot's own branch",
        "somebody's pull request",
        "another base",
        "older week",
        "nothing to propose",
        "nothing to propose, no pull request",
        "not asked",
    ],
)
def test_what_is_taken_over(want, pulls, of, action: Action, keep: bool) -> None:
    found = decide(want, observed(*pulls, head=of.head), of)
    assert (found.action, found.keep) == (action, keep)
