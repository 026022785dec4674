"""The counting query on a PostgreSQL server, 14 or newer.

In: an open connection, in whatever transaction its caller wants, and where the good rows are. Out: the
records of the query. It reads, and sets nothing beyond the transaction. Or: a warehouse of the policy,
connected to for one look at one state of it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from threading import Event, Timer
from typing import Any

from psycopg import Connection, Error, IsolationLevel, OperationalError, RawCursor, errors, sql
from psycopg.conninfo import make_conninfo

from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.git.environment import handed_over
from bot.warehouse.dialect import OfPostgres
from bot.warehouse.place import Unreachable, Warehouse, WarehouseFailed
from bot.warehouse.script import LogTables, arguments, record_of, statements

_PLANNED = ("SET LOCAL enable_nestloop = off", "SET LOCAL jit = off")
"""The planner does not know how many rows the parts of the query have; where it guesses few it would look at
every pair of rows, for hours. Compiling takes longer than it saves."""


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

    settled = True
    """Whether all questions are answered by one state of the tables."""

    def __init__(self, connection: Connection[Any], warehouse: Warehouse) -> None:
        self._connection, self._warehouse = connection, warehouse
        with self._asking():
            self.dialect = OfPostgres(_prepare(connection, warehouse))

    def columns(self, table: str) -> Mapping[str, str]:
        """A table's columns with their types. Raises WarehouseFailed."""
        asked = f"SELECT * FROM {self.dialect.table(table)} LIMIT 0"
        with self._asking(), self._connection.cursor() as cursor:
            cursor.execute(asked.encode())
            found = {column.name: column.type_display for column in cursor.description or ()}
            # A type of an extension, or of their own, is a number to whoever does not ask for its name.
            numbers = [int(kind) for kind in found.values() if kind.isdigit()]
            asked = "SELECT oid::text, typname FROM pg_type WHERE oid = ANY(%s::oid[])"
            names = dict(cursor.execute(asked, [numbers]).fetchall()) if numbers else {}
        return {name: names.get(kind, kind) for name, kind in found.items()}

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        """What a statement gives. Raises WarehouseFailed."""
        with self._asking():
            return self._connection.execute(sql.encode()).fetchall()

    def count(self, tables: LogTables, codes: Codes, most: int, again: int) -> list[Record]:
        """As `count_on_postgres`. Raises WarehouseFailed."""
        with self._asking():
            return [*count_on_postgres(self._connection, tables, codes, most, again)]

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Says what went wrong, and ends a question that the server itself does not end."""
        limit = self._warehouse.time_limit
        with socket.socket(fileno=os.dup(self._connection.fileno())) as line:
            late = Event()

            def give_up() -> None:
                late.set()
                line.shutdown(socket.SHUT_RDWR)

            # A server that is stopped goes on answering for its TCP, and minds no time limit.
            timer = Timer(limit + _GRACE, give_up)
            timer.daemon = True
            timer.start()
            try:
                yield
            except Error as err:
                said = f"no answer within {limit} seconds" if late.is_set() else err
                remedy = _REMEDIES[errors.QueryCanceled] if late.is_set() else _remedy(err)
                raise WarehouseFailed(self._warehouse, said, remedy.format(limit=limit)) from err
            finally:
                timer.cancel()
                timer.join()


_USUAL = {
    "PGCONNECT_TIMEOUT": ("connect_timeout", 10),
    "PGAPPNAME": ("application_name", "calibration-bot"),
}
"""What the environment may say otherwise."""
_GRACE = 10
"""Seconds that a server has to end a question after the time limit."""
_LONGEST_NAME = 63
"""Bytes of a name, the rest of which a server leaves out without an error."""
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds and times after which a server that is gone without a word is given up."""


@contextmanager
def postgres_warehouse(warehouse: Warehouse) -> Iterator[OnPostgres]:
    """A connection; user, password and all else come from the environment. Raises WarehouseFailed."""
    named = {"host": warehouse.host or None, "port": warehouse.port, "dbname": warehouse.database}
    usual = (pair for name, pair in _USUAL.items() if name not in os.environ)
    said: dict[str, Any] = {**named, **dict(usual), **_ALIVE, "client_encoding": "UTF8"}
    try:
        with handed_over():
            # Nothing prepared: behind a pooler it would stay with whoever gets the connection next.
            connection = Connection.connect(make_conninfo(**said), prepare_threshold=None)
    except Error as err:
        remedy = (
            "check [logs] source, that the server is up and can be reached from here, and PGUSER and "
            "PGPASSWORD (or PGPASSFILE) in the environment"
        )
        raise Unreachable(warehouse, err, remedy) from err
    with closing(connection):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield OnPostgres(connection, warehouse)


def _prepare(connection: Connection[Any], warehouse: Warehouse) -> Mapping[str, str]:
    """Sets what the answer would depend on otherwise, until the end; gives as `_on_path`."""
    limit = f"{warehouse.time_limit}s"
    path = connection.execute("SELECT pg_catalog.current_schemas(false)").fetchall()[0][0]
    settings = {
        "timezone": "UTC",
        "datestyle": "ISO, YMD",
        "standard_conforming_strings": "on",
        "statement_timeout": limit,
        "idle_in_transaction_session_timeout": limit,
        "row_security": "off",  # hidden rows are an error, and not a smaller answer
    }
    for name, value in settings.items():
        connection.execute(
            sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value))
        )
    # Nobody's functions and operators but the server's own.
    connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        said = "the database has no encoding (SQL_ASCII), so its texts cannot be read for certain"
        raise WarehouseFailed(warehouse, said, "use one in UTF8")
    return dict(_on_path(connection, warehouse, path))


def _on_path(
    connection: Connection[Any], warehouse: Warehouse, path: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Tables that are named without a schema, with the first of the path that has them."""
    for table in (warehouse.tokens, warehouse.rework):
        if max(map(len, table.split("."))) > _LONGEST_NAME:
            said = f"{table} is longer than the {_LONGEST_NAME} characters of a name there"
            raise WarehouseFailed(warehouse, said, "correct token_table and rework_table in [logs]")
        asked = (
            "SELECT quote_ident(nspname) FROM unnest(%s::name[]) WITH ORDINALITY AS path(nspname, place) "
            "JOIN pg_namespace USING (nspname) JOIN pg_class ON relnamespace = pg_namespace.oid "
            "WHERE relname = %s ORDER BY place LIMIT 1"
        )
        for (schema,) in connection.execute(asked, [path, table]):
            yield table, f'{schema}."{table}"'


_REMEDIES: Mapping[type[Error], str] = {
    errors.QueryCanceled: "raise [logs] time_limit (now {limit} seconds), or ask when the server has less "
    "to do; .github/WAREHOUSE.md says what it is asked",
    errors.InsufficientPrivilege: "grant its user USAGE on the schema and SELECT on both tables; where "
    "row-level security hides rows from it, BYPASSRLS, or name a view of an owner who sees them all",
    errors.UndefinedTable: "create it, or correct token_table and rework_table in [logs]; a name without "
    "its schema is looked for on the user's search_path",
    errors.InvalidSchemaName: "correct token_table and rework_table in [logs]",
    errors.SerializationFailure: "run it again; a standby may be told to wait longer "
    "(max_standby_streaming_delay, hot_standby_feedback)",
}
_LOST = ("08", "57P", "25P03")
"""How the SQLSTATE begins of what ends a connection; there is none where it is gone without a word."""


def _remedy(err: Error) -> str:
    for kind, said in _REMEDIES.items():
        if isinstance(err, kind):
            return said
    if (err.sqlstate or "").startswith(_LOST) or (
        not err.sqlstate and isinstance(err, OperationalError)
    ):
        return "the connection is lost; run it again when the server is there"
    return "see what the server says of it, and run it again when it is well"
