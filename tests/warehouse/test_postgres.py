"""The statement for PostgreSQL depends on no zone and no sort order of the server, and writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.evidence.database import Record
from bot.evidence.limits import MOST_TOKENS
from bot.warehouse.script import LogTables
from tests.support.engines import into_postgres, on_duckdb, on_postgres
from tests.support.event_sets import EventSet
from tests.support.logs import TESTING, question, rework, tokens

if TYPE_CHECKING:
    from psycopg import Connection

WEEK = 7.0
NOON = 0.5
LEAST = 1 / 86_400_000_000
"""A microsecond, in days."""


def _events(*rows: dict[str, Any], **changes: Any) -> EventSet:
    logs: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for row in rows:
        logs["rework" in row].append(row)
    return EventSet("by hand", logs[False], logs[True], question(**changes), most=200, again=0)


def _both(
    connection: Connection[Any], tables: LogTables, folder: Path, events: EventSet
) -> tuple[list[Record], list[Record]]:
    said, meant = on_postgres(connection, tables, events), on_duckdb(events, folder)
    return said.in_order(), meant.in_order()


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_session_may_be_in_any_zone(tmp_path: Path, connection: Connection[Any], zone: str):
    """The first and the last microsecond of a week are in it, those beside it are not."""
    days = (0, LEAST, -LEAST, WEEK, WEEK - LEAST, WEEK + LEAST)
    events = _events(*(tokens(f"SD-{n}", day) for n, day in enumerate(days)))
    connection.execute(f"SET timezone = '{zone}'".encode())
    said, meant = _both(connection, into_postgres(connection, events), tmp_path, events)
    assert said == meant
    assert [record.sds for record in said if record.kind == "rows"] == [3]


def test_it_runs_where_nothing_may_be_written(tmp_path: Path, connection: Connection[Any]):
    events = _events(tokens(), rework(day=2))
    tables = into_postgres(connection, events)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    said, meant = _both(connection, tables, tmp_path, events)
    assert said == meant
    connection.rollback()
    (planned,) = connection.execute("SHOW enable_nestloop").fetchone() or ()
    assert planned == "on", "what was set for the statement is gone with its transaction"


def test_sds_are_numbered_by_their_bytes_however_the_table_sorts(
    tmp_path: Path, connection: Connection[Any]
):
    """In English `sd-1` stands before `SD-2`; by bytes all capitals come first."""
    names = ("sd-1", "SD-2", "Sd-3", "é", "e", "ü-1", "Z", "🦉", "\uffee")
    events = _events(*(tokens(name, agent="TESTING") for name in names))
    tables = into_postgres(connection, events)
    english = "SELECT 1 FROM pg_collation WHERE collname = 'en-x-icu'"
    if connection.execute(english).fetchone():
        connection.execute(
            'ALTER TABLE tokens_log ALTER COLUMN sd TYPE text COLLATE "en-x-icu",'
            ' ALTER COLUMN agent TYPE text COLLATE "en-x-icu"'
        )
    said, meant = _both(connection, tables, tmp_path, events._replace(most=4))
    assert said == meant


def test_sums_are_exact_beyond_what_a_whole_number_holds(
    tmp_path: Path, connection: Connection[Any]
):
    events = _events(*(tokens(tokens=MOST_TOKENS) for _ in range(1100)))
    said, meant = _both(connection, into_postgres(connection, events), tmp_path, events)
    assert said == meant
    assert MOST_TOKENS * 1100 in {record.tokens for record in said if record.kind == "usage"}


def test_no_rows_are_no_records(connection: Connection[Any]):
    events = _events()
    assert on_postgres(connection, into_postgres(connection, events), events).records == []


def test_rows_may_be_given_as_a_query(tmp_path: Path, connection: Connection[Any]):
    """As where a table holds more than good rows."""
    events = _events(tokens(), tokens("SD-2"), rework(), explicit=frozenset({TESTING}))
    tables = into_postgres(connection, events)
    chosen = tables._replace(tokens="(SELECT * FROM tokens_log WHERE sd LIKE '%D-1')")
    fewer = events._replace(tokens=events.tokens[:1])
    said, meant = _both(connection, chosen, tmp_path, fewer)
    assert said == meant
