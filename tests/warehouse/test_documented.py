"""What .github/WAREHOUSE.md tells to do on PostgreSQL is done here, word by word."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commands import SCRIPT, Bot
from tests.support.engines import server_programs
from tests.support.teams import EXAMPLE, POLICY, Team
from tests.warehouse.test_source import PROMOTED, in_warehouse

if TYPE_CHECKING:
    from psycopg import Connection

HOW = (Path(__file__).parents[2] / ".github/WAREHOUSE.md").read_text("utf-8")
READER = "calibration_reader"


@pytest.mark.slow
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
    connection.commit()
    assert bot("export", files, "--parquet", str(tmp_path / "lake")).code == 0
    (load,) = re.findall(r"```sh\n(python -c [^`]*)```", HOW)
    for log, columns in {"tokens": "tokens", "rework": "rework, issue, cause, source"}.items():
        words = load.replace("id, tokens)", f"id, {columns})")
        _in_a_shell(
            words.replace("lake/tokens", f"lake/{log}").replace("n.tokens", f"n.{log}"), tmp_path
        )
    monkeypatch.setenv("PGUSER", READER)
    said = bot.json(make_team({POLICY: in_warehouse(schema="calibration")}, "there"))
    assert said.changes == PROMOTED
    assert said.document["verdicts"] == bot.json(files).document["verdicts"]


def _in_a_shell(words: str, folder: Path) -> None:
    programs = (str(SCRIPT.parent), str(server_programs()), os.environ["PATH"])
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", words],
        cwd=folder,
        env={**os.environ, "PGDATABASE": "postgres", "PATH": os.pathsep.join(programs)},
        check=True,
    )


def test_keys_that_it_names_are_those_of_the_policy():
    (said,) = re.findall(r"```toml\n\[logs\]\n(.*?)```", HOW, re.DOTALL)
    keys = [line.partition(" =")[0] for line in said.splitlines()]
    assert keys == ["source", "token_table", "rework_table", "time_limit"]
