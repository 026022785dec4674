"""What a rule means for a fleet, in figures with their Monte Carlo errors.

In: the rule, what the rungs cost, what to simulate. Out: a line for every number of SDs a week and each rule.
The same setting gives the same figures, whatever machine they are made on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt
from random import Random
from statistics import fmean, median, stdev
from typing import NamedTuple

from msgspec import structs

from bot.policy import Promotion
from bot.simulation.draws import Model, Plan
from bot.simulation.judge import Judge
from bot.simulation.play import Played, play

FRESH, GOOD, GOOD_WEEKS = 0.40, 0.08, 20
"""A cell that is wrong from the start; one that is good, for how many weeks, before it is as bad."""
_PATIENCE = 104
"""Weeks after which a delay is taken to be that long."""


@dataclass(frozen=True)
class Setting:
    """What to simulate."""

    runs: int
    """Fleets of every line; as many single cells for its delays."""
    seed: int
    sds: tuple[int, ...]
    """SDs of each cell a week, a line for each."""
    model: Model
    """The fleet; its `sds` are those of the line."""


@dataclass(frozen=True)
class Estimate:
    """A mean over runs."""

    mean: float
    error: float
    """Its standard error."""


class _Delay(NamedTuple):
    """How long a bad cell stayed."""

    weeks: int
    proposed: bool
    """Whether it was proposed then; otherwise patience ended."""


@dataclass(frozen=True)
class Measured:
    """One rule at one number of SDs a week."""

    rule: str
    sds: int
    false_promotions: Estimate
    """Promotions a year of cells whose true rate was not above `promote_above`."""
    fresh_median: float | None
    """Weeks until a fresh cell at 40 % is proposed, its first one included; None if none got so far."""
    fresh: Estimate | None
    """The mean of the same."""
    turned: Estimate | None
    """The same for a cell that turns from 8 to 40 % after 20 weeks, from then on; None if none got so far."""
    over_oracle: Estimate
    """Percent spent beyond an oracle that knows every rate, at as many tokens an SD on every rung."""
    shifts: Estimate
    """Fleet shifts a year, all of them false."""


def simulate(
    promotion: Promotion,
    costs: Sequence[Fraction],
    setting: Setting,
    done: Callable[[], None] = lambda: None,
) -> tuple[Measured, ...]:
    """A line a rule, the one as configured first, then the bare threshold; `done` is called after each run.

    `costs` are those of a token on each rung, the lowest first, at least two.
    """
    return tuple(
        _line(rule, costs, replace(setting.model, sds=sds), setting, done)
        for sds in setting.sds
        for rule in rules_compared(promotion)
    )


def rules_compared(promotion: Promotion) -> tuple[Promotion, ...]:
    """The rule as configured and beside it the bare threshold, once where they are one."""
    bare = structs.replace(promotion, rule="threshold")
    return (promotion,) if promotion == bare else (promotion, bare)


def _line(
    promotion: Promotion,
    costs: Sequence[Fraction],
    model: Model,
    setting: Setting,
    done: Callable[[], None],
) -> Measured:
    judge, rungs = Judge(promotion), len(costs)
    allowed = promotion.promote_above / 100
    year = 52 / model.weeks
    false, over, shifts = [], [], []
    fresh: list[_Delay] = []
    turned: list[_Delay] = []
    for run in range(setting.runs):
        rng = Random(f"{setting.seed} {model.sds} {run}")  # noqa: S311 (nothing secret)
        plans = model.plans(rng)
        played = play(model, plans, promotion, judge, rungs, rng)
        false.append(year * sum(one.rate <= allowed for one in played.promoted))
        over.append(_over_oracle(model, plans, played, costs, allowed))
        shifts.append(year * stretches(played.flags))
        fresh += _delay(model, [(0, FRESH)], promotion, judge, rungs, rng)
        turned += _delay(model, [(0, GOOD), (GOOD_WEEKS, FRESH)], promotion, judge, rungs, rng)
        done()
    weeks_fresh, weeks_turned = _weeks(fresh), _weeks(turned)
    return Measured(
        rule=promotion.rule,
        sds=model.sds,
        false_promotions=estimate(false),
        fresh_median=median(weeks_fresh) if weeks_fresh else None,
        fresh=estimate(weeks_fresh) if weeks_fresh else None,
        turned=estimate(weeks_turned) if weeks_turned else None,
        over_oracle=estimate(over),
        shifts=estimate(shifts),
    )


def estimate(figures: Sequence[float]) -> Estimate:
    """Mean and standard error; of a single figure the error is 0."""
    error = stdev(figures) / sqrt(len(figures)) if len(figures) > 1 else 0.0
    return Estimate(fmean(figures), error)


def stretches(weeks: Iterable[int]) -> int:
    """How many unbroken stretches some weeks make up."""
    found = set(weeks)
    return sum(week - 1 not in found for week in found)


def _delay(
    model: Model,
    rates: Sequence[tuple[int, float]],
    promotion: Promotion,
    judge: Judge,
    rungs: int,
    rng: Random,
) -> Iterator[_Delay]:
    """How long until a cell alone is proposed, from its last rate on; none for one proposed before that."""
    since = rates[-1][0]
    alone = replace(model, cells=1, weeks=since + _PATIENCE, shared=0)
    played = play(alone, [Plan(0, rates)], promotion, judge, rungs, rng, until_promoted=True)
    week = played.promoted[0].week if played.promoted else alone.weeks - 1
    if week >= since:
        yield _Delay(week - since + 1, bool(played.promoted))


def _weeks(delays: Sequence[_Delay]) -> list[int]:
    """The weeks of delays; none where patience ended every one of them, which measures nothing."""
    return [delay.weeks for delay in delays] if any(delay.proposed for delay in delays) else []


def _over_oracle(
    model: Model, plans: Sequence[Plan], played: Played, costs: Sequence[Fraction], allowed: float
) -> float:
    """Percent by which what ran costs more than had each cell been on the lowest rung that is enough."""
    spent = sum(weeks * cost for weeks, cost in zip(played.cell_weeks, costs, strict=True))
    best = Fraction(0)
    for plan in plans:
        enough = (r for r in range(plan.rung, len(costs)) if model.rate(plan, r, 0) <= allowed)
        best += model.weeks * costs[next(enough, len(costs) - 1)]
    return float(100 * (spent / best - 1))
