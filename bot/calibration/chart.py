"""The one-sided control chart (CUSUM) behind the default rule, in exact integer arithmetic.

    T = max(floor, T + min(cap, k - allowance * n)),   T = 0 at assignment      (SPEC § 7)

after E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954): n SDs in a week, k of them with
rework, and an allowance of `promote_above` percent. `cap` bounds what one bad week can add, `floor` the
credit good weeks can save up. Everything is in 1/100 SD, so that neither a percentage nor half an SD ever
becomes a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.calibration.counts import Counts, WeekCounts
from bot.policy import Promotion

HUNDRED = 100
"""Hundredths of an SD in an SD; also percents in a whole."""
HALF = HUNDRED // 2
"""What an issue without rework weighs in the second tally, in 1/100 SD."""

Gain = Callable[[WeekCounts, Promotion], int]
"""What a week has above the allowance, in 1/100 SD, before the cap."""


def rework_gain(week: WeekCounts, promotion: Promotion) -> int:
    """Of the first tally: SDs with counted rework."""
    return HUNDRED * week.rework - promotion.promote_above * week.sds


def issue_gain(week: WeekCounts, promotion: Promotion) -> int:
    """Of the second tally: an SD with a counted issue and no counted rework is half an SD more."""
    return rework_gain(week, promotion) + HALF * (week.troubled - week.rework)


def any_cause_gain(week: WeekCounts, promotion: Promotion) -> int:
    """Of rework from any cause, counted or not."""
    return HUNDRED * week.raw_rework - promotion.promote_above * week.sds


def step(total: int, gain: int, promotion: Promotion) -> int:
    """T (1/100 SD) after a week of that gain."""
    return max(promotion.floor * HUNDRED, total + min(promotion.cap * HUNDRED, gain))


def tally(weeks: Iterable[WeekCounts], promotion: Promotion, gain: Gain = rework_gain) -> int:
    """T after folding weeks from 0, oldest first, in 1/100 SD."""
    return (0, *course(weeks, promotion, gain))[-1]


def course(
    weeks: Iterable[WeekCounts], promotion: Promotion, gain: Gain = rework_gain
) -> list[int]:
    """T after each of the weeks, oldest first, in 1/100 SD."""
    tallies, total = [], 0
    for week in weeks:
        total = step(total, gain(week, promotion), promotion)
        tallies.append(total)
    return tallies


def at_bar(total: int, promotion: Promotion) -> bool:
    """Whether a tally (1/100 SD) reaches the bar."""
    return total >= promotion.bar * HUNDRED


def calls_for_promotion(weeks: Sequence[WeekCounts], promotion: Promotion) -> bool:
    """Whether either tally of some weeks, started at 0, reaches the bar.

    Also answers when a change that people turned down may be proposed again: over the weeks after that.
    """
    if at_bar(tally(weeks, promotion), promotion):
        return True
    return promotion.count_issues and at_bar(tally(weeks, promotion, issue_gain), promotion)


def above(counts: Counts, percent: int) -> bool:
    """Whether the rework rate is strictly above a percentage; of no SDs nothing is above."""
    return HUNDRED * counts.rework > percent * counts.sds


def below(counts: Counts, percent: int) -> bool:
    """Whether the rework rate is strictly below a percentage; of no SDs nothing is below."""
    return HUNDRED * counts.rework < percent * counts.sds


def more_sds(total: int, pooled: Counts, promotion: Promotion) -> int:
    """How many more SDs at the pooled rate bring a tally (1/100 SD) to the bar, at least 1.

    The pooled rate must be above the allowance. The cap is left out: it only spreads them over weeks.
    """
    missing = promotion.bar * HUNDRED - total
    gain = HUNDRED * pooled.rework - promotion.promote_above * pooled.sds  # for `pooled.sds` SDs
    return max(1, -(-missing * pooled.sds // gain))
