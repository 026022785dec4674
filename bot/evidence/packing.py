"""One file instead of many: the logs of a week that is over, or of one with too many files.

In: what a branch is to hold, and what the policy says about logs. Out: what it holds once packed. Pure but
for the function that reads a file.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.evidence.cursors import Cursor, cursor_of
from bot.evidence.limits import BLANKS
from bot.evidence.rows import read_row
from bot.evidence.schema import Row
from bot.evidence.write import place
from bot.paths import matches

MOST_FILES = 200
"""Files that a folder of the running week may have before they are packed."""


@dataclass(frozen=True)
class Packer:
    """What decides what is packed, and where to."""

    globs: Mapping[str, bool]
    """Globs of the policy, and whether they mean the rework log."""
    phases: Collection[str]
    week_start: int
    """Start of the current week, microseconds since the epoch."""


@dataclass(frozen=True)
class Packed:
    """What a branch holds once it is packed."""

    files: Mapping[str, bytes]
    """Content of each packed file, by path."""
    gone: frozenset[str]
    """Files whose lines are in those now."""
    sound: frozenset[str]
    """Files all of whose rows are good."""
    bad: tuple[str, ...]
    """Files with bad lines: left as they are."""


def pack(paths: Collection[str], read: Callable[[str], bytes], packer: Packer) -> Packed:
    """Pack what is due among the files of a branch: every folder and kind of log by itself."""
    files: dict[str, bytes] = {}
    gone: set[str] = set()
    sound: set[str] = set()
    bad: list[str] = []
    for (folder, glob), group in _groups(paths, packer).items():
        rework = packer.globs[glob]
        target = posixpath.join(folder, place(posixpath.basename(glob), "", "packed"))
        if group == [target]:
            continue  # packed before, and nothing new
        rows = {path: _rows(read(path), packer.phases, rework) for path in group}
        bad += [path for path, found in rows.items() if found is None]
        good = {path: found for path, found in rows.items() if found is not None}
        sound |= good.keys()
        is_over = all(row.at < packer.week_start for rows_ in good.values() for row, _ in rows_)
        due = is_over or len(group) > MOST_FILES
        if due and good and target not in bad:
            files[target] = _content([good.pop(target, []), *good.values()])
            gone |= good.keys()
    return Packed(files, frozenset(gone), frozenset(sound), tuple(sorted(bad)))


_Said = Row | Cursor
_Rows = list[tuple[_Said, bytes]]


def _groups(paths: Collection[str], packer: Packer) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in sorted(paths):
        glob = next((glob for glob in packer.globs if matches(glob, path)), None)
        if glob is not None:
            found[posixpath.dirname(path), glob].append(path)
    return found


def _rows(data: bytes, phases: Collection[str], rework: bool) -> _Rows | None:
    """Every row with its line, None if a line is bad."""
    lines = [line for line in (line.strip(BLANKS) for line in data.split(b"\n")) if line]
    rows = [(_said(line, phases, rework), line) for line in lines]
    good = [(row, line) for row, line in rows if row is not None]
    return good if len(good) == len(rows) else None


def _said(line: bytes, phases: Collection[str], rework: bool) -> _Said | None:
    return read_row(line, phases, rework=rework) or (cursor_of(line) if rework else None)


def _content(files: Iterable[_Rows]) -> bytes:
    """All lines in order of `ts` and `id`: a row with an id once, others as often as the file with most.

    Of lines that mean the same the first file's stays, so that what was packed stays as it was.
    """
    named: dict[_Said, bytes] = {}
    most: Counter[tuple[_Said, bytes]] = Counter()
    for rows in files:
        for row, line in rows:
            if row.id is not None:
                named.setdefault(row, line)
        most |= Counter((row, line) for row, line in rows if row.id is None)
    found = sorted(_all(named, most), key=lambda pair: (pair[0].at, pair[0].id or "", pair[1]))
    return b"".join(line + b"\n" for _, line in found)


def _all(
    named: Mapping[_Said, bytes], others: Counter[tuple[_Said, bytes]]
) -> Iterator[tuple[_Said, bytes]]:
    yield from named.items()
    yield from others.elements()
