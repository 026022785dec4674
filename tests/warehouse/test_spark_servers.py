"""Spark Connect and a Spark master, real ones: the answer of the files, and what is said where there is none.

Commands run in processes of their own: a process has one kind of Spark.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.policy import read_policy
from bot.warehouse.place import warehouse_of
from bot.warehouse.remote_evidence import read_warehouse
from tests.support.commands import Bot, Said, unchanged
from tests.support.engines import needed
from tests.support.logs import question
from tests.support.spark_servers import connect_server, free_port, master
from tests.support.teams import EXAMPLE, POLICY, WEEK, Team
from tests.warehouse.test_source import PROMOTED, in_warehouse

MakeTeam = Callable[..., Team]
TOP = Path(__file__).parents[2]
HOW = (TOP / ".github/WAREHOUSE.md").read_text("utf-8")
TOKEN = "correct-horse-7"
_ASK = (
    "import sys, warnings; warnings.simplefilter('ignore')\n"
    "from pyspark.sql import SparkSession\n"
    "session = SparkSession.builder.remote(sys.argv[1]).create()\n"
    "for sql in sys.argv[2:]: session.sql(sql).collect()\n"
    "session.stop()\n"
)


def _in_a_process(*args: str, **environment: str) -> Said:
    done = subprocess.run(
        [sys.executable, *args],
        env={**os.environ, "PYTHONPATH": str(TOP), **environment},
        cwd=environment.get("SPARK_CONF_DIR"),  # Derby writes where it is started
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def _statements(lake: Path) -> list[str]:
    """Those by which .github/WAREHOUSE.md puts an export before Spark."""
    (block,) = re.findall(r"```sql\n(CREATE SCHEMA [^;]*;[^;]*parquet.*?)```", HOW, re.DOTALL)
    text = block.replace("s3://example/lake", str(lake))
    return [statement for statement in map(str.strip, text.split(";")) if statement]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, template: object) -> Path:
    """The worked example as `export --parquet` writes it."""
    folder = tmp_path_factory.mktemp("exported")
    team = template.copy(folder / "team", EXAMPLE)  # type: ignore[attr-defined]
    said = _in_a_process("-m", "bot", "export", "--repo", team.path, "--parquet", f"{folder}/lake")
    assert said.code == 0, said.err
    return folder / "lake"


@pytest.fixture(scope="module")
def connect(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Spark Connect server with the example in its tables."""
    with connect_server(tmp_path_factory.mktemp("connect")) as (address, _):
        said = _in_a_process("-c", _ASK, address, *_statements(lake))
        assert said.code == 0, said.err
        yield address


def _plan(team: Team, **environment: str) -> Said:
    asked = ("plan", "--repo", team.path, "--week", WEEK, "--format", "json")
    with unchanged(team):
        return _in_a_process("-m", "bot", *asked, **environment)


def _refused(said: Said) -> str:
    assert (said.code, said.out) == (1, ""), said
    assert TOKEN not in said.err
    assert "Traceback" not in said.err
    assert all(line.startswith("error: ") for line in said.err.splitlines()), said.err
    return said.err


# ------------------------------------------------------------------------------ Spark Connect


@pytest.mark.slow
@pytest.mark.stress
def test_spark_connect_decides_as_files_do(connect: str, make_team: MakeTeam, bot: Bot):
    """The tables are those of `export --parquet`, by the statements of .github/WAREHOUSE.md."""
    said = _plan(make_team({POLICY: in_warehouse(connect, "calibration")}))
    assert (said.code, said.err) == (0, ""), said.err
    assert said.changes == PROMOTED
    files = bot.json(make_team(EXAMPLE, "files"))
    assert said.document["verdicts"] == files.document["verdicts"]


@pytest.mark.slow
@pytest.mark.stress
def test_a_table_that_spark_does_not_have(connect: str, make_team: MakeTeam):
    said = _refused(_plan(make_team({POLICY: in_warehouse(connect, "nowhere")})))
    assert "nowhere" in said
    assert "correct token_table and rework_table in [logs]" in said


@pytest.mark.slow
@pytest.mark.stress
def test_a_question_that_takes_spark_too_long(connect: str, make_team: MakeTeam):
    team = make_team({POLICY: in_warehouse(connect, "calibration", time_limit="2")})
    began = time.monotonic()
    assert "no answer within 2 seconds; raise [logs] time_limit" in _refused(_plan(team))
    assert time.monotonic() - began < 30


@pytest.mark.slow
@pytest.mark.stress
def test_a_spark_that_is_killed_meanwhile(lake: Path, tmp_path: Path, make_team: MakeTeam):
    (tmp_path / "spark").mkdir()
    with connect_server(tmp_path / "spark") as (address, process):
        assert _in_a_process("-c", _ASK, address, *_statements(lake)).code == 0
        team = make_team({POLICY: in_warehouse(address, "calibration")})
        kill = threading.Timer(6, os.killpg, (process.pid, signal.SIGKILL))
        kill.start()
        said = _refused(_plan(team))
        kill.join()
    assert f"error: {address}: " in said


@pytest.mark.slow
@pytest.mark.stress
def test_a_token_that_the_server_does_not_take(tmp_path: Path, make_team: MakeTeam):
    (tmp_path / "spark").mkdir()
    wants = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": TOKEN}
    with connect_server(tmp_path / "spark", **wants) as (address, _):
        team = make_team({POLICY: in_warehouse(address, "calibration")})
        wrong = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": f"{TOKEN}x"}
        said = _refused(_plan(team, **wrong))
        assert "SPARK_CONNECT_AUTHENTICATE_TOKEN" in said
        right = _refused(_plan(team, **wants))
        assert "Invalid authentication token" in said
        assert "TABLE_OR_VIEW_NOT_FOUND" in right or "SCHEMA_NOT_FOUND" in right


# ----------------------------------------------------------------------------- Spark's master


@pytest.mark.slow
@pytest.mark.stress
def test_a_spark_master_decides_as_files_do(
    lake: Path, tmp_path: Path, make_team: MakeTeam, bot: Bot
):
    """Tables come from the catalog that SPARK_CONF_DIR names, here Hive's with a database of its own."""
    folder, settings = tmp_path / "spark", tmp_path / "conf"
    folder.mkdir()
    with master(folder, settings) as address:
        derby = f"jdbc:derby:;databaseName={folder}/db;create=true"
        with (settings / "spark-defaults.conf").open("a") as file:
            file.write(
                "spark.sql.catalogImplementation hive\n"
                f"spark.sql.warehouse.dir {folder}/tables\n"
                f"spark.hadoop.javax.jdo.option.ConnectionURL {derby}\n"
            )
        home = {"SPARK_CONF_DIR": str(settings), "PYSPARK_PYTHON": sys.executable}
        made = _ASK.replace("remote(sys.argv[1]).create()", "master('local[1]').getOrCreate()")
        said = _in_a_process("-c", made, "", *_statements(lake), **home)
        assert said.code == 0, said.err
        said = _plan(make_team({POLICY: in_warehouse(address, "calibration")}), **home)
    assert said.code == 0, said.err
    assert said.changes == PROMOTED
    files = bot.json(make_team(EXAMPLE, "files"))
    assert said.document["verdicts"] == files.document["verdicts"]


@pytest.mark.parametrize("kind", ["sc", "spark"])
def test_nobody_listens(kind: str):
    """It is said at once: Spark itself tries for minutes."""
    needed("pyspark.sql", "pyspark", "spark")
    where = warehouse_of(
        read_policy(in_warehouse(f"{kind}://127.0.0.1:{free_port()}"), "policy.toml").logs
    )
    assert where
    with pytest.raises(BotError, match=r"cannot be reached: .*refused.*; check \[logs\] source"):
        read_warehouse(where, question(), 200)


def test_the_statements_of_the_documentation_are_sql():
    assert len(_statements(Path("/lake"))) == 3
    assert json.dumps(_statements(Path("/lake"))).count("/lake/") == 2
