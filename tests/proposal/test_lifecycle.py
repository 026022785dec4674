"""The table of SPEC § 10, a row a case: what is there and wanted, the one action, and what it touches."""

from __future__ import annotations

import pytest

from bot.forge.protocol import State
from bot.git.history import Identity
from bot.proposal.lifecycle import (
    HANDS_OFF_TAG,
    closing_body,
    decide,
    hands_off_comment,
    in_the_way,
)
from bot.proposal.marker import read_marker
from bot.proposal.ownership import BranchState
from bot.proposal.report import Action
from tests.support.proposals import (
    CHANGE,
    HEAD,
    OLD_HEAD,
    OLD_INPUTS,
    OTHER,
    PERSON,
    STRANGE,
    body,
    branch,
    commit,
    marker,
    nothing_wanted,
    observed,
    pull,
    wanted,
)

BY_PERSON = commit(author=PERSON, committer=PERSON, inputs=None, week=None)
COMMITTED_BY_PERSON = commit(committer=PERSON)
CLOSED = {"state": State.CLOSED}
OLD = marker(inputs=OLD_INPUTS, head=OLD_HEAD)

# name: (wanted, observed, branch, action, push, number edited, delete, words of the reason)
ROWS = {
    "nothing there, nothing wanted": (
        *(nothing_wanted(), observed(head=None), None),
        *(Action.NONE, False, None, False, "gives nothing to propose"),
    ),
    "nothing there, a change wanted": (
        *(wanted(), observed(head=None), None),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "a week without rows touches nothing": (
        *(nothing_wanted(nothing_logged=True), observed(pull()), branch()),
        *(Action.NONE, False, None, False, "has no rows"),
    ),
    "same inputs again": (
        *(wanted(), observed(pull()), branch()),
        *(Action.NONE, False, 7, False, "already says all this"),
    ),
    "same inputs again, base moved without conflict": (
        *(wanted(head=STRANGE), observed(pull()), branch()),
        *(Action.NONE, False, 7, False, "already says all this"),
    ),
    "same inputs again, retitled by a person": (
        *(wanted(), observed(pull(title="theirs")), branch()),
        *(Action.NONE, False, 7, False, "already says all this"),
    ),
    "same changes, other figures": (
        *(wanted(head=STRANGE), observed(pull(says=marker(inputs=OLD_INPUTS))), branch()),
        *(Action.UPDATE, False, 7, False, "its figures are new"),
    ),
    "changes differ": (
        *(wanted(changes=(CHANGE, OTHER), head=STRANGE), observed(pull()), branch(merged=b"one")),
        *(Action.UPDATE, True, 7, False, "differ from what the evidence asks for now"),
    ),
    "base conflicts": (
        *(wanted(head=STRANGE), observed(pull()), branch(merged=None)),
        *(Action.UPDATE, True, 7, False, "conflicts with main, so it is rebuilt"),
    ),
    "base already holds the change": (
        *(nothing_wanted(), observed(pull()), branch(merged=b"base")),
        *(Action.CLOSE, False, 7, True, "main already holds what it proposed"),
    ),
    "nothing left to propose": (
        *(nothing_wanted(), observed(pull()), branch()),
        *(Action.CLOSE, False, 7, True, "no longer asks for it"),
    ),
    "nothing left, but somebody pushed": (
        *(nothing_wanted(), observed(pull(), head=STRANGE), branch(STRANGE, commit(), BY_PERSON)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "somebody pushed commits": (
        *(wanted(), observed(pull(), head=STRANGE), branch(STRANGE, commit(), BY_PERSON)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "somebody amended the bot's commit": (
        *(wanted(), observed(pull(), head=STRANGE), branch(STRANGE, COMMITTED_BY_PERSON)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "somebody dropped one of the bot's commits": (
        *(wanted(), observed(pull(), head=STRANGE), branch(STRANGE, commit(), merged=b"one")),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "somebody reset the branch to base": (
        *(wanted(), observed(pull(), head=STRANGE), BranchState(STRANGE, (), b"base")),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "the run before ended between push and edit": (
        *(wanted(), observed(pull(says=OLD)), branch(HEAD)),
        *(Action.UPDATE, False, 7, False, "its figures are new"),
    ),
    "the same, and the inputs changed again": (
        *(wanted(head=STRANGE), observed(pull(says=OLD)), branch(HEAD, merged=b"other")),
        *(Action.UPDATE, True, 7, False, "differ"),
    ),
    "a week older than the open pull request's": (
        *(wanted(week="2025-W48"), observed(pull()), branch()),
        *(Action.NONE, False, 7, False, "plan only"),
    ),
    "the year's end in ISO weeks": (
        *(wanted(week="2026-W01"), observed(pull(says=marker(inputs=OLD_INPUTS))), branch()),
        *(Action.UPDATE, False, 7, False, "its figures are new"),
    ),
    "retargeted by a person": (
        *(wanted(), observed(pull(base="develop")), branch()),
        *(Action.HANDS_OFF, False, 7, False, "was pointed at develop"),
    ),
    "its marker is gone": (
        *(wanted(), observed(pull(body="theirs")), branch()),
        *(Action.HANDS_OFF, False, None, False, "lost its hidden marker"),
    ),
    "opened by somebody else, with a forged marker": (
        *(wanted(), observed(pull(author="mallory")), branch()),
        *(Action.HANDS_OFF, False, None, False, "opened by somebody else"),
    ),
    "its branch was deleted, the forge lags behind": (
        *(wanted(), observed(pull(), head=None), None),
        *(Action.HANDS_OFF, False, None, False, "is gone"),
    ),
    "a fork's pull request from a branch of the same name": (
        *(wanted(), observed(pull(head_repository="mallory/app"), head=None), None),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "a fork that is gone": (
        *(wanted(), observed(pull(head_repository=None), head=None), None),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "another scope's pull request": (
        *(wanted(), observed(pull(branch="calibration/adhoc-api"), head=None), None),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "branch pushed, pull request refused": (
        *(wanted(), observed(), branch()),
        *(Action.CREATE, False, None, False, "there already, without a pull request"),
    ),
    "the same, and the inputs changed": (
        *(wanted(head=STRANGE), observed(), branch()),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "the same, and nothing is wanted any more": (
        *(nothing_wanted(), observed(), branch()),
        *(Action.CLOSE, False, None, True, "proposes nothing any more"),
    ),
    "somebody else's branch of that name": (
        *(wanted(), observed(head=STRANGE), branch(STRANGE, BY_PERSON)),
        *(Action.HANDS_OFF, False, None, False, "rename or delete it"),
    ),
    "the bot's identity without its trailers": (
        *(wanted(), observed(head=STRANGE), branch(STRANGE, commit(inputs=None))),
        *(Action.HANDS_OFF, False, None, False, "rename or delete it"),
    ),
    "merged, its branch left over, a new change wanted": (
        *(wanted(head=STRANGE), observed(pull(state=State.MERGED)), branch(merged=b"base")),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
    "merged, its branch left over, nothing wanted": (
        *(nothing_wanted(), observed(pull(state=State.MERGED)), branch(merged=b"base")),
        *(Action.NONE, False, None, False, "gives nothing to propose"),
    ),
    "closed by a person, its branch left over, nothing wanted": (
        *(nothing_wanted(), observed(pull(**CLOSED)), branch()),
        *(Action.NONE, False, None, False, "gives nothing to propose"),
    ),
    "closed by the bot, which ended before it deleted the branch": (
        *(nothing_wanted(), observed(pull(says=marker(closed_by_bot=True), **CLOSED)), branch()),
        *(Action.CLOSE, False, None, True, "proposes nothing any more"),
    ),
    "closed, and somebody works on in its branch": (
        *(wanted(), observed(pull(**CLOSED), head=STRANGE), branch(STRANGE, commit(), BY_PERSON)),
        *(Action.HANDS_OFF, False, None, False, "rename or delete it"),
    ),
    "closed, rebuilt on a base whose history was rewritten": (
        *(wanted(head=STRANGE), observed(pull(**CLOSED)), branch(HEAD, BY_PERSON, commit())),
        *(Action.CREATE, True, None, False, "something to propose"),
    ),
}

NO_FORGE = {
    "no branch, a change wanted": (
        *(wanted(), None, Action.LOCAL, True, False, "something to propose"),
    ),
    "no branch, nothing wanted": (
        *(nothing_wanted(), None, Action.NONE, False, False, "gives nothing to propose"),
    ),
    "same again": (*(wanted(), branch(), Action.NONE, False, False, "already holds this"),),
    "same changes, base moved": (
        *(wanted(head=STRANGE), branch(), Action.NONE, False, False, "already holds this"),
    ),
    "changes differ": (
        *(wanted(head=STRANGE), branch(merged=b"one"), Action.LOCAL, True, False, "something"),
    ),
    "base conflicts": (
        *(wanted(head=STRANGE), branch(merged=None), Action.LOCAL, True, False, "something"),
    ),
    "an older week": (
        *(wanted(week="2025-W48", head=STRANGE), branch(merged=b"one")),
        *(Action.NONE, False, False, "plan only"),
    ),
    "nothing left": (
        *(nothing_wanted(), branch(), Action.CLOSE, False, True, "proposes nothing any more"),
    ),
    "merged, branch left over": (
        *(nothing_wanted(), branch(merged=b"base"), Action.NONE, False, False, "gives nothing"),
    ),
    "somebody else's branch": (
        *(wanted(), branch(STRANGE, BY_PERSON, merged=b"x")),
        *(Action.HANDS_OFF, False, False, "rename or delete it"),
    ),
    "somebody else's branch, nothing wanted": (
        *(nothing_wanted(), branch(STRANGE, BY_PERSON, merged=b"x")),
        *(Action.NONE, False, False, "gives nothing"),
    ),
}


@pytest.mark.parametrize(
    ("want", "seen", "there", "action", "push", "number", "delete", "words"),
    ROWS.values(),
    ids=ROWS,
)
def test_each_situation_has_one_action(
    want, seen, there, action, push, number, delete, words: str
) -> None:
    decision = decide(want, seen, there)
    assert (decision.action, decision.push, decision.delete) == (action, push, delete)
    assert decision.number == number
    assert words in decision.reason


@pytest.mark.parametrize(
    ("want", "there", "action", "push", "delete", "words"), NO_FORGE.values(), ids=NO_FORGE
)
def test_each_situation_without_pull_requests(
    want, there, action, push, delete, words: str
) -> None:
    decision = decide(want, observed(pull_requests=None), there)
    assert (decision.action, decision.push, decision.delete) == (action, push, delete)
    assert words in decision.reason


def test_what_the_marker_shall_name_is_the_head_that_will_be_there() -> None:
    figures = decide(wanted(head=STRANGE), observed(pull(says=marker(inputs=OLD_INPUTS))), branch())
    rebuilt = decide(wanted(head=STRANGE), observed(pull()), branch(merged=None))
    assert (figures.head, rebuilt.head) == (HEAD, STRANGE)


def test_the_title_changes_only_with_the_changes() -> None:
    more = wanted(changes=(CHANGE, OTHER), head=STRANGE)
    assert decide(more, observed(pull()), branch(merged=b"one")).retitle
    assert not decide(wanted(head=STRANGE), observed(pull()), branch(merged=None)).retitle


def test_a_closed_body_says_why_and_remembers_who_closed_it() -> None:
    said = closing_body(body(marker()), marker(), "main already holds what it proposed")
    assert said.startswith(
        "> **Closed by calibration-bot:** main already holds what it proposed.\n"
    )
    assert read_marker(said) == marker(closed_by_bot=True)
    assert "What changes and why." in said


def test_a_branch_of_commits_by_git_s_reading_of_a_name_is_still_the_bots() -> None:
    named = wanted(identity=Identity("calibration-bot.", "bot@example.org"), head=STRANGE)
    assert decide(named, observed(), branch(merged=b"x")).action is Action.CREATE


def test_the_comment_carries_its_tag_and_the_reason() -> None:
    said = hands_off_comment("somebody pushed")
    assert HANDS_OFF_TAG in said
    assert "somebody pushed" in said


@pytest.mark.parametrize(
    ("branches", "expected"),
    [
        (("main", "calibration"), "calibration"),
        (("calibration/weekly/x",), "calibration/weekly/x"),
        (("calibration/weekly", "calibration-old", "calib"), None),
        ((), None),
    ],
)
def test_a_branch_in_the_way(branches, expected: str | None) -> None:
    assert in_the_way("calibration/weekly", branches) == expected
