"""What every import gives: events to log, and what was left out and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.evidence.events import BadValue, Event


class NoEvent(BadValue):
    """Why something that was read well is no event; no fault of the data."""


@dataclass(frozen=True)
class Skip:
    """Things of one kind that were left out."""

    reason: str
    """Why, in one line. May quote hostile text."""
    count: int
    """How many, at least 1."""
    tokens: int
    """What they would have added, as far as that is known."""
    place: str
    """Where the first one stands: `file:line`, or a file. Hostile."""
    well_read: bool = False
    """Whether nothing is wrong with them: they are no events, or not yet."""


MOST_REASONS = 1_000
"""Reasons that are told apart: those that quote a file may be as many as its lines."""
OTHER_REASONS = "for other reasons, of which there are too many to list"


class Skips:
    """Collects what is left out, by reason."""

    def __init__(self) -> None:
        self._found: dict[str, Skip] = {}

    def add(self, reason: str, place: str, tokens: int = 0, *, well_read: bool = False) -> None:
        """Count one more."""
        if reason not in self._found and len(self._found) >= MOST_REASONS:
            reason = OTHER_REASONS
        before = self._found.get(reason)
        if before is None:
            self._found[reason] = Skip(reason, 1, tokens, place, well_read)
        else:
            total = before.tokens + tokens
            fine = before.well_read and well_read
            self._found[reason] = Skip(reason, before.count + 1, total, before.place, fine)

    def all(self) -> tuple[Skip, ...]:
        """Every reason, most frequent first, ties by reason."""
        return tuple(sorted(self._found.values(), key=lambda skip: (-skip.count, skip.reason)))


class Source(Protocol):
    """A source that was read from beginning to end."""

    @property
    def skipped(self) -> Sequence[Skip]:
        """What is no event, and why."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What to know about the source, one sentence each. May quote hostile text."""
        ...

    def events(self) -> Iterator[Event]:
        """The events, by time; can be asked again."""
        ...


def identity(*parts: object) -> str:
    """A short digest of values, the same on every machine: 24 hexadecimal digits."""
    joined = "\0".join(map(repr, parts)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(joined).hexdigest()[:24]
