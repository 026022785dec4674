"""Which weeks of the evidence are no evidence of single models: the fleet shifts. Pure.

In: the counted rows of every cell, whatever the scope of a review, and the question they answer. Out: the
weeks that are left out of tallies, baselines, comparisons and costs, and the shift that goes on, if one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.allocation.history import Spell, in_force
from bot.calibration.fleet import CHAIN, CellUnits, Chain
from bot.calibration.records import Flag, FleetShift
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


def find(rows: Iterable[CellWeek], question: Question, promotion: Promotion) -> Shifts:
    """Fold the weeks of all cells, oldest first."""
    by_week = _by_week(rows, question)
    first = question.weeks[-CHAIN - 1 :][0].label
    chain = Chain(promotion)
    found = [chain.add(week, by_week[week], judged=week >= first) for week in sorted(by_week)]
    flags = tuple(flag for flag in found if flag is not None)
    accepted = filter(promotion.accepts, by_week)
    return Shifts(
        flags=flags,
        left_out=frozenset([*(flag.week for flag in flags), *accepted]),
        running=_running(flags, sorted(by_week), question.week.label),
    )


def _by_week(rows: Iterable[CellWeek], question: Question) -> dict[str, list[CellUnits]]:
    """The units of each week that has any."""
    ends = {week.label: week.end for week in question.weeks}
    found: dict[str, list[CellUnits]] = {}
    for row in rows:
        past = question.spells.get(row.cell, question.default_spells)
        # The model of a week is the one in force as it ends: so reads whoever reviews that week.
        spell = in_force(past, ends[row.week] - 1) if row.week in ends else past[-1]
        if _on(row, spell):
            units = CellUnits(str(row.cell), row.sds, row.rework, row.passed, row.reworked)
            found.setdefault(row.week, []).append(units)
    return found


def _on(row: CellWeek, spell: Spell) -> bool:
    return (row.model, row.spell_start) == (spell.model, spell.start)


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
