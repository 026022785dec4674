"""Writing what was collected: a file a week, named after its lines, and the cursor with the last of them.

In: events and a cursor. Out: new files. Whoever has a cursor has every row before it; a collection that died
midway has no cursor, and the next one adds what is missing. Two that saw the same write the same files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import groupby

from bot.calendar import SECOND, Calendar
from bot.collecting.fact_records import Origin
from bot.evidence.cursors import Cursor
from bot.evidence.events import Event, stamp
from bot.evidence.write import append


def cursor_at(
    origin: Origin, at: int, commit: str | None = None, matched: Sequence[str] = ()
) -> Cursor:
    """The cursor of a collection that saw everything up to `at`, in microseconds since the epoch."""
    parts = (*origin, stamp(at), commit or "", *matched)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
    return Cursor(at, *origin, commit, tuple(matched), f"{origin.source}-cursor-{digest}")


def file_away(
    top: str, glob: str, calendar: Calendar, events: Sequence[Event], cursor: Cursor | None
) -> tuple[str, ...]:
    """Write new rows and the cursor, if it is a new one; the new files, from the top of the repository.

    Raises InvalidInput if they cannot be written.
    """
    lines = [(event.at, event.line) for event in sorted(events, key=lambda event: event.at)]
    weeks = [
        (label, [line for _, line in of_week])
        for label, of_week in groupby(lines, lambda pair: _label(calendar, pair[0]))
    ]
    if cursor is not None:
        last = _label(calendar, cursor.at)
        rows = [line for label, of_week in weeks if label == last for line in of_week]
        weeks = [week for week in weeks if week[0] != last]
        weeks.append((last, [*rows, _line(cursor)]))
    return tuple(append(top, glob, label, _name(of_week), of_week) for label, of_week in weeks)


def _label(calendar: Calendar, at: int) -> str:
    return calendar.week_of(at // SECOND).label


def _name(lines: Sequence[bytes]) -> str:
    return f"collect-{hashlib.sha256(b''.join(lines)).hexdigest()[:16]}"


def _line(cursor: Cursor) -> bytes:
    fields = {
        "ts": stamp(cursor.at),
        "cursor": cursor.source,
        "repository": cursor.repository,
        "commit": cursor.commit,
        "matched": list(cursor.matched) or None,
        "id": cursor.id,
    }
    said = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"
