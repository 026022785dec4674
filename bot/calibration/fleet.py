"""Fleet shift: rework that jumps across all cells at once is a change of process, not forty weak models.

In: of each week the units of each cell, one for every SD whose first run on the cell's model is in it. Out:
the weeks that are flagged, each with the counts that flagged it. SPEC § 7; whole numbers only. A week without
its worst cells is compared with the weeks before, by how much SDs scatter: one hard SD can fail in many cells
at once. Pure.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.policy import Promotion

CHAIN = 52
"""Weeks before the reviewed one from which on weeks are judged."""
BASELINE = 13
"""Weeks that make up the baseline, at most."""
_LEAST_CELLS, _LEAST_UNITS, _LEAST_SDS = 8, 20, 2
_LEAST_WEEKS, _LEAST_BEFORE = 4, 80
_SIGNIFICANT = 6
"""Least square of the jump over its standard error, as the week's own SDs scatter."""


class Before(NamedTuple):
    """What the weeks before a fleet shift did, each without its own worst cells."""

    rework: int
    """Units with counted rework: K0."""
    units: int
    """Units, one for every SD of every cell: N0."""
    weeks: int
    """How many weeks that is, at most 13."""


class Flag(NamedTuple):
    """A week in which rework jumped across the fleet, and the counts that flagged it."""

    week: str
    """Label."""
    cells: int
    """Cells with units, the worst ones included."""
    rework: int
    """Units with counted rework, without the worst cells: K."""
    units: int
    """Units without the worst cells, one for every SD of every cell: N."""
    sds: int
    """Distinct SDs in them: S."""
    before: Before
    accepted: bool
    """Whether the policy accepts the week."""

    @property
    def left_out(self) -> int:
        """How many cells, the worst, are left out of the counts: a quarter, rounded up."""
        return -(-self.cells // 4)


@dataclass(frozen=True)
class FleetShift:
    """A fleet shift that goes on in the reviewed week and that nobody accepted."""

    since: str
    """Label of its first flagged week."""
    flag: Flag
    """The reviewed week's."""

    @property
    def accepting(self) -> str:
        """The one entry of `accepted_shifts` that accepts it: `2025-W49..2026-W02`."""
        week = self.flag.week
        return week if self.since == week else f"{self.since}..{week}"


class CellUnits(NamedTuple):
    """One cell's units of one week."""

    name: tuple[str, ...]
    """Agent, then phase."""
    sds: int
    rework: int
    """Of these, with counted rework."""
    passed: Collection[Hashable] = ()
    """Which SDs those without are."""
    reworked: Collection[Hashable] = ()
    """Which SDs those with are."""


class Rest(NamedTuple):
    """A week without its worst cells."""

    cells: int
    """Cells with units, the worst included."""
    kept: Sequence[CellUnits]
    rework: int
    """K: units with counted rework in the kept cells."""
    units: int
    """N: units in the kept cells."""


def rest_of(cells: Sequence[CellUnits]) -> Rest:
    """Without the worst quarter, rounded up: most rework, then fewer SDs, then name."""
    worst = -(-len(cells) // 4)
    kept = sorted(cells, key=lambda cell: (-cell.rework, cell.sds, cell.name))[worst:]
    return Rest(len(cells), kept, sum(c.rework for c in kept), sum(c.sds for c in kept))


class Chain:
    """Takes up week after week, oldest first, and says which are flagged."""

    def __init__(self, promotion: Promotion) -> None:
        self._promotion = promotion
        self._rests: deque[Rest] = deque(maxlen=BASELINE)
        self._running = False

    def add(self, week: str, cells: Sequence[CellUnits], *, judged: bool = True) -> Flag | None:
        """The flag of a week, None for a usual one; one before the chain starts is not judged."""
        return self.take(week, rest_of(cells), judged=judged) if cells else None

    def take(self, week: str, rest: Rest, *, judged: bool = True) -> Flag | None:
        """As `add`, of a week with units whose rest is at hand."""
        found = self._flag(week, rest) if judged else None
        if rest.units and (found is None or found.accepted):
            self._rests.append(rest)
        self._running = found is not None and not found.accepted
        return found

    def _flag(self, week: str, rest: Rest) -> Flag | None:
        before = Before(
            sum(r.rework for r in self._rests), sum(r.units for r in self._rests), len(self._rests)
        )
        if not _may_have_jumped(rest, before, self._promotion.promote_above):
            return None
        sds, scatter = _scatter(rest)
        if sds < _LEAST_SDS or not (self._running or _is_significant(rest, before, sds, scatter)):
            return None
        accepted = self._promotion.accepts(week)
        return Flag(week, rest.cells, rest.rework, rest.units, sds, before, accepted)


def _may_have_jumped(rest: Rest, before: Before, promote_above: int) -> bool:
    """Whether counts, level and ratio hold; what they need is at hand without looking at single SDs."""
    if rest.cells < _LEAST_CELLS or rest.units < _LEAST_UNITS:
        return False
    if before.weeks < _LEAST_WEEKS or before.units < _LEAST_BEFORE:
        return False
    risen = rest.rework * before.units > before.rework * rest.units
    doubled = rest.rework * before.units >= 2 * before.rework * rest.units
    return risen and doubled and 200 * rest.rework >= promote_above * rest.units


def _scatter(rest: Rest) -> tuple[int, int]:
    """S, the distinct SDs, and the sum over them of (k·N - K·n)²."""
    reworked, all_of = Counter[Hashable](), Counter[Hashable]()
    for cell in rest.kept:
        reworked.update(cell.reworked)
        all_of.update(cell.reworked)
        all_of.update(cell.passed)
    squares = (
        (reworked[sd] * rest.units - rest.rework * units) ** 2 for sd, units in all_of.items()
    )
    return len(all_of), sum(squares)


def _is_significant(rest: Rest, before: Before, sds: int, scatter: int) -> bool:
    jump = rest.rework * before.units - before.rework * rest.units
    left = jump**2 * rest.units**2 * (sds - 1)
    return left >= _SIGNIFICANT * before.units**2 * sds * scatter
