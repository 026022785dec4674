"""What SDs cost, from the records of count.sql that say so: names and order are made here. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bot.allocation.names import Cell
from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.named_records import NamedRecords
from bot.evidence.records import CellCost

_Key = tuple[Cell, str, int, int]
"""Cell, week, model, start of the spell (-1 where the model was never assigned before)."""


def cell_costs(
    records: Iterable[Record], named: NamedRecords, codes: Codes
) -> tuple[CellCost, ...]:
    """One for every cell, week and first model; a record is what its SDs spent on one rung."""
    found: dict[_Key, list[Record]] = defaultdict(list)
    for record in records:
        cell, week = named.place(record)
        start = -1 if record.start is None else record.start
        found[cell, week, record.model or 0, start].append(record)
    return tuple(
        CellCost(
            cell=key[0],
            week=key[1],
            model=named.model(found[key][0]) or "",
            spell_start=found[key][0].start,
            sds=sum(record.sds for record in found[key]),
            rework=sum(record.rework for record in found[key]),
            tokens=tuple(
                (codes.models[rung], tokens)
                for rung, tokens in sorted((r.summed, r.tokens or 0) for r in found[key])
            ),
        )
        for key in sorted(found)
    )
