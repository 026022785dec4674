"""The life of the calibration pull request: one decision from what is there and what the review wants. Pure.

In: what the forge and the remote show, the state of the branch, the wanted proposal. Out: one action with a
reason. `publish` only carries it out. The rules are the table of SPEC § 10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.calibration.findings import Change
from bot.forge.protocol import Observed, PullRequest, State
from bot.git.history import Identity
from bot.proposal import marker as markers
from bot.proposal.marker import Marker
from bot.proposal.ownership import BranchState, built_by_bot, by, in_this_repository, recorded
from bot.proposal.report import Action

HANDS_OFF_TAG = "<!-- calibration-bot-hands-off -->"
"""In the comment that says the bot keeps its hands off, so that it is said once."""
_TAKE_OVER = "run --take-over replaces them and keeps them on a branch of their own"
_OWN_TITLE = re.compile(
    r"calibration: (\S+-agent \S+ upgraded to \S+ \(.+\)|[0-9,]+ assignments? upgraded \(\S+\))"
)


@dataclass(frozen=True)
class Wanted:
    """What the review would like to see proposed."""

    week: str
    """Label of the reviewed week."""
    changes: tuple[Change, ...]
    """After `screen`; empty where nothing is to be proposed."""
    inputs: str
    """SHA-256 (hex) of all the review derives from."""
    branch: str
    base: str
    """Name of the base branch."""
    head: str | None
    """Full SHA of the last commit built, None without changes."""
    path: str
    """The table's path."""
    table: bytes
    """The table with the changes made; base's own without changes."""
    base_table: bytes
    """The table at base."""
    title: str
    body_for: Callable[[str], str]
    """The body, its marker included, for the head (full SHA) that the marker shall name."""
    author: str
    """Login whose pull requests are the bot's own."""
    identity: Identity
    """On the bot's commits."""
    nothing_logged: bool = False
    """The week has no row: nothing is decided and nothing is touched."""
    take_over: bool = False
    """Whether somebody asked for the branch to be the bot's again, whoever pushed to it."""


@dataclass(frozen=True)
class Decision:
    """What to do with the pull request, and why."""

    action: Action
    reason: str
    """One plain sentence."""
    push: bool = False
    """Whether the branch is to be moved to the wanted head."""
    number: int | None = None
    """The pull request to edit, close or comment on."""
    head: str | None = None
    """Head that the marker in the body shall name."""
    retitle: bool = False
    """Whether the title changes too."""
    delete: bool = False
    """Whether the branch is to go."""
    body: str | None = None
    """The body to close it with."""
    keep: bool = False
    """Whether the branch's head is kept under another name before it is moved: it is not the bot's."""


def decide(wanted: Wanted, observed: Observed, branch: BranchState | None) -> Decision:
    """The one action. `branch` is None where the remote has no such branch."""
    if wanted.nothing_logged:
        return Decision(Action.NONE, f"week {wanted.week} has no rows, so nothing is decided")
    if observed.pull_requests is None:
        return _without_pull_requests(wanted, branch)
    here = [
        pull
        for pull in observed.pull_requests
        if in_this_repository(pull, observed) and pull.branch == observed.branch
    ]
    for pull in here:
        if pull.state is State.OPEN:
            return _with_open(wanted, pull, branch)
    return _without_open(wanted, [p for p in here if by(p, wanted.author)], branch)


# ------------------------------------------------------- an open pull request


def _with_open(wanted: Wanted, pull: PullRequest, branch: BranchState | None) -> Decision:
    marker = markers.read_marker(pull.body)
    obstacle = _obstacle(wanted, pull, marker)
    if obstacle is not None:
        return obstacle
    if branch is None:
        reason = f"the branch of #{pull.number} is gone; restore it or close the pull request"
        return Decision(Action.HANDS_OFF, reason)
    if marker is None or not recorded(branch, wanted.identity, wanted.head, marker):
        return _not_ours(wanted, pull, marker, branch)
    if not wanted.changes:
        return _close(wanted, pull, marker, branch)
    if branch.merged != wanted.table:
        reason = (
            f"the changes of #{pull.number} differ from what the evidence asks for now"
            if branch.merged is not None
            else f"#{pull.number} conflicts with {wanted.base}, so it is rebuilt"
        )
        return Decision(
            Action.UPDATE,
            reason,
            True,
            pull.number,
            wanted.head,
            retitle=_retitle(wanted, pull, marker),
        )
    if (marker.inputs, marker.head) == (wanted.inputs, branch.head):
        return Decision(Action.NONE, f"#{pull.number} already says all this", number=pull.number)
    reason = f"#{pull.number} has the same changes, its figures are new"
    retitle = _retitle(wanted, pull, marker)
    return Decision(Action.UPDATE, reason, number=pull.number, head=branch.head, retitle=retitle)


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
    if marker is not None and wanted.week < marker.week:
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
        return Decision(
            Action.UPDATE,
            reason,
            moved,
            pull.number,
            wanted.head,
            retitle=_retitle(wanted, pull, marker),
            keep=moved,
        )
    if marker is None:
        reason = f"#{pull.number} has lost its hidden marker; close it and the bot opens a new one"
        return Decision(Action.HANDS_OFF, f"{reason}, or use --take-over")
    who = f"branch {wanted.branch} holds commits that are not the bot's"
    reason = f"{who}, so #{pull.number} is left alone; {_TAKE_OVER}"
    return Decision(Action.HANDS_OFF, reason, number=pull.number)


def _close(wanted: Wanted, pull: PullRequest, marker: Marker, branch: BranchState) -> Decision:
    held = branch.merged == wanted.base_table
    why = (
        f"{wanted.base} already holds what it proposed"
        if held
        else f"the evidence up to week {wanted.week} no longer asks for it"
    )
    body = closing_body(pull.body, marker, why)
    reason = f"#{pull.number} is closed: {why}"
    return Decision(Action.CLOSE, reason, number=pull.number, delete=True, body=body)


def closing_body(body: str, marker: Marker, why: str) -> str:
    """The body to close a pull request with: the reason on top, `closed-by-bot` in its marker."""
    text = body.rstrip().rpartition("\n")[0]
    note = f"> **Closed by calibration-bot:** {why}."
    return f"{note}\n\n{text}\n{markers.render(replace(marker, closed_by_bot=True))}\n"


def hands_off_comment(reason: str) -> str:
    """What the bot says once on a pull request it will not touch."""
    said = f"calibration-bot keeps its hands off this pull request: {reason}."
    then = "Merge or close it; once its branch is gone, the next calibration opens one of its own."
    return f"{said} {then}\n\n{HANDS_OFF_TAG}"


# ---------------------------------------------------- no open pull request


def _without_open(wanted: Wanted, past: list[PullRequest], branch: BranchState | None) -> Decision:
    if branch is None:
        return _fresh(wanted, Action.CREATE)
    pushed = {marker.head: marker for marker in map(_marker, reversed(past)) if marker is not None}
    last = pushed.get(branch.head)
    is_own = last is not None or built_by_bot(branch, wanted.identity, wanted.head)
    if not wanted.changes:
        left_over = last.closed_by_bot if last else is_own and branch.merged != wanted.base_table
        return _clean_up(wanted, branch) if left_over else _nothing(wanted)
    if not is_own:
        return _foreign_branch(wanted, Action.CREATE)
    if branch.head == wanted.head:
        reason = f"branch {wanted.branch} is there already, without a pull request"
        return Decision(Action.CREATE, reason, head=wanted.head)
    return _fresh(wanted, Action.CREATE)


def _without_pull_requests(wanted: Wanted, branch: BranchState | None) -> Decision:
    if branch is None:
        return _fresh(wanted, Action.LOCAL)
    is_own = built_by_bot(branch, wanted.identity, wanted.head)
    if branch.merged == wanted.table:
        reason = f"branch {wanted.branch} already holds this" if wanted.changes else ""
        return Decision(Action.NONE, reason) if reason else _nothing(wanted)
    weeks = [commit.week for commit in branch.commits if commit.week is not None]
    if is_own and weeks and wanted.week < max(weeks):
        reason = (
            f"week {wanted.week} is older than {max(weeks)}, the week of {wanted.branch}: plan only"
        )
        return Decision(Action.NONE, reason)
    if not is_own:
        return _foreign_branch(wanted, Action.LOCAL) if wanted.changes else _nothing(wanted)
    return _fresh(wanted, Action.LOCAL) if wanted.changes else _clean_up(wanted, branch)


def _fresh(wanted: Wanted, action: Action) -> Decision:
    if not wanted.changes:
        return _nothing(wanted)
    return Decision(action, "there is something to propose", push=True, head=wanted.head)


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


def in_the_way(branch: str, branches: Iterable[str]) -> str | None:
    """A branch whose name keeps `branch` from existing: `a` and `a/b` cannot both be."""
    return next(
        (
            name
            for name in branches
            if branch.startswith(f"{name}/") or name.startswith(f"{branch}/")
        ),
        None,
    )
