"""Rows as log files of every packing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
from backports import zstd

Row = Mapping[str, object]

TYPES = {
    "ts": "TIMESTAMPTZ",
    **dict.fromkeys(("sd", "phase", "agent", "model", "cause", "note", "id", "source"), "VARCHAR"),
    "tokens": "BIGINT",
    **dict.fromkeys(("rework", "issue"), "BOOLEAN"),
}
PACKINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")


def packed(rows: Iterable[Row], packing: str, folder: Path, **types: str) -> bytes:
    """The content of a log file; `types` of columns are Parquet's, those a row has by default."""
    rows = list(rows)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if packing == ".jsonl.gz":
        return gzip.compress(text)
    if packing == ".jsonl.zst":
        return zstd.compress(text)
    return parquet(rows, folder, **types) if packing == ".parquet" else text


def parquet(rows: Iterable[Row], folder: Path, **types: str) -> bytes:
    """Rows as a Parquet file with a column for every key of any row."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: types.get(name, TYPES.get(name, "VARCHAR")) for name in names}
    lines, target = folder / "rows-to-pack.jsonl", folder / "packed.parquet"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    shape = ", ".join(f"\"{name}\": '{kind}'" for name, kind in columns.items())
    duckdb.connect().execute(
        f"COPY (FROM read_json('{lines}', format = 'newline_delimited', columns = {{{shape}}})) "
        f"TO '{target}' (FORMAT parquet)"
    )
    return target.read_bytes()
