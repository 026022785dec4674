"""The top level of YAML front matter: each key with its value and place. Pure.

In: the rows between the fences. Out: keys → `Value`; raises `UnsafeYaml` where the structure is not surely
what it looks like: every nested level is followed, and none may repeat a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.binding.scalars import Kind, MatterLine, UnsafeYaml, Value, value_at

_DASH = re.compile(r"- +(?=[^ ])|- *$")
_KEY = re.compile(
    r"(?:(?P<plain>\w(?:[\w ./()*+@$~-]|:(?=\w)){0,200}?)"
    r"""|"(?P<double>[^"\\]{1,200})"|'(?P<single>[^']{1,200})') *:(?= |$)"""
)


@dataclass
class _Level:
    """One map or list that is open."""

    column: int
    is_list: bool
    keys: set[str] = field(default_factory=set)


@dataclass
class _Structure:
    rows: Sequence[MatterLine]
    open: list[_Level] = field(default_factory=list)
    awaits: bool = True
    """Whether the newest key or dash has no value yet, so that a deeper line may bring one."""
    top: dict[str, Value] = field(default_factory=dict)
    key: str = ""
    """The newest key of the top level."""

    def read(self) -> None:
        at = 0
        while at < len(self.rows):
            row = self.rows[at]
            skipped = row.blank or row.text.lstrip(" ").startswith("#")
            at = at + 1 if skipped else self._row(at)

    def _row(self, at: int) -> int:
        """Take in the row and all its values reach over; index of the next one."""
        row, column, first = self.rows[at], self.rows[at].indent, True
        while True:
            dash, key = _DASH.match(row.text, column), _KEY.match(row.text, column)
            if dash is None and key is None:
                return self._words(at, column, first)
            self._enter(row, column, is_list=dash is not None, first=first)
            if key is None and dash is not None and dash.end() < len(row.text):
                column, first, self.awaits = dash.end(), False, True
                if row.text[column] != "#":
                    continue
            value = self._behind(at, key or dash)
            self.awaits = value.kind is Kind.EMPTY
            return value.last + 1

    def _behind(self, at: int, found: re.Match[str] | None) -> Value:
        """The value behind a key or dash."""
        end = len(self.rows[at].text) if found is None else found.end()
        level = self.open[-1]
        loose = len(self.open) == 1 and not level.is_list
        value = value_at(self.rows, at, end, level.column, loose=loose)
        if found is not None and not level.is_list:
            self._name(self.rows[at], found, value)
        return value

    def _name(self, row: MatterLine, found: re.Match[str], value: Value) -> None:
        name = next(filter(None, (found["plain"], found["double"], found["single"])))
        level = self.open[-1]
        if name in level.keys:
            raise UnsafeYaml(row, f"repeats the key {name}")
        level.keys.add(name)
        if len(self.open) == 1:
            self.top[name], self.key = value, name

    def _words(self, at: int, column: int, first: bool) -> int:
        """A value on a line of its own, or behind a dash."""
        row = self.rows[at]
        level = self.open[-1] if self.open else None
        if level is None or not self.awaits or (first and column <= level.column):
            raise UnsafeYaml(row, "is no `key: value`")
        value = value_at(self.rows, at, column, level.column)
        self.awaits = False
        self._nested()
        return value.last + 1

    def _enter(self, row: MatterLine, column: int, *, is_list: bool, first: bool) -> None:
        """Stand in the level that a key or dash at this column belongs to."""
        inner = self.open[-1] if self.open else None
        deeper = inner is None or column > inner.column
        list_of_key = inner is not None and is_list and not inner.is_list and column == inner.column
        if self.awaits and (deeper or (first and list_of_key)):
            if inner is None and (is_list or column):
                raise UnsafeYaml(row, "is no key at the start of its line")
            self._nested()
            self.open.append(_Level(column, is_list))
            return
        while self.open and (
            self.open[-1].column > column
            or (self.open[-1].column == column and self.open[-1].is_list and not is_list)
        ):
            self.open.pop()
        if not self.open or self.open[-1].column != column or self.open[-1].is_list != is_list:
            raise UnsafeYaml(row, "is as deep as no line above it")

    def _nested(self) -> None:
        """The newest key of the top level turns out to have more than one line."""
        if len(self.open) == 1 and self.key:
            self.top[self.key] = self.top[self.key]._replace(kind=Kind.NESTED)


def top_level(rows: Sequence[MatterLine]) -> Mapping[str, Value]:
    """Keys of the top level in their order. Raises UnsafeYaml."""
    structure = _Structure(rows)
    structure.read()
    return structure.top
