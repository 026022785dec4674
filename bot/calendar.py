"""Weeks and instants: which week an instant falls in, and what a time stamp of a log says. Pure.

In: instants in seconds since the epoch, labels, RFC 3339 text. Out: `Week`, exact instants. Light on purpose:
writing the logs and looking up a model need it, so it stands on nothing heavier than `zoneinfo`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from bot.errors import UsageError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LABEL = re.compile(r"([0-9]{4})-W([0-9]{2})")
_FORM = "write an ISO week such as 2025-W49"
_ONE_WEEK = timedelta(days=7)
BEGINNING = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
"""No log and no week is older than this: 2000-01-01T00:00:00Z in seconds since the epoch."""
END_OF_TIME = int(datetime(3000, 1, 1, tzinfo=UTC).timestamp())
"""No log is as young as this: 3000-01-01T00:00:00Z in seconds since the epoch."""


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


CURRENT = "current"
"""What stands for the label of the week that is still open."""


class UnknownWeek(UsageError, ValueError):
    """A label that names no week."""


class Calendar(NamedTuple):
    """Weeks that start on one day at one local time, and so follow daylight saving time.

    Where the clocks of that day skip the starting time, the week starts when it would have come without
    the change (02:30 in a skipped hour is the instant the clocks call 03:30). Where they show it twice,
    the week starts the first time.
    """

    starts_on: str
    """Day of the week, e.g. `monday`."""
    starts_at: time
    """Local time of day, hours and minutes."""
    time_zone: str
    """IANA name, e.g. `America/Los_Angeles`."""

    def week_of(self, instant: int) -> Week:
        """The week with `start <= instant < end`."""
        today = datetime.fromtimestamp(instant, self._zone).date()
        day = today - timedelta(days=(today.weekday() - self._weekday) % 7)
        while self._start(day) > instant:
            day -= _ONE_WEEK
        while self._start(day + _ONE_WEEK) <= instant:
            day += _ONE_WEEK
        return self._week(day)

    def named(self, label: str) -> Week:
        """The week of a label such as `2025-W49`. Raises UnknownWeek for any other text."""
        day = day_of(label, self._weekday + 1)
        if day < self._first:
            raise _outside(label)
        return self._week(day)

    def last_complete(self, instant: int) -> Week:
        """The latest week that has ended: `end <= instant`."""
        return self.week_of(self.week_of(instant).start - 1)

    def until(self, week: Week) -> tuple[Week, ...]:
        """Every week from the one of 2000-01-01 (UTC) up to and including `week`, oldest first, no gaps.

        Empty for a week before 2000.
        """
        weeks, day = [], self._first
        start = self._start(day)
        while start < week.end:
            label, day = _label(day), day + _ONE_WEEK
            end = self._start(day)
            weeks.append(Week(start, end, label))
            start = end
        return tuple(weeks)

    @property
    def _zone(self) -> tzinfo:
        if self.time_zone == "UTC":
            return UTC  # the default needs no time zone database, which takes a while to load
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.time_zone)

    @property
    def _weekday(self) -> int:
        return DAYS.index(self.starts_on)

    @property
    def _first(self) -> date:
        """Local date on which the week of 2000-01-01 starts."""
        start = self.week_of(BEGINNING).start
        return datetime.fromtimestamp(start, self._zone).date()

    def _week(self, day: date) -> Week:
        return Week(self._start(day), self._start(day + _ONE_WEEK), _label(day))

    def _start(self, day: date) -> int:
        # fold=0 is the rule of the class docstring: the earlier reading of a time shown twice, and the
        # clock of before the change for one that is skipped.
        return int(datetime.combine(day, self.starts_at, self._zone).timestamp())


def day_of(label: str, weekday: int = 1) -> date:
    """The day of a label's ISO week, 1 for Monday. Raises UnknownWeek for any other text.

    Needs no policy; whether the first week a policy knows is as old is for `Calendar.named` to say.
    """
    parts = _LABEL.fullmatch(label)
    if parts is None:
        raise UnknownWeek(f"{label!r} is no week; {_FORM}")
    year, number = int(parts[1]), int(parts[2])
    try:
        day = date.fromisocalendar(year, number, weekday)
    except ValueError as err:
        raise UnknownWeek(f"the year {year} has no week {number}; {_FORM}") from err
    if not 1999 <= year < 3000:  # the week of 2000-01-01 may be one of 1999
        raise _outside(label)
    return day


def _outside(label: str) -> UnknownWeek:
    return UnknownWeek(f"{label} is outside the years 2000 to 2999; {_FORM}")


def _label(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


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
# One match of many texts costs a third of as many matches; groups that it captures would cost more.
_LINES = re.compile(rf"(?:{re.sub(r'[(](?![?])', '(?:', RFC_3339)}\n)*+")
_EPOCH = date(1970, 1, 1).toordinal()


def instant_of(text: str) -> int | None:
    """Microseconds since the epoch, finer digits cut off.

    None for what is no RFC 3339 time with offset, a date that does not exist, or a time outside the
    years 2000 to 2999 (UTC).
    """
    instant = _any_instant(text)
    return instant if instant is not None and FIRST_INSTANT <= instant <= LAST_INSTANT else None


def is_out_of_range(text: str) -> bool:
    """Whether a text is a time with offset, but one outside the years 2000 to 2999."""
    return _any_instant(text) is not None and instant_of(text) is None


def _any_instant(text: str) -> int | None:
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
    return (local + offset if sign == "-" else local - offset) * SECOND + micros


def are_instants(texts: Sequence[str]) -> bool:
    """Whether `instant_of` knows every one of them; days between the outermost are looked at once."""
    lines = "\n".join((*texts, ""))
    if lines.count("\n") != len(texts) or not _LINES.fullmatch(lines):
        return False
    days = {text[:10] for text in texts}
    outermost = days & {"1999-12-31", "2000-01-01", "2999-12-31", "3000-01-01"}
    if outermost and any(instant_of(text) is None for text in texts if text[:10] in outermost):
        return False
    return all(instant_of(f"{day}T12:00:00Z") is not None for day in days - outermost)
