"""How strong a proposal is: how rarely a cell exactly at the allowance shows as much. Pure, exact."""

from __future__ import annotations

from typing import NamedTuple

from bot.calibration.binomials import upper_tail
from bot.calibration.counts import Counts
from bot.calibration.findings import Outcome, Reason, Verdict
from bot.calibration.stretch import stretch
from bot.policy import Promotion

RAREST = 1_000_000
"""What is rarer than once in so many stretches is not told apart."""


class Strength(NamedTuple):
    """What a proposal stands on, and how rare that is."""

    over: Counts
    """The stretch: K0 of N0."""
    tenths: int | None
    """Once in how many stretches, in tenths, half up, at most of `RAREST`; None where it never happens."""


def strength(verdict: Verdict, promotion: Promotion) -> Strength | None:
    """Of a proposed promotion by rework; None for other verdicts and, its tally counts halves, by issues."""
    if verdict.outcome is not Outcome.PROMOTE or Reason.QUALITY_ISSUES in verdict.reasons:
        return None
    # An accepted fleet shift is in no tally, and still a deciding week of the rule `threshold`.
    decided = promotion.rule == "threshold"
    over = verdict.week if decided else stretch(verdict.weeks, promotion)
    seen, all_ = chance(over, promotion.promote_above)
    if not seen:
        return Strength(over, None)
    return Strength(over, min(10 * RAREST, (20 * all_ + seen) // (2 * seen)))


def chance(counts: Counts, percent: int) -> tuple[int, int]:
    """How likely at least so much rework is where each SD needs it with `percent` %: a fraction's two parts.

    Σ_{j≥K} C(N,j)·pʲ·(100-p)^{N-j} over 100^N (SPEC § 7), reduced.
    """
    return upper_tail(counts.sds, counts.rework, percent, 100 - percent)
