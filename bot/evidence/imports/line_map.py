"""The map of `log import jsonl`: which keys of a line hold which fields of a row.

In: the text of a small TOML file. Out: `LineMap`, or every problem with its line and key. A field is a key
(`model = "llm"`), several of which the first that says something counts (`sd = ["ticket", "branch"]`), or a
table, for constants, other words and other times:

    phase  = { constant = "EXEC" }
    ts     = { key = "created", format = "seconds" }
    tokens = { sum = ["usage.input", "usage.output"] }
    rework = { key = "outcome", values = { reverted = true, merged = false }, ignore = ["open"] }
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from msgspec import field

from bot.allocation.rules import located
from bot.allocation.toml import parse
from bot.calendar import instant_of
from bot.errors import InvalidInput
from bot.policy.reading import Conflict, Section, must, sound_fields

UNITS = {
    "seconds": 1_000_000_000,
    "milliseconds": 1_000_000,
    "microseconds": 1_000,
    "nanoseconds": 1,
}
"""Nanoseconds of what numbers since the epoch count."""


def _format(text: str) -> str:
    said = f"must be {', '.join(UNITS)} or a format such as '%Y-%m-%d %H:%M:%S'"
    if text in UNITS:
        return text
    example = datetime(2025, 12, 3, 10, 15, tzinfo=UTC)
    try:
        datetime.strptime(example.strftime(text), text)
    except (ValueError, re.error) as err:
        raise ValueError(said) from err
    if "%" not in text:
        raise ValueError(said)
    return text


def _offset(text: str) -> str:
    if instant_of(f"2025-12-03T10:15:00{text}") is None:
        raise ValueError("must be Z or an offset in quotes, e.g. '+01:00'")
    return text


_TEXTS = must(
    'must be a table of words and the text each means, e.g. { qa = "TESTING" }', whatever_type=True
)
_TRUTHS = must(
    "must be a table of words and what each means, e.g. { reverted = true, merged = false }",
    whatever_type=True,
)


class FieldMap(Section, frozen=True):
    """Where a field stands in a line."""

    of: ClassVar[str] = "the map"
    key: list[str] | None = None
    """Dotted paths, of which the first counts that says something."""
    ignore: list[str] = field(default_factory=list)
    """Words that say nothing about the field."""

    def conflicts(self) -> Iterator[Conflict]:
        """A field stands somewhere, and at one place."""
        others = [name for name in ("constant", "sum") if getattr(self, name, None) is not None]
        for name in ("key", "sum"):
            keys = getattr(self, name, None)
            if keys is not None and not (keys and all(keys)):
                yield Conflict(name, name, "must name at least one key, none of them empty")
        if self.key is None and not others:
            yield Conflict("key", "key", "is missing; name the key that holds it")
        if self.key is not None and others:
            yield Conflict(others[0], "key", "does not go with key; keep one")


class TextMap(FieldMap, frozen=True):
    """Where a text stands."""

    constant: str | None = None
    """The text of every line."""
    values: Annotated[dict[str, str] | None, _TEXTS] = None
    """The words a line may say, and what each means."""


class TruthMap(FieldMap, frozen=True):
    """Where it stands whether something is so."""

    constant: bool | None = None
    """The answer of every line."""
    values: Annotated[dict[str, bool] | None, _TRUTHS] = None
    """The words a line may say, and what each means."""


class CountMap(FieldMap, frozen=True):
    """Where a count of tokens stands."""

    sum: list[str] | None = None
    """Keys whose counts are added up; of these, what a line does not say is none."""


class TimeMap(FieldMap, frozen=True):
    """Where a time stands."""

    format: Annotated[str, must(check=_format)] | None = None
    """How it is written, if not as RFC 3339 has it."""
    offset: Annotated[str, must(check=_offset)] | None = None
    """Offset of times that name none."""

    def conflicts(self) -> Iterator[Conflict]:
        """A number since the epoch has no offset, and a text without one needs it."""
        yield from super().conflicts()
        if self.format in UNITS and self.offset is not None:
            yield Conflict("offset", "format", f"does not go with {self.format}; remove it")
        texts = self.format is not None and self.format not in UNITS
        if texts and "%z" not in str(self.format) and self.offset is None:
            yield Conflict("format", "offset", "names no offset; add offset = 'Z' or another")


class LineMap(Section, frozen=True):
    """Where the fields of a row stand in a line. A line may make a row of either log, or of both."""

    of: ClassVar[str] = "the map"
    ts: TimeMap
    sd: TextMap | None = None
    branch: TextMap | None = None
    """Branch that the policy's patterns find SD and phase in, where the line says none."""
    phase: TextMap | None = None
    agent: TextMap | None = None
    model: TextMap | None = None
    note: TextMap | None = None
    id: TextMap | None = None
    """What tells the lines apart; by default all that a line says."""
    tokens: CountMap | None = None
    rework: TruthMap | None = None
    issue: TruthMap | None = None
    cause: TextMap | None = None

    def conflicts(self) -> Iterator[Conflict]:
        """A map is for one of the logs at least, and names what its rows need."""
        if self.tokens is None and self.rework is None:
            yield Conflict("tokens", "rework", "is missing; map tokens, rework or both")
        for name in ("issue", "cause"):
            if getattr(self, name) is not None and self.rework is None:
                yield Conflict(name, "rework", "goes with rework; map that too")
        if self.rework is not None and self.agent is None:
            yield Conflict("rework", "agent", "is about an agent; map agent too")


def read_map(text: str, file: str) -> LineMap:
    """The map that a TOML text says. Raises InvalidInput with every problem, its line and its key."""
    document = {key: _as_table(value) for key, value in parse(text, file).items()}
    sound, wrong = sound_fields(LineMap, document)
    if wrong:
        raise InvalidInput(located(wrong, text, file))
    return LineMap(**sound)


def _as_table(value: Any) -> Any:
    """A field in its longest spelling: a key, or several, stand for a table with them."""
    if isinstance(value, str):
        return {"key": [value]}
    if isinstance(value, list):
        return {"key": value}
    if isinstance(value, dict) and isinstance(value.get("key"), str):
        return {**value, "key": [value["key"]]}
    return value
