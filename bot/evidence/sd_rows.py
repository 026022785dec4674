"""Everything the logs hold of one work item, row by row, each with the place it stands at.

In: log files and an SD. Out: its good rows by time, each id once. Bad lines are for `validate` to name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from bot.evidence.reader import Reader
from bot.evidence.schema import Names, Row
from bot.evidence.unpacked import unpacked_lines
from bot.paths import LogFile


class PlacedRow(NamedTuple):
    """A row and where it stands."""

    row: Row
    file: str
    """Path from the top of the repository. Hostile."""
    line: int
    """From 1."""


def rows_of_sd(
    tokens: Sequence[LogFile], rework: Sequence[LogFile], sd: str, phases: Collection[str]
) -> tuple[PlacedRow, ...]:
    """The rows of an SD in both logs, by time; at one instant what ran comes before its outcome."""
    names = Names(phases)
    found = [
        *_placed(tokens, Reader(names, rework=False), sd),
        *_placed(rework, Reader(names, rework=True), sd),
    ]
    return tuple(sorted(found, key=lambda placed: placed.row.at))


def _placed(files: Sequence[LogFile], reader: Reader, sd: str) -> Iterator[PlacedRow]:
    seen: set[str] = set()
    for file in files:
        with unpacked_lines(file) as lines:
            for block in reader.file(lines):
                for written, number in zip(block.rows, block.numbers, strict=True):
                    if written.sd != sd or written.id in seen:
                        continue
                    row = reader.names.row(written)
                    seen |= {row.id} if row.id else set()
                    yield PlacedRow(row, file.path, number)
