"""Files that tools write line by line: found, and read without ever holding one of them.

In: paths of the command line. Out: their lines, each with its place; what cannot be read becomes a skip.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from reprlib import repr as shown
from typing import Any, BinaryIO

from bot.errors import InvalidInput, Problem
from bot.evidence.events import BadValue
from bot.evidence.imports.source import Skips
from bot.evidence.limits import BYTE_ORDER_MARK
from bot.paths import is_file, is_folder

LONGEST_TRANSCRIPT_LINE = 8 * 1024 * 1024
"""Bytes. Responses are far shorter; what is longer holds pasted files."""


def tool_files(paths: Sequence[Path], what: str, *endings: str) -> list[Path]:
    """Each path that is a file, and of each folder the files below it with these endings, sorted, each once.

    Raises InvalidInput for every path where there is none; `what` says what was expected, e.g. `rollout`.
    """
    found: dict[Path, None] = {}
    problems = []
    for path in paths:
        here = [path] if is_file(path) else files_in(path, *endings) if is_folder(path) else []
        found.update(dict.fromkeys(here))
        if not here:
            said = f"holds no {what}; pass a file, or a folder of {' and '.join(endings)} files"
            problems.append(nothing_at(path, said))
    if problems:
        raise InvalidInput(problems)
    return list(found)


def files_in(folder: Path, *endings: str) -> list[Path]:
    """Files below a folder whose names end so, sorted. A folder that is gone meanwhile holds none.

    `Path.rglob` raises for one that a tool removes while it is walked.
    """
    named = (Path(where, name) for where, _, names in os.walk(folder) for name in names)
    return sorted(item for item in named if item.name.endswith(endings) and is_file(item))


def nothing_at(path: Path, said: str) -> Problem:
    """What is wrong where no files were found: `said`, unless there is nothing there at all."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        said = "there is no such file or folder; correct the path"
    except OSError as err:
        said = f"cannot be read: {err.strerror or err}"
    return Problem(str(path), said)


def told_lines(
    path: Path, skips: Skips, seen: Callable[[int], None], longest: int = LONGEST_TRANSCRIPT_LINE
) -> Iterator[tuple[bytes, str]]:
    """Each line of a file that is not blank, with its place; `seen` is told how many bytes each step read."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file, seen, longest), 1):
                place = f"{path.name}:{number}"
                text = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
                if len(line) > longest:
                    skips.add(f"line longer than {longest // 1024 // 1024} MiB", place)
                elif text.strip():
                    yield text, place
    except OSError as err:
        skips.add(f"file cannot be read: {err.strerror or err}", str(path))


def _lines(file: BinaryIO, seen: Callable[[int], None], longest: int) -> Iterator[bytes]:
    """The lines of a file; of one that is too long, the beginning that shows it."""
    while line := file.readline(longest + 1):
        seen(len(line))
        rest = line
        while len(rest) > longest and not rest.endswith(b"\n"):
            rest = file.readline(longest + 1)
            seen(len(rest))
        yield line


def row_of(line: bytes, *, strict: bool = False) -> Mapping[str, Any]:
    """The JSON object of a line. Raises BadValue for any other, or, strictly, a key said twice."""
    pairs = _each_once if strict else None
    try:
        row = json.loads(line.decode("utf-8"), object_pairs_hook=pairs)
    except BadValue:
        raise
    except (ValueError, RecursionError) as err:
        raise BadValue("not a whole line of JSON; the rest of it is lost") from err
    if not isinstance(row, dict):
        raise BadValue("not a JSON object")
    return row


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadValue(f"key {shown(key)} stands twice; keep one")
        found[key] = value
    return found
