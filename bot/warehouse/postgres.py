"""The counting query on a PostgreSQL server, 14 or newer.

In: an open connection, in whatever transaction its caller wants, and where the good rows are. Out: names in
them, and the records of the query. It reads, and sets nothing beyond the transaction. Or: a warehouse of the
policy, connected to for one look at one state of it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from psycopg import Connection, Error, IsolationLevel, OperationalError, RawCursor, errors, sql
from psycopg.conninfo import make_conninfo

from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.schema import Names
from bot.git.environment import handed_over
from bot.warehouse.dialect import OfPostgres
from bot.warehouse.place import Unreachable, Warehouse, WarehouseFailed
from bot.warehouse.script import LogTables, arguments, names_in, naming, record_of, statements

_PLANNED = ("SET LOCAL enable_nestloop = off", "SET LOCAL jit = off")
"""The planner does not know how many rows the parts of the query have; where it guesses few it would look at
every pair of rows, for hours. Compiling takes longer than it saves."""


def names_on_postgres(
    connection: Connection[Any], tables: LogTables, phases: Collection[str]
) -> Names:
    """Every name that the rows hold. Raises psycopg.Error."""
    return names_in(connection.execute(naming(tables).encode()), phases)


def count_on_postgres(
    connection: Connection[Any], tables: LogTables, codes: Codes, most: int, again: int = 0
) -> Iterator[Record]:
    """As Database.count, in one statement; `codes` knows every name in the rows. Raises psycopg.Error."""
    (count,) = statements("postgres", tables)
    with connection.transaction(), RawCursor(connection) as cursor:
        for setting in _PLANNED:
            cursor.execute(setting)
        asked = [*arguments(codes, most, again).values()]
        return map(record_of, cursor.execute(count.sql.encode(), asked).fetchall())


class OnPostgres:
    """An open transaction that sees one state of the database and changes nothing."""

    dialect = OfPostgres()
    settled = True
    """Whether all questions are answered by one state of the tables."""

    def __init__(self, connection: Connection[Any], warehouse: Warehouse) -> None:
        self._connection, self._warehouse = connection, warehouse

    def columns(self, table: str) -> Mapping[str, str]:
        """A table's columns with their types. Raises WarehouseFailed."""
        with _told(self._warehouse), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self.dialect.table(table)} LIMIT 0".encode())
            return {column.name: column.type_display for column in cursor.description or ()}

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        """What a statement gives. Raises WarehouseFailed."""
        with _told(self._warehouse):
            return self._connection.execute(sql.encode()).fetchall()

    def count(self, tables: LogTables, codes: Codes, most: int, again: int) -> list[Record]:
        """As `count_on_postgres`. Raises WarehouseFailed."""
        with _told(self._warehouse):
            return [*count_on_postgres(self._connection, tables, codes, most, again)]


_USUAL = {
    "PGCONNECT_TIMEOUT": ("connect_timeout", 10),
    "PGAPPNAME": ("application_name", "calibration-bot"),
}
"""What the environment may say otherwise."""
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds and times after which a server that is gone without a word is given up."""


@contextmanager
def postgres_warehouse(warehouse: Warehouse) -> Iterator[OnPostgres]:
    """A connection; user, password and all else come from the environment. Raises WarehouseFailed."""
    named = {"host": warehouse.host or None, "port": warehouse.port, "dbname": warehouse.database}
    usual = (pair for name, pair in _USUAL.items() if name not in os.environ)
    said: dict[str, Any] = {**named, **dict(usual), **_ALIVE}
    try:
        with handed_over():
            connection = Connection.connect(make_conninfo(**said))
    except Error as err:
        remedy = (
            "check [logs] source, that the server is up and can be reached from here, and PGUSER and "
            "PGPASSWORD (or PGPASSFILE) in the environment"
        )
        raise Unreachable(warehouse, err, remedy) from err
    with closing(connection):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with _told(warehouse):
            _prepare(connection, warehouse)
        yield OnPostgres(connection, warehouse)


def _prepare(connection: Connection[Any], warehouse: Warehouse) -> None:
    """What the answer would depend on otherwise; all of it ends with the connection."""
    settings = {
        "timezone": "UTC",
        "datestyle": "ISO, YMD",
        "standard_conforming_strings": "on",
        "statement_timeout": f"{warehouse.time_limit}s",
    }
    for name, value in settings.items():
        connection.execute(
            sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value))
        )
    connection.execute("SET client_encoding = 'UTF8'")
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        said = "the database has no encoding (SQL_ASCII), so its texts cannot be read for certain"
        raise WarehouseFailed(warehouse, said, "use one in UTF8")


_REMEDIES: Mapping[type[Error], str] = {
    errors.QueryCanceled: "raise [logs] time_limit (now {limit} seconds), or ask when the server has less "
    "to do; .github/WAREHOUSE.md says what it is asked",
    errors.InsufficientPrivilege: "grant its user USAGE on the schema and SELECT on both tables",
    errors.UndefinedTable: "create it, or correct token_table and rework_table in [logs]; a name without "
    "its schema is looked for on the user's search_path",
    errors.InvalidSchemaName: "correct token_table and rework_table in [logs]",
    OperationalError: "the connection is lost; run it again when the server is there",
}


@contextmanager
def _told(warehouse: Warehouse) -> Iterator[None]:
    try:
        yield
    except Error as err:
        fitting = (said for kind, said in _REMEDIES.items() if isinstance(err, kind))
        remedy = next(fitting, "nothing was decided").format(limit=warehouse.time_limit)
        raise WarehouseFailed(warehouse, err, remedy) from err
