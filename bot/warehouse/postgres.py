"""The counting query on a PostgreSQL server, 14 or newer.

In: an open connection, in whatever transaction its caller wants, and where the good rows are. Out: names in
them, and the records of the query. It reads, and sets nothing beyond the transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from psycopg import Connection, RawCursor

from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.schema import Names
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
