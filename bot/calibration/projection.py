"""Where a week's spending leads if it goes on as it has so far. Pure, exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bot.calendar import Week

DAY = 24 * 60 * 60
"""Seconds."""


@dataclass(frozen=True)
class Projection:
    """The average rate of a week so far, and what it comes to."""

    per_day: Fraction | None
    """Tokens a day; None before the week has begun."""
    by_end: int | None
    """Tokens by the end of the week, rounded half up; of a past week what was used. None as above."""
    exhausted: int | None
    """When the budget is used up at this rate, seconds since the epoch; at most the week's end. None: not in
    this week, or used up already."""
    over: bool
    """Whether the budget is used up already."""
    complete: bool
    """Whether the week is over."""


def project(used: int, limit: int, week: Week, now: int) -> Projection:
    """The projection of a week with `used` tokens of `limit`, at a moment in seconds since the epoch.

    Linear: rate = used / elapsed, as a burn rate usually is. The first hours of a week tell little.
    """
    elapsed = min(now, week.end) - week.start
    over, complete = used >= limit, now >= week.end
    if elapsed <= 0:
        return Projection(None, None, None, over, complete)
    rate = Fraction(used, elapsed)
    by_end = (2 * rate * (week.end - week.start) + 1) // 2
    exhausted = None
    if not over and not complete and by_end > 0:
        at = week.start + -(-limit // rate)
        exhausted = at if at < week.end else None
    return Projection(rate * DAY, by_end, exhausted, over, complete)
