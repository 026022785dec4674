"""A made-up fleet: how many cells, on which rung, how often their work needs rework; and draws of weeks.

Everything is independent: an SD of a cell needs rework with the cell's rate, or has an issue and no rework
with the model's. A rung up multiplies the rate. Chances are floats, which no verdict ever sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp
from random import Random
from typing import NamedTuple


class Drawn(NamedTuple):
    """What one cell's SDs did in one week."""

    sds: int
    rework: int
    issues: int
    """SDs with an issue and no rework."""


class Plan(NamedTuple):
    """One cell's truth."""

    rung: int
    """Where it starts on the ladder, from 0."""
    rates: Sequence[tuple[int, float]]
    """(week from which on, chance of rework on the starting rung), the first from week 0."""


@dataclass(frozen=True)
class Model:
    """What the fleet is like."""

    cells: int = 40
    """Cells without a gate."""
    weeks: int = 52
    sds: int = 5
    """SDs of each cell a week; on average where `poisson`."""
    poisson: bool = False
    """Whether the number of SDs varies as independent arrivals do."""
    issues: int = 0
    """Percent of SDs with an issue and no rework."""
    lowest: int = 60
    """Percent of cells that start on the lowest rung; the others start on the second."""
    rates: tuple[int, ...] = (3, 5, 8, 10, 12)
    """Chances of rework on the starting rung, in percent, all alike."""
    better: float = 0.4
    """What a rung up multiplies the chance of rework by."""
    shared: int = 0
    """SDs a week that all cells draw theirs from; 0: every cell has its own."""
    hard: int = 0
    """Percent of the shared SDs that are hard …"""
    hard_rate: int = 50
    """… and the chance of rework they have in every cell, in percent, where it is not higher anyway."""

    def plans(self, rng: Random) -> list[Plan]:
        """The truth of each cell of one fleet."""
        low = self.cells * self.lowest // 100
        rungs = [0] * low + [1] * (self.cells - low)
        return [Plan(rung, [(0, rng.choice(self.rates) / 100)]) for rung in rungs]

    def rate(self, plan: Plan, rung: int, week: int) -> float:
        """Chance of rework of a cell on a rung in a week."""
        base = next(rate for since, rate in reversed(plan.rates) if since <= week)
        return base * self.better ** (rung - plan.rung)


class Draws:
    """Draws weeks of cells; what is costly is made once for every rate."""

    def __init__(self, model: Model, rng: Random) -> None:
        self._model, self._rng = model, rng
        self._tables: dict[tuple[int, float], tuple[list[Drawn], list[float]]] = {}
        self._arrivals = _summed(_poisson(model.sds)) if model.poisson else []

    def week(self, rate: float) -> Drawn:
        """One week of a cell with that chance of rework."""
        sds = self._model.sds
        if self._arrivals:
            sds = self._rng.choices(range(len(self._arrivals)), cum_weights=self._arrivals)[0]
        drawn, sums = self._table(sds, rate)
        return self._rng.choices(drawn, cum_weights=sums)[0]

    def weeks(self, rate: float, many: int) -> list[Drawn]:
        """Many weeks of a cell with that chance of rework."""
        if self._arrivals:
            return [self.week(rate) for _ in range(many)]
        drawn, sums = self._table(self._model.sds, rate)
        return self._rng.choices(drawn, cum_weights=sums, k=many)

    def _table(self, sds: int, rate: float) -> tuple[list[Drawn], list[float]]:
        if (sds, rate) not in self._tables:
            chances = _trinomial(sds, rate, self._model.issues / 100)
            self._tables[sds, rate] = list(chances), _summed(list(chances.values()))
        return self._tables[sds, rate]


def _trinomial(sds: int, rework: float, issue: float) -> dict[Drawn, float]:
    fine = max(0.0, 1 - rework - issue)
    return {
        Drawn(sds, k, i): comb(sds, k)
        * comb(sds - k, i)
        * (rework**k * issue**i * fine ** (sds - k - i))
        for k in range(sds + 1)
        for i in range(sds - k + 1 if issue else 1)
    }


def _poisson(mean: int) -> list[float]:
    """Chances of 0, 1, 2 … arrivals; what lies beyond ten standard deviations never comes."""
    chances = [exp(-mean)]
    for many in range(1, mean + 10 * (1 + int(mean**0.5)) + 1):
        chances.append(chances[-1] * mean / many)
    return chances


def _summed(chances: Sequence[float]) -> list[float]:
    total, sums = 0.0, []
    for chance in chances:
        total += chance
        sums.append(total)
    return sums
