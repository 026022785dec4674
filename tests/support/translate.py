"""The counting query in the words of other engines: `python -m tests.support.translate` writes it anew.

In: load.sql, sds.sql and count.sql of the evidence room, for DuckDB. Out: postgres.sql, one statement, and
spark.sql, a few. What differs by more than words is said here: where the rows and the tables of codes come
from, how a time becomes microseconds, and what Spark is to keep, as it would work it out again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sqlglot import exp, parse, parse_one

from bot.evidence.codes import Codes
from bot.evidence.schema import Names
from bot.warehouse.script import REWORK, TOKENS, Statement, arguments
from tests.support.logs import question

ROOMS = Path(__file__).parents[2] / "bot"
MADE = "Made by `python -m tests.support.translate` of the scripts in bot/evidence: change those."
TIMED = """
SELECT false AS is_rework, moment(ts) AS moment, sd, phase, agent, tokens, model, false AS rework,
       false AS issue, NULL::VARCHAR AS cause
FROM token_row
UNION ALL
SELECT true, moment(ts), sd, phase, agent, NULL, model, rework, coalesce(issue, false), cause FROM rework_row
"""
"""Stands in for what reads files in load.sql."""
TEXTS = ("sd", "phase", "agent", "model", "cause")
COLUMNS = {
    "token_row": (TOKENS, ("ts", "sd", "phase", "agent", "tokens", "model")),
    "rework_row": (
        REWORK,
        ("ts", "sd", "phase", "agent", "rework", "issue", "cause", "model"),
    ),
}
KEPT = ("spelled", "sd", "entry", "said", "dated", "abroad", "run", "unit", "away")
"""What is read many times, in the order it is made."""
ARGUMENTS = tuple(arguments(Codes(question(), Names(())), most=0, again=0))
"""Their names; PostgreSQL knows them by their places."""

Parts = Mapping[str, exp.Expression]
"""The query's parts by name, each building on those before it; the records have no name."""
Change = Callable[[exp.Expression], exp.Expression]


def parts() -> Parts:
    """All of the query but rows and codes, in DuckDB's words."""
    load, sds, count = (
        parse((ROOMS / f"evidence/{name}.sql").read_text("utf-8"), read="duckdb")
        for name in ("load", "sds", "count")
    )
    tables = {
        each.this.name: each.expression for each in (*load, *sds) if isinstance(each, exp.Create)
    }
    found = {"timed": parse_one(TIMED, read="duckdb")}
    for name, query in [*tables.items(), ("", count[0])]:
        inner = query.ctes
        found |= {cte.alias: cte.this for cte in inner if cte.alias not in {"line", "timed"}}
        query.set("with_", None)
        found[name] = query
    return found


def code_tables() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Tables of codes with their columns and types."""
    for name, columns, _ in Codes(question(), Names(())).tables():
        yield name, columns


# ------------------------------------------------------------------------------ PostgreSQL


def postgres() -> str:
    """One statement; parameters are numbered, tables of codes first."""
    read = {name: _rows_in_postgres(*COLUMNS[name]) for name in COLUMNS}
    codes = {name: _codes_in_postgres(name, columns) for name, columns in code_tables()}
    query = {
        **read,
        **codes,
        **{name: _text(part, "postgres", _to_postgres) for name, part in parts().items()},
    }
    numbers = ", ".join(f"${_number(name)} {name}" for name in ARGUMENTS)
    return f"-- {MADE}\n-- {numbers}\n{Statement('', _with(query))}"


def _rows_in_postgres(place: str, columns: tuple[str, ...]) -> str:
    # Texts compare and sort by their bytes, as everywhere else.
    read = (f'{name} COLLATE "C" AS {name}' if name in TEXTS else name for name in columns)
    return f"SELECT {', '.join(read)} FROM {place} AS given"


def _codes_in_postgres(name: str, columns: Mapping[str, str]) -> str:
    typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"SELECT * FROM jsonb_to_recordset(CAST(${_number(f'{name}_codes')} AS JSONB)) AS {name}({typed})"


def _to_postgres(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Placeholder):
        return exp.Var(this=f"${_number(node.name)}")
    if isinstance(
        node, exp.IntDiv
    ):  # `/` of whole numbers is it; DIV would make them slow decimals
        return exp.Div(this=node.this, expression=node.expression, typed=True)
    if isinstance(node, exp.Anonymous) and node.name == "moment":
        return parse_one("CAST(EXTRACT(EPOCH FROM ts) * 1000000 AS BIGINT)", read="postgres")
    return node


def _number(name: str) -> int:
    return ARGUMENTS.index(name) + 1


# ------------------------------------------------------------------------------------ Spark


def spark() -> str:
    """A statement for each part that is kept, and one for the records."""
    codes = {name: _codes_in_spark(name, columns) for name, columns in code_tables()}
    read = {
        name: f"SELECT {', '.join(columns)} FROM {place} AS given"
        for name, (place, columns) in COLUMNS.items()
    }
    made = parts()
    known = {
        **read,
        **codes,
        **{name: _text(part, "spark", _to_spark) for name, part in made.items()},
    }
    needs = {
        name: {table.name for table in part.find_all(exp.Table)} for name, part in made.items()
    }
    each = (
        Statement(
            name and _view_name(name),
            _with({part: known[part] for part in known if part in _needed(name, needs)}),
        )
        for name in (*KEPT, "")
    )
    return f"-- {MADE}\n" + "".join(map(str, each))


def _view_name(name: str) -> str:
    """What a part of the query is called among a session's other views."""
    return f"calibration_bot_{name}"


def _codes_in_spark(name: str, columns: Mapping[str, str]) -> str:
    kinds = {"VARCHAR": "STRING", "INTEGER": "INT"}
    typed = ", ".join(f"{column}: {kinds.get(kind, kind)}" for column, kind in columns.items())
    return f"SELECT INLINE(FROM_JSON(:{name}_codes, 'ARRAY<STRUCT<{typed}>>'))"


def _to_spark(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name == "moment":
        return parse_one("UNIX_MICROS(ts)", read="spark")
    if isinstance(node, exp.Sum):  # of whole numbers it would be one, and end at 2^63
        return exp.Sum(this=exp.cast(node.this, "DECIMAL(28, 0)"))
    if isinstance(node, exp.Table) and node.name in KEPT:
        return exp.to_table(_view_name(node.name), alias=node.alias or node.name)
    return node


def _needed(name: str, needs: Mapping[str, set[str]]) -> set[str]:
    """A part and those it builds on that are not kept."""
    more = (each for each in needs.get(name, ()) if each not in KEPT)
    return {name}.union(*(_needed(each, needs) for each in more))


# ------------------------------------------------------------------------------------- both


def _text(part: exp.Expression, dialect: str, change: Change) -> str:
    return (
        part.copy()
        .transform(change)
        .sql(dialect=dialect, pretty=True, comments=False, max_text_width=100)
    )


def _with(query: Mapping[str, str]) -> str:
    """Parts as one statement; the last is what it gives."""
    *inner, last = query
    named = ",\n".join(f"{name} AS (\n{query[name]}\n)" for name in inner)
    return f"WITH\n{named}\n{query[last]}" if named else query[last]


WRITTEN = {"postgres.sql": postgres, "spark.sql": spark}
"""Files of the warehouse room, and what makes them."""

if __name__ == "__main__":
    for file, made_by in WRITTEN.items():
        (ROOMS / "warehouse" / file).write_text(made_by(), "utf-8")
