"""Log files to what may be counted: every bad line named, and files without them.

In: the log files of one kind. Out: every problem by file and line, and the files that hold the good rows: the
large ones themselves where all their lines are plain rows, else copies, the small ones in one.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from bot.errors import InvalidInput, Problem
from bot.evidence.database import CannotRead, Database
from bot.evidence.limits import BYTE_ORDER_MARK, MOST_BAD
from bot.evidence.parquet import check_size, columns_of, most_text, sql_text
from bot.evidence.reader import Block, Reader
from bot.evidence.schema import Written
from bot.evidence.seen_ids import DoubtfulId, IdContents, SeenIds, wrong_in
from bot.evidence.sure_rows import Sure, is_typed, nothing_sure, sure_rows
from bot.evidence.unpacked import BrokenPacking, unpacked_lines
from bot.paths import PARQUET, SMALL, LogFile

_BATCH = 2048
_WILD = frozenset("*?[]{}\\")
"""What DuckDB takes for more than a name, or may."""


def is_plain(path: Path) -> bool:
    """Whether DuckDB takes a path for that one file: it globs by itself, and wants text."""
    return not _WILD & set(str(path)) and str(path).isprintable()


@dataclass(frozen=True)
class Screened:
    """What may be counted of one log, and what may not."""

    problems: tuple[Problem, ...]
    """Every problem of every bad line, in the order of the files."""
    files: tuple[Path, ...]
    """Files of good rows only."""
    sure: Sure
    """The good rows that are in none of these files."""


def screen(logs: Sequence[LogFile], reader: Reader, folder: Path, opened: Database) -> Screened:
    """Read the files of one log in order; copies go to `folder`, which is the caller's.

    One id with the same content twice is one row; with other content, a bad line. Parquet files come last, so
    that most of their rows need not be looked at. Raises InvalidInput naming every file that cannot be read.
    """
    typed = _typed(logs, folder, opened, rework=reader.rework)
    screening = partial(_screen, logs, typed, reader, folder, opened)
    try:
        return screening(SeenIds())
    except DoubtfulId:  # spelled otherwise at least: only now is every row's content compared
        return screening(IdContents(reader.names))


def _screen(
    logs: Sequence[LogFile],
    typed: Mapping[Path, LogFile],
    reader: Reader,
    folder: Path,
    opened: Database,
    ids: SeenIds,
) -> Screened:
    problems: list[Problem] = []
    unreadable: list[Problem] = []
    files = [folder / "small.jsonl"]
    certain = {*typed.values()}
    with files[0].open("wb") as small:
        for place, log in enumerate(logs):
            kept = _Copy(log.stored, folder / f"{place}.jsonl") if _is_large(log) else _Joint(small)
            try:
                problems += _of_file(log, reader, ids, kept) if log not in certain else ()
            except BrokenPacking as err:
                unreadable.append(_unreadable(log, err.strerror or ""))
            files += [kept.path] if isinstance(kept, _Copy) else []
        if unreadable:
            raise InvalidInput(unreadable)
        small.flush()
        sure = nothing_sure(rework=reader.rework)
        if typed:
            sure = _certain(typed, files, reader, folder, opened)
            problems += _others(sure, typed, reader, ids, _Joint(small), opened)
    return Screened(tuple(problems), tuple(files), sure)


def _is_large(log: LogFile) -> bool:
    """Whether a file may be counted where it is."""
    return not log.part and log.packing is None and log.stored.stat().st_size > SMALL


def _of_file(log: LogFile, reader: Reader, ids: SeenIds, kept: _Joint) -> list[Problem]:
    """The problems of a file's lines; the good ones go into `kept`. Raises BrokenPacking."""
    problems: list[Problem] = []
    with unpacked_lines(log) as source, kept:
        for block in reader.file(source):
            problems += _screened(block, log.path, ids, kept)
            if log.packing and len(problems) > MOST_BAD:
                raise BrokenPacking(f"has more than {MOST_BAD:,} bad lines")
    return problems


def _typed(
    logs: Sequence[LogFile], folder: Path, opened: Database, *, rework: bool
) -> dict[Path, LogFile]:
    """The Parquet files in which anything is certain, by where DuckDB can read them."""
    typed: dict[Path, LogFile] = {}
    for place, log in enumerate(logs):
        if log.packing == PARQUET:
            path = folder / f"{place:06}{PARQUET}"
            shutil.copyfile(log.stored, path)
            with suppress(CannotRead, BrokenPacking):  # who reads it as lines says what is wrong
                check_size(opened, path)
                if is_typed(
                    columns_of(opened, f"read_parquet({sql_text(str(path))})"), rework=rework
                ):
                    typed[path] = log
    return typed


def _certain(
    typed: Mapping[Path, LogFile],
    files: Sequence[Path],
    reader: Reader,
    folder: Path,
    opened: Database,
) -> Sure:
    """What of the Parquet files is certain. Raises InvalidInput for those that cannot be read to the end."""
    ask = partial(sure_rows, opened, names=reader.names, folder=folder, rework=reader.rework)
    try:
        return ask(list(typed), files)
    except CannotRead as err:
        unreadable = []
        for path, log in typed.items():
            try:
                ask([path], ())
            except CannotRead as own:
                unreadable.append(_unreadable(log, f"is no sound Parquet file ({own})"))
        raise InvalidInput(unreadable or [Problem("logs", str(err))]) from err


def _others(
    found: Sure,
    typed: Mapping[Path, LogFile],
    reader: Reader,
    ids: SeenIds,
    kept: _Joint,
    opened: Database,
) -> list[Problem]:
    """The problems of rows that are not certain, by the reader of lines; the good ones go into `kept`.

    Raises InvalidInput for files with too many of them.
    """
    problems: list[Problem] = []
    if found.others is None:
        return problems
    said = {typed[Path(path)]: size for path, size in _rows(opened, found.size_of_others)}
    large = [log for log, size in said.items() if size > most_text(log.stored)]
    if large:
        raise InvalidInput(
            [_unreadable(log, "holds far more than logs of its size do") for log in large]
        )
    try:
        for path, rows in itertools.groupby(_rows(opened, found.others), key=itemgetter(0)):
            log = typed[Path(path)]
            for some in _batches(rows):
                block = reader.numbered((number, text.encode()) for _, number, text in some)
                problems += _screened(block, log.path, ids, kept)
                if len(problems) > MOST_BAD:
                    raise InvalidInput([_unreadable(log, f"has more than {MOST_BAD:,} bad lines")])
    except CannotRead as err:
        unreadable = [_unreadable(log, f"is too much at once ({err})") for log in said]
        raise InvalidInput(unreadable) from err
    return problems


def _rows(opened: Database, asked: str) -> Iterator[tuple[Any, ...]]:
    return itertools.chain.from_iterable(opened.look(asked))


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    return iter(lambda: list(itertools.islice(rows, _BATCH)), [])


def _unreadable(log: LogFile, said: str) -> Problem:
    return Problem(log.path, f"cannot be read: it {said}; write it anew or remove it")


def _screened(block: Block, path: str, ids: SeenIds, copy: _Joint) -> list[Problem]:
    """Put a block's good rows into the copy, each once; the problems of its other lines."""
    again = ids.again(block, path)
    if block.data is not None and not again:
        copy.keep(block.data)
    else:
        kept = zip(block.rows, block.numbers, strict=True)
        copy.change([row for row, number in kept if number not in again])
    return wrong_in(block, path, again)


class _Joint:
    """Good lines of small files, together in one, as opening a file costs more than reading it."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file

    def __enter__(self) -> _Joint:
        return self

    def __exit__(self, *_: object) -> None:
        """It is open as long as there are more."""

    def keep(self, data: bytes) -> None:
        """Lines that stay as they are."""
        if self._file is not None:
            self._file.write(data)

    def change(self, rows: Sequence[Written]) -> None:
        """Rows in place of the lines that come next."""
        if self._file is not None:
            self._file.write(msgspec.json.Encoder().encode_lines(rows))


class _Copy(_Joint):
    """A large file's good lines: the file itself until a line has to go or is written anew."""

    def __init__(self, source: Path, copy: Path) -> None:
        super().__init__(None)
        self._source, self._copy = source, copy
        self._kept = 0

    @property
    def path(self) -> Path:
        return self._source if self._file is None else self._copy

    def __enter__(self) -> _Copy:
        with self._source.open("rb") as source:
            marked = source.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK
        self._start = len(BYTE_ORDER_MARK) if marked else 0
        if marked or not is_plain(self._source):
            self.change([])
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, data: bytes) -> None:
        self._kept += len(data)
        super().keep(data)

    def change(self, rows: Sequence[Written]) -> None:
        if self._file is None:
            self._file = self._copy.open("wb")
            with self._source.open("rb") as source:
                source.seek(self._start)
                _pipe(source, self._file, self._kept)
        super().change(rows)


def _pipe(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length > 0 and (data := source.read(min(length, 1 << 20))):
        target.write(data)
        length -= len(data)
