"""Which promotions are not proposed again: open in another pull request, or turned down before. Pure.

What was turned down is read from the markers of the bot's own closed pull requests, one change at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.calibration.chart import calls_for_promotion
from bot.calibration.findings import Change, Review, Scope
from bot.forge.protocol import Observed, PullRequest, State
from bot.proposal.marker import Marker, read_marker, render
from bot.proposal.ownership import ours
from bot.wording.body import Linked, roomy
from bot.wording.figures import plural


class HeldBecause(StrEnum):
    """Why a promotion is held back: machine-readable, stable."""

    PROPOSED_ELSEWHERE = "proposed-elsewhere"
    CLOSED_UNMERGED = "closed-unmerged"
    MERGED_WITHOUT = "merged-without"


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
        return (*(held.message for held in self.held), *([said] if count else []))


def within_one_body(parted: Parted, week: str, scope: Scope) -> Parted:
    """As many changes as the body of one pull request holds; the others wait until those are decided."""

    def marked(changes: Sequence[Change]) -> str:
        sha = "0" * 64
        return render(Marker(week, scope, tuple(changes), sha, sha, closed_by_bot=False))

    count = roomy(parted.changes, marked)
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
    if because is None:
        return None
    if because is not HeldBecause.PROPOSED_ELSEWHERE and again(change, marker.week):
        return None
    message = f"{change.cell} to {change.new} {_WORDS[because].format(number=pull.number)}"
    return Held(change, because, pull.number, pull.url, marker.week, message)


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
}
