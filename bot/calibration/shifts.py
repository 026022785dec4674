"""Which weeks of the evidence are no evidence of single models: the fleet shifts. Pure.

In: the counted rows of every cell, whatever the scope of a review, and the question they answer. Out: the
weeks that are left out of tallies, baselines, comparisons and costs, and the shift that goes on, if one does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.allocation.names import Cell
from bot.calibration.fleet import CHAIN, CellUnits, Chain, Flag, FleetShift, Rest, rest_of
from bot.evidence.records import CellWeek, Question
from bot.policy import Promotion


@dataclass(frozen=True)
class Shifts:
    """What the fleet did."""

    flags: tuple[Flag, ...]
    """Every flagged week from 52 weeks before the reviewed one on, oldest first, accepted or not."""
    left_out: frozenset[str]
    """Labels of weeks that enter no tally: flagged, or accepted by the policy."""
    running: FleetShift | None
    """The shift that the reviewed week is flagged for and nobody accepted."""

    def accepted(self, week: str) -> Flag | None:
        """The flag of a week (label) that the policy accepts, if it has one."""
        return next((flag for flag in self.flags if flag.week == week and flag.accepted), None)


def find(rows: Sequence[CellWeek], question: Question, promotion: Promotion) -> Shifts:
    """Fold the weeks of all cells, oldest first."""
    units = units_by_week(rows)
    rests = {week: rest_of(units[week]) for week in sorted(units)}
    return fold(rests, {row.week for row in rows}, question, promotion)


def fold(
    rests: Mapping[str, Rest], weeks: Collection[str], question: Question, promotion: Promotion
) -> Shifts:
    """Fold weeks with units, oldest first; `weeks` are the labels of all that have rows."""
    first = question.weeks[-CHAIN - 1 :][0].label
    chain = Chain(promotion)
    found = [chain.take(week, rest, judged=week >= first) for week, rest in rests.items()]
    flags = tuple(flag for flag in found if flag is not None)
    return Shifts(
        flags=flags,
        left_out=frozenset([*(flag.week for flag in flags), *filter(promotion.accepts, weeks)]),
        running=_running(flags, [*rests], question.week.label),
    )


def units_by_week(rows: Iterable[CellWeek]) -> dict[str, list[CellUnits]]:
    """The units of each week that has any. In a week with a new assignment a cell has rows on two models."""
    of_cell: dict[str, dict[Cell, tuple[set[int], set[int]]]] = {}
    for row in rows:
        if row.passed or row.reworked:
            cells = of_cell.setdefault(row.week, {})
            passed, reworked = cells.setdefault(row.cell, (set(), set()))
            passed.update(row.passed)
            reworked.update(row.reworked)
    return {
        week: [
            _units(cell, passed - reworked, reworked) for cell, (passed, reworked) in cells.items()
        ]
        for week, cells in of_cell.items()
    }


def _units(cell: Cell, passed: set[int], reworked: set[int]) -> CellUnits:
    sds = len(passed) + len(reworked)
    return CellUnits((cell.agent, cell.phase), sds, len(reworked), passed, reworked)


def _running(flags: Sequence[Flag], weeks: Sequence[str], reviewed: str) -> FleetShift | None:
    """The unbroken stretch of flagged weeks up to the reviewed one; weeks without units do not break it."""
    by_week = {flag.week: flag for flag in flags if not flag.accepted}
    if reviewed not in by_week:
        return None
    since = reviewed
    for week in reversed(weeks):
        if week not in by_week:
            break
        since = week
    return FleetShift(since, by_week[reviewed])
