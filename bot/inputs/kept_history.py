"""Rows of weeks that are over, kept as Parquet by the blobs they stand in: what is newer is read as lines.

In: the files of one log by their blobs, and what was kept. Out: the log files to read in their place. Kept
rows are judged as those of any Parquet file. A blob that is gone, or is there twice, makes all of it void.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
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
_MOST = 2**26
"""Bytes that are kept."""


class History(msgspec.Struct, frozen=True, array_like=True):
    """Rows, and where they stand."""

    files: list[tuple[str, str]]
    """Path and blob of each file."""
    rows: bytes
    """Every row of these as Parquet."""


class ToRead(NamedTuple):
    """One log in two parts."""

    history: History | None
    rest: Listed
    """Files whose rows are not in it."""


def split_log(kept: Kept, name: str, commits: Sequence[Listed]) -> ToRead:
    """What is kept of a log, and what is not."""
    every = _only_place(commits)
    found = _read(kept, name, every) if every else None
    return ToRead(found, _without(every or (), found))


def keep_history(
    kept: Kept, name: str, logs: LogFiles, question: Question, *, rework: bool
) -> None:
    """Keep the rows of all files but the youngest, if there are many more than are kept."""
    every = _only_place(logs.content[logs.globs[rework]]) or ()
    if len(_folders(split_log(kept, name, [every]).rest)) < _MOST_YOUNG:
        return
    from bot.evidence.lake import whole_log  # DuckDB

    young = {*_folders(every)[-_YOUNG:]}
    old = [(path, blob) for path, blob in every if posixpath.dirname(path) not in young]
    names = Names(question.phases)
    rows = whole_log(logs.laid_out(old), names, question.memory, rework=rework)
    if rows is not None and len(rows) <= _MOST:
        kept.write(name, msgspec.msgpack.encode(History(old, rows)))


def files_to_read(split: ToRead, logs: LogFiles, folder: Path, name: str) -> tuple[LogFile, ...]:
    """The files to read; `folder` is ours."""
    files = logs.laid_out(split.rest)
    if split.history is None:
        return files
    path = folder / f"{name}{PARQUET}"
    path.write_bytes(split.history.rows)
    return (*files, LogFile(KEPT_ROWS, path))


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
