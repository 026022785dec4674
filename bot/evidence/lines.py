"""The strict reader of one log line: the same rules as load.sql, with words for what is wrong. Pure.

In: the bytes of a line. Out: its row, or everything that is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from bot.allocation.names import agent_name, phase_name
from bot.calendar import instant_of
from bot.evidence.limits import LONGEST_LINE, MOST_PARTS, MOST_TOKENS

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_LONGEST_INTEGER = 20
_QUOTED = 60
_MUST_BE = {
    "ts": "a date and time with offset such as 2025-12-01T09:30:00Z, in the years 2000 to 2999",
    "sd": "the work item's id, a text that is not empty",
    "agent": "an agent's name: letters, digits, _ and -, starting with a letter, and not DEFAULT",
    "tokens": f"a whole number from 0 to {MOST_TOKENS}, without quotes, separators or fraction",
    "rework": "true or false",
    "issue": "true or false, or left out",
    "model": "a text, or left out",
    "cause": "a text, or left out",
    "note": "a text, or left out",
    "id": "a text, or left out",
}


@dataclass(frozen=True)
class Wrong:
    """One thing wrong with a line."""

    key: str | None
    """The field at fault, None for the line as a whole."""
    message: str
    """What is wrong and what to do. Quotes the line only as ASCII, shortened."""


@dataclass(frozen=True)
class _Verbatim:
    """A number as the log writes it, where no Python number is needed or could hold it."""

    text: str

    def __str__(self) -> str:
        return self.text


def _instant(value: object) -> int:
    instant = instant_of(value) if isinstance(value, str) else None
    if instant is None:
        raise ValueError
    return instant


def _phase(value: str, info: ValidationInfo) -> str:
    phase = phase_name(value)
    if phase is None or phase not in (info.context or ()):
        raise ValueError
    return phase


def _agent(value: str) -> str:
    agent = agent_name(value)
    if agent is None:
        raise ValueError
    return agent


def _given(value: str | None) -> str | None:
    return value or None


Agent = Annotated[str, AfterValidator(_agent)]
Text = Annotated[str | None, AfterValidator(_given)]


class Row(BaseModel):
    """What both logs hold. Equal rows have the same content; keys that are no field are left out."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", protected_namespaces=())

    ts: Annotated[int, BeforeValidator(_instant)]
    """Microseconds since the epoch."""
    sd: Annotated[str, Field(min_length=1)]
    phase: Annotated[str, AfterValidator(_phase)]
    model: Text = None
    note: Text = None
    id: Text = None


class TokenRow(Row):
    """A line of the token log."""

    tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)]
    agent: Agent | None = None


class ReworkRow(Row):
    """A line of the rework log."""

    agent: Agent
    rework: bool
    issue: Annotated[bool | None, AfterValidator(bool)] = False
    cause: Text = None


def read_line(
    line: bytes, kind: type[Row], phases: Sequence[str], end: int
) -> Row | tuple[Wrong, ...] | None:
    """The row of a line, everything wrong with it, or None for what happened at `end` or later.

    `line` has no blanks around it; `end` is in microseconds since the epoch. Nothing but its time is
    asked of a row after the end, so that a later row never changes an earlier week.
    """
    try:
        document = _document(line)
    except _Malformed as err:
        return (Wrong(err.key, str(err)),)
    try:
        if _instant(document.get("ts")) >= end:
            return None
    except ValueError:
        pass  # reported with the line's other fields
    try:
        return kind.model_validate(document, context=phases)
    except ValidationError as err:
        keys = dict.fromkeys(str(error["loc"][0]) for error in err.errors(include_url=False))
        return tuple(Wrong(key, _message(key, document, phases)) for key in keys)


class _Malformed(Exception):
    """A line that is no JSON object of its own."""

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


def _document(line: bytes) -> dict[str, Any]:
    """The JSON object of a line. Raises _Malformed."""
    if len(line) > LONGEST_LINE:
        raise _Malformed(f"is longer than {LONGEST_LINE} bytes; shorten it")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as err:
        raise _Malformed("is not UTF-8 text; save the log as UTF-8 or remove the line") from err
    if text.startswith("\ufeff"):
        raise _Malformed("starts with a byte order mark; save the log as UTF-8 without one")
    if text.count("[") + text.count("{") > MOST_PARTS:
        bare = _STRING.sub("", text)
        if bare.count("[") + bare.count("{") > MOST_PARTS:
            raise _Malformed(f"holds more than {MOST_PARTS} lists and objects; a row is flat")
    return _unique(*_parsed(text))


def _parsed(text: str) -> tuple[object, list[tuple[str, Any]]]:
    """A line's value, and where that is an object its keys and values as written."""
    pairs: list[tuple[str, Any]] = []

    def keep(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal pairs
        pairs = found  # of the object that ends last: the outermost one
        return dict(found)

    try:
        document = json.loads(
            text,
            object_pairs_hook=keep,
            parse_constant=_no_number,
            parse_float=_Verbatim,
            parse_int=lambda digits: (
                int(digits) if len(digits) <= _LONGEST_INTEGER else _Verbatim(digits)
            ),
        )
        if "\\u" in text:
            json.dumps(document, ensure_ascii=False, default=str).encode("utf-8")
    except json.JSONDecodeError as err:
        place = f"{err.msg[:1].lower()}{err.msg[1:]} at column {err.colno}"
        raise _Malformed(f"is not valid JSON ({place}); write one object a line") from err
    except UnicodeEncodeError as err:
        raise _Malformed("holds half of a surrogate pair (\\ud800 to \\udfff); remove it") from err
    except RecursionError as err:
        raise _Malformed("is nested too deeply; a row is flat") from err
    return document, pairs


def _no_number(name: str) -> None:
    raise _Malformed(f"is not valid JSON ({name} is no number); leave the field out")


def _unique(document: object, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise _Malformed('is not an object; write one line as {"ts": …, "sd": …}')
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _Malformed("is there twice; keep one", _shown(key).strip('"'))
        seen.add(key)
    return document


def _message(key: str, document: dict[str, Any], phases: Sequence[str]) -> str:
    must_be = f"one of the phases {', '.join(phases)}" if key == "phase" else _MUST_BE[key]
    if key not in document:
        return f"is missing; it must be {must_be}"
    return f"must be {must_be}; not {_shown(document[key])}"


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, _Verbatim) else json.dumps(value, default=str)
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
