"""Parquet files among the logs, as lines: every row a JSON object of its columns.

In: an open Parquet file. Out: its rows as lines, numbered as its rows are. Nothing is checked here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from bot.evidence.database import CannotRead, Database, database
from bot.evidence.limits import ALWAYS_UNPACKED, LEAST_ROW, MOST_TIMES
from bot.evidence.unpacked import BrokenPacking
from bot.scratch import scratch_folder

_MEMORY = 256 * 2**20
"""Bytes to turn one file into lines with."""
_TIMES = 10
"""Times as many rows as a file of lines may hold for its size: columns of equal values take no room."""

Columns = dict[str, str]
"""Types by the names of columns, as DuckDB spells them."""


def sql_text(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Iterable[str]) -> str:
    """Texts as SQL writes a list."""
    return f"[{', '.join(map(sql_text, texts))}]"


def lines(file: BinaryIO) -> Iterator[bytes]:
    """The rows of an open file as lines. Raises `BrokenPacking`."""
    with scratch_folder() as folder:
        path = folder / "rows.parquet"
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        try:
            with database(folder, [], _MEMORY) as opened:
                check_size(opened, path)
                source = f"read_parquet({sql_text(str(path))}, hive_partitioning = false)"
                columns = columns_of(opened, source)
                for batch in opened.look(f"SELECT {row_as_json(columns)} FROM {source} AS line"):
                    yield "".join(f"{text}\n" for (text,) in batch).encode()
        except CannotRead as err:
            raise BrokenPacking(f"is no sound Parquet file ({err})") from err


def check_size(opened: Database, path: Path) -> None:
    """Raises BrokenPacking for a file with more rows than one of its size should have; CannotRead."""
    said = opened.look(f"SELECT num_rows FROM parquet_file_metadata({sql_text(str(path))})")
    if any(rows > _TIMES * most_text(path) // LEAST_ROW for batch in said for (rows,) in batch):
        raise BrokenPacking("holds far more rows than logs of its size do")


def most_text(path: Path) -> int:
    """Bytes of text that a Parquet file may hold."""
    return ALWAYS_UNPACKED + MOST_TIMES * path.stat().st_size


def columns_of(opened: Database, source: str) -> Columns:
    """The columns of something to select from. Raises CannotRead."""
    said = opened.look(f"DESCRIBE SELECT * FROM {source}")
    return {name: kind for batch in said for name, kind, *_ in batch}


def row_as_json(columns: Columns) -> str:
    """The row `line` as the text of a JSON object without nulls: a time with its zone is written in UTC."""
    fields = (f"{_name(name)} := {_value(name, kind)}" for name, kind in columns.items())
    return f"json_merge_patch('{{}}', to_json(struct_pack({', '.join(fields)})))::VARCHAR"


def _value(name: str, kind: str) -> str:
    column = f"line.{_name(name)}"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    return column


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
