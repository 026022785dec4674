"""The counting query on Apache Spark, 4 or newer, in the process or by Spark Connect.

In: an open session and where the good rows are. Out: names in them, and the records of the query. Parts that
are read many times are kept by the executors meanwhile, as views of the session that are gone afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pyspark.sql import SparkSession

from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.schema import Names
from bot.warehouse.script import (
    LogTables,
    arguments,
    names_in,
    naming,
    record_of,
    statements,
)


def names_on_spark(session: SparkSession, tables: LogTables, phases: Collection[str]) -> Names:
    """Every name that the rows hold. Raises PySparkException."""
    return names_in(session.sql(naming(tables)).collect(), phases)


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
