"""What .github/WAREHOUSE.md tells to do on PostgreSQL is done here, word by word."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.commands import Bot
from tests.support.teams import EXAMPLE, POLICY, Team
from tests.warehouse.test_source import PROMOTED, in_warehouse

if TYPE_CHECKING:
    from psycopg import Connection

HOW = (Path(__file__).parents[2] / ".github/WAREHOUSE.md").read_text("utf-8")
READER = "calibration_reader"


def test_tables_grants_and_an_export_are_all_it_takes(
    make_team: Callable[..., Team],
    bot: Bot,
    connection: Connection[Any],
    here: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    (made,) = re.findall(r"```sql\n([^`]*timestamptz[^`]*)```", HOW)
    connection.execute(made.encode())
    files = make_team(EXAMPLE, "files")
    lake = str(tmp_path / "lake")
    assert bot("export", files, "--parquet", lake).code == 0
    for log in ("tokens", "rework"):
        csv = tmp_path / f"{log}.csv"
        read = f"read_parquet('{lake}/{log}/*/*.parquet', hive_partitioning = false)"
        duckdb.sql(f"COPY (FROM {read}) TO '{csv}' (FORMAT csv, HEADER)")
        heads = csv.read_text().partition("\n")[0]
        into = f"COPY calibration.{log} ({heads}) FROM STDIN CSV HEADER".encode()
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            copy.write(csv.read_bytes())
    connection.commit()
    assert "COPY (FROM read_parquet('lake/tokens/*/*.parquet', hive_partitioning = false))" in HOW
    assert "(ts, sd, phase, agent, model, note, id, tokens) FROM stdin CSV HEADER" in HOW
    monkeypatch.setenv("PGUSER", READER)
    said = bot.json(make_team({POLICY: in_warehouse(schema="calibration")}, "there"))
    assert said.changes == PROMOTED
    assert said.document["verdicts"] == bot.json(files).document["verdicts"]


def test_keys_that_it_names_are_those_of_the_policy():
    (said,) = re.findall(r"```toml\n\[logs\]\n(.*?)```", HOW, re.DOTALL)
    keys = [line.partition(" =")[0] for line in said.splitlines()]
    assert keys == ["source", "token_table", "rework_table", "time_limit"]
