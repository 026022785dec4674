"""The counting query on Apache Spark, 4 or newer, in the process or by Spark Connect.

In: an open session and where the good rows are. Out: the records of the query. Parts that are read
many times are kept by the executors meanwhile, as views of the session that are gone afterwards.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread, Timer
from typing import Any
from warnings import filterwarnings

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.git.environment import handed_over
from bot.warehouse.dialect import OfSpark
from bot.warehouse.place import CONNECT, Unreachable, Warehouse, WarehouseFailed
from bot.warehouse.script import LogTables, arguments, record_of, statements


def count_on_spark(
    session: SparkSession, tables: LogTables, codes: Codes, most: int, again: int = 0
) -> Iterator[Record]:
    """As Database.count; `codes` knows every name in the rows. Raises PySparkException.

    The rows are read once.
    """
    asked = arguments(codes, most, again)
    *kept, last = statements("spark", tables)
    try:
        for each in kept:
            found = session.sql(each.sql, asked).localCheckpoint()
            found.createOrReplaceTempView(each.name)
        return map(record_of, session.sql(last.sql, asked).collect())
    finally:
        for each in kept:
            session.catalog.dropTempView(each.name)


_SETTINGS = {
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.enforceReservedKeywords": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.jsonGenerator.ignoreNullFields": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
}
"""What the answer would depend on otherwise, whatever a server has set."""


class OnSpark:
    """A session, of our own."""

    dialect = OfSpark()
    settled = False
    """Whether all questions are answered by one state of the tables."""

    def __init__(self, session: SparkSession, warehouse: Warehouse) -> None:
        self._session, self._warehouse = session, warehouse
        self.late = False
        """Whether the time limit is over."""
        with self._told():
            for name, value in _SETTINGS.items():
                session.conf.set(name, value)

    def columns(self, table: str) -> Mapping[str, str]:
        """A table's columns with their types. Raises WarehouseFailed."""
        with self._told():
            found = self._session.sql(f"SELECT * FROM {self.dialect.table(table)} LIMIT 0").schema
            return {field.name: field.dataType.simpleString() for field in found}

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        """What a statement gives. Raises WarehouseFailed."""
        with self._told():
            return [tuple(row) for row in self._session.sql(sql).collect()]

    def count(self, tables: LogTables, codes: Codes, most: int, again: int) -> list[Record]:
        """As `count_on_spark`. Raises WarehouseFailed."""
        with self._told():
            return [*count_on_spark(self._session, tables, codes, most, again)]

    def stop(self) -> None:
        """Ends what runs, from another thread."""
        self.late = True
        with suppress(Exception):  # who waits for the answer says what came of it
            self._session.interruptAll()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (PySparkException, OSError, RuntimeError) as err:
            raise self._failed(err) from err
        except Exception as err:  # Py4J and gRPC have errors of their own for a server that is gone
            if type(err).__module__.partition(".")[0] not in ("py4j", "grpc"):
                raise
            raise self._failed(err) from err
        if self.late:
            raise self._failed(None)

    def _failed(self, err: Exception | None) -> WarehouseFailed:
        limit = self._warehouse.time_limit
        if self.late:
            said, remedy = f"no answer within {limit} seconds", "raise [logs] time_limit"
            return WarehouseFailed(self._warehouse, said, remedy)
        if isinstance(err, PySparkException) and err.getCondition() == "TABLE_OR_VIEW_NOT_FOUND":
            remedy = "create it, or correct token_table and rework_table in [logs]"
            return WarehouseFailed(self._warehouse, err, remedy)
        if "UNAUTHENTICATED" in str(err):
            return Unreachable(self._warehouse, err, _SIGN_IN)
        remedy = "see what the server says of it, and run it again when it is well"
        return WarehouseFailed(self._warehouse, err, remedy)


_PATIENCE = 10
"""Seconds to reach a server in."""
_TO_SIGN_IN = 60
"""Seconds to have a session in."""
_SIGN_IN = (
    "check [logs] source (a server behind TLS takes /;use_ssl=true), SPARK_CONNECT_AUTHENTICATE_TOKEN in the "
    "environment, and for spark:// that Java 17 or newer is here"
)
_TRIES = 4
"""Times to ask a server again that does not answer any more: within some ten seconds."""


@contextmanager
def spark_warehouse(warehouse: Warehouse) -> Iterator[OnSpark]:
    """A session of our own on a Spark; a token comes from the environment. Raises WarehouseFailed."""
    _reach(warehouse)
    logging.getLogger("SQLQueryContextLogger").disabled = True  # tells what is raised, unescaped
    filterwarnings(
        "ignore", module=r"pyspark\."
    )  # what it thinks of libraries, and of servers gone
    session, ours = _signed_in(warehouse)
    engine = OnSpark(session, warehouse)
    timer = Timer(warehouse.time_limit, engine.stop)
    timer.daemon = True
    timer.start()
    try:
        yield engine
    finally:
        timer.cancel()
        if ours:
            with suppress(Exception):  # it may be gone by now
                session.stop()


def _signed_in(warehouse: Warehouse) -> tuple[SparkSession, bool]:
    """As `_session`, within a minute: a client that is not understood goes on asking."""
    began: Future[tuple[SparkSession, bool]] = Future()

    def begin() -> None:
        try:
            began.set_result(_session(warehouse))
        except BaseException as err:
            began.set_exception(err)

    try:
        with handed_over():
            Thread(target=begin, daemon=True).start()  # nobody waits for it at the end
            return began.result(_TO_SIGN_IN)
    except ImportError:
        raise
    except Exception as err:
        said = "no session within a minute" if isinstance(err, TimeoutError) else err
        raise Unreachable(warehouse, said, _SIGN_IN) from err


def _reach(warehouse: Warehouse) -> None:
    """Whether anybody listens; asked first, as Spark tries for minutes."""
    first = warehouse.host, warehouse.usual_port
    try:
        socket.create_connection(first, _PATIENCE).close()
    except OSError as err:
        remedy = "check [logs] source, and that the server is up and can be reached from here"
        raise Unreachable(warehouse, f"cannot be reached: {err}", remedy) from err


def _session(warehouse: Warehouse) -> tuple[SparkSession, bool]:
    """A session, and whether it is ours to stop."""
    if warehouse.kind == CONNECT:
        from pyspark.sql.connect.client.retries import DefaultPolicy

        remote = SparkSession.builder.remote(warehouse.address).create()
        remote.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES)])
        return remote, True
    there = SparkSession.getActiveSession()
    builder = SparkSession.builder.master(warehouse.address).appName("calibration-bot")
    return builder.getOrCreate().newSession(), there is None
