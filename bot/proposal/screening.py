"""Which promotions are not proposed again: open in another pull request, or turned down before. Pure.

What was turned down is read from the markers of the bot's own closed pull requests, and from the boxes of the
open one, one change at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from bot.calibration.chart import calls_for_promotion
from bot.calibration.findings import Change, Review
from bot.calibration.queue import admit
from bot.forge.protocol import Observed, PullRequest, State
from bot.proposal.marker import Dropped, Marker, read_marker, render
from bot.proposal.ownership import ours
from bot.proposal.turned_down import turned_down
from bot.wording.body import Linked, roomy
from bot.wording.figures import plural


class HeldBecause(StrEnum):
    """Why a promotion is held back: machine-readable, stable."""

    PROPOSED_ELSEWHERE = "proposed-elsewhere"
    CLOSED_UNMERGED = "closed-unmerged"
    MERGED_WITHOUT = "merged-without"
    UNTICKED = "unticked"


@dataclass(frozen=True)
class Held:
    """A promotion the evidence asks for and that is not proposed again."""

    change: Change
    because: HeldBecause
    number: int
    """The pull request that decides it."""
    url: str
    """Its page."""
    week: str
    """Label of the week that pull request is about."""
    message: str
    """One plain sentence."""


@dataclass(frozen=True)
class Parted:
    """The promotions, parted."""

    changes: tuple[Change, ...]
    """To be proposed, in the order given."""
    held: tuple[Held, ...]
    """Held back, in the order given."""
    waiting: tuple[Change, ...] = ()
    """That one pull request has no room for, in the order given."""
    dropped: tuple[Dropped, ...] = ()
    """Turned down by a box of the pull request itself: asked for now, or remembered until they are."""
    remarks: tuple[str, ...] = ()
    """What is odd about the boxes, in plain sentences."""

    @property
    def linked(self) -> tuple[Linked, ...]:
        """The promotions that are not proposed, each with why and the pull request that decides it."""
        waits = "waits, as this pull request has no room for more"
        return (
            *(Linked(held.change, held.message, held.number) for held in self.held),
            *(Linked(change, waits, None) for change in self.waiting),
        )

    @property
    def messages(self) -> tuple[str, ...]:
        """What became of the promotions that are not proposed, in plain sentences."""
        count = len(self.waiting)
        said = f"{plural(count, 'promotion')} left to later weeks: one pull request has no room for more"
        held = (held.message for held in self.held)
        return (*held, *([said] if count else []), *self.remarks)

    def unticked(self, found: Review) -> tuple[Change, ...]:
        """What is turned down by a box and still asked for: it keeps a row, to be ticked again."""
        asked = {*found.changes}
        return tuple(one.change for one in self.dropped if one.change in asked)


def sift(
    found: Review, observed: Observed, *, author: str, base: str, latest: str
) -> tuple[Review, Parted]:
    """The promotions to propose now, and the review that says of the others why they wait.

    What people decided goes first: it keeps no place of a week's few. The rest is as `hold_back` has it.
    """
    again = partial(asked_again, found)
    boxes = turned_down(observed, author=author, base=base, latest=latest)
    dropped = still_dropped(found, boxes.dropped)
    out = {one.change for one in dropped}
    asked = [change for change in found.changes if change not in out]
    open_ = hold_back(asked, observed, author=author, base=base, latest=latest, again=again)
    found, admitted = admit(found, open_.changes)
    parted = replace(open_, changes=admitted, dropped=dropped, remarks=boxes.remarks)
    return found, within_one_body(parted, found)


def still_dropped(found: Review, dropped: Sequence[Dropped]) -> tuple[Dropped, ...]:
    """What was turned down by its box and stays so: its cell has its model still, and nothing asks anew."""
    models = {verdict.cell: verdict.model for verdict in found.verdicts}
    return tuple(
        one
        for one in dropped
        if models.get(one.change.cell) == one.change.old
        and not asked_again(found, one.change, one.week)
    )


def within_one_body(parted: Parted, found: Review) -> Parted:
    """As many changes as the body of one pull request holds; the others wait until those are decided."""

    def marked(changes: Sequence[Change]) -> str:
        sha, known = "0" * 64, (*changes,)
        marker = Marker(found.week, found.scope, known, sha, sha, False, parted.dropped)
        return render(marker)

    count = roomy(parted.changes, marked, parted.unticked(found))
    return replace(parted, changes=parted.changes[:count], waiting=parted.changes[count:])


def hold_back(
    changes: Sequence[Change],
    observed: Observed,
    *,
    author: str,
    base: str,
    latest: str,
    again: Callable[[Change, str], bool],
) -> Parted:
    """Hold back what another open calibration pull request proposes and what was turned down before.

    `author` is the login whose pull requests count, `base` the name of the base branch, `latest` the last
    week that is over: what names a later one remembers nothing. `again(change, week)` says whether the
    cell's tally, restarted at 0 after that week, has reached the bar: then it is proposed once more.
    """
    past = [
        (pull, marker)
        for pull in observed.pull_requests or ()
        if ours(pull, observed, author)
        and (marker := read_marker(pull.body)) is not None
        and (pull.state is State.OPEN or marker.week <= latest)
    ]
    found = {
        change: held
        for change in changes
        for pull, marker in reversed(past)
        if (held := _held(change, pull, marker, observed.branch, base, again)) is not None
    }
    kept = tuple(change for change in changes if change not in found)
    return Parted(kept, tuple(found[change] for change in changes if change in found))


def asked_again(found: Review, change: Change, week: str) -> bool:
    """Whether the evidence after a week, on its own, asks for a change that people turned down then.

    The cell's tally restarts at 0 after that week and must reach the bar.
    """
    if found.rule == "threshold":
        return found.week > week
    later = [w for w in found.verdict(change.cell).weeks if w.week > week]
    return calls_for_promotion(later, found.promotion)


def _held(
    change: Change,
    pull: PullRequest,
    marker: Marker,
    branch: str,
    base: str,
    again: Callable[[Change, str], bool],
) -> Held | None:
    because = _because(pull, marker, branch, base) if change in marker.changes else None
    week = marker.week
    for one in marker.dropped if (pull.state, pull.branch) != (State.OPEN, branch) else ():
        if one.change == change and one.week <= marker.week:
            because, week = HeldBecause.UNTICKED, one.week
    if because is None:
        return None
    if because is not HeldBecause.PROPOSED_ELSEWHERE and again(change, week):
        return None
    message = f"{change.cell} to {change.new} {_WORDS[because].format(number=pull.number)}"
    return Held(change, because, pull.number, pull.url, week, message)


def _because(pull: PullRequest, marker: Marker, branch: str, base: str) -> HeldBecause | None:
    if pull.state is State.OPEN:
        return None if pull.branch == branch else HeldBecause.PROPOSED_ELSEWHERE
    if marker.closed_by_bot:
        return None
    if pull.state is State.CLOSED:
        return HeldBecause.CLOSED_UNMERGED
    return HeldBecause.MERGED_WITHOUT if pull.base == base else None


_WORDS = {
    HeldBecause.PROPOSED_ELSEWHERE: "is already proposed in #{number}",
    HeldBecause.CLOSED_UNMERGED: "was turned down when #{number} was closed without merging it",
    HeldBecause.MERGED_WITHOUT: "was turned down when #{number} was merged without it",
    HeldBecause.UNTICKED: "was turned down by its box in #{number}",
}
