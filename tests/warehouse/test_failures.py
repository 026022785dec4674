"""Whatever a PostgreSQL server does: exit 1, what and what to do, no password, nothing touched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import BotError
from bot.evidence.records import Evidence
from bot.policy import read_policy
from bot.warehouse.place import warehouse_of
from bot.warehouse.remote_evidence import read_warehouse
from tests.support.commands import Bot, Said, unchanged
from tests.support.engines import GUARDED
from tests.support.logs import question
from tests.support.teams import EXAMPLE, POLICY, REWORK, TOKENS, Team
from tests.support.warehouses import into_postgres_tables
from tests.warehouse.test_source import DATABASE, PROMOTED, in_warehouse, rows_of

if TYPE_CHECKING:
    from psycopg import Connection

MakeTeam = Callable[..., Team]
SECRET = "correct-horse-7"


@pytest.fixture
def lake(connection: Connection[Any], here: None) -> Connection[Any]:
    """The worked example in tables that a test breaks, by a connection that commits at once."""
    into_postgres_tables(connection, "broken", rows_of(EXAMPLE[TOKENS], EXAMPLE[REWORK]))
    connection.autocommit = True
    return connection


@pytest.fixture
def team(make_team: MakeTeam) -> Team:
    """A team whose policy names them."""
    return make_team({POLICY: in_warehouse(schema="broken", time_limit="30")})


def _refused(bot: Bot, team: Team) -> str:
    """What `run` says, which decides and touches nothing."""
    with unchanged(team):
        said = bot.run(team, "--forge", "local")
    assert (said.code, said.out) == (1, ""), said
    assert SECRET not in said.err
    lines = said.err.splitlines()
    assert all(line.startswith("error: ") for line in lines), lines
    return said.err


def _everything_slow(lake: Connection[Any], seconds: float) -> None:
    """Makes a table that takes so long to read."""
    lake.execute("ALTER TABLE broken.tokens RENAME TO quick")
    nap = f"(SELECT pg_sleep({seconds})) AS nap"
    slow = f"CREATE VIEW broken.tokens AS SELECT quick.* FROM broken.quick, {nap}"  # noqa: S608
    lake.execute(slow.encode())


@contextmanager
def _meanwhile(lake: Connection[Any], action: str) -> Iterator[None]:
    """Does something to the bot's connection as soon as that is busy."""
    busy = (
        "FROM pg_stat_activity WHERE application_name = 'calibration-bot' "
        "AND state = 'active' AND wait_event = 'PgSleep'"
    )
    done: list[bool] = []

    def act() -> None:
        end = time.monotonic() + 20
        while not done and time.monotonic() < end:
            found = lake.execute(f"SELECT {action}(pid) {busy}".encode()).fetchall()
            done.extend(found and [True])
            time.sleep(0.02)

    worker = threading.Thread(target=act)
    worker.start()
    try:
        yield
    finally:
        worker.join()
    assert done


def _evidence() -> Evidence:
    """What the tables say, read as by every command."""
    where = warehouse_of(read_policy(in_warehouse(schema="broken"), "policy.toml").logs)
    assert where
    return read_warehouse(where, question(), 200).evidence


# --------------------------------------------------------------------------- while it is asked


def test_a_killed_backend(lake: Connection[Any], team: Team, bot: Bot):
    _everything_slow(lake, 20)
    with _meanwhile(lake, "pg_terminate_backend"):
        said = _refused(bot, team)
    assert "terminating connection due to administrator command" in said
    assert "the connection is lost; run it again when the server is there" in said


def test_a_cancelled_statement(lake: Connection[Any], team: Team, bot: Bot):
    _everything_slow(lake, 20)
    with _meanwhile(lake, "pg_cancel_backend"):
        assert "canceling statement due to user request" in _refused(bot, team)


@pytest.mark.slow
def test_a_statement_that_takes_too_long(lake: Connection[Any], make_team: MakeTeam, bot: Bot):
    _everything_slow(lake, 20)
    began = time.monotonic()
    team = make_team({POLICY: in_warehouse(schema="broken", time_limit="1")})
    said = _refused(bot, team)
    assert time.monotonic() - began < 10
    assert "canceling statement due to statement timeout" in said
    assert "raise [logs] time_limit (now 1 seconds)" in said


@pytest.mark.slow
def test_rows_that_come_meanwhile_are_not_seen(lake: Connection[Any], team: Team, bot: Bot):
    """A row of an unknown phase would be a bad one: the answer is that of the moment it began."""
    _everything_slow(lake, 0.4)
    seen = threading.Event()

    def add() -> None:
        end = time.monotonic() + 20
        asked = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while not lake.execute(asked).fetchall() and time.monotonic() < end:
            time.sleep(0.02)
        lake.execute("INSERT INTO broken.quick (id, phase) VALUES ('new', 'NOPE')")
        lake.execute("DELETE FROM broken.rework")
        seen.set()

    worker = threading.Thread(target=add)
    worker.start()
    try:
        assert bot.json(team).changes == PROMOTED
    finally:
        worker.join()
    assert seen.is_set()


# ------------------------------------------------------------------------------- to connect


@pytest.mark.parametrize("password", [SECRET + "x", ""], ids=["wrong", "none"])
def test_a_wrong_password(
    lake: Connection[Any],
    team: Team,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
):
    _guard(lake)
    monkeypatch.setenv("PGUSER", GUARDED)
    monkeypatch.setenv("PGPASSWORD", password)
    said = _refused(bot, team)
    assert "check [logs] source" in said
    assert "PGPASSWORD" in said
    assert "password" in said


def _guard(lake: Connection[Any]) -> None:
    lake.execute(f"DROP ROLE IF EXISTS {GUARDED}".encode())
    lake.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{SECRET}'".encode())


def test_the_right_password_and_nothing_but_select(
    lake: Connection[Any], team: Team, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    """The grants that .github/WAREHOUSE.md names are all that is needed; without them it says so."""
    _guard(lake)
    monkeypatch.setenv("PGUSER", GUARDED)
    monkeypatch.setenv("PGPASSWORD", SECRET)
    remedy = "grant its user USAGE on the schema and SELECT on both tables"
    assert remedy in _refused(bot, team)
    lake.execute(f"GRANT USAGE ON SCHEMA broken TO {GUARDED}".encode())
    assert remedy in _refused(bot, team)
    lake.execute(f"GRANT SELECT ON broken.tokens, broken.rework TO {GUARDED}".encode())
    assert bot.json(team).changes == PROMOTED
    lake.execute(f"DROP OWNED BY {GUARDED}".encode())


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("postgresql://no-such-host.invalid/lake", "no-such-host.invalid"),
        ("postgresql://127.0.0.1:1/lake", "refused"),
        ("postgresql:///no_such_database", 'database "no_such_database" does not exist'),
    ],
    ids=["host", "port", "database"],
)
def test_nobody_there(make_team: MakeTeam, bot: Bot, here: None, source: str, what: str):
    said = _refused(bot, make_team({POLICY: in_warehouse(source)}))
    assert what in said
    assert f"error: {source}: " in said
    assert "check [logs] source, that the server is up and can be reached" in said


# --------------------------------------------------------------------------------- its tables


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "ALTER TABLE broken.tokens DROP COLUMN tokens",
            "broken.tokens: tokens: is no column of it; add it as bigint",
        ),
        (
            "ALTER TABLE broken.rework DROP COLUMN agent",
            "broken.rework: agent: is no column of it; add it as text",
        ),
        (
            "ALTER TABLE broken.tokens ALTER ts TYPE timestamp",
            "broken.tokens: ts: is timestamp and must be timestamptz: change it, or name a view",
        ),
        (
            "ALTER TABLE broken.tokens ALTER tokens TYPE numeric",
            "broken.tokens: tokens: is numeric and must be bigint",
        ),
        (
            "ALTER TABLE broken.rework ALTER rework TYPE int USING 1",
            "broken.rework: rework: is int4 and must be boolean",
        ),
        (
            "ALTER TABLE broken.tokens ALTER sd TYPE char(40)",
            "broken.tokens: sd: is bpchar(40) and must be text",
        ),
        ("DROP TABLE broken.rework", 'relation "broken.rework" does not exist'),
        ("DROP SCHEMA broken CASCADE", 'relation "broken.tokens" does not exist'),
    ],
    ids=lambda said: said.split("broken")[-1],
)
def test_tables_that_are_not_the_logs(lake: Connection[Any], change: str, said: str):
    lake.execute(change.encode())
    with pytest.raises(BotError) as caught:
        _evidence()
    assert said in str(caught.value)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE broken.tokens ALTER tokens TYPE int, ALTER sd TYPE varchar(200)",
        "ALTER TABLE broken.tokens DROP COLUMN note, DROP COLUMN id",
        "ALTER TABLE broken.tokens ADD COLUMN loaded_by text DEFAULT 'x'",
        "ALTER ROLE bot SET timezone = 'Pacific/Kiritimati'",
        "ALTER ROLE bot SET datestyle = 'German'",
        "ALTER ROLE bot SET standard_conforming_strings = off",
        "ALTER ROLE bot SET default_transaction_isolation = 'serializable'",
        "ALTER ROLE bot SET enable_hashjoin = off",
    ],
    ids=lambda change: change.split(" ", 3)[-1],
)
def test_what_a_server_may_have_otherwise(lake: Connection[Any], change: str):
    plain = _evidence()
    assert plain.rows == 10
    lake.execute(change.encode())
    try:
        assert _evidence() == plain
    finally:
        lake.execute("ALTER ROLE bot RESET ALL")


def test_a_database_without_an_encoding(lake: Connection[Any], make_team: MakeTeam, bot: Bot):
    lake.execute("DROP DATABASE IF EXISTS bytes")
    made = "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    lake.execute(made)
    said = _refused(bot, make_team({POLICY: in_warehouse("postgresql:///bytes")}))
    assert "the database has no encoding (SQL_ASCII)" in said


def test_nothing_is_written_to_the_server(lake: Connection[Any], team: Team, bot: Bot):
    """It could not: a function that writes when the table is read is refused."""
    lake.execute("CREATE TABLE broken.trace (at timestamptz)")
    lake.execute(
        "CREATE FUNCTION broken.writes() RETURNS int LANGUAGE sql VOLATILE AS "
        "$$ INSERT INTO broken.trace VALUES (now()) RETURNING 1 $$"
    )
    lake.execute("ALTER TABLE broken.tokens RENAME TO quick")
    lake.execute(
        "CREATE VIEW broken.tokens AS SELECT quick.* FROM broken.quick, broken.writes() AS w"
    )
    assert "cannot execute INSERT in a read-only transaction" in _refused(bot, team)
    assert lake.execute("SELECT count(*) FROM broken.trace").fetchone() == (0,)


def test_validate_fails_for_a_table_that_is_not_the_log(
    lake: Connection[Any], team: Team, bot: Bot
):
    lake.execute("ALTER TABLE broken.tokens DROP COLUMN tokens")
    said: Said = bot("validate", team)
    assert said.code == 1
    assert "broken.tokens: tokens: is no column of it" in said.err
    assert DATABASE not in said.out
