"""The statements that were made of the counting query, and what they are asked with. Pure.

In: where the good rows are, as SQL that may stand behind FROM, and the codes of a question. Out: texts for
an engine, and their arguments by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any, NamedTuple

from bot.evidence.codes import Codes
from bot.evidence.database import Record

TOKENS, REWORK = "{tokens}", "{rework}"
"""Stand in the files for where the rows of either log are."""
_PLACES = re.compile(r"\{tokens\}|\{rework\}")
_KEPT = "-- Kept as "
_END = ";\n"


class LogTables(NamedTuple):
    """Good rows of both logs, columns named as in the logs; `ts` is a point in time, whatever its zone.

    Each is SQL that may stand behind FROM: a quoted name, or a query in parentheses.
    """

    tokens: str
    rework: str


class Statement(NamedTuple):
    """One statement of several that build on one another."""

    name: str
    """Of the view that keeps what it gives; empty for the last."""
    sql: str

    def __str__(self) -> str:
        head = f"{_KEPT}{self.name}\n" if self.name else ""
        return f"{head}{self.sql}\n{_END}"


def arguments(codes: Codes, most: int, again: int) -> dict[str, str | int | bool]:
    """What the statements are asked with: tables of codes as JSON, then the parameters of count.sql."""
    tables = {f"{name}_codes": json.dumps(list(rows)) for name, _, rows in codes.tables()}
    return {**tables, **codes.parameters(most, again)}


def statements(engine: str, tables: LogTables) -> Iterator[Statement]:
    """What an engine is asked, one after the other: the last gives the records of the query."""
    places = {TOKENS: tables.tokens, REWORK: tables.rework}
    text = files("bot.warehouse").joinpath(f"{engine}.sql").read_text(encoding="utf-8")
    for each in text.split(_END)[:-1]:
        before, kept, rest = each.partition(_KEPT)
        name, _, sql = rest.partition("\n") if kept else ("", "", before)
        # At once: what stands for one log may hold texts of rows, which may say anything.
        yield Statement(name, _PLACES.sub(lambda place: places[place[0]], sql))


def record_of(row: Sequence[Any]) -> Record:
    """A row of the answer; engines that add up exactly do so in decimals."""
    return Record._make(int(value) if isinstance(value, Decimal) else value for value in row)
