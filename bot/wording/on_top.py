"""What stands on top of every output, because it says how everything below is to be read.

In: a review, or the weeks that some counts leave out. Out: sentences of weeks and counts, with nothing of the
logs' own text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from bot.calibration.findings import Review
from bot.calibration.fleet import Flag, FleetShift
from bot.wording import figures
from bot.wording.remarks import still_open, without_outcomes

_MOST_WEEKS = 20
"""Weeks that a sentence names one by one."""


def on_top(review: Review) -> Iterator[str]:
    """That the week is open, a fleet shift, held or accepted, and that nobody logged outcomes."""
    if review.preview is not None:
        yield still_open(review.week, review.preview)
    yield from weighed(review)


class Reviewed(Protocol):
    """What a review of the table and the explanation of one cell say of their week."""

    @property
    def week(self) -> str:
        """Its label."""

    @property
    def shift(self) -> FleetShift | None:
        """The fleet shift that holds it, if one does."""

    @property
    def accepted(self) -> Flag | None:
        """The fleet shift that the policy accepts in it, if there is one."""

    @property
    def no_outcomes(self) -> bool:
        """Whether nobody logged outcomes in it nor shortly before."""


def weighed(review: Reviewed) -> Iterator[str]:
    """Why the reviewed week adds nothing to any tally, where it does not."""
    if review.shift is not None:
        yield shift(review.shift)
    if review.accepted is not None:
        yield accepted(review.accepted)
    if review.no_outcomes:
        said = without_outcomes(review.week)
        yield f"{said[0].upper()}{said[1:]}."


def not_on_top(warnings: Iterable[str], review: Reviewed) -> list[str]:
    """The warnings that do not stand on top already."""
    said = without_outcomes(review.week) if review.no_outcomes else None
    return [warning for warning in warnings if warning != said]


def shift(found: FleetShift) -> str:
    """What a fleet shift is, with its counts, and how to accept it."""
    since = "" if found.since == found.flag.week else f", as in every week since {found.since}"
    return (
        f"{_jumped(found.flag, since)} That is a change of "
        "process rather than of so many models: the week adds nothing to any tally and nothing is promoted. "
        f'If this is how things are now, put "{found.accepting}" into accepted_shifts of [promotion].'
    )


def accepted(flag: Flag) -> str:
    """The same of a week that the policy accepts."""
    return (
        f"{_jumped(flag, '')} The policy accepts that (accepted_shifts): the week adds nothing to any tally, "
        "and cells that stay above the allowance in later weeks promote one by one."
    )


def _jumped(flag: Flag, since: str) -> str:
    before = flag.before
    now = f"{flag.rework:,} of {flag.units:,} ({figures.percent(flag.rework, flag.units)})"
    then = f"{before.rework:,} of {before.units:,} ({figures.percent(before.rework, before.units)})"
    return (
        f"Rework jumped across the fleet in {flag.week}{since}: {now}, after {then} in the "
        f"{figures.plural(before.weeks, 'week')} before ({figures.plural(flag.sds, 'SD')}, each counted once "
        f"a cell, the worst {flag.left_out} of {flag.cells} cells left out)."
    )


def left_out(no_outcomes: Sequence[str], shifted: Sequence[str]) -> Iterator[str]:
    """Which weeks (labels, oldest first) are in none of the counts below."""
    if no_outcomes:
        yield (
            "Nobody logged outcomes in these weeks nor in the three before each, so they are in no count "
            f"(no-outcomes): {weeks_named(no_outcomes)}."
        )
    if shifted:
        said = (
            "Rework jumped across the fleet in these weeks, so they are in no count (fleet-shift)"
        )
        yield f"{said}: {weeks_named(shifted)}."


def weeks_named(labels: Sequence[str]) -> str:
    """The newest of them by name."""
    more = len(labels) - _MOST_WEEKS
    older = f"{figures.plural(more, 'older one')}, " if more > 0 else ""
    return older + ", ".join(labels[-_MOST_WEEKS:])
