"""What is wrong with a bad line, in words. Pure; looked at for single lines only.

In: the bytes of a line. Out: its JSON object, or what keeps it from being one; and what each field must be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.allocation.names import SPELLING
from bot.evidence.limits import LONGEST_LINE, MOST_PARTS, MOST_TOKENS
from bot.evidence.schema import CursorRow, Names, Written

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_LONGEST_INTEGER = 20
_QUOTED = 60
_MUST_BE = {
    "ts": "a date and time with offset such as 2025-12-01T09:30:00Z, in the years 2000 to 2999",
    "sd": "the work item's id, a text that is not empty",
    "agent": f"an agent's name: {SPELLING}, and not DEFAULT",
    "tokens": f"a whole number from 0 to {MOST_TOKENS}, without quotes, separators or fraction",
    "rework": "true or false",
    "issue": "true or false, or left out",
    "model": "a text, or left out",
    "cause": "a text, or left out",
    "note": "a text, or left out",
    "id": "a text, or left out",
    "source": "a text, or left out",
    "cursor": "what was collected from, a text that is not empty",
    "repository": "a text",
    "commit": "a text, or left out",
    "matched": "a list of texts, or left out",
}


@dataclass(frozen=True)
class LineFault:
    """One thing wrong with a line."""

    key: str | None
    """The field at fault, None for the line as a whole."""
    message: str
    """What is wrong and what to do. Quotes the line only as ASCII, shortened."""


class Malformed(Exception):
    """A line that is no JSON object of its own."""

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.wrong = LineFault(key, message)


def document_of(line: bytes) -> dict[str, Any]:
    """The JSON object of a line without blanks around it. Raises Malformed."""
    if len(line) > LONGEST_LINE:
        raise Malformed(f"is longer than {LONGEST_LINE} bytes; shorten it")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as err:
        raise Malformed("is not UTF-8 text; save the log as UTF-8 or remove the line") from err
    if text.startswith("\ufeff"):
        raise Malformed("starts with a byte order mark; only the file may; remove it")
    if text.count("[") + text.count("{") > MOST_PARTS:
        bare = _STRING.sub("", text)
        if bare.count("[") + bare.count("{") > MOST_PARTS:
            raise Malformed(f"holds more than {MOST_PARTS} lists and objects; a row is flat")
    return _unique(*_parsed(text))


def wrong_fields(
    document: dict[str, Any], kind: type[Written | CursorRow], names: Names
) -> tuple[LineFault, ...]:
    """Everything wrong with the fields of an object, by the types and rules of the schema."""
    return tuple(
        LineFault(field.name, _message(field.name, document, names.known))
        for field in msgspec.structs.fields(kind)
        if _is_wrong(field, document, names)
    )


@dataclass(frozen=True)
class _Verbatim:
    """A number as the log writes it, where no Python number is needed or could hold it."""

    text: str

    def __str__(self) -> str:
        return self.text


def _is_wrong(field: msgspec.structs.FieldInfo, document: dict[str, Any], names: Names) -> bool:
    if field.name not in document:
        return field.required
    value = document[field.name]
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        return True
    return names.wrong(field.name, value)


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
        raise Malformed(f"is not valid JSON ({place}); write one object a line") from err
    except UnicodeEncodeError as err:
        raise Malformed("holds half of a surrogate pair (\\ud800 to \\udfff); remove it") from err
    except RecursionError as err:
        raise Malformed("is nested too deeply; a row is flat") from err
    return document, pairs


def _no_number(name: str) -> None:
    raise Malformed(f"is not valid JSON ({name} is no number); leave the field out")


def _unique(document: object, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise Malformed('is not an object; write one line as {"ts": …, "sd": …}')
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise Malformed("is there twice; keep one", shown(key).strip('"'))
        seen.add(key)
    return document


def _message(key: str, document: dict[str, Any], phases: Sequence[str]) -> str:
    must_be = f"one of the phases {', '.join(phases)}" if key == "phase" else _MUST_BE[key]
    if key not in document:
        return f"is missing; it must be {must_be}"
    return f"must be {must_be}; not {shown(document[key])}"


def shown(value: object) -> str:
    """A value as ASCII, shortened."""
    text = str(value) if isinstance(value, _Verbatim) else json.dumps(value, default=str)
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
