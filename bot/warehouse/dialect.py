"""The few things that engines write differently in the statements that judge rows. Pure.

In: names of tables and columns, and texts that may say anything. Out: SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.evidence.sure_rows import INSTANT

Kinds = Mapping[str, str]
"""Kinds of columns by name, as `columns_of_log` has them."""
FIRST, END = "2000-01-01 00:00:00+00:00", "3000-01-01 00:00:00+00:00"
"""Between them is every time that a row may have; the end itself is outside."""


class Dialect(Protocol):
    """One engine's way to write."""

    types: Mapping[str, str]
    """Its types by the kind of a column."""
    kinds: Mapping[str, str]
    """Kinds of columns by its types."""

    def table(self, name: str) -> str:
        """A table by its dotted name."""

    def text(self, said: str) -> str:
        """A text."""

    def instant(self, said: str) -> str:
        """A point in time."""

    def column(self, name: str, kind: str) -> str:
        """A column, texts to be compared by their bytes."""

    def time(self) -> str:
        """A row's time as logs write it, in UTC; one that no row may have, as the engine does."""

    def row_as_json(self, kinds: Kinds) -> str:
        """A row as the text of a JSON object without nulls."""

    def rows_of_json(self, said: str, kinds: Kinds) -> str:
        """The rows of a list of such objects, as something to select from."""

    def mark(self, kinds: Kinds) -> str:
        """A number of all that a row says, by which a change is seen where one state is not kept; else 0."""


def _fields(dialect: Dialect, kinds: Kinds) -> str:
    """Names and values in turns."""
    return ", ".join(
        f"'{name}', {dialect.time() if kind == INSTANT else name}" for name, kind in kinds.items()
    )


class OfPostgres:
    """PostgreSQL, with standard_conforming_strings."""

    types: Mapping[str, str] = {
        **{INSTANT: "timestamptz", "VARCHAR": "text", "BIGINT": "bigint", "BOOLEAN": "boolean"}
    }
    kinds: Mapping[str, str] = {
        **{"timestamptz": INSTANT, "bool": "BOOLEAN"},
        **dict.fromkeys(("text", "varchar", "citext"), "VARCHAR"),
        **dict.fromkeys(("int2", "int4", "int8"), "BIGINT"),
    }

    def __init__(self, found: Mapping[str, str] | None = None) -> None:
        """`found` are tables by their names in the policy, quoted, where those leave the schema out."""
        self._found = found or {}

    def table(self, name: str) -> str:
        """A quoted name."""
        return self._found.get(name) or ".".join(f'"{part}"' for part in name.split("."))

    def text(self, said: str) -> str:
        """A quoted text."""
        return "'" + said.replace("'", "''") + "'"

    def instant(self, said: str) -> str:
        """A literal."""
        return f"timestamptz '{said}'"

    def column(self, name: str, kind: str) -> str:
        """As it compares."""
        # Cast first, as citext has operators of its own, to which no collation is a word.
        return f'CAST({name} AS text) COLLATE "C"' if kind == "VARCHAR" else name

    def time(self) -> str:
        """A text."""
        # Before and after, years have a sign, BC, or more digits, which to_char leaves out.
        within = f"ts >= {self.instant(FIRST)} AND ts < {self.instant(END)}"
        written = "to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        return f"CASE WHEN {within} THEN {written} ELSE ts::text END"

    def row_as_json(self, kinds: Kinds) -> str:
        """A text without nulls."""
        return f"json_strip_nulls(json_build_object({_fields(self, kinds)}))::text"

    def rows_of_json(self, said: str, kinds: Kinds) -> str:
        """Something to select from."""
        typed = ", ".join(f"{name} {self.types[kind]}" for name, kind in kinds.items())
        return f"jsonb_to_recordset({self.text(said)}::jsonb) AS told({typed})"

    def mark(self, kinds: Kinds) -> str:
        """None is needed in one transaction."""
        return "0"


class OfSpark:
    """Spark."""

    types: Mapping[str, str] = {
        **{INSTANT: "TIMESTAMP", "VARCHAR": "STRING", "BIGINT": "BIGINT", "BOOLEAN": "BOOLEAN"}
    }
    kinds: Mapping[str, str] = {
        **{"timestamp": INSTANT, "string": "VARCHAR", "boolean": "BOOLEAN"},
        **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "BIGINT"),
    }

    def table(self, name: str) -> str:
        """A quoted name."""
        return ".".join(f"`{part}`" for part in name.split("."))

    def text(self, said: str) -> str:
        """A quoted text."""
        # As digits: what a literal says depends on settings, and some of it names other settings.
        return f"decode(unhex('{said.encode().hex()}'), 'UTF-8')"

    def instant(self, said: str) -> str:
        """A literal."""
        return f"timestamp_ltz '{said}'"

    def column(self, name: str, kind: str) -> str:
        """As it compares."""
        return name

    def time(self) -> str:
        """A text."""
        within = f"ts >= {self.instant(FIRST)} AND ts < {self.instant(END)}"
        written = "date_format(ts, \"yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'\")"
        return f"CASE WHEN {within} THEN {written} ELSE CAST(ts AS STRING) END"

    def row_as_json(self, kinds: Kinds) -> str:
        """A text without nulls."""
        return f"to_json(named_struct({_fields(self, kinds)}))"

    def rows_of_json(self, said: str, kinds: Kinds) -> str:
        """Something to select from."""
        shape = ", ".join(
            f"{name}: {'STRING' if kind == INSTANT else self.types[kind]}"
            for name, kind in kinds.items()
        )
        read = f"from_json({self.text(said)}, 'ARRAY<STRUCT<{shape}>>')"
        times = {name: f"CAST({name} AS TIMESTAMP) AS {name}" for name in kinds if name == "ts"}
        fields = ", ".join(times.get(name, name) for name in kinds)
        return f"(SELECT {fields} FROM (SELECT inline({read})) AS read) AS told"

    def mark(self, kinds: Kinds) -> str:
        """A hash, as a number whose sum is exact."""
        # A hash passes NULLs over, as if the next value stood in their place.
        fields = ", ".join(f"{name}, {name} IS NULL" for name in kinds)
        return f"CAST(xxhash64({fields}) AS DECIMAL(20, 0))"
