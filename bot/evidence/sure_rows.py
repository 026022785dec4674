"""Rows of Parquet files that are good for certain, found by DuckDB without taking one into Python.

In: Parquet files of one log whose columns have the types of a row's fields. Out: a query for the rows that
are good for certain, and one for all others as JSON. What is certain is less than what is good: the reader
of lines decides the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evidence.database import Database
from bot.evidence.limits import MOST_TOKENS
from bot.evidence.parquet import Columns, row_as_json, sql_list, sql_text
from bot.evidence.schema import Names

_INSTANT = "TIMESTAMP WITH TIME ZONE"
_TEXTS = dict.fromkeys(("sd", "phase", "agent", "model", "note", "id"), "VARCHAR")
_TOKENS: Columns = {"ts": _INSTANT, **_TEXTS, "tokens": "BIGINT"}
_REWORK: Columns = {
    **{"ts": _INSTANT, **_TEXTS, "rework": "BOOLEAN", "issue": "BOOLEAN"},
    **{"cause": "VARCHAR", "source": "VARCHAR"},
}
_REQUIRED = {"ts", "sd", "phase"}
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_OURS = {"cursor", "stored_as", "file_row_number"}
"""Columns that a file of rows does not have: of lines that are no rows, and those that are added here."""
_SHORT = 2**16
"""Bytes of text up to which a row is no long line for certain."""
NO_ROWS = {
    False: "SELECT 0 AS moment, '' AS sd, '' AS phase, '' AS agent, 0 AS tokens, '' AS model WHERE false",
    True: "SELECT 0 AS moment, '' AS sd, '' AS phase, '' AS agent, false AS rework, false AS issue, "
    "'' AS cause, '' AS model WHERE false",
}
"""What to ask where nothing is certain, of either log; True for the rework log."""


def columns_of_log(*, rework: bool) -> Columns:
    """A row's fields as the columns of a table."""
    return _REWORK if rework else _TOKENS


def whole_rows(source: str, condition: str, *, rework: bool) -> str:
    """A query for every field of some rows."""
    return f"SELECT {', '.join(columns_of_log(rework=rework))} FROM {source} WHERE {condition}"


def _empty(columns: Columns) -> str:
    return ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())


@dataclass(frozen=True)
class Sure:
    """What of some Parquet files is certain."""

    query: str
    """Gives the columns of `NO_ROWS` of every row that is good for certain."""
    whole: str
    """Gives every field of these rows."""
    rows: int
    """About how many they are."""
    others: str | None
    """Gives file, number from 1 and JSON text of every other row, in order; None where there is none."""
    size_of_others: str = ""
    """Gives the files with other rows, and how many bytes of text these have in each."""


def nothing_sure(*, rework: bool) -> Sure:
    """Where there are no such files."""
    empty = f"(SELECT {_empty(columns_of_log(rework=rework))}) AS nothing"
    return Sure(NO_ROWS[rework], whole_rows(empty, "false", rework=rework), 0, None)


def is_typed(columns: Columns, *, rework: bool) -> bool:
    """Whether columns have the types of a row's fields; only then is anything certain."""
    wanted = columns_of_log(rework=rework)
    required = _REQUIRED | ({"agent", "rework"} if rework else {"tokens"})
    return (
        required <= columns.keys()
        and all(
            kind == wanted[name] or (name == "tokens" and kind in _WHOLE)
            for name, kind in columns.items()
            if name in wanted
        )
        and _OURS.isdisjoint(map(str.lower, columns))
    )


def sure_rows(
    opened: Database,
    files: Sequence[Path],
    named_elsewhere: Sequence[Path],
    names: Names,
    folder: Path,
    *,
    rework: bool,
) -> Sure:
    """What is certain of files that are typed; `names` learns what their good rows name.

    `named_elsewhere` are files of good lines whose ids a row may repeat. `folder` is ours. Raises CannotRead.
    """
    columns = columns_of_log(rework=rework)
    source = _source(opened, files, columns, folder / "columns.parquet")
    fields, named = _fields(columns), ", ".join(("phase", "agent", "model", *(["cause"] * rework)))
    asked = (
        f"SELECT {named}, count(*), bool_and({fields}), count(nullif(id, '')) "
        f"FROM {source} GROUP BY {named}"
    )
    groups = [group for batch in opened.look(asked) for group in batch]
    good = [group for group in groups if _learned(names, *group[:-3], rework=rework)]
    rows = sum(group[-3] for group in good)
    again = folder / "again.parquet"
    repeated = any(group[-1] for group in groups) and _again(opened, source, named_elsewhere, again)
    sure = " AND ".join(
        (
            fields,
            f"coalesce(phase IN ({_texts({group[0] for group in good})}), false)",
            f"coalesce(agent IN ({_texts({group[1] for group in good})}), {not rework})",
            *([f"coalesce(id, '') NOT IN (FROM read_parquet({sql_text(str(again))}))"] * repeated),
        )
    )
    told = "rework, coalesce(issue, false) AS issue, cause" if rework else "tokens"
    query = (
        f"SELECT epoch_us(ts) AS moment, sd, phase, agent, {told}, model FROM {source} WHERE {sure}"
    )
    whole = whole_rows(source, sure, rework=rework)
    if len(good) == len(groups) and all(group[-2] for group in groups) and not repeated:
        return Sure(query, whole, rows, None)
    text, rest = row_as_json(columns), f"FROM {source} AS line WHERE NOT ({sure})"
    others = (
        f"SELECT line.stored_as, line.file_row_number + 1, {text} {rest} "
        "ORDER BY line.stored_as, line.file_row_number"
    )
    size = f"SELECT line.stored_as, sum({_length(columns)}) {rest} GROUP BY line.stored_as"
    return Sure(query, whole, rows, others, size)


def _source(opened: Database, files: Sequence[Path], columns: Columns, empty: Path) -> str:
    """All files as one, with every column: those that none of them has are NULL."""
    opened.run(
        f"COPY (SELECT {_empty(columns)} LIMIT 0) TO {sql_text(str(empty))} (FORMAT parquet)"
    )
    paths = sql_list(str(path) for path in (empty, *files))
    return (
        f"read_parquet({paths}, union_by_name = true, hive_partitioning = false, "
        "filename = 'stored_as', file_row_number = true)"
    )


def _fields(columns: Columns) -> str:
    """Whether every field but the names of phase and agent says what it may."""
    rules = (
        "ts >= TIMESTAMPTZ '2000-01-01 00:00:00+00' AND ts < TIMESTAMPTZ '3000-01-01 00:00:00+00'",
        "sd <> ''",
        f"tokens BETWEEN 0 AND {MOST_TOKENS}" if "tokens" in columns else "rework IS NOT NULL",
        f"{_length(columns)} < {_SHORT}",
    )
    return f"coalesce({' AND '.join(rules)}, false)"


def _length(columns: Columns) -> str:
    """Bytes of a row's text."""
    texts = (f"coalesce(strlen({name}), 0)" for name, kind in columns.items() if kind == "VARCHAR")
    return " + ".join(texts)


def _learned(
    names: Names,
    phase: str | None,
    agent: str | None,
    model: str | None,
    cause: str | None = None,
    *,
    rework: bool,
) -> bool:
    """Whether phase and agent are names; the names of rows that may be good are noted."""
    known = phase is not None and names.phase(phase) is not None
    named = not rework if agent is None else names.agent(agent) is not None
    if known and named:
        names.models |= {model} - {None, ""} if model else set()
        names.causes |= {cause} if cause else set()
    return known and named


def _again(opened: Database, source: str, lines: Sequence[Path], to: Path) -> bool:
    """Whether ids stand there more than once, or in lines too; they are written to a file."""
    listing = sql_list(str(path) for path in lines)
    opened.run(
        f"""COPY (
            SELECT id FROM {source} WHERE id <> '' GROUP BY id HAVING count(*) > 1
            UNION
            SELECT id FROM {source} WHERE id IN (
                SELECT id FROM read_json({listing}, format = 'newline_delimited',
                    compression = 'uncompressed', hive_partitioning = false,
                    maximum_object_size = 16777216, columns = {{id: 'VARCHAR'}}) WHERE id <> '')
        ) TO {sql_text(str(to))} (FORMAT parquet)"""
    )
    return any(
        any(batch) for batch in opened.look(f"FROM read_parquet({sql_text(str(to))}) LIMIT 1")
    )


def _texts(values: Collection[str | None]) -> str:
    return ", ".join(sql_text(value) for value in sorted(filter(None, values))) or "NULL"
