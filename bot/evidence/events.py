"""One event of a log: checked strictly, and worded as the line that is appended.

In: what a person, an agent or another tool's log says. Out: `Event`, or every problem at once. Nothing is
guessed: `42,000` is not 42, a missing number is not 0, a time without offset is no time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from reprlib import repr as shown
from typing import Any, NamedTuple

from bot.allocation.names import SPELLING, agent_name, no_phase, phase_name, sole_phase
from bot.calendar import SECOND, instant_of, is_out_of_range
from bot.errors import Problem, WrongOptions
from bot.evidence.limits import MOST_TOKENS
from bot.evidence.spending.tally import Use

DAY_IN_MICROSECONDS = 24 * 60 * 60 * SECOND
"""Microseconds."""
LONGEST = {"sd": 200, "model": 200, "cause": 100, "note": 4000}
"""Characters a text field may have."""

_MOST_DIGITS = 20
_NO_COUNT = f"is no whole number from 0 to {MOST_TOKENS:,}"


class Event(NamedTuple):
    """One row of a log, valid."""

    at: int
    """When it happened, microseconds since the epoch."""
    fields: Mapping[str, Any]
    """Its keys and values, in the order they are written; with an `id`."""

    @property
    def line(self) -> bytes:
        """The row as one line of JSON, line end included."""
        return json.dumps(self.fields, ensure_ascii=False).encode() + b"\n"


def use_of(event: Event) -> Use:
    """What a row of the token log says, as whoever reads it finds it."""
    said = event.fields
    return Use(
        at=instant_of(said["ts"]) or 0,
        sd=said["sd"],
        phase=said["phase"],
        agent=said.get("agent"),
        model=said.get("model"),
        tokens=said["tokens"],
        note=said.get("note"),
        id=said["id"],
    )


def new_id(now: int) -> str:
    """An id nobody else makes: the time in milliseconds, then 80 random bits, 32 hexadecimal digits."""
    return f"{now // 1000:012x}{os.urandom(10).hex()}"


def token_event(given: Mapping[str, str | None], phases: Collection[str], now: int) -> Event:
    """A row of the token log from the texts of a command line; absent or None means not said.

    `now` is in microseconds since the epoch. Raises WrongOptions, its problems named by their options.
    """
    checks = (_TS, _SD, ("phase", lambda text: phase(text, phases), True), *_TOKENS, *_OPTIONAL)
    return _event(_in_sole_phase(given, phases), checks, {}, now)


def rework_event(
    given: Mapping[str, str | None],
    phases: Collection[str],
    now: int,
    *,
    rework: bool,
    issue: bool = False,
) -> Event:
    """A row of the rework log; otherwise as `token_event`."""
    in_phase: _Check = ("phase", lambda text: phase(text, phases), True)
    checks = (_TS, _SD, in_phase, ("agent", lambda text: agent(text), True), _MODEL, _CAUSE, _NOTE)
    more = {"rework": rework, **({"issue": True} if issue else {})}
    return _event(_in_sole_phase(given, phases), checks, more, now)


def _in_sole_phase(
    given: Mapping[str, str | None], phases: Collection[str]
) -> Mapping[str, str | None]:
    """What is given, in the only phase there is where none is said."""
    said = given.get("phase")
    return {**given, "phase": sole_phase(tuple(phases)) if said is None else said}


class BadValue(ValueError):
    """What is wrong with one value, and what to do, in one line."""


def moment(text: str, now: int) -> int:
    """Microseconds since the epoch of an RFC 3339 time. Raises BadValue for any other, and past tomorrow."""
    at = instant_of(text)
    if is_out_of_range(text):
        raise BadValue(f"{shown(text)} is outside the years 2000 to 2999")
    if at is None:
        raise BadValue(f"{shown(text)} is no time with an offset, e.g. 2025-12-03T10:15:00Z")
    if at > now + DAY_IN_MICROSECONDS:
        raise BadValue(
            f"{shown(text)} is more than a day in the future; check the clock and the offset"
        )
    return at


def stamp(at: int) -> str:
    """Microseconds since the epoch as logs write them: UTC, milliseconds, `2025-12-03T10:15:00.000Z`."""
    seconds, micros = divmod(at, SECOND)
    shown_seconds = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{shown_seconds}.{micros // 1000:03}Z"


def phase(text: str, known: Collection[str]) -> str:
    """Canonical name of a phase of the policy. Raises BadValue for any other."""
    name = phase_name(text)
    if name is None or name not in known:
        raise BadValue(f"{shown(text)} {no_phase(known)}")
    return name


def agent(text: str) -> str:
    """Canonical name of an agent. Raises BadValue for what is no name."""
    name = agent_name(text)
    if name is None:
        raise BadValue(f"{shown(text)} is no agent name; use {SPELLING}")
    return name


def whole(text: str) -> int:
    """A count of tokens in plain digits. Raises BadValue for any other spelling."""
    if not (text.isascii() and text.isdigit()):
        raise BadValue(f"{shown(text)} is no whole number; write digits only, e.g. 42000")
    if len(text) > _MOST_DIGITS:
        raise BadValue(f"{shown(text)} {_NO_COUNT}")
    return counted(int(text))


def counted(value: Any) -> int:
    """A count of tokens that already is a number. Raises BadValue for any other value."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TOKENS:
        raise BadValue(f"{shown(value)} {_NO_COUNT}")
    return value


def text_of(field: str) -> Callable[[str], str]:
    """The check of a text field: not blank, not too long, without control characters, valid Unicode."""

    def check(text: str) -> str:
        stripped = text.strip()
        if not stripped:
            raise BadValue("is empty; say it or leave it out")
        if len(stripped) > LONGEST[field]:
            raise BadValue(f"has {len(stripped):,} characters; the most are {LONGEST[field]:,}")
        if any("\ud800" <= char <= "\udfff" for char in stripped):
            raise BadValue("is not valid UTF-8")
        if any((char < " " and char not in "\n\t") or char == "\x7f" for char in stripped):
            raise BadValue("holds control characters; remove them")
        return stripped

    return check


_Check = tuple[str, Callable[[str], str | int], bool]
"""A field, its check, and whether it is required."""

_TS: _Check = ("ts", str, False)
_SD: _Check = ("sd", text_of("sd"), True)
_MODEL: _Check = ("model", text_of("model"), False)
_CAUSE: _Check = ("cause", text_of("cause"), False)
_NOTE: _Check = ("note", text_of("note"), False)
_TOKENS: tuple[_Check, ...] = (("tokens", whole, True),)
_OPTIONAL: tuple[_Check, ...] = (("agent", agent, False), _MODEL, _NOTE)


def _event(
    given: Mapping[str, str | None],
    checks: tuple[_Check, ...],
    more: Mapping[str, bool],
    now: int,
) -> Event:
    fields: dict[str, str | int | bool] = {}
    problems: list[Problem] = []
    at = now
    for field, check, required in checks:
        text = given.get(field)
        try:
            if text is not None:
                fields[field] = check(text)
                at = moment(text, now) if field == "ts" else at
            elif required:
                raise BadValue("is missing")
        except BadValue as wrong:
            problems.append(Problem(f"--{field}", str(wrong)))
    if problems:
        raise WrongOptions(problems)
    return Event(at, {"ts": stamp(now), **fields, **more, "id": new_id(now)})
