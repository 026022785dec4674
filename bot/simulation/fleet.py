"""The weeks of one simulated fleet: what each cell's SDs do, and which SDs are one in several cells."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from bot.calibration.fleet import CellUnits
from bot.simulation.model import Drawn, Draws, Model, Plan


class Fleet:
    """Cells that move up the ladder while weeks pass."""

    def __init__(self, model: Model, plans: Sequence[Plan], rng: Random) -> None:
        self.names = [(f"C{cell:03}",) for cell in range(len(plans))]
        self.rungs = [plan.rung for plan in plans]
        """Of each cell, today."""
        self._model, self._plans, self._rng = model, plans, rng
        self._draws = Draws(model, rng)
        self._ahead: list[list[Drawn]] = [[] for _ in plans]  # the next week last
        self._reworked: list[list[int]] = []
        self._passed: list[list[int]] = []

    def promote(self, cell: int) -> None:
        """One rung up, from the next week on."""
        self.rungs[cell] += 1
        self._ahead[cell] = []

    def rate(self, cell: int, week: int) -> float:
        """True chance of rework of a cell, where it is now."""
        return self._model.rate(self._plans[cell], self.rungs[cell], week)

    def week(self, week: int) -> list[Drawn]:
        """What every cell's SDs do in the next week; weeks are asked for one after the other."""
        if self._model.shared:
            return self._shared_week(week)
        return [self._next(cell, week) for cell in range(len(self._plans))]

    def units(self, drawn: Sequence[Drawn]) -> list[CellUnits]:
        """The same for the fleet shift; where SDs are not shared every cell has its own."""
        if self._model.shared:
            found = zip(self.names, drawn, self._passed, self._reworked, strict=True)
            return [CellUnits(name, n, k, p, r) for name, (n, k, _), p, r in found if n]
        units, first = [], 0
        for name, (sds, rework, _) in zip(self.names, drawn, strict=True):
            if sds:
                some, last = first + rework, first + sds
                units.append(CellUnits(name, sds, rework, range(some, last), range(first, some)))
                first = last
        return units

    def _next(self, cell: int, week: int) -> Drawn:
        ahead = self._ahead[cell]
        if not ahead:
            changes = [since for since, _ in self._plans[cell].rates if since > week]
            many = min([*changes, self._model.weeks]) - week
            ahead = self._ahead[cell] = self._draws.weeks(self.rate(cell, week), many)
        return ahead.pop()

    def _shared_week(self, week: int) -> list[Drawn]:
        """Each cell works on some of the week's SDs; a hard one fails more often, in every cell."""
        model, rng = self._model, self._rng
        hard = [100 * rng.random() < model.hard for _ in range(model.shared)]
        drawn, self._passed, self._reworked = [], [], []
        for cell in range(len(self._plans)):
            rate = self.rate(cell, week)
            often = max(rate, model.hard_rate / 100)
            sds = rng.sample(range(model.shared), model.sds)
            failed = [rng.random() < (often if hard[sd] else rate) for sd in sds]
            self._reworked.append([sd for sd, bad in zip(sds, failed, strict=True) if bad])
            self._passed.append([sd for sd, bad in zip(sds, failed, strict=True) if not bad])
            drawn.append(Drawn(len(sds), sum(failed), 0))
        return drawn
