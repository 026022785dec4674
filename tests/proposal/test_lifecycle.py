"""The table of SPEC § 10, a row a case: what is there and wanted, the one action, and what it touches."""

from __future__ import annotations

import pytest

from bot.forge.protocol import State
from bot.git.history import Identity
from bot.proposal.comments import HANDS_OFF_TAG, closing_body, hands_off_comment
from bot.proposal.lifecycle import decide
from bot.proposal.marker import read_marker
from bot.proposal.ownership import BranchState
from bot.proposal.publishing import in_the_way
from bot.proposal.report import Action
from bot.wording.commit_messages import change_label
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
FORGED = commit(change=None)
"""The bot's name and trailers on a commit that changes anything but one cell."""
AT_ODDS = commit(change="PLAN/API haiku -> sonnet")
SECOND = commit(change=change_label(OTHER))
OLD_RUN, OLD_SECOND = commit(OLD_INPUTS), commit(OLD_INPUTS, change=change_label(OTHER))
BY_OTHERS = {"author": "ada", "base": "develop"}
COMMITTED_BY_PERSON = commit(committer=PERSON)
CLOSED = {"state": State.CLOSED}
BESIDE = frozenset({".claude/agents/api.md"})
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
    "same changes, and files beside them that are not to change any more": (
        *(wanted(head=STRANGE), observed(pull()), branch(beside=BESIDE)),
        *(Action.UPDATE, True, 7, False, "changes files that are not to change any more"),
    ),
    "files beside the changes, by a person": (
        *(wanted(), observed(pull(), head=STRANGE)),
        *(branch(STRANGE, commit(), BY_PERSON, beside=BESIDE), Action.HANDS_OFF),
        *(False, 7, False, "commits that are not the bot's"),
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
        *(Action.HANDS_OFF, False, 7, False, "lost its hidden marker"),
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
    # ------------------------------------------------ issue 9, item 15: a foreign commit, the bot's name
    "a commit of the bot's name that changes something else": (
        *(wanted(head=STRANGE), observed(pull()), branch(HEAD, FORGED)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "the same, between a push and an edit, as its other inputs claim": (
        *(wanted(), observed(pull(says=OLD)), branch(STRANGE, commit(), commit(change=None))),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "the same, without a pull request": (
        *(wanted(head=OLD_HEAD), observed(head=STRANGE), branch(STRANGE, FORGED)),
        *(Action.HANDS_OFF, False, None, False, "rename or delete it"),
    ),
    "the bot's name, nothing is wanted any more": (
        *(nothing_wanted(), observed(head=STRANGE), branch(STRANGE, FORGED)),
        *(Action.NONE, False, None, False, "gives nothing to propose"),
    ),
    "a commit whose trailer names another change than it makes": (
        *(wanted(head=STRANGE), observed(pull()), branch(HEAD, AT_ODDS)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "a commit of other inputs on top of the bot's": (
        *(wanted(), observed(pull(), head=STRANGE), branch(STRANGE, commit(), OLD_SECOND)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "one cell raised twice": (
        *(wanted(), observed(pull(says=OLD), head=STRANGE), branch(STRANGE, commit(), commit())),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "two commits of one run": (
        *(
            wanted(head=STRANGE),
            observed(pull(says=OLD)),
            branch(HEAD, commit(), SECOND, merged=b"x"),
        ),
        *(Action.UPDATE, True, 7, False, "differ"),
    ),
    # ------------------------------------------------------- issue 9, item 16: base's history rewritten
    "base rewritten below the bot's commits": (
        *(wanted(head=STRANGE), observed(pull()), branch(HEAD, BY_PERSON, commit(), merged=None)),
        *(Action.UPDATE, True, 7, False, "the history of main was rewritten, so #7 is rebuilt"),
    ),
    "base rewritten, and nothing is wanted any more": (
        *(nothing_wanted(), observed(pull()), branch(HEAD, BY_PERSON, commit(), merged=None)),
        *(Action.CLOSE, False, 7, False, "no longer asks for it"),
    ),
    "the same, below commits that are not what the marker remembers": (
        *(wanted(head=STRANGE), observed(pull()), branch(HEAD, BY_PERSON, SECOND, merged=None)),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    "the same, below another head than the marker's": (
        *(wanted(head=STRANGE), observed(pull(says=OLD)), branch(HEAD, BY_PERSON, commit())),
        *(Action.HANDS_OFF, False, 7, False, "commits that are not the bot's"),
    ),
    # --------------------------------------------- issue 9, item 18: somebody else's pull request, markers
    "somebody's pull request from the bot's branch to another base, beside the bot's": (
        *(wanted(), observed(pull(9, **BY_OTHERS), pull()), branch()),
        *(Action.NONE, False, 7, False, "#7 already says all this"),
    ),
    "the same, and the changes differ": (
        *(wanted(head=STRANGE), observed(pull(9, **BY_OTHERS), pull()), branch(merged=b"x")),
        *(Action.UPDATE, True, 7, False, "differ"),
    ),
    "the same, and nothing is left: the branch stays for it": (
        *(nothing_wanted(), observed(pull(9, **BY_OTHERS), pull()), branch()),
        *(Action.CLOSE, False, 7, False, "no longer asks for it"),
    ),
    "the same, and the bot's is closed already": (
        *(nothing_wanted(), observed(pull(9, **BY_OTHERS)), branch()),
        *(Action.NONE, False, None, False, "is kept, #9 is open from it"),
    ),
    "somebody's to another base, none of the bot's": (
        *(wanted(), observed(pull(9, **BY_OTHERS)), branch()),
        *(Action.CREATE, False, None, False, "there already, without a pull request"),
    ),
    "the bot's own was retargeted, and one of its own is open to base": (
        *(wanted(), observed(pull(9, base="develop"), pull()), branch()),
        *(Action.NONE, False, 7, False, "#7 already says all this"),
    ),
    "somebody's to base, the bot's own retargeted": (
        *(wanted(), observed(pull(9, author="ada"), pull(base="develop")), branch()),
        *(Action.HANDS_OFF, False, None, False, "#9 from branch calibration/weekly was opened by"),
    ),
    "a marker edited to a week that is not over": (
        *(wanted(), observed(pull(says=marker(week="2099-W01"))), branch()),
        *(Action.UPDATE, False, 7, False, "somebody changed its marker"),
    ),
    "a week that is not over, and the changes differ": (
        *(wanted(head=STRANGE), observed(pull(says=marker(week="2026-W31"))), branch(merged=b"x")),
        *(Action.UPDATE, True, 7, False, "differ"),
    ),
    "a marker edited to the last week that is over is a later run's": (
        *(wanted(), observed(pull(says=marker(week="2026-W30"))), branch()),
        *(Action.NONE, False, 7, False, "plan only"),
    ),
    "a marker edited to an earlier week": (
        *(wanted(), observed(pull(says=marker(week="2024-W01"))), branch()),
        *(Action.UPDATE, False, 7, False, "somebody changed its marker"),
    ),
    "a marker edited to other changes": (
        *(wanted(), observed(pull(says=marker(changes=(CHANGE, OTHER)))), branch()),
        *(Action.UPDATE, False, 7, False, "somebody changed its marker"),
    ),
    "a marker edited to say that the bot closed it": (
        *(wanted(), observed(pull(says=marker(closed_by_bot=True))), branch()),
        *(Action.UPDATE, False, 7, False, "somebody changed its marker"),
    ),
    "a note below the marker, same inputs": (
        *(wanted(), observed(pull(body=body(marker(), "\r\nNote"))), branch()),
        *(Action.NONE, False, 7, False, "already says all this"),
    ),
    "a note that leaves no room": (
        *(wanted(head=STRANGE), observed(pull(body=body(marker(), "\n" + "x" * 65_500)))),
        *(branch(merged=b"x"), Action.HANDS_OFF, False, 7, False, "leaves no room"),
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
    "same changes, and files beside them that are not to change any more": (
        *(wanted(head=STRANGE), branch(beside=BESIDE), Action.LOCAL, True, False, "something"),
    ),
    "same changes, and a person's commit beside them": (
        *(wanted(), branch(STRANGE, commit(), BY_PERSON, beside=BESIDE)),
        *(Action.HANDS_OFF, False, False, "commits that are not the bot's"),
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
    "older than a week that is not over": (
        *(wanted(head=STRANGE), branch(HEAD, commit(week="2099-W01"), merged=b"one")),
        *(Action.LOCAL, True, False, "something to propose"),
    ),
    "the bot's name on a commit that changes something else": (
        *(wanted(head=STRANGE), branch(HEAD, FORGED, merged=b"x")),
        *(Action.HANDS_OFF, False, False, "rename or delete it"),
    ),
    "base rewritten below the bot's commits": (
        *(wanted(head=STRANGE), branch(HEAD, BY_PERSON, commit(), merged=None)),
        *(Action.LOCAL, True, False, "something to propose"),
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
