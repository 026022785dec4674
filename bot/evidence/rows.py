"""Rows of the work tree's logs for the commands that must start at once, by the reader of every log line.

In: the top of a work tree and a glob. Out: the good rows, one after the other, and how many lines are bad.
What is wrong with a bad line is not said here: `validate` does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from typing import BinaryIO

from bot.evidence.reader import Reader
from bot.evidence.schema import Names, Row
from bot.paths import files_below, leads_inside

_CLOCKS = 2 * 24 * 60 * 60
"""Seconds by which the clock of a file system may differ from the one that stamps events."""


class Rows:
    """The rows of one log, file by file in the order of their paths; read anew by each iteration."""

    def __init__(
        self,
        top: str,
        glob: str,
        phases: Collection[str],
        *,
        rework: bool = False,
        since: int | None = None,
    ) -> None:
        """`since`: leave out files that nobody touched since then (seconds since the epoch).

        They hold no younger row, as no row is older than its file by more than clocks differ.
        """
        self.bad_lines = 0
        """Lines, and files that cannot be read, that the last iteration left out."""
        self._top, self._glob = top, glob
        self._reader = Reader(Names(phases), rework=rework)
        self._since = None if since is None else since - _CLOCKS

    def __iter__(self) -> Iterator[Row]:
        self.bad_lines = 0
        seen: dict[str, int] = {}
        for path in self._files():
            try:
                with open(path, "rb") as file:
                    yield from self._of(file, seen)
            except OSError:
                self.bad_lines += 1

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

    def _files(self) -> Iterator[str]:
        root = os.path.realpath(self._top)
        inside: dict[str, bool] = {}
        for name in files_below(root, self._glob):
            path = os.path.join(root, name)
            folder = os.path.dirname(path)
            if folder not in inside:
                inside[folder] = leads_inside(folder, root)
            touched = _touched(path, root) if inside[folder] else None
            if touched is None:
                self.bad_lines += 1
            elif self._since is None or touched >= self._since:
                yield path


def _touched(path: str, root: str) -> float | None:
    """When a file was last changed, None for what is no regular file inside the repository."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode) and leads_inside(path, root):
            found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime if stat.S_ISREG(found.st_mode) else None


def rows_of(file: BinaryIO, phases: Collection[str], *, rework: bool) -> Iterator[Row]:
    """The good rows of one log file, each as often as it is there."""
    reader = Reader(Names(phases), rework=rework)
    for block in reader.file(file):
        yield from map(reader.names.row, block.rows)


def read_row(line: bytes, phases: Collection[str], *, rework: bool) -> Row | None:
    """The row of a single line, None for a bad one."""
    reader = Reader(Names(phases), rework=rework)
    found = reader.line(line)
    return None if found is None or isinstance(found, tuple) else reader.names.row(found)
