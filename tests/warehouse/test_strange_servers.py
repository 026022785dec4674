"""However a server and its tables were set up: the same answer, or a word about what is in the way."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import BotError
from bot.evidence.database import Record
from bot.evidence.records import Evidence
from bot.policy import Logs
from bot.warehouse.place import Warehouse, WarehouseFailed, warehouse_of
from bot.warehouse.remote_evidence import evidence_there, read_warehouse
from tests.support.warehouses import Tables, drawn, into_postgres_tables, into_spark_views
from tests.warehouse.test_bad_rows import ASKED, GOOD, IN_POSTGRES

if TYPE_CHECKING:
    from psycopg import Connection
    from pyspark.sql import SparkSession

ROWS = drawn(5, IN_POSTGRES, 40)
TEXTS = ("sd", "phase", "agent", "model", "note", "id")
WITH_EXTENSION = "SELECT 1 FROM pg_available_extensions WHERE name = 'citext'"
WITH_ICU = "SELECT 1 FROM pg_collation WHERE collname = 'en-x-icu'"
READER = "sees_some"


@pytest.fixture
def lake(connection: Connection[Any], here: None) -> Connection[Any]:
    """Rows of all kinds, by a connection that commits at once."""
    into_postgres_tables(connection, "strange", ROWS)
    connection.autocommit = True
    return connection


def _where(schema: str = "strange.", limit: int = 30, database: str = "postgres") -> Warehouse:
    tables = {"token_table": f"{schema}tokens", "rework_table": f"{schema}rework"}
    found = warehouse_of(Logs(source=f"postgresql:///{database}", time_limit=limit, **tables))
    assert found
    return found


def _evidence(where: Warehouse) -> Evidence:
    return read_warehouse(where, ASKED, 200).evidence


def _refusal(where: Warehouse) -> str:
    with pytest.raises(BotError) as caught:
        _evidence(where)
    assert caught.value.exit_code == 1
    return str(caught.value)


def _alike(one: Evidence, other: Evidence) -> bool:
    """Whether two tables say the same, whatever they are called."""
    said = [replace(each, rejected=()) for each in (one, other)]
    return said[0] == said[1] and len(one.rejected) == len(other.rejected)


def _all_texts(lake: Connection[Any], kind: str) -> None:
    changes = ", ".join(f"ALTER {name} TYPE {kind}" for name in TEXTS)
    lake.execute(f"ALTER TABLE strange.tokens {changes}".encode())


# --------------------------------------------------------------------------------- its columns


@pytest.mark.slow
def test_texts_that_compare_without_case_are_told_apart(lake: Connection[Any]):
    """By citext, which minds no collation, and by a collation; `SD-1` and `sd-1` are two SDs."""
    plain = _evidence(_where())
    if lake.execute(WITH_EXTENSION).fetchone():
        lake.execute("CREATE EXTENSION IF NOT EXISTS citext SCHEMA public")
        _all_texts(lake, "public.citext")
        assert _evidence(_where()) == plain
    if lake.execute(WITH_ICU).fetchone():
        alike = "provider = icu, locale = 'und-u-ks-level1', deterministic = false"
        lake.execute(f"CREATE COLLATION strange.alike ({alike})".encode())
        _all_texts(lake, "text COLLATE strange.alike")
        assert _evidence(_where()) == plain


def test_a_type_of_their_own_is_called_by_its_name(lake: Connection[Any]):
    lake.execute("CREATE TYPE strange.stage AS ENUM ('EXEC')")
    lake.execute("ALTER TABLE strange.tokens ALTER phase TYPE strange.stage USING 'EXEC'")
    said = "strange.tokens: phase: is stage and must be text: change it, or name a view"
    assert said in _refusal(_where())


# ---------------------------------------------------------------------------------- its names


def test_no_function_or_operator_of_theirs_is_asked(
    lake: Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    plain = _evidence(_where())
    lake.execute(
        "CREATE FUNCTION strange.octet_length(text) RETURNS int LANGUAGE sql AS 'SELECT 0';"
        "CREATE FUNCTION strange.never(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false';"
        "CREATE OPERATOR strange.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = strange.never);"
        "CREATE OPERATOR strange.= (LEFTARG = text, RIGHTARG = text, FUNCTION = strange.never)"
    )
    monkeypatch.setenv("PGOPTIONS", "-c search_path=strange,pg_catalog")
    assert _evidence(_where()) == plain
    assert _alike(_evidence(_where(schema="")), plain), "names without a schema are on the path"


def test_a_schema_may_be_called_anything(lake: Connection[Any], monkeypatch: pytest.MonkeyPatch):
    plain = _evidence(_where())
    lake.execute('DROP SCHEMA IF EXISTS "a.b"" C" CASCADE')
    lake.execute('ALTER SCHEMA strange RENAME TO "a.b"" C"')
    monkeypatch.setenv("PGOPTIONS", r'-c search_path="a.b""\ C"')
    assert _alike(_evidence(_where(schema="")), plain)


def test_a_name_that_a_server_would_cut_is_no_name(lake: Connection[Any]):
    """It would read the table that is called like the beginning of it."""
    lake.execute(f"ALTER TABLE strange.rework RENAME TO {'r' * 63}".encode())
    where = _where()._replace(rework=f"strange.{'r' * 63}_of_2025")
    assert "is longer than the 63 characters of a name there" in _refusal(where)


# --------------------------------------------------------------------------------- who may see


def test_rows_that_are_hidden_from_the_user_are_not_left_out_in_silence(
    lake: Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    plain = _evidence(_where())
    if not lake.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone():
        lake.execute(f"CREATE ROLE {READER} LOGIN".encode())
    lake.execute(f"GRANT USAGE ON SCHEMA strange TO {READER}".encode())
    lake.execute(f"GRANT SELECT ON strange.tokens, strange.rework TO {READER}".encode())
    lake.execute("ALTER TABLE strange.tokens ENABLE ROW LEVEL SECURITY")
    lake.execute("CREATE POLICY few ON strange.tokens USING (sd <> 'SD-1')")
    monkeypatch.setenv("PGUSER", READER)
    said = _refusal(_where())
    assert "would be affected by row-level security" in said
    assert "BYPASSRLS, or name a view of an owner who sees them all" in said
    lake.execute("CREATE VIEW strange.whole AS TABLE strange.tokens")
    lake.execute(f"GRANT SELECT ON strange.whole TO {READER}".encode())
    seen = _evidence(_where()._replace(tokens="strange.whole"))
    assert _alike(seen, plain)
    lake.execute(f"DROP OWNED BY {READER}".encode())


# ----------------------------------------------------------------------------------- its state


def test_a_view_that_holds_nothing_yet_is_no_lost_connection(lake: Connection[Any]):
    lake.execute("ALTER TABLE strange.tokens RENAME TO loaded")
    lake.execute("CREATE MATERIALIZED VIEW strange.tokens AS TABLE strange.loaded WITH NO DATA")
    said = _refusal(_where())
    assert "has not been populated" in said
    assert "see what the server says of it" in said


def test_a_standby_that_cannot_wait_is_asked_again():
    postgres, errors = (
        import_module(name) for name in ("bot.warehouse.postgres", "psycopg.errors")
    )
    conflict = errors.SerializationFailure("canceling statement due to conflict with recovery")
    assert "run it again; a standby" in postgres._remedy(conflict)


def test_a_server_that_drops_who_thinks_does_not_drop_us(
    lake: Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGOPTIONS", "-c idle_in_transaction_session_timeout=50")
    postgres = import_module("bot.warehouse.postgres")
    with postgres.postgres_warehouse(_where()) as engine:
        time.sleep(0.2)
        assert engine.rows("SELECT 1") == [(1,)]


def test_nothing_is_left_to_whoever_a_pooler_lends_the_connection_next(
    lake: Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    """Neither settings nor prepared statements, once the transaction is over."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    settings = "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name"
    postgres = import_module("bot.warehouse.postgres")
    with postgres.postgres_warehouse(_where()) as engine:
        for _ in range(10):
            assert engine.rows("SELECT 'é🦉'") == [("é🦉",)]
        assert len(engine.rows(settings)) > 5
        engine._connection.rollback()
        # psycopg itself begins the next transaction as the last
        left = {name for name, _ in engine.rows(settings)}
        assert left == {"transaction_isolation", "transaction_read_only"}
        assert engine.rows("SELECT name FROM pg_prepared_statements") == []


@pytest.mark.slow
def test_a_table_that_somebody_holds_is_waited_for_up_to_the_limit(
    lake: Connection[Any], server: str
):
    with type(lake).connect(server) as other:
        other.execute("LOCK TABLE strange.tokens IN ACCESS EXCLUSIVE MODE")
        assert "raise [logs] time_limit (now 1 seconds)" in _refusal(_where(limit=1))


@pytest.mark.slow
def test_a_backend_that_is_stopped_is_given_up(
    lake: Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    """It minds no time limit of its own, and its machine goes on answering for the connection."""
    monkeypatch.setattr("bot.warehouse.postgres._GRACE", 0.5)
    stopped: list[int] = []

    def stop() -> None:
        busy = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        end = time.monotonic() + 20
        while not stopped and time.monotonic() < end:
            stopped.extend(pid for (pid,) in lake.execute(f"SELECT pid {busy}".encode()))
            time.sleep(0.02)
        os.kill(stopped[0], signal.SIGSTOP)

    worker = threading.Thread(target=stop)
    postgres = import_module("bot.warehouse.postgres")
    with postgres.postgres_warehouse(_where(limit=1)) as engine:
        worker.start()
        try:
            with pytest.raises(WarehouseFailed, match="no answer within 1 seconds; raise"):
                engine.rows("SELECT pg_sleep(0.9)")
        finally:
            worker.join()
            os.kill(stopped[0], signal.SIGCONT)


# --------------------------------------------------------------------------------------- Spark


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    ("log", "change"), [("tokens", {"tokens": 6}), ("rework", {"rework": False})]
)
def test_spark_decides_nothing_where_only_a_figure_changed_meanwhile(
    spark: SparkSession, log: str, change: dict[str, Any]
):
    before = Tables([{**GOOD, "tokens": 5}] * 2, [{**GOOD, "rework": True}])
    rows = getattr(before, log)
    after = before._replace(**{log: [{**rows[0], **change}, *rows[1:]]})
    session = spark.newSession()
    into_spark_views(session, before)

    class Changing(import_module("bot.warehouse.spark").OnSpark):  # type: ignore[misc]
        def count(self, *asked: object) -> list[Record]:
            into_spark_views(session, after)
            return []

    where = warehouse_of(Logs(source="spark://127.0.0.1:7077"))
    assert where
    with pytest.raises(WarehouseFailed, match="its tables changed while they were read; run it"):
        evidence_there(Changing(session, where), where, ASKED, 200)
    gc.collect()  # PySpark 4.0 leaves its sockets to whoever collects them; let it be here
