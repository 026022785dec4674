"""Import of any JSON Lines, by a map of its keys.

In: files, and a `LineMap`. Out: rows of the token log, of the rework log, or of both. A line that says
something else than the map expects is left out, with all that is wrong with it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import isfinite
from pathlib import Path
from reprlib import repr as shown
from typing import Any, NamedTuple

from bot.calendar import FIRST_INSTANT, LAST_INSTANT, instant_of
from bot.evidence.events import BadValue, agent, counted, stamp, text_of
from bot.evidence.imports.choices import Choices, checked_model, plain_note, unsaid
from bot.evidence.imports.gathered import Gathered
from bot.evidence.imports.line_map import UNITS, CountMap, FieldMap, LineMap, TimeMap
from bot.evidence.imports.source import NoEvent, Skips, identity
from bot.evidence.imports.tool_lines import row_of, told_lines


@dataclass(frozen=True)
class JsonLines:
    """Files that were read from beginning to end."""

    tokens: Gathered
    """Rows of the token log; with what was left out, and the notes, of both."""
    reworks: Gathered
    """Rows of the rework log."""


def read(
    line_map: LineMap,
    paths: Sequence[Path],
    choices: Choices,
    seen: Callable[[int], None] = lambda _: None,
) -> JsonLines:
    """Read files, holding some 300 bytes a line in memory."""
    skips = Skips()
    found = JsonLines(Gathered(skips, choices.now), Gathered(skips, choices.now))
    mapped, unnamed = _Mapped(line_map, choices), Counter[str]()
    for path in paths:
        alike = Counter[bytes]()
        for line, place in told_lines(path, skips, seen):
            try:
                row = row_of(line, strict=True)
                said = mapped.said(row)
                key = said.pop("id", None) or _of_line(line, alike)
            except BadValue as wrong:
                skips.add(str(wrong), place, well_read=isinstance(wrong, NoEvent))
                continue
            _take(found, said, key, place, unnamed)
    found.tokens.notes += unsaid(
        0, 0, unnamed["phase"], phase=choices.attribution.assumed, of="lines"
    )
    return found


def _of_line(line: bytes, alike: Counter[bytes]) -> tuple[str, int]:
    """What tells a line apart without an id: all it says, and how many of its file said the same before.

    Two lines may well be alike; a copy of the file holds the same lines again.
    """
    digest = hashlib.sha256(line.strip()).digest()[:16]
    alike[digest] += 1
    return digest.hex(), alike[digest]


def _take(
    found: JsonLines, said: dict[str, Any], key: object, place: str, unnamed: Counter[str]
) -> None:
    at, no_phase = said.pop("at"), said.pop("no_phase")
    names = ("ts", "sd", "phase", "agent", "model", "note")
    both: dict[str, Any] = {name: said[name] for name in names if name in said}
    taken = False
    for kind, log in (("tokens", found.tokens), ("rework", found.reworks)):
        if kind in said:
            fields: dict[str, Any] = {
                **both,
                kind: said[kind],
                "id": f"jsonl-{identity(kind, key)}",
            }
            if kind == "rework":
                fields |= {name: said[name] for name in ("issue", "cause") if name in said}
            taken |= log.add(at, fields, place)
    unnamed["phase"] += taken and no_phase


class _Check(NamedTuple):
    name: str
    check: Callable[[Any], Any]


class _Mapped:
    """Finds the fields of rows, as a map says."""

    def __init__(self, line_map: LineMap, choices: Choices) -> None:
        self._map = line_map
        self._attribution = choices.attribution
        self._checks = (
            _Check("agent", lambda value: agent(_text(value))),
            _Check("model", lambda value: checked_model(_text(value))),
            _Check("note", plain_note),
            _Check("id", _text),
            _Check("tokens", counted),
            _Check("rework", _truth),
            _Check("issue", _truth),
            _Check("cause", lambda value: text_of("cause")(_text(value))),
            _Check("sd", _text),
            _Check("phase", _text),
            _Check("branch", _text),
        )

    def said(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a row says, field by field, with `at`. Raises BadValue with all that is wrong."""
        wrong: list[str] = []
        said: dict[str, Any] = {}
        try:
            said["at"] = _moment(self._map.ts, row)
            said["ts"] = stamp(said["at"])
        except BadValue as err:
            wrong.append(str(err))
        for name, check in self._checks:
            where: FieldMap | None = getattr(self._map, name)
            if where is None:
                continue
            try:
                value = _found(where, row)
                if value is not None and value != "":
                    said[name] = check(value)
            except BadValue as err:
                wrong.append(f"{name}{_keys(where)}: {err}")
        wrong += self._missing(said, row) if not wrong else ()
        if not wrong:
            wrong += self._place(said)
        if wrong:
            raise BadValue("; ".join(wrong))
        return said

    def _missing(self, said: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
        if "tokens" not in said and "rework" not in said:
            wheres = {name: getattr(self._map, name) for name in ("tokens", "rework")}
            mapped = {name: where for name, where in wheres.items() if where}
            nothing = f"says nothing of {' nor of '.join(mapped)}"
            if any(_is_ignored(where, row) for where in mapped.values()):
                raise NoEvent(nothing)
            return [nothing]
        if "rework" in said and "agent" not in said:
            return [f"agent{_keys(self._map.agent)}: says nothing, and rework is about an agent"]
        return []

    def _place(self, said: dict[str, Any]) -> list[str]:
        """Puts a row where it belongs; what is wrong with that."""
        sd, phase, branch = (said.pop(name, None) for name in ("sd", "phase", "branch"))
        try:
            said["sd"], said["phase"] = self._attribution.of(branch, sd=sd, in_phase=phase)
        except BadValue as err:
            return [str(err) if sd or branch else f"{self._tried()}{err}"]
        _, named = self._attribution.said(branch)
        said["no_phase"] = not (phase or named)
        return []

    def _tried(self) -> str:
        """The fields that may say an SD, with their keys."""
        wheres = {"sd": self._map.sd, "branch": self._map.branch}
        tried = [f"{name}{_keys(where)}" for name, where in wheres.items() if where]
        return f"{', '.join(tried)}: " if tried else ""


def _keys(where: FieldMap | None) -> str:
    keys = (where.key or getattr(where, "sum", None) or ()) if where else ()
    return f" ({', '.join(keys)})" if keys else ""


def _found(where: FieldMap, row: Mapping[str, Any]) -> Any:
    """The value of a field, None where the row says none. Raises BadValue for a word that is not listed."""
    constant = getattr(where, "constant", None)
    if constant is not None:
        return constant
    if isinstance(where, CountMap) and where.sum is not None:
        parts = [value for key in where.sum if (value := _at(row, key)) is not None]
        return sum(map(counted, parts)) if parts else None
    value, word = _said(where, row)
    meanings = getattr(where, "values", None)
    if value is None or word in where.ignore:
        return None
    if meanings is None:
        return value
    if word not in meanings:
        raise BadValue(f"{shown(value)} is not listed in its values; add it there or to ignore")
    return meanings[word]


def _said(where: FieldMap, row: Mapping[str, Any]) -> tuple[Any, str | None]:
    """What the first key says that says anything, and what a map calls it."""
    values = (_at(row, key) for key in where.key or ())
    value = next((value for value in values if value not in (None, "")), None)
    return value, value if isinstance(value, str) else _word(value)


def _is_ignored(where: FieldMap, row: Mapping[str, Any]) -> bool:
    return _said(where, row)[1] in where.ignore


def _word(value: Any) -> str | None:
    """What a value that is no text is called in the tables of a map."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else None


def _at(row: Any, key: str) -> Any:
    """The value at a dotted path; a key with dots in it is tried first."""
    if isinstance(row, dict) and key in row:
        return row[key]
    for part in key.split("."):
        if isinstance(row, dict):
            row = row.get(part)
        elif isinstance(row, list) and part.isascii() and part.isdigit() and len(part) < 10:
            row = row[int(part)] if int(part) < len(row) else None
        else:
            return None
    return row


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadValue(f"{shown(value)} is no text")


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"{shown(value)} is neither true nor false; list it in values")
    return value


def _moment(where: TimeMap, row: Mapping[str, Any]) -> int:
    """Microseconds since the epoch."""
    value = _found(where, row)
    if value is None:
        raise BadValue(f"ts{_keys(where)}: is missing")
    unit = UNITS.get(where.format or "")
    at = _since_epoch(value, unit) if unit else _written(value, where)
    if at is None or not FIRST_INSTANT <= at <= LAST_INSTANT:
        form = where.format or "with an offset, e.g. 2025-12-03T10:15:00Z"
        raise BadValue(f"ts{_keys(where)}: {shown(value)} is no time ({form})")
    return at


def _since_epoch(value: Any, unit: int) -> int | None:
    """Microseconds of a number that counts units of so many nanoseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(Fraction(value) * unit) // 1000 if isfinite(value) else None


def _written(value: Any, where: TimeMap) -> int | None:
    """Microseconds of a text, as RFC 3339 has it or in the map's format."""
    if not isinstance(value, str):
        return None
    text = value
    if where.format is not None:
        try:
            text = datetime.strptime(value, where.format).isoformat()
        except ValueError:
            return None
    return instant_of(text) or (instant_of(text + where.offset) if where.offset else None)
