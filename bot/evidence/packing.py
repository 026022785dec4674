"""One file instead of many: the logs of a week that is over, or of one with too many files.

In: what a branch is to hold, and what the policy says about logs. Out: what it holds once packed. Pure but
for the function that reads a file.
"""

from __future__ import annotations

import itertools
import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.evidence.cursors import Cursor, cursor_of
from bot.evidence.limits import BLANKS, BYTE_ORDER_MARK
from bot.evidence.reader import Reader
from bot.evidence.rows import row_on
from bot.evidence.schema import Names, Row
from bot.evidence.write import place
from bot.paths import matches, packing_of

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
    """Files with bad lines, one `id` with other content included: left as they are."""


def pack(
    theirs: Collection[str], ours: Collection[str], read: Callable[[str], bytes], packer: Packer
) -> Packed:
    """Pack what is due of a branch and a work tree joined: every folder and kind of log by itself."""
    files: dict[str, bytes] = {}
    gone: set[str] = set()
    sound: set[str] = set()
    bad: list[str] = []
    readers = {rework: Reader(Names(packer.phases), rework=rework) for rework in (False, True)}
    for (folder, glob), group in groups_of({*theirs, *ours}, packer).items():
        target = posixpath.join(folder, place(posixpath.basename(glob), "", "packed"))
        if group == [target] and target not in ours:
            continue  # packed before, and nothing new
        rows = {path: _rows(read(path), readers[packer.globs[glob]]) for path in group}
        good = _good(rows, sorted(group, key=lambda path: (path != target, path not in theirs)))
        bad += [path for path in group if path not in good]
        sound |= good.keys()
        is_over = all(row.at < packer.week_start for rows_ in good.values() for row, _ in rows_)
        due = is_over or len(group) > MOST_FILES
        if due and good and target not in bad:
            files[target] = _content(good, [theirs, ours])
            gone |= good.keys() - {target}
    return Packed(files, frozenset(gone), frozenset(sound), tuple(sorted(bad)))


_Said = Row | Cursor
_Rows = list[tuple[_Said, bytes]]


def glob_of(path: str, packer: Packer) -> str | None:
    """The glob that means a file of lines, None for any other."""
    found = next((glob for glob in packer.globs if matches(glob, path)), None)
    return found if packing_of(path) is None else None


def groups_of(paths: Collection[str], packer: Packer) -> defaultdict[tuple[str, str], list[str]]:
    """Paths of files of lines by folder and glob, sorted."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path in sorted(paths):
        glob = glob_of(path, packer)
        if glob is not None:
            found[posixpath.dirname(path), glob].append(path)
    return found


def _rows(data: bytes, reader: Reader) -> _Rows | None:
    """Every row with its line, None if a line is bad."""
    text = data.removeprefix(BYTE_ORDER_MARK)
    lines = [line for line in (line.strip(BLANKS) for line in text.split(b"\n")) if line]
    rows = [(_said(line, reader), line) for line in lines]
    good = [(row, line) for row, line in rows if row is not None]
    return good if len(good) == len(rows) else None


def _said(line: bytes, reader: Reader) -> _Said | None:
    return row_on(line, reader) or (cursor_of(line) if reader.rework else None)


def _good(files: Mapping[str, _Rows | None], order: Iterable[str]) -> dict[str, _Rows]:
    """The files without a bad line; who comes first in the order says what an `id` is."""
    first: dict[str, _Said] = {}
    good: dict[str, _Rows] = {}
    for path in order:
        rows = files[path]
        if rows is not None and _agrees(rows, first):
            good[path] = rows
            first.update((row.id, row) for row, _ in rows if row.id is not None)
    return good


def _agrees(rows: _Rows, first: Mapping[str, _Said]) -> bool:
    """Whether no `id` of a file's rows stands there, or stood before, with other content."""
    own: dict[str, _Said] = {}
    named = ((row.id, row) for row, _ in rows if row.id is not None)
    return all(first.get(name, own.setdefault(name, row)) == row for name, row in named)


def _content(files: Mapping[str, _Rows], sides: Iterable[Collection[str]]) -> bytes:
    """All lines in order of `ts` and `id`: a row with an id once, others as often as the side with most.

    That is as often as readers count them before. Of lines that mean the same the first file's stays, so that
    what was packed stays as it was.
    """
    named: dict[_Said, bytes] = {}
    for row, line in itertools.chain.from_iterable(files.values()):
        if row.id is not None:
            named.setdefault(row, line)
    most: Counter[tuple[_Said, bytes]] = Counter()
    for side in sides:
        rows = (pair for path, found in files.items() if path in side for pair in found)
        most |= Counter(pair for pair in rows if pair[0].id is None)
    found = sorted(_all(named, most), key=lambda pair: (pair[0].at, pair[0].id or "", pair[1]))
    return b"".join(line + b"\n" for _, line in found)


def _all(
    named: Mapping[_Said, bytes], others: Counter[tuple[_Said, bytes]]
) -> Iterator[tuple[_Said, bytes]]:
    yield from named.items()
    yield from others.elements()
