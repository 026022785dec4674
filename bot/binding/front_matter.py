"""A key of Markdown front matter, read and written by position: only the value's bytes change. Pure.

In: the text of an agent file. Out: what its key says, or the text with another value; or `Uneditable`, a
reason why this file is for people to edit. Byte order mark, line ends, quotes, comments and all else stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.binding.scalars import Kind, MatterLine, UnsafeYaml, Value, holds_colon
from bot.binding.yaml_map import top_level

MODEL_KEY = "model"
INHERIT = "inherit"
"""What Claude Code and others read as: the model of whoever asks."""
LARGEST_FRONT_MATTER = 2**16
"""Characters."""
_FENCE = re.compile(r"--- *")
_NO_TEXT = re.compile(
    "[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]|\r(?!\n)"
)
_PLAIN = re.compile(r"[A-Za-z](?:[\w./@+()\[\]-]|:(?=[\w./-])| (?=[\w./@+(-]))*", re.ASCII)
_NOT_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_ESCAPED = re.compile(r'\\(["\\])')
_NOTHING = ("~", "null", "Null", "NULL")


class Uneditable(NamedTuple):
    """Why a file is left to people."""

    reason: str
    """One plain clause. May quote the file, which is hostile: escape before printing."""
    line: int | None = None
    """Line of the file, from 1, where one is at fault."""


class KeyReading(NamedTuple):
    """What the key of a file says."""

    model: str | None
    """None where the key is absent or empty."""
    line: int
    """Line of the key, or of the fence above which it would be added; from 1."""


class _Matter(NamedTuple):
    keys: Mapping[str, Value]
    end: MatterLine
    """The fence that closes it."""
    line_end: str


def read_model(text: str, key: str = MODEL_KEY) -> KeyReading | Uneditable:
    """What `key` of the front matter of a text says; `inherit` is said as it is."""
    try:
        matter = _matter(text)
        return _said(matter, key)
    except UnsafeYaml as err:
        return Uneditable(err.reason, err.line)


def has_front_matter(text: str) -> bool:
    """Whether a text begins as one with front matter does, sound or not."""
    return text.removeprefix("\ufeff").startswith("---")


def with_model(
    text: str, model: str, key: str = MODEL_KEY, *, add: bool = False
) -> str | Uneditable:
    """The text with `key` saying `model`, every other byte as it was.

    A key that is absent, empty or says `inherit` is left alone, unless `add`.
    """
    try:
        matter = _matter(text)
        said = _said(matter, key)
        if said.model == model or (said.model in (None, INHERIT) and not add):
            return text
        value = matter.keys.get(key)
        new = _added(text, matter, key, model) if value is None else _replaced(text, value, model)
        return _checked(matter, new, key, model)
    except UnsafeYaml as err:
        return Uneditable(err.reason, err.line)


def _matter(text: str) -> _Matter:
    body = text.removeprefix("\ufeff")
    shift = len(text) - len(body)
    first, newline, _ = body.partition("\n")
    opening = MatterLine(1, shift, first.removesuffix("\r"))
    if not newline or not _FENCE.fullmatch(opening.text):
        raise UnsafeYaml(opening, "has no front matter: its first line must be ---")
    rows, end = _rows(body[: LARGEST_FRONT_MATTER + 1], shift)
    for row in rows:
        _check_row(row)
    behind = body[end.start - shift :].split("\n", 2)
    if len(behind) > 1 and _FENCE.fullmatch(behind[1].removesuffix("\r")):
        raise UnsafeYaml(end, "is followed by another ---: several documents")
    return _Matter(top_level(rows), end, "\r\n" if first.endswith("\r") else "\n")


def _rows(body: str, shift: int) -> tuple[list[MatterLine], MatterLine]:
    """The rows between the fences, and the fence that closes them."""
    found: list[MatterLine] = []
    start = 0
    for number, line in enumerate(body.split("\n"), 1):
        row = MatterLine(number, start + shift, line.removesuffix("\r"))
        if number > 1 and _FENCE.fullmatch(row.text):
            return found[1:], row
        found.append(row)
        start += len(line) + 1
    large = "has front matter over 64 Ki characters"
    open_ended = "has front matter that no line --- closes"
    raise UnsafeYaml(found[0], large if len(body) > LARGEST_FRONT_MATTER else open_ended)


def _check_row(row: MatterLine) -> None:
    odd = _NO_TEXT.search(row.text)
    if "\t" in row.text:
        raise UnsafeYaml(row, "holds a tab, which YAML readers take differently")
    if odd is not None:
        raise UnsafeYaml(row, f"holds the character U+{ord(odd[0]):04X}, which is no text")
    if row.text.startswith(("---", "...")):
        raise UnsafeYaml(row, "looks like the end of a document")


def _said(matter: _Matter, key: str) -> KeyReading:
    """Raises UnsafeYaml for a value that is no plain name on one line."""
    value = matter.keys.get(key)
    if value is None:
        return KeyReading(None, matter.end.number)
    row = MatterLine(value.line, value.start, value.written)
    if value.kind in (Kind.BLOCK, Kind.FLOW, Kind.NESTED) or not value.one_line:
        what = {Kind.BLOCK: "a block of text", Kind.FLOW: "a list or map in brackets"}
        raise UnsafeYaml(row, f"gives {key} {what.get(value.kind, 'a value of several lines')}")
    if value.kind is Kind.EMPTY or value.written in _NOTHING:
        return KeyReading(None, value.line)
    if value.kind is Kind.PLAIN:
        if holds_colon(value.written):
            raise UnsafeYaml(row, f"gives {key} a value with a colon and without quotes")
        return KeyReading(value.written, value.line)
    return KeyReading(_unquoted(row, value, key), value.line)


def _unquoted(row: MatterLine, value: Value, key: str) -> str:
    inside = value.written[1:-1]
    if value.kind is Kind.SINGLE:
        return inside.replace("''", "'")
    if "\\" in _ESCAPED.sub("", inside):
        raise UnsafeYaml(row, f"gives {key} a value with escapes")
    return _ESCAPED.sub(r"\1", inside)


def _replaced(text: str, value: Value, model: str) -> str:
    before, after = text[: value.start], text[value.start + len(value.written) :]
    if value.kind is Kind.EMPTY:
        gap = "" if before.endswith(" ") else " "
        return f"{before}{gap}{_written(Kind.PLAIN, model)}{' ' * after.startswith('#')}{after}"
    return f"{before}{_written(value.kind, model)}{after}"


def _added(text: str, matter: _Matter, key: str, model: str) -> str:
    line = f"{key}: {_written(Kind.PLAIN, model)}{matter.line_end}"
    return text[: matter.end.start] + line + text[matter.end.start :]


def _written(kind: Kind, model: str) -> str:
    """A model in the quotes of the old value; in double ones where words without would say something else."""
    if kind is Kind.SINGLE:
        return "'" + model.replace("'", "''") + "'"
    if kind is Kind.PLAIN and _PLAIN.fullmatch(model) and model.lower() not in _NOT_WORDS:
        return model
    return '"' + model.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _checked(old: _Matter, text: str, key: str, model: str) -> str:
    """The new text, read again: it must say the model, and nothing else may say anything else."""
    new = _matter(text)
    kept = [(k, v.kind, v.written) for k, v in new.keys.items() if k != key]
    was = [(k, v.kind, v.written) for k, v in old.keys.items() if k != key]
    if _said(new, key).model != model or kept != was:
        raise UnsafeYaml(old.end, f"cannot say {model} without saying something else")
    return text
