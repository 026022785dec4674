"""Rows that an import found, each once, by time, without holding them.

In: the fields of rows, in any order and as often as files repeat them. Out: events that can be asked again
and again. The rows wait in a file of ours, and some 200 bytes each in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO
from weakref import finalize

from bot.calendar import FIRST_INSTANT, LAST_INSTANT
from bot.evidence.events import DAY_IN_MICROSECONDS, Event
from bot.evidence.imports.source import Skip, Skips
from bot.evidence.limits import MOST_TOKENS
from bot.scratch import scratch_folder

_OFFSET = 64
"""Bits that say where a row stands in the file."""
_ORDER = 32
"""Bits that order the rows of one instant, the same in every order of files."""


class Gathered:
    """Rows of one log that an import found."""

    def __init__(self, skips: Skips, now: int) -> None:
        self.notes: list[str] = []
        self._skips = skips
        self._now = now
        self._contents: dict[bytes, bytes] = {}
        self._found: list[int] = []
        self._sorted = True
        self._end = 0
        with scratch_folder() as folder:  # the file lives as long as we do
            self._file = (folder / "rows").open("w+b")
        finalize(self, _close, self._file)

    @property
    def skipped(self) -> Sequence[Skip]:
        """What is no row, and why."""
        return self._skips.all()

    def add(self, at: int, fields: Mapping[str, Any], place: str) -> bool:
        """Take a row with its `id`, unless it cannot be logged or is there already; whether it was taken.

        `at` is in microseconds since the epoch.
        """
        tokens = fields.get("tokens", 0)
        reason = self._wrong(at, tokens)
        line = json.dumps(fields).encode() + b"\n"
        digest, content = _digest(str(fields["id"]).encode()), _digest(line)
        if not reason and self._contents.get(digest, content) != content:
            reason = "says something else under an id that was there before; the first is logged"
        if reason:
            self._skips.add(reason, place, min(tokens, MOST_TOKENS))
            return False
        if digest in self._contents:
            return False
        self._contents[digest] = content
        order = int.from_bytes(content[: _ORDER // 8])
        self._found.append((at << _ORDER | order) << _OFFSET | self._end)
        self._sorted = False
        self._file.seek(self._end)
        self._end += self._file.write(line)
        return True

    def events(self) -> Iterator[Event]:
        """The rows, by time."""
        if not self._sorted:
            self._found.sort()
            self._sorted = True
        for found in self._found:
            self._file.seek(found & (1 << _OFFSET) - 1)
            yield Event(found >> _OFFSET + _ORDER, json.loads(self._file.readline()))

    def _wrong(self, at: int, tokens: int) -> str:
        if at > self._now + DAY_IN_MICROSECONDS:
            return "timestamp is more than a day in the future; check the clock that wrote it"
        if not FIRST_INSTANT <= at <= LAST_INSTANT:
            return "timestamp is outside the years 2000 to 2999"
        if tokens > MOST_TOKENS:
            # Each of its counts is possible, their sum is not: the reader would refuse the row.
            return f"adds up to more than {MOST_TOKENS:,} tokens"
        return ""


def _close(file: BinaryIO) -> None:
    """What a full disk does not take any more, nobody will ask for: the error is told already."""
    with suppress(OSError):
        file.close()


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:12]
