"""Bad rows of a table are bad by the rules of log lines: the same ones, for the same reasons, by id."""

from __future__ import annotations

import gc
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import InvalidInput
from bot.evidence import limits
from bot.evidence.reader import Reader
from bot.evidence.schema import Names
from bot.policy import Logs
from bot.warehouse import judging
from bot.warehouse.judging import judged_rows
from bot.warehouse.place import Warehouse, warehouse_of
from bot.warehouse.remote_evidence import Engine, evidence_there, read_warehouse
from tests.support.logs import TESTING, question
from tests.support.warehouses import (
    HOSTILE,
    Tables,
    by_name,
    drawn,
    from_files,
    into_postgres_tables,
    into_spark_views,
)

if TYPE_CHECKING:
    from psycopg import Connection
    from pyspark.sql import SparkSession

IN_POSTGRES = ("1999-12-31 23:59:59.999999+00", "3000-01-01 00:00:00+00", "infinity")
IN_SPARK = ("1999-12-31 23:59:59.999999", "3000-01-01 00:00:00")
OTHERWISE = {
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.ansi.enforceReservedKeywords": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.jsonGenerator.ignoreNullFields": "false",
    "spark.sql.legacy.timeParserPolicy": "LEGACY",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
"""What Spark's server may have set, on which the statements would depend."""
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)
LOGS = ("tokens", "rework")
ASKED = question(explicit=frozenset({TESTING}))
GOOD = {"ts": "2025-12-02T10:00:00.000000Z", "sd": "SD-1", "phase": "EXEC", "agent": "TESTING"}


@pytest.fixture
def postgres(here: None) -> Warehouse:
    """A warehouse of the policy on the server of the tests."""
    tables = {"token_table": "judged.tokens", "rework_table": "judged.rework"}
    found = warehouse_of(Logs(source="postgresql:///postgres", **tables))
    assert found
    return found


def _agrees(folder: Path, connection: Connection[Any], where: Warehouse, rows: Tables) -> int:
    into_postgres_tables(connection, "judged", rows)
    said, meant = read_warehouse(where, ASKED, 200).evidence, from_files(rows, folder, ASKED)
    told = [str(problem).replace("judged.", "") for problem in said.rejected]
    assert sorted(told) == by_name(meant.rejected, rows)
    assert replace(said, rejected=()) == replace(meant, rejected=())
    return len(told)


@pytest.mark.parametrize("seed", range(4))
def test_postgres_sets_aside_what_the_reader_of_files_does(
    tmp_path: Path, connection: Connection[Any], postgres: Warehouse, seed: int
):
    assert _agrees(tmp_path / "logs", connection, postgres, drawn(seed, IN_POSTGRES)) > 20


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("seed", range(100, 300))
def test_postgres_does_so_for_two_hundred_sets(
    tmp_path: Path, connection: Connection[Any], postgres: Warehouse, seed: int
):
    _agrees(tmp_path / "logs", connection, postgres, drawn(seed, IN_POSTGRES, 20 + seed % 7 * 10))


def test_good_rows_alone_are_counted_without_a_word(
    tmp_path: Path, connection: Connection[Any], postgres: Warehouse
):
    rows = Tables([{**GOOD, "tokens": 5}] * 3, [{**GOOD, "rework": True}])
    assert _agrees(tmp_path / "logs", connection, postgres, rows) == 0


def test_a_table_that_was_loaded_twice_says_everything_once(
    tmp_path: Path, connection: Connection[Any], postgres: Warehouse
):
    """Without one of its rows leaving the server."""
    rows = [{**GOOD, "tokens": 5, "id": f"t-{n}", "sd": f"SD-{n}"} for n in range(50)]
    again = [{**row, "model": "", "note": ""} for row in rows]
    both = Tables([*rows, *again], [])
    assert _agrees(tmp_path / "logs", connection, postgres, both) == 0


def test_ids_that_say_anything_stay_on_one_line_of_plain_text(
    connection: Connection[Any], postgres: Warehouse
):
    bad = [{**GOOD, "tokens": -1, "id": id_} for id_ in HOSTILE]
    into_postgres_tables(connection, "judged", Tables(bad, []))
    found = [str(p) for p in read_warehouse(postgres, ASKED, 200).evidence.rejected]
    assert len(found) == len(HOSTILE)
    assert all(line.isascii() and line.isprintable() for line in found)
    assert any(r'id "a\nb\r\t\u001b[31m\u202e": tokens: must be' in line for line in found)


def test_a_row_with_more_text_than_a_line_may_have_is_not_fetched(
    tmp_path: Path, connection: Connection[Any], postgres: Warehouse
):
    long = {**GOOD, "tokens": 5, "id": "long", "note": "x" * (limits.LONGEST_LINE + 1)}
    rows = Tables([{**GOOD, "tokens": 5, "id": "ok"}, long], [])
    assert _agrees(tmp_path / "logs", connection, postgres, rows) == 1


def test_a_table_of_nothing_but_bad_rows_is_no_log(
    connection: Connection[Any], postgres: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(judging, "MOST_BAD", 3)
    into_postgres_tables(connection, "judged", Tables([{**GOOD, "tokens": -1}] * 4, []))
    with pytest.raises(InvalidInput, match=r"holds 4 rows with .* that are no log's"):
        read_warehouse(postgres, ASKED, 200)


def test_text_that_grows_as_it_is_fetched_is_measured_as_that(
    connection: Connection[Any], postgres: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    """A control character is six of JSON."""
    monkeypatch.setattr(judging, "_MOST_BYTES", 2000)
    row = {**GOOD, "tokens": -1, "note": "\x01" * 1000}
    into_postgres_tables(connection, "judged", Tables([row], []))
    with pytest.raises(InvalidInput, match=r"holds 1 rows with 6,\d+ bytes of JSON that are no"):
        read_warehouse(postgres, ASKED, 200)


def test_names_are_as_many_bytes_as_a_machine_can_hold(
    connection: Connection[Any], postgres: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    """Five thousand models of sixty thousand characters took a gigabyte and a half here."""
    monkeypatch.setattr(judging, "_MOST_IN_NAMES", 500)
    rows = [{**GOOD, "tokens": 5, "model": f"{n}{'m' * 100}"} for n in range(5)]
    into_postgres_tables(connection, "judged", Tables(rows, []))
    with pytest.raises(InvalidInput, match="holds names of 560 bytes together that are no log's"):
        read_warehouse(postgres, ASKED, 200)


# ----------------------------------------------------------------------------------- Spark


def _on_spark(session: SparkSession, rows: Tables) -> tuple[Engine, Warehouse]:
    where = warehouse_of(Logs(source="spark://127.0.0.1:7077"))
    assert where
    into_spark_views(session, rows)
    for name, value in OTHERWISE.items():
        session.conf.set(name, value)
    return import_module("bot.warehouse.spark").OnSpark(session, where), where


@pytest.mark.slow
def test_spark_sets_aside_what_the_reader_of_files_does(tmp_path: Path, spark: SparkSession):
    rows = drawn(1, IN_SPARK, 40)
    engine, _ = _on_spark(spark.newSession(), rows)
    meant = from_files(rows, tmp_path / "logs", ASKED)
    names = Names(ASKED.phases)
    judged = [judged_rows(engine, log, Reader(names, rework=log == "rework")) for log in LOGS]
    said = [str(problem) for log in judged for problem in log.problems]
    assert sorted(said) == by_name(meant.rejected, rows)
    since, until = (engine.dialect.instant(f"2025-12-0{day}") for day in (1, 8))
    inside = f"AS good WHERE ts >= {since} AND ts < {until}"
    asked = [f"SELECT count(*) FROM {log.query} {inside}" for log in judged]  # noqa: S608
    good = [engine.rows(sql)[0][0] for sql in asked]
    assert sum(good) == meant.rows > 0
    gc.collect()  # PySpark 4.0 leaves its sockets to whoever collects them; let it be here


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("seed", [2, 3])
def test_spark_counts_what_the_reader_of_files_counts(
    tmp_path: Path, spark: SparkSession, seed: int
):
    rows = drawn(seed, IN_SPARK)
    said = evidence_there(*_on_spark(spark.newSession(), rows), ASKED, 200).evidence
    meant = from_files(rows, tmp_path / "logs", ASKED)
    assert sorted(map(str, said.rejected)) == by_name(meant.rejected, rows)
    assert replace(said, rejected=()) == replace(meant, rejected=())
