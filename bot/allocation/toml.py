"""Reading TOML strictly, and finding the line a key stands on.

`tomllib` says what a document means but not where; where is found by asking it again about one statement
at a time, so that the answer is TOML's own and not a second parser's opinion.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.errors import InvalidInput, Problem

Key = str | int
"""A table key, or an index into an array."""

Path = tuple[Key, ...]
"""Keys from the top of the document down."""

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_CLOSERS = ("]", "}", '"""', "'''")
"""What the last line of a statement of several lines contains one of."""
_DEEPEST = 8
"""Longest path worth knowing: a little more than the deepest key of any file of ours."""


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
        line = int(place[1]) if place else text.removesuffix("\n").count("\n") + 1
        said = _AT_LINE.sub("", message).removesuffix(" (at end of document)")
        raise InvalidInput([Problem(file, f"is not valid TOML: {said}", line)]) from err
    except ValueError as err:  # a number longer than Python converts
        raise InvalidInput([Problem(file, f"cannot be read: {err}")]) from err
    except RecursionError as err:
        raise InvalidInput([Problem(file, "is nested too deeply to read")]) from err


def lines_of(text: str) -> dict[Path, int]:
    """1-based line on which the statement starts that first brings each path of a valid document."""
    found: dict[Path, int] = {}
    arrays: dict[Path, int] = {}  # elements so far of each [[array]]
    header: Path = ()
    for line, statement in _statements(text):
        document = tomllib.loads(statement)
        if statement.lstrip(" \t").startswith("["):  # no key does
            header = _header(document, arrays)
            paths = [header[: length + 1] for length in range(len(header))]
        else:
            paths = [header + path for path in _paths(document, _DEEPEST)]
        for path in paths:
            found.setdefault(path, line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement (header, key and value, comment or blank line) with its first line's number."""
    start, lines = 1, list[str]()
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        lines.append(line + "\n")  # also ends a CRLF, which tomllib refuses cut in half
        if (number == start or any(c in line for c in _CLOSERS)) and _is_whole("".join(lines)):
            yield start, "".join(lines)
            start, lines = number + 1, []


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _header(document: Mapping[str, Any], arrays: dict[Path, int]) -> Path:
    """Path of the table a `[header]` or `[[header]]` opens, with the indices of the arrays it is in."""
    path: Path = ()
    value: Any = document
    while value and len(path) < _DEEPEST:
        key, value = next(iter(value.items()))
        path = (*path, key)
        if isinstance(value, list):
            arrays[path] = arrays.get(path, 0) + 1
            value = None
        if path in arrays:
            path = (*path, arrays[path] - 1)
    return path


def _paths(value: Any, deepest: int) -> Iterator[Path]:
    """Every path in a value down to a depth, parents first."""
    children: Iterable[tuple[Key, Any]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children if deepest else ():
        yield (key,)
        yield from ((key, *below) for below in _paths(child, deepest - 1))
