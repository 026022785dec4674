"""The two verdict rules of SPEC § 7, as boundary tables in code. Pure; exact integers only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.calibration.chart import above, at_bar, below
from bot.calibration.counts import Counts
from bot.calibration.findings import Outcome, Reason
from bot.policy import Promotion


@dataclass(frozen=True)
class Case:
    """What a rule looks at."""

    week: Counts
    """The reviewed week on the current assignment."""
    window: Counts
    """The last weeks with SDs on the current assignment."""
    tally: int
    """T in 1/100 SD."""
    issue_tally: int
    """T of rework and, at half weight, issues, in 1/100 SD."""
    movable: bool
    """A higher rung exists and the cell is no gate."""
    stuck: Reason
    """Why it is not movable: `gate` or `top-of-ladder`. Meaningless where it is."""


Ruling = tuple[Outcome, Reason]


def cusum(case: Case, promotion: Promotion) -> Ruling:
    """The control chart: every week since the model was assigned."""
    reason = grounds(case.tally, case.issue_tally, promotion)
    if case.movable and reason:
        return Outcome.PROMOTE, reason
    if not case.week.sds:
        return Outcome.KEEP, Reason.NO_RUNS
    if not case.movable:
        return _stuck(case, case.window, promotion, at_bar(case.tally, promotion))
    return _between(case.window, promotion)


def grounds(tally: int, issue_tally: int, promotion: Promotion) -> Reason | None:
    """Which of the two tallies (1/100 SD) of a cell promotes it; the one of rework speaks first."""
    if at_bar(tally, promotion):
        return Reason.ABOVE_BAR
    if promotion.count_issues and at_bar(issue_tally, promotion):
        return Reason.QUALITY_ISSUES
    return None


def _between(pooled: Counts, promotion: Promotion) -> Ruling:
    # Of no SDs at all, where all there were belong to a fleet shift, nothing is asked.
    if not pooled.sds or below(pooled, promotion.keep_below):
        return Outcome.KEEP, Reason.WITHIN_ALLOWANCE
    if above(pooled, promotion.promote_above):
        return Outcome.INVESTIGATE, Reason.THIN_EVIDENCE
    return Outcome.INVESTIGATE, Reason.BETWEEN_THRESHOLDS


def threshold(case: Case, promotion: Promotion) -> Ruling:
    """The bare reading of one week."""
    if not case.week.sds:
        return Outcome.KEEP, Reason.NO_RUNS
    if case.week.sds < promotion.min_sds:
        return Outcome.INVESTIGATE, Reason.THIN_EVIDENCE
    if not case.movable:
        return _stuck(case, case.week, promotion, at_the_bar=False)
    if above(case.week, promotion.promote_above):
        return Outcome.PROMOTE, Reason.ABOVE_THRESHOLD
    return _between(case.week, promotion)


def _stuck(case: Case, counts: Counts, promotion: Promotion, at_the_bar: bool) -> Ruling:
    if above(counts, promotion.promote_above) or at_the_bar:
        return Outcome.INVESTIGATE, case.stuck
    return Outcome.KEEP, Reason.WITHIN_ALLOWANCE


RULES: Mapping[str, Callable[[Case, Promotion], Ruling]] = {"cusum": cusum, "threshold": threshold}
"""Rule by its name in the policy."""
