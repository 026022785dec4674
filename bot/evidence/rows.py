"""Rows of the work tree's logs one after the other, by the reader of every log line.

In: the top of a work tree and a glob. Out: the good rows, one after the other, and how many lines are bad.
What is wrong with a bad line is not said here: `validate` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import BinaryIO

from bot.evidence.found import Files
from bot.evidence.reader import Reader
from bot.evidence.schema import Names, Row
from bot.evidence.unpacked import lines_in
from bot.paths import packing_of


class Rows:
    """The rows of one log, file by file in the order of their paths; read anew by each iteration."""

    def __init__(
        self,
        top: str,
        glob: str,
        phases: Collection[str],
        *,
        rework: bool = False,
    ) -> None:
        self.bad_lines = 0
        """Lines, and files that cannot be read, that the last iteration left out."""
        self._files = Files(top, glob)
        self._reader = Reader(Names(phases), rework=rework)

    def __iter__(self) -> Iterator[Row]:
        self.bad_lines = 0
        seen: dict[str, int] = {}
        for found in self._files:
            try:
                with open(found.full, "rb") as file:
                    packing = packing_of(found.path)
                    yield from self._of(
                        lines_in(file, packing, found.path) if packing else file, seen
                    )
            except OSError:
                self.bad_lines += 1
        self.bad_lines += self._files.strange

    def _of(self, file: BinaryIO, seen: dict[str, int]) -> Iterator[Row]:
        for block in self._reader.file(file):
            self.bad_lines += len(block.bad)
            for row in map(self._reader.names.row, block.rows):
                if row.id is None or row.id not in seen:
                    yield row
                else:
                    self.bad_lines += seen[row.id] != hash(row)
                if row.id is not None:
                    seen.setdefault(row.id, hash(row))


def rows_of(file: BinaryIO, phases: Collection[str], *, rework: bool) -> Iterator[Row]:
    """The good rows of one log file, each as often as it is there."""
    reader = Reader(Names(phases), rework=rework)
    for block in reader.file(file):
        yield from map(reader.names.row, block.rows)


def read_row(line: bytes, phases: Collection[str], *, rework: bool) -> Row | None:
    """The row of a single line, None for a bad one. Of many, `row_on`: making a reader takes time."""
    return row_on(line, Reader(Names(phases), rework=rework))


def row_on(line: bytes, reader: Reader) -> Row | None:
    """The row of a line, None for a bad one."""
    found = reader.line(line)
    return None if found is None or isinstance(found, tuple) else reader.names.row(found)
