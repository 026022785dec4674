"""The one record that writing a log needs too: a module of its own, so that it stays light."""

from __future__ import annotations

from typing import NamedTuple


class Week(NamedTuple):
    """A half-open stretch of time, `start <= t < end`."""

    start: int
    """Seconds since the epoch."""
    end: int
    """Seconds since the epoch; the start of the next week."""
    label: str
    """The ISO week its start falls in, by the policy's time zone: `2025-W49`."""

    def __str__(self) -> str:
        return self.label
