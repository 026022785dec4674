"""Rows of weeks that are over, kept as Parquet by the blobs they stand in: what is newer is read as lines.

In: the files of one log by their blobs, and what was kept. Out: the log files to read in their place. Kept
rows are judged as those of any Parquet file. A blob that is gone, or is there twice, makes all of it void.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from bot.evidence.records import Question
from bot.evidence.schema import Names
from bot.git.kept import Kept
from bot.inputs.snapshot import Listed, LogFiles
from bot.paths import PARQUET, LogFile

KEPT_ROWS = f"rows that were kept{PARQUET}"
"""What stands in the place of a path: whoever reads it in a message reads the files themselves instead."""
_YOUNG = 2
"""Folders, the last by name, that may still change; one a week, as shipped."""
_MOST_YOUNG = 6
"""Folders beside what is kept from which on it is kept anew, and the fewest that are worth it."""
_LARGE = 2**23
"""Bytes of old log files from which on it is worth it."""
_MOST = 2**26
"""Bytes that are kept."""


class History(msgspec.Struct, frozen=True, array_like=True):
    """Rows, and where they stand."""

    files: list[tuple[str, str]]
    """Path and blob of each file."""
    rows: bytes
    """Every row of these as Parquet; nothing where they are to be read as they are."""


class ToRead(NamedTuple):
    """One log in two parts."""

    history: History | None
    files: tuple[LogFile, ...]
    """Those whose rows are not in it."""

    def laid_out(self, folder: Path, name: str) -> tuple[LogFile, ...]:
        """All that is to be read; `folder` is ours."""
        if self.history is None:
            return self.files
        path = folder / f"{name}{PARQUET}"
        path.write_bytes(self.history.rows)
        return (*self.files, LogFile(KEPT_ROWS, path))


def split_log(
    kept: Kept,
    name: str,
    logs: LogFiles,
    question: Question,
    is_made: Callable[[], bool],
    *,
    rework: bool,
) -> ToRead:
    """What is kept of a log, and what is not; what is old and large and not kept yet is kept by now.

    `is_made` says whether there is a folder to keep it in, and makes one.

    Raises InvalidInput for a log that cannot be read.
    """
    glob = logs.globs[rework]
    every = _only_place(logs.content[glob])
    if every is None:
        return ToRead(None, logs.lay_out(glob))
    found = _read(kept, name, every)
    young = _without(every, found)
    if found is not None and len(_folders(young)) < _MOST_YOUNG:
        return (
            ToRead(found, logs.laid_out(young))
            if found.rows
            else ToRead(None, logs.laid_out(every))
        )
    files = logs.laid_out(every)
    last = {*_folders(every)[-_YOUNG:]}
    old = [log for log in files if posixpath.dirname(log.path) not in last]
    if sum(log.size for log in old) < _LARGE or not is_made():
        return ToRead(None, files)
    rows = _rows(old, question, rework=rework)
    paths = {log.path for log in old}
    history = History([(path, blob) for path, blob in every if path in paths], rows)
    kept.write(name, msgspec.msgpack.encode(history))
    return (
        ToRead(history, tuple(log for log in files if log not in old))
        if rows
        else ToRead(None, files)
    )


def _rows(files: Sequence[LogFile], question: Question, *, rework: bool) -> bytes:
    """All rows as Parquet; nothing where that cannot be had, which is kept as well: it would fail again."""
    from bot.evidence.lake import whole_log  # DuckDB

    rows = whole_log(files, Names(question.phases), question.memory, rework=rework)
    return rows if rows is not None and len(rows) <= _MOST else b""


def _only_place(commits: Sequence[Listed]) -> Listed | None:
    """The files of a log that stands in one commit, each with another content; None for any other log."""
    places = [files for files in commits if files]
    if len(places) != 1 or len({blob for _, blob in places[0]}) < len(places[0]):
        return None
    return places[0]


def _read(kept: Kept, name: str, every: Listed) -> History | None:
    data = kept.read(name)
    try:
        found = None if data is None else msgspec.msgpack.decode(data, type=History)
    except (msgspec.MsgspecError, ValueError):
        return None
    return found if found and {*found.files} <= {*every} else None


def _without(every: Listed, history: History | None) -> Listed:
    files = {*history.files} if history else set()
    return [file for file in every if file not in files]


def _folders(files: Listed) -> list[str]:
    return sorted({posixpath.dirname(path) for path, _ in files})
