"""Putting imported events into the logs: each once, however often it is imported.

In: events whose ids derive from their source. Out: one new file a week, and what was there already. An event
that is logged is never logged again; the file is named after its lines, so that even two imports at the same
moment write the same file twice instead of two files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby

from bot.calendar import SECOND, Calendar
from bot.evidence.events import Event
from bot.evidence.imports.source import Source
from bot.evidence.rows import Rows, read_row
from bot.evidence.schema import Row
from bot.evidence.write import append


@dataclass(frozen=True)
class Stored:
    """What an import has changed."""

    events: int
    """New events."""
    tokens: int
    """Their tokens."""
    already: int
    """Events that were logged before, with the same figures."""
    differing: int
    """Events that were logged before with other figures: another SD, phase, or count of cache reads."""
    files: tuple[str, ...]
    """New files, from the top of the repository."""

    def known(self) -> int:
        """Events of the source, logged now or before."""
        return self.events + self.already + self.differing


def store(
    top: str,
    glob: str,
    calendar: Calendar,
    phases: Collection[str],
    source: Source,
    elsewhere: Iterable[Row] = (),
    *,
    rework: bool = False,
) -> Stored:
    """Log the events of a source that are not logged yet. Raises InvalidInput if they cannot be written.

    `elsewhere`: rows that are logged, but not (or no longer) in the work tree; asked for last, as rows only
    ever go there. `rework`: the events are rows of the rework log. The source is asked for its events again
    and again rather than keeping them all.
    """
    logged = {
        _digest(row.id): _content(row)
        for row in chain(Rows(top, glob, phases, rework=rework), elsewhere)
        if row.id is not None
    }
    same = differing = 0
    for event in source.events():
        before = logged.get(_id(event))
        now = _content(read_row(event.line.strip(), phases, rework=rework))
        same += before == now
        differing += before not in (None, now)
    batches = [_batch(label, events) for label, events in _fresh(source, logged, calendar)]
    files = []
    for batch, (label, events) in zip(batches, _fresh(source, logged, calendar), strict=True):
        files.append(append(top, glob, label, batch.name, (event.line for event in events)))
    return Stored(
        events=sum(batch.events for batch in batches),
        tokens=sum(batch.tokens for batch in batches),
        already=same,
        differing=differing,
        files=tuple(files),
    )


@dataclass(frozen=True)
class _Batch:
    name: str
    events: int
    tokens: int


def _batch(label: str, events: Iterable[Event]) -> _Batch:
    digest = hashlib.sha256(label.encode())
    count = tokens = 0
    for event in events:
        digest.update(event.line)
        count += 1
        tokens += int(event.fields.get("tokens", 0))
    return _Batch(f"import-{digest.hexdigest()[:16]}", count, tokens)


def _fresh(
    source: Source, logged: Mapping[bytes, bytes], calendar: Calendar
) -> Iterator[tuple[str, Iterator[Event]]]:
    """The events that are not logged yet, week by week."""
    fresh = (event for event in source.events() if _id(event) not in logged)
    return groupby(fresh, lambda event: calendar.week_of(event.at // SECOND).label)


def _id(event: Event) -> bytes:
    return _digest(str(event.fields["id"]))


def _content(row: Row | None) -> bytes:
    return _digest(repr(row))


def _digest(text: str) -> bytes:
    """16 bytes in place of a text: a large import remembers hundreds of thousands."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
