"""Good rows of the logs as a lake: one Parquet file a week and log, `tokens/week=2025-W49/rows.parquet`.

In: log files, the policy's weeks, a folder. Out: the folder with every good row once, fields as the log
writes them. A file is replaced at once by one written beside it, and says in its own footer what it holds:
whenever somebody kills us each week is as it was or as it is to be, and the next export goes on from there.
Weeks that the logs have no more are removed, but never all of them for logs without a row.
One export at a time writes to a folder, others wait; no link below it is followed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.calendar import SECOND, Calendar, Week
from bot.errors import BotError, Problem
from bot.evidence.database import CannotRead, Database
from bot.evidence.parquet import sql_list, sql_text
from bot.evidence.read import problems_of, screened_logs
from bot.evidence.schema import Names
from bot.evidence.screen import Screened
from bot.evidence.sure_rows import columns_of_log
from bot.git.kept import open_kept
from bot.paths import LogFile

if (
    sys.platform != "win32"
):  # which has no such locks: one export at a time is the user's care there
    import fcntl

FILE = "rows.parquet"
"""Name of a week's file."""
_KEY = "calibration_bot_rows"
_SAID = re.compile(rb"calibration-bot-1:([0-9]+:[0-9-]+:[0-9-]+);")
"""What a file says of its rows: the form of it, their number, and two sums over them."""
_FOOTER = 2**20
"""Bytes at the end of a file in which it says so."""


@dataclass(frozen=True)
class ExportedLog:
    """What became of one log's weeks; labels, sorted."""

    rows: int
    """Good rows in the folder now."""
    written: tuple[str, ...]
    """Weeks that are new or changed."""
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    """Weeks that have no rows any more."""


@dataclass(frozen=True)
class Export:
    """What an export came to."""

    tokens: ExportedLog
    rework: ExportedLog
    rejected: tuple[Problem, ...]
    """Every bad line, by file and line: in no file of the lake."""


def export_logs(
    tokens: Sequence[LogFile],
    rework: Sequence[LogFile],
    names: Names,
    calendar: Calendar,
    memory: int,
    to: Path,
    *,
    with_bad_lines: bool,
) -> Export:
    """Bring the folder `to` up to date. Raises InvalidInput for a log that cannot be read.

    Raises BotError where it cannot be written, or holds an export while the logs hold no row.

    `with_bad_lines`: whether rows are written although there are bad lines. Without it nothing is.
    """
    with screened_logs(tokens, rework, names, memory) as (opened, of_tokens, of_rework):
        rejected = tuple(problems_of(of_tokens, of_rework))
        if rejected and not with_bad_lines:
            nothing = ExportedLog(0, (), (), ())
            return Export(nothing, nothing, rejected)
        kinds = (False, "tokens", of_tokens), (True, "rework", of_rework)
        try:
            with _alone_in(to):
                due = [
                    _due(opened, log, calendar, to / name, rework=is_rework)
                    for is_rework, name, log in kinds
                ]
                _check_that_it_is_ours(due, to)
                done = [_export(opened, log) for log in due]
        except CannotRead as err:
            raise BotError(f"the rows cannot be written as Parquet: {err}") from err
        except OSError as err:
            said = f"{to} cannot be written: {err.strerror}; weeks written so far are whole"
            raise BotError(f"{said}; name a folder that can be, or make room") from err
    return Export(done[0], done[1], rejected)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Makes a folder, and waits until no other export writes there. Raises OSError."""
    with suppress(FileExistsError):
        folder.mkdir(parents=True)
    if sys.platform == "win32":
        yield
        return
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def whole_log(files: Sequence[LogFile], names: Names, memory: int, *, rework: bool) -> bytes | None:
    """Every good row of some files of one log as one Parquet file; None where a line is bad or room lacks."""
    tokens, outcomes = ((), files) if rework else (files, ())
    with (
        suppress(CannotRead),
        screened_logs(tokens, outcomes, names, memory) as (opened, of_tokens, of_rework),
    ):
        log = of_rework if rework else of_tokens
        if not log.problems:
            path = opened.folder / FILE
            told = "(FORMAT parquet, COMPRESSION zstd)"
            opened.run(f"COPY ({_every_row(log, rework=rework)}) TO {sql_text(str(path))} {told}")
            return path.read_bytes()
    return None


@dataclass(frozen=True)
class _Due:
    """What a log's folder is to hold."""

    table: str
    """Where every good row is, once."""
    columns: tuple[str, ...]
    weeks: Mapping[str, Week]
    said: Mapping[str, str]
    """What the file of each week with rows has to say of them."""
    to: Path

    def gone(self) -> Iterator[tuple[str, Path]]:
        """Weeks of an export that have no rows, with their folders."""
        for path in sorted(self.to.glob("week=*")):
            label = path.name.removeprefix("week=")
            if label not in self.said and not (path.is_symlink() or self.to.is_symlink()):
                yield label, path


def _due(opened: Database, log: Screened, calendar: Calendar, to: Path, *, rework: bool) -> _Due:
    columns = tuple(columns_of_log(rework=rework))
    table = "rework_rows" if rework else "token_rows"
    opened.run(f"CREATE TEMP TABLE {table} AS {_every_row(log, rework=rework)}")
    weeks = _weeks(opened, table, calendar)
    said = _sums(opened, table, columns, weeks) if weeks else {}
    return _Due(table, columns, weeks, said, to)


def _check_that_it_is_ours(due: Sequence[_Due], to: Path) -> None:
    """Raise BotError where logs without a row would empty the folder of somebody's export."""
    if any(log.said for log in due):
        return
    theirs = sum(_is_exported(path) for log in due for _, path in log.gone())
    if theirs:
        weeks = "1 week" if theirs == 1 else f"{theirs:,} weeks"
        said = f"the logs hold no row, and {to} holds {weeks} of an export; nothing was changed"
        raise BotError(f"{said}; give this export a folder of its own, or remove that one")


def _export(opened: Database, log: _Due) -> ExportedLog:
    said, to = log.said, log.to
    changed = [label for label in said if _said_by(to / f"week={label}" / FILE) != said[label]]
    for label in changed:
        folder = to / f"week={label}"
        _write(opened, log.table, log.columns, log.weeks[label], said[label], folder)
    return ExportedLog(
        rows=sum(int(text.partition(":")[0]) for text in said.values()),
        written=tuple(sorted(changed)),
        unchanged=tuple(sorted(said.keys() - {*changed})),
        removed=tuple(label for label, path in log.gone() if _remove(path)),
    )


def _every_row(log: Screened, *, rework: bool) -> str:
    columns = columns_of_log(rework=rework)
    types = {**columns, "ts": "VARCHAR"}
    shape = ", ".join(f"{name}: '{kind}'" for name, kind in types.items())
    fields = ", ".join(
        ["upper(ts)::TIMESTAMPTZ AS ts", *(name for name in columns if name != "ts")]
    )
    return (
        f"SELECT {fields} FROM read_json({sql_list(map(str, log.files))}, "
        "format = 'newline_delimited', compression = 'uncompressed', hive_partitioning = false, "
        f"maximum_object_size = 16777216, columns = {{{shape}}}) UNION ALL {log.sure.whole}"
    )


def _weeks(opened: Database, table: str, calendar: Calendar) -> Mapping[str, Week]:
    """The weeks between the first row and the last, by label."""
    asked = f"SELECT epoch_us(min(ts)), epoch_us(max(ts)) FROM {table}"
    ((first, last),) = (row for batch in opened.look(asked) for row in batch)
    if first is None:
        return {}
    weeks = calendar.until(calendar.week_of(last // SECOND))
    return {week.label: week for week in weeks if week.end > first // SECOND}


def _sums(
    opened: Database, table: str, columns: Collection[str], weeks: Mapping[str, Week]
) -> Mapping[str, str]:
    """What a file of each week with rows has to say of them, in whatever order they come."""
    bounds = ", ".join(
        f"({sql_text(week.label)}, {week.start * SECOND}, {week.end * SECOND})"
        for week in weeks.values()
    )
    row = ", ".join(columns)
    asked = (
        f"SELECT week.label, count(*), sum(hash({row})::HUGEINT), sum(hash('again', {row})::HUGEINT) "
        f"FROM (VALUES {bounds}) AS week (label, since, until) JOIN {table} AS line "
        "ON epoch_us(line.ts) >= week.since AND epoch_us(line.ts) < week.until GROUP BY week.label"
    )
    found = (row for batch in opened.look(asked) for row in batch)
    return {label: ":".join(map(str, sums)) for label, *sums in found}


def _said_by(file: Path) -> str | None:
    """What a file that is there says of its rows; None for none of ours."""
    try:
        with open_kept(str(file)) as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, size - _FOOTER))
            end = opened.read()
    except OSError:
        return None
    # Names and values of rows may stand there too, but before what the file as a whole says.
    found = _SAID.findall(end) if end.endswith(b"PAR1") else []
    return found[-1].decode() if found else None


def _write(
    opened: Database, table: str, columns: Collection[str], week: Week, said: str, to: Path
) -> None:
    """A week's file, written beside what is there and moved to its place."""
    row, path = ", ".join(columns), opened.folder / FILE
    opened.run(
        f"COPY (SELECT {row} FROM {table} WHERE epoch_us(ts) >= {week.start * SECOND} "
        f"AND epoch_us(ts) < {week.end * SECOND} ORDER BY {row}) TO {sql_text(str(path))} "
        f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{_KEY}: 'calibration-bot-1:{said};'}})"
    )
    _put(path, to)


def _put(file: Path, to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for folder in (to.parent, to):
        if folder.is_symlink():
            raise OSError(errno.ELOOP, f"{folder.name} is a link, which may lead anywhere")
    for left in _parts(to):  # by somebody who was killed
        left.unlink(missing_ok=True)
    part = to / f".{FILE}.{os.urandom(4).hex()}.part"
    try:
        with file.open("rb") as source, part.open("xb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        part.replace(to / FILE)
    finally:
        part.unlink(missing_ok=True)


def _parts(folder: Path) -> Iterator[Path]:
    return folder.glob(f".{FILE}.*.part")


def _is_exported(folder: Path) -> bool:
    return _said_by(folder / FILE) is not None


def _remove(folder: Path) -> bool:
    """Whether a week's file was there and ours; it is gone then, and its folder if that is empty."""
    for left in _parts(folder):
        left.unlink(missing_ok=True)
    ours = _is_exported(folder)
    if ours:
        (folder / FILE).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
    return ours
