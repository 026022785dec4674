"""Cells that the rule promotes, and what "Afterwards" says of them by week 26 (SPEC § 7, issue 10)."""
# ruff: noqa: S311 (nothing secret)

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

from bot.calibration.afterwards import stand_after
from bot.calibration.conclusions import Conclusion
from bot.calibration.counts import WeekCounts
from bot.calibration.stretch import stretch
from bot.policy import Promotion
from bot.simulation.draws import Draws, Model
from bot.simulation.judge import Judge, Tallies

RULE = Promotion()
WEEKS = 26
"""After the promotion."""
_PATIENCE = 2_000
"""Weeks in which a good cell is promoted at last."""


@dataclass(frozen=True)
class Case:
    """Chance of rework before and after."""

    before: float
    after: float
    sds: int = 5


def promoted(case: Case, draws: Draws, judge: Judge) -> list[WeekCounts]:
    """The weeks up to and including the one that promotes a cell, as the rule does."""
    while True:
        tallies, weeks = Tallies(), []
        for number in range(_PATIENCE):
            drawn = draws.week(case.before)
            weeks.append(_week(number, drawn.sds, drawn.rework))
            tallies, rank = judge(tallies, drawn)
            if rank is not None:
                return weeks


def conclusions(case: Case, runs: int, seed: int = 1) -> Counter[Conclusion]:
    """How often each conclusion is that of week 26."""
    found: Counter[Conclusion] = Counter()
    judge = Judge(RULE)
    draws = Draws(Model(sds=case.sds), Random(f"{seed} {case}"))
    for _ in range(runs):
        before = stretch(promoted(case, draws, judge), RULE)
        since = [draws.week(case.after) for _ in range(WEEKS)]
        weeks = [_week(number, n, k) for number, (n, k, _) in enumerate(since)]
        found[stand_after(weeks, before, RULE).conclusion] += 1
    return found


def _week(number: int, sds: int, rework: int) -> WeekCounts:
    return WeekCounts(f"{number:04}", sds, rework, rework, rework)
