"""Values of YAML front matter: what stands at one place, up to where. Pure.

In: the lines of front matter and a place in them. Out: a `Value`, or `UnsafeYaml` raised with the reason. A
subset of YAML on purpose: what two readers of YAML could take differently is refused, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

_COMMENT = re.compile(r" *(?: #.*)?", re.DOTALL)
"""All that may follow a value on its line."""
# Every repetition is possessive: none gives back what it took, so that no text is hostile to these patterns.
_DOUBLE = re.compile(
    r'"(?:[^"\\]|\\(?:[0abtnvfre "\\N_LP\n]|x[0-9A-Fa-f]{2}|u(?![dD][89A-Fa-f])[0-9A-Fa-f]{4}))*+"'
)
_SINGLE = re.compile(r"'(?:[^']|'')*+'")
_IN_WORD = r"[\w ./()*@$+~\x00-]*+"
_ITEM = rf"""(?:"[^"\\]*+"|'[^']*+'|[\w./(\x00]{_IN_WORD}(?::(?=[^\s,\[\]{{}}]){_IN_WORD})*+)\s*+"""
_PAIR = rf"{_ITEM}: ++{_ITEM}"
_INNERMOST = re.compile(
    rf"\[\s*+(?:{_ITEM}(?:,\s*+{_ITEM})*+,?)?\s*+\]|\{{\s*+(?:{_PAIR}(?:,\s*+{_PAIR})*+,?)?\s*+\}}"
)
"""A list or map in brackets without another inside; NUL stands for what was inside."""
_MOST_BRACKETS = 200
"""Pairs of them in one value."""
_BLOCK = re.compile(r"[|>][+-]?(?: +#.*| *)")
_WORDS = {
    "&": "an anchor",
    "*": "an alias",
    "!": "a YAML tag",
    "@": "a character that YAML reserves",
    "`": "a character that YAML reserves",
    "%": "a character that YAML reserves",
    ",": "a character that YAML reserves",
    "]": "a bracket that closes nothing",
    "}": "a bracket that closes nothing",
}


class MatterLine(NamedTuple):
    """One line of front matter."""

    number: int
    """Of the file, from 1."""
    start: int
    """Where it starts in the file's text, in characters."""
    text: str
    """Without its line end."""

    @property
    def indent(self) -> int:
        """Spaces it starts with."""
        return len(self.text) - len(self.text.lstrip(" "))

    @property
    def blank(self) -> bool:
        """Whether there is nothing on it."""
        return not self.text.strip(" ")


class Kind(Enum):
    """How a value is written."""

    EMPTY = auto()
    PLAIN = auto()
    SINGLE = auto()
    DOUBLE = auto()
    BLOCK = auto()
    FLOW = auto()
    NESTED = auto()


class Value(NamedTuple):
    """What stands behind a key."""

    kind: Kind
    line: int
    """Line of the file, from 1."""
    start: int
    """Where its bytes start in the text, in characters; for an empty value, where one would."""
    written: str
    """The text itself, quotes included."""
    last: int
    """Index of its last row."""
    first: int
    """Index of its first row."""

    @property
    def one_line(self) -> bool:
        """Whether it stands on one line."""
        return self.first == self.last


class UnsafeYaml(Exception):
    """Stays inside this room: it leaves as a `Uneditable`."""

    def __init__(self, row: MatterLine, reason: str) -> None:
        super().__init__(reason)
        self.line = row.number
        self.reason = reason


def value_at(
    rows: Sequence[MatterLine], at: int, column: int, above: int, *, loose: bool = False
) -> Value:
    """The value that starts in row `at` at or behind `column`; `above` is the column of its key or dash.

    Raises UnsafeYaml for what is not surely one value. `loose`: words without quotes may hold a colon where
    they end with their line. YAML forbids it, but Claude Code writes its agents' descriptions so, and reads
    them: the other lines say what they say either way.
    """
    row = rows[at]
    rest = row.text[column:]
    column += len(rest) - len(rest.lstrip(" "))
    rest = row.text[column:]
    if not rest or (rest[0] == "#" and row.text[column - 1] == " "):
        return _value(Kind.EMPTY, rows, at, column, "")
    if rest[0] in _WORDS:
        raise UnsafeYaml(row, f"begins a value with {rest[0]}, {_WORDS[rest[0]]}")
    if rest[0] in "|>":
        return _block(rows, at, column, above)
    if rest[0] in "\"'":
        return _quoted(rows, at, column, above)
    if rest[0] in "[{":
        return _flow(rows, at, column, above)
    return _plain(rows, at, column, above, loose=loose)


def _value(kind: Kind, rows: Sequence[MatterLine], at: int, column: int, written: str) -> Value:
    last = at + written.count("\n")
    return Value(kind, rows[at].number, rows[at].start + column, written, last, at)


def _end(rows: Sequence[MatterLine], at: int, above: int) -> int:
    """Index behind the last row that a value begun in row `at` can reach: the next ones stand deeper."""
    end = at + 1
    while end < len(rows) and (rows[end].blank or rows[end].indent > above):
        end += 1
    return end


def _joined(rows: Sequence[MatterLine], at: int, column: int, end: int) -> str:
    lines = [row.text for row in rows[at:end]]
    return "\n".join((lines[0][column:], *lines[1:]))


def _closed(
    rows: Sequence[MatterLine], kind: Kind, at: int, column: int, joined: str, end: int
) -> Value:
    """A value that brings its own end; nothing but a comment may follow on its line."""
    found = _value(kind, rows, at, column, joined[:end])
    after = joined[end:].partition("\n")[0]
    if not _COMMENT.fullmatch(after):
        raise UnsafeYaml(rows[found.last], "goes on behind a value that has ended")
    return found


def _quoted(rows: Sequence[MatterLine], at: int, column: int, above: int) -> Value:
    joined = _joined(rows, at, column, _end(rows, at, above))
    kind, pattern = (Kind.DOUBLE, _DOUBLE) if joined[0] == '"' else (Kind.SINGLE, _SINGLE)
    found = pattern.match(joined)
    if found is None:
        raise UnsafeYaml(
            rows[at], f"begins a value with {joined[0]} that is not closed as it should"
        )
    return _closed(rows, kind, at, column, joined, found.end())


def _flow(rows: Sequence[MatterLine], at: int, column: int, above: int) -> Value:
    """A list or map in brackets, of plain and quoted words; the inner ones stand for a word in the outer."""
    end = _end(rows, at, above)
    if end < len(rows) and rows[end].text.lstrip(" ").startswith(("]", "}")):
        end += 1  # a bracket that closes may stand as far left as its key
    joined = folded = _joined(rows, at, column, end)
    for _ in range(_MOST_BRACKETS):
        found = _INNERMOST.search(folded)
        if found is None:
            break
        # As long as before and with as many line breaks, so that places stay what they are.
        hidden = "".join("\n" if char == "\n" else "\0" for char in found[0])
        if found.start() == 0:
            return _closed(rows, Kind.FLOW, at, column, joined, found.end())
        if "\n" in found[0]:
            break
        folded = folded[: found.start()] + hidden + folded[found.end() :]
    raise UnsafeYaml(rows[at], f"begins a value with {joined[0]} that is not closed as it should")


def _block(rows: Sequence[MatterLine], at: int, column: int, above: int) -> Value:
    """A block scalar; its lines stand as deep as the first, or deeper."""
    if not _BLOCK.fullmatch(rows[at].text[column:]):
        raise UnsafeYaml(rows[at], "begins a block of text in a way that is not read here")
    end = _end(rows, at, above)
    inside = rows[at + 1 : end]
    depth = next((row.indent for row in inside if not row.blank), None)
    for row in inside:
        if depth is not None and (row.indent > depth if row.blank else row.indent < depth):
            raise UnsafeYaml(row, "is not as deep as the block of text it stands in")
    return Value(
        Kind.BLOCK,
        rows[at].number,
        rows[at].start + column,
        _joined(rows, at, column, end),
        end - 1,
        at,
    )


def _plain(rows: Sequence[MatterLine], at: int, column: int, above: int, *, loose: bool) -> Value:
    """Words without quotes; they go on in deeper lines, as long as no comment comes between."""
    first = _words(rows[at], column)
    if first in ("-", "?", "=", "<<") or first.startswith(("- ", "? ")):
        raise UnsafeYaml(rows[at], f"begins a value with {first[0]}, which is no word to YAML")
    last, ended = at, len(first) < len(rows[at].text[column:].rstrip(" "))
    for index in range(at + 1, _end(rows, at, above)):
        words = _words(rows[index], rows[index].indent)
        if ended and words:
            raise UnsafeYaml(rows[index], "goes on behind a comment")
        ended = ended or len(words) < len(rows[index].text.strip(" "))
        last = index if words else last
        _check_colon(rows[index], words)
    if not loose or last > at:
        _check_colon(rows[at], first)
    return _value(Kind.PLAIN, rows, at, column, first)._replace(last=last)


def _words(row: MatterLine, column: int) -> str:
    """The plain words of a row up to its comment."""
    rest = row.text[column:]
    return "" if rest.startswith("#") else rest.partition(" #")[0].rstrip(" ")


def _check_colon(row: MatterLine, words: str) -> None:
    if holds_colon(words):
        raise UnsafeYaml(row, "holds a colon inside words without quotes; put the value in quotes")


def holds_colon(words: str) -> bool:
    """Whether YAML would take plain words for a key and its value."""
    return ": " in words or words.endswith(":")
