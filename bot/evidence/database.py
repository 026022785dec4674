"""DuckDB, kept to one temporary folder and the log files it is given.

In: files of good rows and the numbers of their names. Out: the counts of the rows as plain records. No
other module speaks to DuckDB, and no error of its own leaves here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from bot.errors import BUG, BotError
from bot.evidence.codes import CodeRows, Codes

_AROUND = 128 * 2**20
"""Bytes that Python, the libraries and one block of lines take, beside what DuckDB holds."""
_LEAST, _A_ROW = 160 * 2**20, 32
"""Bytes that DuckDB holds, and more of them for each row: what it cannot hold goes to its folder and back."""
_USUAL = 512 * 2**20
"""Bytes of memory for which that is meant; with more, less of it goes."""
_AS_LINE = 128
"""Bytes of a row as a line, about."""
_THREADS = 2
"""Every thread reads through buffers of its own, so that more would want more memory."""


_BATCH = 2048


class Record(NamedTuple):
    """A row of count.sql: `kind` says which of the others it has, None in all others. Names are numbers."""

    kind: str
    week: int
    phase: int
    agent: int | None
    model: int | None
    start: int | None
    sd: str
    cause: int
    sds: int
    rework: int
    raw_rework: int
    troubled: int
    assumed: int
    unlogged: int
    drifted: int
    tokens: int
    summed: int


class CountingFailed(BotError):
    """DuckDB could not do what the bot asked of it. Exit code 70: a bug."""

    exit_code = BUG


class CannotRead(Exception):
    """A file is not what DuckDB takes it for, in DuckDB's words."""


class Database:
    """An open session. Made by `database()`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder
        """The one it may write to."""

    def look(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a question about files that may be anything, batch by batch. Raises CannotRead."""
        try:
            self._connection.execute(sql)
            while batch := self._connection.fetchmany(_BATCH):
                yield batch
        except duckdb.Error as err:
            raise CannotRead(str(err).partition("\n")[0]) from err

    def run(self, sql: str) -> None:
        """As `look`, for what gives no rows, and may take a while."""
        try:
            _stoppable(self._connection, sql, {})
        except duckdb.Error as err:
            raise CannotRead(str(err).partition("\n")[0]) from err

    def hold(self, memory: int) -> None:
        """Let it hold so many bytes; not after `load`."""
        self._run(f"SET memory_limit = '{memory}B'")

    def load(
        self,
        tokens: Sequence[Path],
        rework: Sequence[Path],
        sure: tuple[str, str],
        codes: Codes,
    ) -> None:
        """Read files of good rows only, at least one of each log; `codes` knows every name in them.

        `sure` are queries for good rows of Parquet files, of either log.
        """
        for view, query in zip(("sure_tokens", "sure_rework"), sure, strict=True):
            self._run(f"CREATE TEMP VIEW {view} AS {query}")
        for name, columns, rows in codes.tables():
            self._table(name, columns, rows)
        # DuckDB takes lines for few, and would keep all of them in memory to look up what week each is in.
        self._run("SET disabled_optimizers = 'build_side_probe_side'")
        self._run(
            _script("load.sql"),
            token_files=[str(path.absolute()) for path in tokens],
            rework_files=[str(path.absolute()) for path in rework],
        )
        self._run("RESET disabled_optimizers")
        self._run("SET lock_configuration = true")
        self._run(_script("sds.sql"))

    def count(self, codes: Codes, most: int, again: int = 0) -> Iterator[Record]:
        """The records of count.sql over the files read last, in no particular order; see Codes.parameters."""
        return map(Record._make, self._run(_script("count.sql"), **codes.parameters(most, again)))

    def _table(self, name: str, columns: Mapping[str, str], rows: CodeRows) -> None:
        shape = json.dumps([columns])
        unnested = f"unnest(from_json($rows, '{shape}'), recursive := true)"
        # Names of tables and columns are our own.
        self._run(f"CREATE TEMP TABLE {name} AS SELECT {unnested}", rows=json.dumps(list(rows)))

    def _run(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        try:
            return _stoppable(self._connection, sql, parameters)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as err:
            said = str(err).partition("\n")[0]
            raise BotError(
                f"the logs cannot be counted: {said}; make room where TMPDIR points to, or raise logs.memory"
            ) from err
        except duckdb.Error as err:
            said = str(err).partition("\n")[0]
            raise CountingFailed(f"the logs cannot be counted: {said}") from err


def _stoppable(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """The rows of a statement, in a thread of its own, so that a signal ends it at once.

    DuckDB itself looks for signals between slices of its work, each of which may take minutes.
    """
    with ThreadPoolExecutor(1) as worker:
        try:
            return worker.submit(lambda: connection.execute(sql, parameters).fetchall()).result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


def _script(name: str) -> str:
    return files("bot.evidence").joinpath(name).read_text(encoding="utf-8")


def share(memory: int, lines: int, rows: int) -> int:
    """Bytes that DuckDB may hold for so many bytes of lines, and so many rows beside them.

    The whole process may take `memory`.
    """
    rows += lines // _AS_LINE
    return min(memory - _AROUND, _LEAST + rows * _A_ROW * memory // _USUAL)


@contextmanager
def database(folder: Path, logs: Sequence[Path], memory: int) -> Iterator[Database]:
    """A session that can read `logs`, read and write `folder`, and reach nothing else: no network.

    Beyond so many bytes of memory it works on disk, in `folder`.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_persistent_secrets": "false",
            "temp_directory": str(folder),
            "memory_limit": f"{memory}B",
            "threads": _THREADS,
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
        allowed = [str(path.absolute()) for path in logs]
        connection.execute("SET allowed_paths = $paths", {"paths": allowed})
        connection.execute("SET enable_external_access = false")
        yield Database(connection, folder)
    finally:
        connection.close()
