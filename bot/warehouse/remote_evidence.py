"""The warehouse as the source of the logs: judged and counted there, only the counts come back.

In: a warehouse of the policy, and the question. Out: `Evidence` as of files, with every bad row in it by its
id. Nothing is written, and an answer that is not whole is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Protocol

from bot.calendar import Week
from bot.errors import BotError, Problem
from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.gather import evidence_of
from bot.evidence.past_records import PastEvidence
from bot.evidence.reader import Reader
from bot.evidence.records import Question
from bot.evidence.schema import Names
from bot.warehouse.judging import AskedEngine, JudgedRows, judged_rows
from bot.warehouse.place import POSTGRES, Warehouse, WarehouseFailed
from bot.warehouse.script import LogTables


class Engine(AskedEngine, Protocol):
    """An engine that is connected, and can count."""

    settled: bool
    """Whether all questions are answered by one state of the tables."""

    def count(self, tables: LogTables, codes: Codes, most: int, again: int) -> list[Record]:
        """The records of the counting query. Raises WarehouseFailed."""


def read_warehouse(
    warehouse: Warehouse, question: Question, most: int, again: int = 0
) -> PastEvidence:
    """As `read_evidence` and `read_past` of the evidence room, from tables.

    Raises InvalidInput for tables that are none of the logs'; WarehouseFailed where there is no whole answer.
    """
    with connected(warehouse) as engine:
        return evidence_there(engine, warehouse, question, most, again)


def evidence_there(
    engine: Engine, warehouse: Warehouse, question: Question, most: int, again: int = 0
) -> PastEvidence:
    """As `read_warehouse`, of an engine that is connected."""
    names = Names(question.phases)
    tokens, rework = _judged(engine, warehouse, names)
    codes = Codes(question, names)
    records = engine.count(LogTables(tokens.query, rework.query), codes, most, again)
    if not engine.settled:
        now = _judged(engine, warehouse, Names(question.phases))
        if [_told(log) for log in now] != [_told(log) for log in (tokens, rework)]:
            said, remedy = "its tables changed while they were read", "run it again"
            raise WarehouseFailed(warehouse, said, remedy)
    return evidence_of(records, codes, question, _problems(tokens, rework), most)


def rows_of_warehouse(
    warehouse: Warehouse, phases: Collection[str], week: Week
) -> tuple[Mapping[str, str], list[Problem]]:
    """Of each table what it is, in words, and everything wrong with its rows. Raises as `read_warehouse`."""
    names = Names(phases)
    with connected(warehouse) as engine:
        problems = _problems(*_judged(engine, warehouse, names))
        tables = (warehouse.tokens, warehouse.rework)
        return {table: _described(engine, table, week) for table in tables}, problems


def _judged(engine: Engine, warehouse: Warehouse, names: Names) -> list[JudgedRows]:
    kinds = (warehouse.tokens, False), (warehouse.rework, True)
    return [
        judged_rows(engine, table, Reader(names, rework=is_rework)) for table, is_rework in kinds
    ]


def _told(log: JudgedRows) -> tuple[object, ...]:
    """What shows that a table is as it was: what the rows of each name say, and all that is wrong."""
    return sorted(map(repr, log.named)), log.problems


def _problems(*logs: JudgedRows) -> list[Problem]:
    return sorted((problem for log in logs for problem in log.problems), key=str)


def _described(engine: AskedEngine, table: str, week: Week) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in engine.columns(table).items())
    since, until = (
        engine.dialect.instant(str(datetime.fromtimestamp(moment, UTC)))
        for moment in (week.start, week.end)
    )
    within = f"count(CASE WHEN ts >= {since} AND ts < {until} THEN 1 END)"
    asked = f"SELECT count(*), {within} FROM {engine.dialect.table(table)}"
    ((rows, inside),) = engine.rows(asked)
    return f"{rows:,} rows, {inside:,} of them in {week.label}; columns {columns}"


@contextmanager
def connected(warehouse: Warehouse) -> Iterator[Engine]:
    """The engine. Raises BotError where what speaks to it is not installed; WarehouseFailed."""
    extra = "postgres" if warehouse.kind == POSTGRES else "spark"
    try:
        with ExitStack() as stack:
            engine = stack.enter_context(_opened(warehouse))
            closing = stack.pop_all()
    except ImportError as err:
        said = f"{warehouse.address} needs more than is installed ({err})"
        raise BotError(f"{said}: pip install 'calibration-bot[{extra}]'") from err
    with closing:
        yield engine


def _opened(warehouse: Warehouse) -> AbstractContextManager[Engine]:
    if warehouse.kind == POSTGRES:
        from bot.warehouse.postgres import postgres_warehouse

        return postgres_warehouse(warehouse)
    from bot.warehouse.spark import spark_warehouse

    return spark_warehouse(warehouse)
