"""What was known at the end of a past week, from final counts and what later weeks told. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bot.allocation.names import Cell
from bot.evidence.past_records import PastEvidence, Since
from bot.evidence.records import CellSds, CellWeek, Evidence


class KnownRow:
    """A cell's week, as it was known at the end of any week."""

    def __init__(self, row: CellWeek, since: Sequence[Since]) -> None:
        self.final = row
        self._since = since
        self.settled = max((label for of in since for label in of[2:] if label), default="")
        """Label of the week from which on it is final."""

    def at(self, week: str) -> CellWeek:
        """As known at the end of the week with that label."""
        return self.final if week >= self.settled else _without(self.final, self._since, week)


def _without(row: CellWeek, since: Iterable[Since], week: str) -> CellWeek:
    """Without what was told after a week."""
    less = [0, 0, 0, 0]
    passed, reworked = {*row.passed}, {*row.reworked}
    for of in since:
        none_yet = of.counts is not None and of.counts > week
        told = (of.rework, of.raw_rework, of.troubled)
        less[0] += none_yet
        for place, label in enumerate(told, 1):
            less[place] += label is not None and label > week
        if of.number is not None and none_yet:
            passed.discard(of.number)
            reworked.discard(of.number)
        elif of.number is not None and of.rework is not None and of.rework > week:
            reworked.discard(of.number)
            passed.add(of.number)
    return replace(
        row,
        sds=row.sds - less[0],
        rework=row.rework - less[1],
        raw_rework=row.raw_rework - less[2],
        troubled=row.troubled - less[3],
        passed=tuple(sorted(passed)),
        reworked=tuple(sorted(reworked)),
    )


def known_then(past: PastEvidence) -> Evidence:
    """With every week's SDs as their own end knew them: of those nobody asks in later weeks."""
    home: dict[tuple[Cell, str], list[tuple[str, int]]] = defaultdict(list)
    for (cell, week, model), sds in past.home_since.items():
        home[cell, week].append((model, sds))
    cell_sds = tuple(
        _sds_as_known(of, home[of.cell, of.week], past) for of in past.evidence.cell_sds
    )
    return replace(past.evidence, cell_sds=cell_sds)


def _sds_as_known(of: CellSds, home: Collection[tuple[str, int]], past: PastEvidence) -> CellSds:
    if not home and not of.escalated:
        return of
    redone = tuple(
        (rung, sds - past.escalated_since.get((of.cell, of.week, rung), 0))
        for rung, sds in of.escalated
    )
    return replace(
        of,
        drifted=of.drifted + sum(sds for _, sds in home),
        drifted_to=(*of.drifted_to, *home),
        escalated=redone,
    )
