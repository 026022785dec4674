"""Where the collected rows of some SDs come from, as each row's note begins: `commit <sha>`, an address.

In: files of the rework log, and SDs of cells. Out: what their rows with a source say. Hostile, as every note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.allocation.names import Cell
from bot.evidence.reader import Reader
from bot.evidence.schema import Names, ReworkRow, Row
from bot.evidence.unpacked import unpacked_lines
from bot.paths import LogFile

SdOfCell = tuple[Cell, str]
"""A cell and one of its SDs."""
_MARK = b'"source"'
"""In every row that was collected and in few others: most logs need not be read twice."""


def provenance(
    rework: Sequence[LogFile], wanted: Collection[SdOfCell], phases: Collection[str], until: int
) -> Mapping[SdOfCell, tuple[str, ...]]:
    """Notes of the collected rows before `until` (microseconds since the epoch), by time, each once."""
    sds = {sd for _, sd in wanted}
    found: dict[SdOfCell, list[tuple[int, str]]] = defaultdict(list)
    for row in _collected(rework, sds, phases) if sds else ():
        key = Cell(row.phase, row.agent or ""), row.sd
        if key in wanted and row.at < until:
            found[key].append((row.at, row.note or ""))
    return {key: tuple(dict.fromkeys(note for _, note in sorted(of))) for key, of in found.items()}


def _collected(
    rework: Sequence[LogFile], sds: Collection[str], phases: Collection[str]
) -> Iterator[Row]:
    reader = Reader(Names(phases), rework=True)
    for file in rework:
        with unpacked_lines(file) as lines:
            marked = any(_MARK in line for line in lines)
        if not marked:
            continue
        with unpacked_lines(file) as lines:
            for block in reader.file(lines):
                for row in block.rows:
                    if isinstance(row, ReworkRow) and row.source and row.sd in sds:
                        yield reader.names.row(row)
