"""Reading TOML strictly, and finding the line a key stands on.

`tomllib` says what a document means but not where; where is found by asking it again about one statement
at a time, so that the answer is TOML's own and not a second parser's opinion. Statements are cut in one
pass over brackets and line ends, strings and comments blanked out.

Some documents that TOML allows take a parser minutes, or gigabytes. Bounds that nobody's file meets keep
them out, for every command alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.errors import InvalidInput, Problem

Key = str | int
"""A table key, or an index into an array."""

Path = tuple[Key, ...]
"""Keys from the top of the document down."""

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
LARGEST = 512 * 1024
"""Bytes a file may have."""
MOST_DOTS = 16
"""Dots a key may have: a parser takes the square of their number."""
_LARGEST_NUMBER = 2**63
"""TOML's integers have 64 bits; Python reads longer ones and then cannot write them."""
_OPAQUE = re.compile(
    r"""
      \#[^\n]*+
    | \"""(?:[^"\\]++|\\.|""?(?!"))*+ "{0,5}
    | '''(?:[^']++|''?(?!'))*+ '{0,5}
    | "(?:[^"\\\n]++|\\[^\n])*+ "?
    | '[^'\n]*+ '?
    """,
    re.VERBOSE | re.DOTALL,
)
"""Comments and strings. One that does not end reaches to where the parser fails, so nothing is read twice."""
_INNER_BREAK = "\0"
"""Stands for a line end inside a string; no TOML document can contain it."""
_TOO_DOTTED = re.compile(rf"(?:\.[^\n,=\[\]{{}}.]*+){{{MOST_DOTS + 1}}}")
_DEEPEST = 8
"""Longest path worth knowing: a little more than the deepest key of any file of ours."""


def decode(data: bytes, file: str) -> str:
    """UTF-8 text of a file, byte order mark and line ends kept.

    Raises InvalidInput for a file that is too large, or with the line that is no UTF-8.
    """
    if len(data) > LARGEST:
        raise InvalidInput([Problem(file, "is over 512 KiB; make it smaller")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise InvalidInput([Problem(file, "is not UTF-8 text; save it as UTF-8", line)]) from err


def parse(text: str, file: str) -> dict[str, Any]:
    """The document as plain values. Raises InvalidInput naming the line TOML, or a bound, fails at."""
    import tomllib  # what has read the text before needs no parser

    _check_dots(text, file)
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
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
    _check_numbers(document, text, file)
    return document


def _check_dots(text: str, file: str) -> None:
    if all(row.count(".") <= MOST_DOTS for row in text.split("\n")):
        return
    bare = _bare(text)
    found = _TOO_DOTTED.search(bare)
    if found is not None:
        before = bare[: found.start()]
        line = before.count("\n") + before.count(_INNER_BREAK) + 1
        raise InvalidInput([Problem(file, f"has over {MOST_DOTS} dots in a key", line)])


def _check_numbers(document: dict[str, Any], text: str, file: str) -> None:
    left: list[tuple[Path, Any]] = [((), document)]
    while left:
        path, value = left.pop()
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            left += (((*path, key), below) for key, below in items)
        elif isinstance(value, int) and not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
            said = "is a number of more than 64 bits; write a smaller one"
            raise InvalidInput([Problem(file, said, line_of(lines_of(text), path), dotted(path))])


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Line of a path, or of the closest table it is in; None where the top has no line either."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


def dotted(path: Sequence[Key]) -> str | None:
    """`("ladder", 1, "name")` as `ladder[1].name`; None for the document itself."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(parts).removeprefix(".") or None


def _bare(text: str) -> str:
    """The text without comments and strings; line ends inside strings are marked as such."""
    return _OPAQUE.sub(lambda found: _INNER_BREAK * found[0].count("\n"), text)


def lines_of(text: str) -> dict[Path, int]:
    """1-based line on which the statement starts that first brings each path of a valid document."""
    import tomllib

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
    body = text.removeprefix("\ufeff")
    lines = body.split("\n")
    start = end = depth = 0
    for row in _bare(body).split("\n"):
        end += 1 + row.count(_INNER_BREAK)
        depth += row.count("[") + row.count("{") - row.count("]") - row.count("}")
        if not depth:
            # The last "\n" also ends a CRLF, which tomllib refuses cut in half.
            yield start + 1, "\n".join((*lines[start:end], ""))
            start = end


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
