"""Times in logs: RFC 3339 text as an exact instant. Pure.

The pattern is shared by both log readers, so it stays within what Python's `re` and RE2 read alike.
"""

from __future__ import annotations

import re
from datetime import date

from bot.evidence.calendar import BEGINNING, END_OF_TIME

SECOND = 1_000_000
"""Microseconds."""
FIRST_INSTANT = BEGINNING * SECOND
"""The first instant a log may name, in microseconds since the epoch."""
LAST_INSTANT = END_OF_TIME * SECOND - 1
"""The last one."""
RFC_3339 = (
    r"([0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))[Tt ]"
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
"""A date and time with offset; leap seconds, which no log has needed since 2016, are left out."""

_PARTS = re.compile(RFC_3339)
_EPOCH = date(1970, 1, 1).toordinal()


def instant_of(text: str) -> int | None:
    """Microseconds since the epoch, finer digits cut off.

    None for what is no RFC 3339 time with offset, a date that does not exist, or a time outside the
    years 2000 to 2999 (UTC).
    """
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    day, hours, minutes, seconds, fraction, sign, offset_hours, offset_minutes = parts.groups()
    try:
        days = date.fromisoformat(day).toordinal() - _EPOCH
    except ValueError:
        return None
    local = days * 86_400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    offset = int(offset_hours or 0) * 3600 + int(offset_minutes or 0) * 60
    micros = int((fraction or ".")[1:7].ljust(6, "0"))
    instant = (local + offset if sign == "-" else local - offset) * SECOND + micros
    return instant if FIRST_INSTANT <= instant <= LAST_INSTANT else None
