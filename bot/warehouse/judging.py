"""Rows of a table to what may be counted: those that are certain by SQL, the others by the reader of lines.

The engine finds the rows that are good for certain, which is less than what is good; all others are fetched
and judged as lines are, so that what a row may say is stated once, and what is said of a bad one too.

In: an engine, a table, a reader. Out: good rows as SQL, and what is wrong with the others, by their ids. Rows
have no order in a table: of several with one id and different content the first holds by their columns, in
the order in which `export` writes rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import msgspec

from bot.errors import InvalidInput, Problem
from bot.evidence.limits import LONGEST_LINE, MOST_BAD, MOST_TOKENS
from bot.evidence.reader import Reader
from bot.evidence.seen_ids import IdContents
from bot.evidence.sure_rows import SHORT, columns_of_log, learned, required_columns
from bot.evidence.words import shown
from bot.warehouse.dialect import END, FIRST, Dialect

_MOST_NAMES = 100_000
"""Combinations of names in a log's rows, beyond which it is no log."""
_MOST_IN_NAMES = 2**25
"""Bytes of text in these; they are asked for, and asked with, as JSON."""
_MOST_BYTES = 2**28
"""Of JSON in all rows that are fetched."""
_TOO_LONG = "x" * (LONGEST_LINE + 1)
"""Stands for a row with more text than a line may have."""
_NAMED = 100
"""Characters of an id, and of an SD, that are fetched to name a row."""


class AskedEngine(Protocol):
    """An engine that is connected."""

    @property
    def dialect(self) -> Dialect:
        """How it writes."""

    def columns(self, table: str) -> Mapping[str, str]:
        """A table's columns with their types. Raises WarehouseFailed."""

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        """What a statement gives. Raises WarehouseFailed."""


class JudgedRows(NamedTuple):
    """What of a table may be counted, and what may not."""

    query: str
    """Gives the good rows; may stand behind FROM."""
    problems: tuple[Problem, ...]
    """Everything wrong with the other rows."""
    named: Sequence[Sequence[Any]]
    """Of each combination of names what its rows say, as one number, and how many they are."""


def judged_rows(engine: AskedEngine, table: str, reader: Reader) -> JudgedRows:
    """The rows of a table; the reader's names learn what good ones name.

    Raises InvalidInput for a table that is none of the log's; WarehouseFailed.
    """
    wrong = wrong_columns(engine, table, rework=reader.rework)
    if wrong:
        raise InvalidInput(wrong)
    rows = _Rows(engine.dialect, table, engine.columns(table).keys(), rework=reader.rework)
    named = engine.rows(rows.named)
    if len(named) > _MOST_NAMES:
        raise _no_log(table, f"more than {_MOST_NAMES:,} combinations of names")
    if named and named[0][-2] > _MOST_IN_NAMES:
        raise _no_log(table, f"names of {named[0][-2]:,} bytes together")
    good = [group for group in named if group[0] and _learned(reader, group[1:-5])]
    rows.learn({group[1] for group in good}, {group[2] for group in good})
    ids = any(group[-3] for group in good)
    repeated, differing = engine.rows(rows.repeated)[0] if ids else (0, 0)
    others = len(good) < len(named) or differing or any(group[-1] >= SHORT for group in named)
    found = _others(engine, table, rows, reader, repeated) if others else ([], [])
    return JudgedRows(rows.good(found[0], repeated), tuple(found[1]), named)


def wrong_columns(engine: AskedEngine, table: str, *, rework: bool) -> list[Problem]:
    """What keeps a table from being the log's. Raises WarehouseFailed."""
    found, dialect = engine.columns(table), engine.dialect
    required = required_columns(rework=rework)
    wrong = []
    for name, kind in columns_of_log(rework=rework).items():
        must_be = dialect.types[kind]
        if name in found and dialect.kinds.get(found[name].partition("(")[0]) != kind:
            said = (
                f"is {found[name]} and must be {must_be}: change it, or name a view that casts it"
            )
            wrong.append(Problem(table, said, None, name))
        if name not in found and name in required:
            said = f"is no column of it; add it as {must_be}, or name a view that has it"
            wrong.append(Problem(table, said, None, name))
    return wrong


def _no_log(table: str, what: str) -> InvalidInput:
    said = (
        f"holds {what} that are no log's; load the table anew, or name the one that holds the log"
    )
    return InvalidInput([Problem(table, said)])


def _learned(reader: Reader, named: Sequence[str | None]) -> bool:
    phase, agent, model, *cause = named
    return learned(reader.names, phase, agent, model, *cause, rework=reader.rework)


def _others(
    engine: AskedEngine, table: str, rows: _Rows, reader: Reader, repeated: int
) -> tuple[list[object], list[Problem]]:
    """Of the rows that are not certain those that are good, as plain values, and all problems."""
    number, size = engine.rows(rows.size_of_others(repeated))[0]
    if number > MOST_BAD or (size or 0) > _MOST_BYTES:
        raise _no_log(table, f"{number:,} rows with {size or 0:,} bytes of JSON")
    fetched = engine.rows(rows.others(repeated)) if number else ()
    names = [_name(table, *said) for _, *said in fetched]
    block = reader.numbered(enumerate((row[0] or _TOO_LONG).encode() for row in fetched))
    again = IdContents(reader.names, f"another row of {table}").again(block, table)
    problems = [
        Problem(names[number], fault.message, None, fault.key)
        for number, faults in block.bad
        for fault in faults
    ]
    problems += [Problem(names[number], said, None, "id") for number, said in again.items() if said]
    kept = zip(block.rows, block.numbers, strict=True)
    return [msgspec.to_builtins(row) for row, number in kept if number not in again], problems


def _name(table: str, id_: str | None, ts: str | None, sd: str | None) -> str:
    if id_:
        return f"{table} id {shown(id_)}"
    return f"{table} row without id, ts {shown(ts)}, sd {shown(sd)}"


class _Rows:
    """Statements about one table."""

    def __init__(
        self, dialect: Dialect, table: str, there: Collection[str], *, rework: bool
    ) -> None:
        self._dialect, self._kinds = dialect, columns_of_log(rework=rework)
        self._rework = rework
        columns = (
            f"{dialect.column(name, kind) if name in there else self._nothing(kind)} AS {name}"
            for name, kind in self._kinds.items()
        )
        self._all = f"(SELECT {', '.join(columns)} FROM {dialect.table(table)}) AS line"
        self._texts = [name for name, kind in self._kinds.items() if kind == "VARCHAR"]
        self._size = " + ".join(f"coalesce(octet_length({name}), 0)" for name in self._texts)
        self._named = ("phase", "agent", "model", *(["cause"] * rework))

    def _nothing(self, kind: str) -> str:
        return f"CAST(NULL AS {self._dialect.types[kind]})"

    @cached_property
    def _sound(self) -> str:
        """Whether every field but the names of phase and agent says what it may."""
        first, end = map(self._dialect.instant, (FIRST, END))
        told = "rework IS NOT NULL" if self._rework else f"tokens BETWEEN 0 AND {MOST_TOKENS}"
        return f"coalesce(ts >= {first} AND ts < {end} AND sd <> '' AND {told}, false)"

    @property
    def named(self) -> str:
        """Names together, of rows that are sound: what marks these, rows, ids, bytes of all names, of a row.

        Names that are too much text together are left out.
        """
        listed = ", ".join(self._named)
        told = ", ".join(
            f"CASE WHEN names <= {_MOST_IN_NAMES} THEN {name} END" for name in self._named
        )
        text = " + ".join(f"coalesce(octet_length({name}), 0)" for name in self._named)
        seen = ", ".join(f"CASE WHEN sound THEN {name} END AS {name}" for name in self._named)
        return (
            f"SELECT sound, {told}, mark, lines, ids, names, size FROM "
            f"(SELECT grouped.*, sum({text}) OVER () AS names FROM (SELECT sound, {listed}, "
            f"sum(mark) AS mark, count(*) AS lines, count(nullif(id, '')) AS ids, max(size) AS size FROM "
            f"(SELECT sound, {seen}, id, size, mark FROM (SELECT line.*, {self._sound} AS sound, "
            f"{self._size} AS size, {self._dialect.mark(self._kinds)} AS mark FROM {self._all}) AS judged"
            f") AS named GROUP BY sound, {listed} LIMIT {_MOST_NAMES + 1}) AS grouped) AS summed"
        )

    def learn(self, phases: Collection[str | None], agents: Collection[str | None]) -> None:
        """Which phases and agents are names."""
        self._told = (
            f"{self._sound} AND coalesce(phase IN ({self._listed(phases)}), false) "
            f"AND coalesce(agent IN ({self._listed(agents)}), {not self._rework})"
        )
        self._good = f"{self._told} AND {self._size} < {SHORT}"

    def _listed(self, texts: Collection[str | None]) -> str:
        return ", ".join(self._dialect.text(text) for text in sorted(filter(None, texts))) or "NULL"

    @property
    def _again(self) -> str:
        """Ids that more than one row has, and whether these say different things."""
        alike = {"BOOLEAN": "CASE WHEN {} THEN 1 ELSE 0 END", "VARCHAR": "coalesce({}, '')"}
        values = [alike.get(kind, "{}").format(name) for name, kind in self._kinds.items()]
        differs = " OR ".join(f"min({value}) < max({value})" for value in values)
        return (
            f"(SELECT id, ({differs} OR max({self._size}) >= {SHORT}) AS differs FROM {self._all} "
            f"WHERE {self._told} AND id <> '' GROUP BY id HAVING count(*) > 1) AS again"
        )

    @property
    def repeated(self) -> str:
        """How many ids more than one row has, and of how many these say different things."""
        return f"SELECT count(*), count(CASE WHEN differs THEN 1 END) FROM {self._again}"

    def _joined(self, kind: str, fields: str, condition: str) -> str:
        good = f"(SELECT line.* FROM {self._all} WHERE {self._good}) AS line"
        return (
            f"SELECT {fields} FROM {good} {kind} {self._again} ON again.id = line.id "
            f"WHERE {condition}"
        )

    def good(self, others: Sequence[object], repeated: int) -> str:
        """Good rows, each once; `others` are those that were fetched."""
        whole = ", ".join(f"line.{name}" for name in self._kinds)
        parts = [f"SELECT {whole} FROM {self._all} WHERE {self._good}"]
        if repeated:
            once = {"BOOLEAN": "coalesce(line.{0}, false)", "VARCHAR": "nullif(line.{0}, '')"}
            alike = ", ".join(
                f"{once.get(kind, 'line.{0}').format(name)} AS {name}"
                for name, kind in self._kinds.items()
            )
            parts = [
                self._joined("LEFT JOIN", whole, "again.id IS NULL"),
                self._joined("JOIN", f"DISTINCT {alike}", "NOT again.differs"),
            ]
        if others:
            told = self._dialect.rows_of_json(msgspec.json.encode(others).decode(), self._kinds)
            parts.append(f"SELECT {', '.join(self._kinds)} FROM {told}")
        return f"({' UNION ALL '.join(parts)})"

    def _other(self, repeated: int) -> str:
        parts = [f"SELECT line.* FROM {self._all} WHERE NOT ({self._good})"]
        if repeated:
            parts.append(self._joined("JOIN", "line.*", "again.differs"))
        return f"({' UNION ALL '.join(parts)}) AS other"

    def size_of_others(self, repeated: int) -> str:
        """How many rows have to be fetched, and how long they are."""
        row = self._dialect.row_as_json(self._kinds)
        size = f"CASE WHEN {self._size} > {LONGEST_LINE} THEN 0 ELSE octet_length({row}) END"
        return f"SELECT count(*), sum({size}) FROM {self._other(repeated)}"

    def others(self, repeated: int) -> str:
        """These rows as JSON, NULL for one that is too long, and what names each."""
        row = self._dialect.row_as_json(self._kinds)
        time = self._dialect.time()
        order = ", ".join(f"{name} NULLS LAST" for name in self._kinds)
        return (
            f"SELECT CASE WHEN {self._size} <= {LONGEST_LINE} THEN {row} END, left(id, {_NAMED}), "
            f"{time}, left(sd, {_NAMED}) FROM {self._other(repeated)} ORDER BY {order}"
        )
