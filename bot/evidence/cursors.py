"""How far collections saw: rows that stand among the collected ones of the rework log and are no outcomes.

In: lines of the rework log. Out: the cursors among them. A cursor is in the file with the last rows of its
collection, so that whoever has it has them; like every row it is appended, synced, packed and never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from msgspec import MsgspecError
from msgspec.json import Decoder

from bot.calendar import instant_of
from bot.evidence.schema import CursorRow
from bot.evidence.unpacked import unpacked_lines
from bot.paths import LogFile

_DECODER = Decoder(CursorRow)


class Cursor(NamedTuple):
    """One collection's end."""

    at: int
    """Microseconds since the epoch: everything up to then was seen."""
    source: str
    """What was collected from: `git`, `github`."""
    repository: str
    """Which one of them. Hostile."""
    commit: str | None
    """The newest commit that was seen. Hostile."""
    matched: tuple[str, ...]
    """Globs of the policy's rules that matched a name since the cursor before. Hostile."""
    id: str | None


def is_cursor(document: Mapping[str, Any]) -> bool:
    """Whether a line of the rework log is meant as a cursor: it names no work item."""
    return "cursor" in document and "sd" not in document


def cursor_of(line: bytes) -> Cursor | None:
    """The cursor of a line without blanks around it; None for any other line, and for one that is wrong."""
    if b'"cursor"' not in line:
        return None
    try:
        row = _DECODER.decode(line)
    except (MsgspecError, ValueError, RecursionError):
        return None
    at = instant_of(row.ts)
    if at is None or not is_cursor(json.loads(line)):
        return None
    matched = tuple(row.matched) if isinstance(row.matched, list) else ()
    return Cursor(at, row.cursor, row.repository, row.commit or None, matched, row.id or None)


def cursors_of(files: Sequence[LogFile]) -> tuple[Cursor, ...]:
    """Every cursor of the files of the rework log."""
    found: list[Cursor] = []
    for file in files:
        with unpacked_lines(file) as lines:
            found += cursors_in(lines)
    return tuple(found)


def cursors_in(file: BinaryIO) -> Iterator[Cursor]:
    """Every cursor of a log file."""
    return filter(None, (cursor_of(line.strip()) for line in file))
