"""Ids that came before, in one log: a row with one is the same row again, or a bad line.

In: blocks of lines that were read. Out: those of their rows whose id was there, and what is wrong with each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.errors import Problem
from bot.evidence.reader import Block
from bot.evidence.schema import Names, Written


class DoubtfulId(Exception):
    """An id came twice with rows that are not written alike."""


class SeenIds:
    """Ids of one log, while all rows that share one are written alike, which nearly always holds.

    Ids and rows are kept as their hashes: two that only seem equal are told apart by `IdContents`.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def again(self, block: Block, path: str) -> dict[int, str | None]:
        """The rows of a block whose id was there before, by line, each with what is wrong with it: nothing.

        Raises DoubtfulId where a row is not written as the one before it.
        """
        rows = [row for row in block.rows if row.id]
        fresh = {hash(row.id): hash(row) for row in rows}
        if len(fresh) == len(rows) and self._seen.keys().isdisjoint(fresh):
            self._seen.update(fresh)
            return {}
        return {number: None for row, number in _named(block) if self._is_again(row)}

    def _is_again(self, row: Written) -> bool:
        key, content = hash(row.id), hash(row)
        if key not in self._seen:
            self._seen[key] = content
            return False
        if self._seen[key] != content:
            raise DoubtfulId
        return True


class IdContents(SeenIds):
    """Ids of one log with the content of the row that had each first, and where that stands."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._first: dict[str, tuple[int, str]] = {}

    def again(self, block: Block, path: str) -> dict[int, str | None]:
        """The rows of a block whose id was there before, by line, each with what is wrong with it."""
        found: dict[int, str | None] = {}
        for written, number in _named(block):
            key, content = written.id or "", hash(self._names.row(written))
            if key not in self._first:
                self._first[key] = content, f"{path}:{number}"
            elif self._first[key][0] == content:
                found[number] = None
            else:
                said = f"is taken by {self._first[key][1]}, which says something else; "
                found[number] = said + "give each row an id of its own"
        return found


def wrong_in(block: Block, path: str, again: Mapping[int, str | None]) -> list[Problem]:
    """Everything wrong with the lines of a block, in their order; `again` is what `SeenIds` found."""
    found = [Problem(path, w.message, number, w.key) for number, wrong in block.bad for w in wrong]
    found += [Problem(path, said, number, "id") for number, said in again.items() if said]
    return sorted(found, key=lambda problem: problem.line or 0)


def _named(block: Block) -> Iterator[tuple[Written, int]]:
    """The rows that have an id, and their lines."""
    pairs = zip(block.rows, block.numbers, strict=True)
    return ((row, number) for row, number in pairs if row.id)
