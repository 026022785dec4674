"""Reading TOML strictly, and finding the line a key stands on.

`tomllib` says what a document means but not where; the line is found by asking it again about shorter
and shorter beginnings of the text, so that the answer is TOML's own and not a second parser's opinion.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import InvalidInput, Problem

Key = str | int
"""A table key, or an index into an array."""

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_MISSING = object()


def decode(data: bytes, file: str) -> str:
    """UTF-8 text of a file, byte order mark and line ends kept. Raises InvalidInput with the line."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise InvalidInput([Problem(file, "is not UTF-8 text; save it as UTF-8", line)]) from err


def parse(text: str, file: str) -> dict[str, Any]:
    """The document as plain values. Raises InvalidInput naming the line TOML fails at."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as err:
        message = str(err)
        place = _AT_LINE.search(message)
        line = int(place[1]) if place else text.count("\n") + 1
        said = _AT_LINE.sub("", message).removesuffix(" (at end of document)")
        raise InvalidInput([Problem(file, f"is not valid TOML: {said}", line)]) from err
    except RecursionError as err:
        raise InvalidInput([Problem(file, "is nested too deeply to read")]) from err


def line_of(text: str, path: Sequence[Key]) -> int | None:
    """1-based line on which the statement starts that brings the key at `path`, or its closest parent.

    Parses O(log lines) beginnings of the text. None if not even the first key is there, or the text
    does not parse.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    whole = _beginning(lines, len(lines))
    while path and _get(whole, path) is _MISSING:
        path = path[:-1]
    return _statement_line(lines, path) if path else None


def _statement_line(lines: list[str], path: Sequence[Key]) -> int:
    without, with_key = 0, len(lines)  # beginnings that parse, without and with the key
    while True:
        middle = (without + with_key) // 2
        ends = [*range(middle, with_key), *range(middle - 1, without, -1)]
        found = ((end, _beginning(lines, end)) for end in ends if end > without)
        end, document = next((pair for pair in found if pair[1] is not None), (0, None))
        if document is None:  # nothing in between parses: one statement, which starts right here
            return without + 1
        if _get(document, path) is _MISSING:
            without = end
        else:
            with_key = end


def _beginning(lines: list[str], end: int) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines[:end]))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _get(document: Any, path: Sequence[Key]) -> Any:
    for key in path:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return document
