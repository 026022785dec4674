"""Logs of several places as one log: base, the branch of the logs, the work tree.

In: the log files of each place, in the order they are read. Out: files to read together, each with its
place: of two rows with one `id` that of the earlier place holds. The same path with the same content is read
once. Rows with an `id` need nothing more, as readers count each id once; a line without one counts as often
as the place that has it most often, so that a copy of a log adds nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path

from bot.evidence.unpacked import unpacked_lines
from bot.paths import LogFile

_PIECE = 2**20
_ID = re.compile(rb'"id"\s*:\s*"[^"]')


def together(folder: Path, *places: Sequence[LogFile]) -> tuple[LogFile, ...]:
    """The files of all places, what an earlier place has already left out.

    `folder` is ours: a file that has to lose lines is copied there. What cannot be read is passed on: who
    reads it says so.
    """
    taken: list[LogFile] = []
    for place, found in enumerate(places):
        files = [file._replace(place=place) for file in found]
        twins = _twins(taken, files)
        fresh = [file for file in files if file not in twins]
        seen = set(twins.values())
        taken += _without_copies([file for file in taken if file not in seen], fresh, folder)
    return tuple(taken)


def rows_elsewhere(
    top: Path, paths: Iterable[str], files: Iterable[LogFile]
) -> tuple[tuple[str, int], ...]:
    """Of the work tree's files named, those with lines that none of `files` has, and how many."""
    missing = {path: set(_lines(LogFile(path, top / path))) for path in paths}
    for file in files if any(missing.values()) else ():
        for line in _lines(file):
            for lines in missing.values():
                lines.discard(line)
    return tuple((path, len(lines)) for path, lines in missing.items() if lines)


def _twins(taken: Sequence[LogFile], files: Sequence[LogFile]) -> Mapping[LogFile, LogFile]:
    """Of the files that were read already, path and content, where they were."""
    known: dict[str, list[LogFile]] = {}
    for file in taken:
        known.setdefault(file.path, []).append(file)
    pairs = ((file, other) for file in files for other in known.get(file.path, ()))
    return {file: other for file, other in pairs if _equal(file, other)}


def _equal(file: LogFile, other: LogFile) -> bool:
    try:
        with file.open() as one, other.open() as two:
            pieces = zip_longest(
                *(iter(partial(opened.read, _PIECE), b"") for opened in (one, two))
            )
            return all(piece == twin for piece, twin in pieces)
    except OSError:
        return False


def _without_copies(
    taken: Sequence[LogFile], files: Sequence[LogFile], folder: Path
) -> list[LogFile]:
    """The files without the lines that have no id and are in `taken`, each as often as there."""
    suspects = {file for file in files if taken and _has_lines_without_id(file)}
    left = Counter(line for file in taken if suspects for line in _lines_without_id(file))
    return [_less(file, left, folder) if left and file in suspects else file for file in files]


def _has_lines_without_id(file: LogFile) -> bool:
    """Whether a file has lines that may be counted twice; no for what cannot be read."""
    return any(True for _ in _lines_without_id(file))


def _has_id(line: bytes) -> bool:
    """Whether a row says its id; null, an empty one, and that of an object within say none."""
    if not _ID.search(line):
        return False
    if line.count(b"{") == 1:
        return True
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not isinstance(row, dict) or bool(row.get("id"))


def _lines_without_id(file: LogFile) -> Iterator[bytes]:
    return (line for line in _lines(file) if not _has_id(line))


def _less(file: LogFile, left: Counter[bytes], folder: Path) -> LogFile:
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{sum(1 for _ in folder.iterdir()):06}.jsonl"
    with unpacked_lines(file) as source, copy.open("xb") as target:
        for line in source:
            plain = line.strip()
            if left[plain] > 0:
                left[plain] -= 1
                target.write(b"\n")  # the lines below keep their numbers
            else:
                target.write(line)
    return file._replace(stored=copy, part=None, unpacked=True)


def _lines(file: LogFile) -> Iterator[bytes]:
    """Lines without blanks around them, empty ones left out; none of what cannot be read."""
    try:
        with unpacked_lines(file) as lines:
            yield from filter(None, map(bytes.strip, lines))
    except OSError:
        return
