"""The stretch that speaks for a rise: what a cell did since its tally last was at its lowest. Pure, exact."""

from __future__ import annotations

from collections.abc import Sequence

from bot.calibration import chart
from bot.calibration.counts import Counts, WeekCounts, pool
from bot.policy import Promotion


def stretch(weeks: Sequence[WeekCounts], promotion: Promotion) -> Counts:
    """K0 of N0 (SPEC § 7): SDs of the weeks after the last one with the lowest tally of rework.

    `weeks` are one model's on one cell since its assignment, oldest first, up to its rise. The 0 at
    assignment is a tally too. No SDs where the last week is the lowest. Rule `threshold`: the last week.
    """
    if promotion.rule == "threshold":
        return pool(weeks[-1:])
    total, lowest, since = 0, 0, 0
    for number, week in enumerate(weeks, start=1):
        total = chart.step(total, chart.rework_gain(week, promotion), promotion)
        if total <= lowest:
            lowest, since = total, number
    return pool(weeks[since:])
