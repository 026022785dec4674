"""Everything the logs hold of one work item, row by row, each with the place it stands at.

In: log files and an SD. Out: its good rows by time, each id once, and what is wrong with the lines left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.errors import Problem
from bot.evidence.reader import Reader
from bot.evidence.schema import Names, Row
from bot.evidence.seen_ids import IdContents, wrong_in
from bot.evidence.unpacked import unpacked_lines
from bot.paths import LogFile


class PlacedRow(NamedTuple):
    """A row and where it stands."""

    row: Row
    file: str
    """Path from the top of the repository. Hostile."""
    line: int
    """From 1."""


class RowsOfSd(NamedTuple):
    """What the logs hold of a work item."""

    rows: tuple[PlacedRow, ...]
    """Good rows, by time."""
    rejected: tuple[Problem, ...]
    """Bad lines of either log, as any of them may have been about it."""


def rows_of_sd(
    tokens: Sequence[LogFile], rework: Sequence[LogFile], sd: str, phases: Collection[str]
) -> RowsOfSd:
    """The rows of an SD in both logs, by time; at one instant what ran comes before its outcome."""
    names = Names(phases)
    found = (
        _placed(tokens, Reader(names, rework=False), sd),
        _placed(rework, Reader(names, rework=True), sd),
    )
    rows = sorted((row for of in found for row in of.rows), key=lambda placed: placed.row.at)
    return RowsOfSd(tuple(rows), tuple(problem for of in found for problem in of.rejected))


def _placed(files: Sequence[LogFile], reader: Reader, sd: str) -> RowsOfSd:
    ids = IdContents(reader.names)
    rows: list[PlacedRow] = []
    rejected: list[Problem] = []
    for file in files:
        with unpacked_lines(file) as lines:
            for block in reader.file(lines):
                own = [
                    (n, row)
                    for n, row in zip(block.numbers, block.rows, strict=True)
                    if row.sd == sd
                ]
                named = block._replace(rows=[row for _, row in own], numbers=[n for n, _ in own])
                again = ids.again(named, file.path)
                rejected += wrong_in(named, file.path, again)
                for number, row in own:
                    if number not in again:
                        rows.append(PlacedRow(reader.names.row(row), file.path, number))
    return RowsOfSd(tuple(rows), tuple(rejected))
