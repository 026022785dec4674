"""Tables as a team's warehouse has them, and rows for them that are bad in every way a table can say.

In: rows as the logs write them; a key that is left out is NULL. Out: tables, and the same rows as log files.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.errors import Problem
from bot.evidence.limits import MOST_TOKENS
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence, Question
from bot.evidence.sure_rows import SHORT, columns_of_log
from bot.evidence.words import shown
from bot.paths import LogFile

if TYPE_CHECKING:
    from psycopg import Connection
    from pyspark.sql import SparkSession

Row = dict[str, Any]
_POSTGRES = {"TIMESTAMP WITH TIME ZONE": "timestamptz", "VARCHAR": "text"}
_SPARK = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "VARCHAR": "STRING"}


class Tables(NamedTuple):
    """Rows of both logs."""

    tokens: Sequence[Row]
    rework: Sequence[Row]


def into_postgres_tables(connection: Connection[Any], schema: str, rows: Tables) -> None:
    """Put rows into tables of a schema that is new."""
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
    connection.execute(f"CREATE SCHEMA {schema}".encode())
    for log, said in zip(("tokens", "rework"), rows, strict=True):
        columns = columns_of_log(rework=log == "rework")
        typed = ", ".join(f"{name} {_POSTGRES.get(kind, kind)}" for name, kind in columns.items())
        connection.execute(f"CREATE TABLE {schema}.{log} ({typed})".encode())
        places = ", ".join("%s" for _ in columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {schema}.{log} VALUES ({places})".encode(),
                [[row.get(name) for name in columns] for row in said],
            )
    connection.commit()


def into_spark_views(session: SparkSession, rows: Tables) -> None:
    """Put rows into views of a session, `tokens` and `rework`."""
    for log, said in zip(("tokens", "rework"), rows, strict=True):
        columns = columns_of_log(rework=log == "rework")
        texts = ", ".join(
            f"{name}: {'STRING' if name == 'ts' else _SPARK.get(kind, kind)}"
            for name, kind in columns.items()
        )
        fields = ", ".join(
            "CAST(ts AS TIMESTAMP) AS ts" if name == "ts" else name for name in columns
        )
        read = f"inline(from_json(:rows, 'ARRAY<STRUCT<{texts}>>'))"
        session.conf.set("spark.sql.session.timeZone", "UTC")
        made = session.sql(f"SELECT {fields} FROM (SELECT {read})", {"rows": json.dumps(said)})
        made.localCheckpoint().createOrReplaceTempView(log)


def from_files(rows: Tables, folder: Path, question: Question) -> Evidence:
    """What the reader of files says of the same rows."""
    folder.mkdir()
    logs = []
    for log, said in zip(("tokens", "rework"), rows, strict=True):
        path = folder / f"{log}.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in said), "utf-8")
        logs.append([LogFile(log, path)])
    return read_evidence(logs[0], logs[1], question)


def by_name(problems: Iterable[Problem], rows: Tables) -> list[str]:
    """Problems of lines as of rows of tables."""
    said = []
    for file, message, line, key in problems:
        row = getattr(rows, file)[(line or 0) - 1]
        place = f"{file} id {shown(row['id'])}" if row.get("id") else _place(file, row)
        taken, at, rest = message.partition(f"is taken by {file}:")
        if at:
            message = f"{taken}is taken by another row of {file},{rest.partition(',')[2]}"
        said.append(str(Problem(place, message, None, key)))
    return sorted(said)


def _place(file: str, row: Row) -> str:
    return f"{file} row without id, ts {shown(row.get('ts'))}, sd {shown(row.get('sd'))}"


# ---------------------------------------------------------------------------------- bad rows

HOSTILE = (
    "'; DROP TABLE tokens; --",
    '"`\\',
    "\\' OR 1=1",
    "{rework}{tokens}",
    "${env:HOME}${spark.app.name}:rows",
    "a\nb\r\t\x1b[31m\u202e",
    "é🦉%s$1",
    "$$",
)
TIMES = (
    *(f"2025-12-0{day}T10:00:00.00000{day}Z" for day in (1, 2, 3)),
    "2000-01-01T00:00:00.000000Z",
    "2999-12-31T23:59:59.999999Z",
)
_FIELDS: Mapping[str, Sequence[Any]] = {
    "sd": ("SD-1", "SD-2", "SD-3", "sd-1", *HOSTILE, "", None),
    "phase": ("EXEC", "EXEC", "EXEC", "exec", "Plan", "TEST", "ſXEC", "", None),
    "agent": ("TESTING", "TESTING", "testing-agent", "API", None, "", "T€ST", "DEFAULT", "A" * 65),
    "tokens": (0, 100, 100, 100, MOST_TOKENS, MOST_TOKENS + 1, -1, None),
    "rework": (True, False, False, None),
    "issue": (True, False, None),
    "cause": (None, "", "flaky-test", "edge-case-detection", HOSTILE[0]),
    "model": (None, None, "", "claude-opus-4-5", "claude-sonnet-4-5", HOSTILE[1], HOSTILE[4]),
    "note": (None, None, None, "", "n", "x" * SHORT),
    "source": (None, "", "git"),
    "id": (None, "", "a", "b", "c", "d", "e", "i" * 90, *HOSTILE),
}


def drawn(seed: int, odd_times: Sequence[str], count: int = 60) -> Tables:
    """Rows of which about half are bad, in the order in which an export writes them.

    `odd_times` are those no row may have, as the engine writes them, and first or last by their texts.
    """
    dice = random.Random(seed)  # noqa: S311
    return Tables(*(_log(dice, odd_times, count, rework=rework) for rework in (False, True)))


def _log(dice: random.Random, odd_times: Sequence[str], count: int, *, rework: bool) -> list[Row]:
    columns = [*columns_of_log(rework=rework)]
    rows: list[Row] = []
    for _ in range(count):
        if rows and dice.random() < 0.3:  # the same again, or nearly
            row = {**dice.choice(rows)}
            for name in dice.sample(columns[1:], dice.choice((0, 0, 1))):
                row[name] = dice.choice(_FIELDS[name])
        else:
            row = {name: _value(dice, name, odd_times) for name in columns}
        rows.append(row)
    rows.sort(key=lambda row: [(row[name] is None, _sortable(row[name])) for name in columns])
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _value(dice: random.Random, name: str, odd_times: Sequence[str]) -> Any:
    if name == "ts":
        return dice.choice((*TIMES * 3, *odd_times, None))
    good = dice.random() < 0.6
    return _FIELDS[name][0] if good and name != "id" else dice.choice(_FIELDS[name])


def _sortable(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value or 0
