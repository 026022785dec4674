"""The shipped rules on simulated weeks: each case is judged by the rule code itself, and remembered.

In: the tallies of a cell, and what its SDs did in a week. Out: the tallies after it, and whether it is
promoted.
"""

from __future__ import annotations

from typing import NamedTuple

from bot.calibration import chart
from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.findings import Outcome, Reason
from bot.calibration.verdict_rules import RULES, Case
from bot.policy import Promotion
from bot.simulation.draws import Drawn


class Tallies(NamedTuple):
    """Both tallies of a cell, in 1/100 SD."""

    rework: int = 0
    issues: int = 0


class Judged(NamedTuple):
    """What a week makes of a cell."""

    tallies: Tallies
    rank: int | None
    """The tally that promotes it (1/100 SD), None where it is not promoted."""


NO_SDS = Drawn(0, 0, 0)
"""A week that adds nothing."""


class Judge:
    """Asks the rule of a policy, once for every case."""

    def __init__(self, promotion: Promotion) -> None:
        self._promotion = promotion
        self._rule = RULES[promotion.rule]
        self._known: dict[tuple[Tallies, Drawn], Judged] = {}

    def __call__(self, tallies: Tallies, drawn: Drawn) -> Judged:
        """The cell after the week; it is taken to have a higher rung and no gate."""
        key = tallies, drawn
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._ask(tallies, drawn)
        return found

    def _ask(self, before: Tallies, drawn: Drawn) -> Judged:
        sds, rework, issues = drawn
        week = WeekCounts("", sds, rework, rework + issues, rework)
        after = Tallies(
            chart.step(before.rework, chart.rework_gain(week, self._promotion), self._promotion),
            chart.step(before.issues, chart.issue_gain(week, self._promotion), self._promotion),
        )
        counts = Counts(sds, rework)  # the pooled rate tells other verdicts apart, no promotion
        case = Case(counts, counts, *after, movable=True, stuck=Reason.TOP_OF_LADDER)
        outcome, reason = self._rule(case, self._promotion)
        if outcome is not Outcome.PROMOTE:
            return Judged(after, None)
        return Judged(after, after.issues if reason is Reason.QUALITY_ISSUES else after.rework)
