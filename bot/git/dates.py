"""Dates of commits, whatever somebody wrote there."""

from __future__ import annotations

_LATEST = (
    253370764800  # the start of 9999: no week that begins before it ends in a year of five digits
)
_NEGATIVE = 2**63  # where git shows times before 1970


def commit_time(text: str) -> int:
    """Seconds since the epoch of a committer's date as git says it, moved to the years 1970 to 9998.

    Anybody can write a commit with no date, or one that no calendar has: it is as old, or as new, as can be.
    """
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 30 else 0
    return min(seconds, _LATEST) if seconds < _NEGATIVE else 0
