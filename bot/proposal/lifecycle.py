"""The life of the calibration pull request: one decision from what is there and what the review wants. Pure.

In: what the forge and the remote show, the state of the branch, the wanted proposal. Out: one action with a
reason. `publish` only carries it out. The rules are the table of SPEC § 10.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.forge.protocol import Observed, PullRequest, State
from bot.proposal import marker as markers
from bot.proposal.comments import closing_body
from bot.proposal.decision import Decision, Wanted
from bot.proposal.marker import Marker
from bot.proposal.ownership import (
    BranchState,
    all_by_github,
    built_by_bot,
    by,
    in_this_repository,
    left_behind,
    outdated,
    recorded,
)
from bot.proposal.report import Action
from bot.wording.body import MOST_BYTES

_TAKE_OVER = (
    "run --take-over (a workflow's input too) replaces them and keeps them on another branch"
)
_OWN_TITLE = re.compile(
    r"calibration: (\S+-agent \S+ upgraded to \S+ \(.+\)|[0-9,]+ assignments? upgraded \(\S+\))"
)


def decide(wanted: Wanted, observed: Observed, branch: BranchState | None) -> Decision:
    """The one action. `branch` is None where the remote has no such branch."""
    if wanted.nothing_logged:
        return Decision(Action.NONE, f"week {wanted.week} has no rows, so nothing is decided")
    if observed.pull_requests is None:
        return _with_body(wanted, None, _without_pull_requests(wanted, branch))
    here = from_branch(observed)
    own = [pull for pull in here if by(pull, wanted.author)]
    pull = _in_question(wanted, here, own)
    decision = _with_open(wanted, pull, branch) if pull else _without_open(wanted, own, branch)
    beside = [other.number for other in here if other.state is State.OPEN and other is not pull]
    return _with_body(wanted, pull, _sparing(decision, wanted, beside))


def from_branch(observed: Observed) -> tuple[PullRequest, ...]:
    """Every pull request from the branch itself, and not from a fork's of the same name."""
    return tuple(
        pull
        for pull in observed.pull_requests or ()
        if in_this_repository(pull, observed) and pull.branch == observed.branch
    )


def _in_question(
    wanted: Wanted, here: Sequence[PullRequest], own: Sequence[PullRequest]
) -> PullRequest | None:
    """The open pull request that decides: what others open into another branch is no matter of the bot's."""
    into_base = [pull for pull in here if pull.base == wanted.base]
    candidates = (*(p for p in into_base if p in own), *into_base, *own)
    return next((pull for pull in candidates if pull.state is State.OPEN), None)


def _sparing(decision: Decision, wanted: Wanted, beside: Sequence[int]) -> Decision:
    """The decision without deleting a branch from which somebody else's pull request is open."""
    if not decision.delete or not beside:
        return decision
    if decision.number is None:
        return Decision(
            Action.NONE, f"branch {wanted.branch} is kept, #{beside[0]} is open from it"
        )
    return replace(decision, delete=False)


def _with_body(wanted: Wanted, pull: PullRequest | None, decision: Decision) -> Decision:
    """The decision with the body it needs; hands off where somebody's note leaves no room for it."""
    if decision.head is None or decision.body:
        return decision
    note = "" if pull is None else markers.note_below(pull.body)
    body = wanted.body_for(wanted.marker(decision.head), note)
    if pull is None or not note or len(body) <= MOST_BYTES:
        return replace(decision, body=body)
    reason = f"the note below the text of #{pull.number} leaves no room for it; shorten it"
    return Decision(Action.HANDS_OFF, reason, number=pull.number)


# ------------------------------------------------------- an open pull request


def _with_open(wanted: Wanted, pull: PullRequest, branch: BranchState | None) -> Decision:
    marker = markers.read_marker(pull.body)
    obstacle = _obstacle(wanted, pull, marker)
    if obstacle is not None:
        return obstacle
    if branch is None:
        reason = f"the branch of #{pull.number} is gone; restore it or close the pull request"
        return Decision(Action.HANDS_OFF, reason)
    if marker is None or not recorded(branch, wanted.hand, wanted.head, marker):
        if marker is not None and left_behind(branch, wanted.hand, marker):
            return _on_new_history(wanted, pull, marker, branch)
        return _not_ours(wanted, pull, marker, branch)
    if not wanted.changes:
        return _close(wanted, pull, marker, branch)
    if not _holds(branch, wanted):
        return _rebuild(wanted, pull, marker, _why_rebuilt(wanted, pull, branch))
    if marker == wanted.marker(branch.head):
        return Decision(Action.NONE, f"#{pull.number} already says all this", number=pull.number)
    edited = (marker.inputs, marker.head) == (wanted.inputs, branch.head)
    reason = f"#{pull.number} has the same changes, " + (
        "somebody changed its marker" if edited else "its figures are new"
    )
    retitle = _retitle(wanted, pull, marker)
    return Decision(Action.UPDATE, reason, number=pull.number, head=branch.head, retitle=retitle)


def _holds(branch: BranchState, wanted: Wanted) -> bool:
    """Whether merging the branch would bring the table, and the files it binds, to what is wanted."""
    right = branch.merged == wanted.table and branch.bound == wanted.bound
    return right and not outdated(branch, wanted.hand, wanted.head) and _sealed(branch, wanted)


def _sealed(branch: BranchState, wanted: Wanted) -> bool:
    """Whether its commits are signed, where they are to be."""
    return wanted.judge is None or all_by_github(branch, wanted.hand)


def _why_rebuilt(wanted: Wanted, pull: PullRequest, branch: BranchState) -> str:
    if branch.merged is None:
        return f"#{pull.number} conflicts with {wanted.base}, so it is rebuilt"
    if branch.beside and (branch.merged, branch.bound) == (wanted.table, wanted.bound):
        return f"#{pull.number} changes files that are not to change any more, so it is rebuilt"
    if not _sealed(branch, wanted):
        return f"the commits of #{pull.number} are not signed, so it is rebuilt"
    return f"the changes of #{pull.number} differ from what the evidence asks for now"


def _rebuild(
    wanted: Wanted, pull: PullRequest, marker: Marker | None, reason: str, *, keep: bool = False
) -> Decision:
    """The branch moved to what is wanted, and the pull request with it."""
    return Decision(
        Action.UPDATE,
        reason,
        push=True,
        number=pull.number,
        head=wanted.head,
        retitle=_retitle(wanted, pull, marker),
        keep=keep,
    )


def _on_new_history(
    wanted: Wanted, pull: PullRequest, marker: Marker, branch: BranchState
) -> Decision:
    """Base was rewritten below the bot's commits: made anew there, or closed; what was there is kept."""
    if wanted.changes:
        reason = f"the history of {wanted.base} was rewritten, so #{pull.number} is rebuilt"
        return _rebuild(wanted, pull, marker, reason, keep=True)
    return replace(_close(wanted, pull, marker, branch), delete=False)


def _retitle(wanted: Wanted, pull: PullRequest, marker: Marker | None) -> bool:
    """Whether the title changes with the changes; one that a person has given stays."""
    same = marker is not None and marker.changes == wanted.changes
    return not same and _OWN_TITLE.fullmatch(pull.title) is not None


def _obstacle(wanted: Wanted, pull: PullRequest, marker: Marker | None) -> Decision | None:
    """Why an open pull request is not the bot's to change, None if it is."""
    if not by(pull, wanted.author):
        reason = (
            f"#{pull.number} from branch {wanted.branch} was opened by somebody else; close it, or set "
            "pull_request.author in the policy to the login the bot runs as"
        )
        return Decision(Action.HANDS_OFF, reason)
    if marker is not None and wanted.week < marker.week <= wanted.latest:
        reason = (
            f"week {wanted.week} is older than {marker.week}, the week of #{pull.number}: plan only"
        )
        return Decision(Action.NONE, reason, number=pull.number)
    if pull.base != wanted.base:
        reason = f"#{pull.number} was pointed at {pull.base} instead of {wanted.base}, so it is left alone"
        return Decision(Action.HANDS_OFF, reason, number=pull.number)
    return None


def _not_ours(
    wanted: Wanted, pull: PullRequest, marker: Marker | None, branch: BranchState
) -> Decision:
    """The branch, or the text, is not as the bot left it: hands off, unless it is told to take over."""
    if wanted.take_over and wanted.changes:
        reason = f"#{pull.number} is taken over, as asked"
        moved = branch.head != wanted.head
        return replace(_rebuild(wanted, pull, marker, reason, keep=moved), push=moved)
    if marker is None:
        reason = f"#{pull.number} has lost its hidden marker; close it and the bot opens a new one"
        return Decision(Action.HANDS_OFF, f"{reason}, or use --take-over", number=pull.number)
    who = f"branch {wanted.branch} holds commits that are not the bot's"
    reason = f"{who}, so #{pull.number} is left alone; {_TAKE_OVER}"
    return Decision(Action.HANDS_OFF, reason, number=pull.number)


def _close(wanted: Wanted, pull: PullRequest, marker: Marker, branch: BranchState) -> Decision:
    out = {one.change for one in wanted.dropped}
    unticked = bool(out) and out >= {*marker.changes}
    if unticked:  # its branch stays, without which nobody could reopen it
        why = "every box is unticked, and each is remembered; to undo it, tick one and reopen this"
    elif branch.merged == wanted.base_table:
        why = f"{wanted.base} already holds what it proposed"
    else:
        why = f"the evidence up to week {wanted.week} no longer asks for it"
    body = closing_body(pull.body, replace(marker, head=branch.head), why, wanted.dropped)
    reason = f"#{pull.number} is closed: {why}"
    return Decision(Action.CLOSE, reason, number=pull.number, delete=not unticked, body=body)


# ---------------------------------------------------- no open pull request


def _without_open(wanted: Wanted, past: list[PullRequest], branch: BranchState | None) -> Decision:
    if branch is None:
        return _fresh(wanted, Action.CREATE)
    pushed = {marker.head: marker for marker in map(_marker, reversed(past)) if marker is not None}
    last = pushed.get(branch.head)
    built = built_by_bot(branch, wanted.hand, wanted.head)
    if not wanted.changes:
        left_over = _left_over(last) if last else branch.merged != wanted.base_table
        return _clean_up(wanted, branch) if built and left_over else _nothing(wanted)
    if not built and left_behind(branch, wanted.hand, last):
        return _fresh(wanted, Action.CREATE, keep=True)
    if not built:
        return _foreign_branch(wanted, Action.CREATE)
    if branch.head == wanted.head and _sealed(branch, wanted):
        reason = f"branch {wanted.branch} is there already, without a pull request"
        return Decision(Action.CREATE, reason, head=wanted.head)
    return _fresh(wanted, Action.CREATE)


def _left_over(last: Marker) -> bool:
    """Whether the bot closed its pull request for good: not where ticking a box again would reopen it."""
    return last.closed_by_bot and not (last.dropped and not last.changes)


def _without_pull_requests(wanted: Wanted, branch: BranchState | None) -> Decision:
    if branch is None:
        return _fresh(wanted, Action.LOCAL)
    built = built_by_bot(branch, wanted.hand, wanted.head)
    holds = _holds(branch, wanted)
    if holds and not wanted.changes:
        return _nothing(wanted)
    if holds and built:
        return Decision(Action.NONE, f"branch {wanted.branch} already holds this")
    week = branch.commits[-1].commit.week if built and branch.commits else None
    if week is not None and wanted.week < week <= wanted.latest:
        reason = f"week {wanted.week} is older than {week}, the week of {wanted.branch}: plan only"
        return Decision(Action.NONE, reason)
    if not wanted.changes:
        return _clean_up(wanted, branch) if built else _nothing(wanted)
    if not built and left_behind(branch, wanted.hand, None):
        return _fresh(wanted, Action.LOCAL, keep=True)
    return _fresh(wanted, Action.LOCAL) if built else _foreign_branch(wanted, Action.LOCAL)


def _fresh(wanted: Wanted, action: Action, *, keep: bool = False) -> Decision:
    if not wanted.changes:
        return _nothing(wanted)
    reason = "there is something to propose"
    return Decision(action, reason, push=True, head=wanted.head, keep=keep)


def _nothing(wanted: Wanted) -> Decision:
    return Decision(Action.NONE, f"week {wanted.week} gives nothing to propose")


def _foreign_branch(wanted: Wanted, action: Action) -> Decision:
    if wanted.take_over:
        reason = f"branch {wanted.branch} is taken over, as asked"
        return Decision(action, reason, push=True, head=wanted.head, keep=True)
    reason = f"branch {wanted.branch} holds commits that are not the bot's; rename or delete it"
    return Decision(Action.HANDS_OFF, f"{reason}; {_TAKE_OVER}")


def _clean_up(wanted: Wanted, branch: BranchState) -> Decision:
    reason = f"branch {wanted.branch} proposes nothing any more, so it is deleted"
    return Decision(Action.CLOSE, reason, head=branch.head, delete=True)


def _marker(pull: PullRequest) -> Marker | None:
    return markers.read_marker(pull.body)
