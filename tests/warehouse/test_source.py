"""`[logs] source`: commands that read evidence say of tables what they say of the same rows in files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import InvalidInput
from bot.policy import read_policy
from bot.warehouse.place import warehouse_of
from tests.support.commands import Bot, Said, unchanged
from tests.support.teams import EXAMPLE, POLICY, REWORK, TABLE, TOKENS, WEEK, Team, policy, table
from tests.support.warehouses import Tables, into_postgres_tables

if TYPE_CHECKING:
    from psycopg import Connection

MakeTeam = Callable[..., Team]
PROMOTED = ["EXEC/TESTING sonnet opus"]
DATABASE = "postgresql:///postgres"


def in_warehouse(source: str = DATABASE, schema: str = "lake", **more: str) -> str:
    """The policy of a team whose logs are there."""
    lines = [f'source = "{source}"', f'token_table = "{schema}.tokens"']
    lines += [f'rework_table = "{schema}.rework"', *(f"{k} = {v}" for k, v in more.items())]
    return policy(memory='"512MiB"\n' + "\n".join(lines))


def rows_of(*logs: str | bytes) -> Tables:
    """The rows of a token log and a rework log."""
    return Tables(*([json.loads(line) for line in log.splitlines()] for log in logs))


@pytest.fixture
def team(make_team: MakeTeam, connection: Connection[Any], here: None) -> Team:
    """A team with the worked example in a warehouse, and no log file."""
    into_postgres_tables(connection, "lake", rows_of(EXAMPLE[TOKENS], EXAMPLE[REWORK]))
    return make_team({POLICY: in_warehouse()}, "there")


def _same(team: Team, files: Team, bot: Bot, *command: str) -> tuple[Said, Said]:
    name, *rest = command
    with unchanged(team):
        there = bot(name, team, *rest)
    here = bot(name, files, *rest)
    assert there.code == here.code == 0, there.err
    return there, here


@pytest.mark.slow
def test_plan_decides_alike_and_writes_nothing(team: Team, make_team: MakeTeam, bot: Bot):
    asked = ("plan", "--week", WEEK, "--format", "json")
    there, here = _same(team, make_team(EXAMPLE, "files"), bot, *asked)
    assert there.changes == here.changes == PROMOTED
    assert there.document["verdicts"] == here.document["verdicts"]


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--week", WEEK, "--explain", "TESTING", "EXEC"),
        ("budget", "--week", WEEK, "--format", "json"),
        ("replay", "--from", WEEK, "--to", WEEK),
    ],
    ids=lambda command: command[0],
)
def test_what_reads_evidence_says_the_same(
    team: Team, make_team: MakeTeam, bot: Bot, command: tuple[str, ...]
):
    there, here = _same(team, make_team(EXAMPLE, "files"), bot, *command)
    of_base = ("main", "base", "commit")
    said = [
        [line for line in said.out.splitlines() if not any(word in line for word in of_base)]
        for said in (there, here)
    ]
    assert said[0] == said[1]


def test_history_looks_back_on_a_warehouse(team: Team, bot: Bot):
    assert bot("history", team, "--week", WEEK).code == 0


def test_run_proposes_from_a_warehouse(team: Team, bot: Bot):
    assert bot.run(team, "--forge", "local").code == 0
    assert len(team.proposed()) == 1


def test_bad_rows_stop_the_decision_and_are_named_by_id(
    team: Team, bot: Bot, connection: Connection[Any]
):
    wrong = "UPDATE lake.tokens SET tokens = -1, id = E'\\x1b[31m' WHERE ctid = '(0,1)'"
    connection.execute(wrong.encode())
    connection.commit()
    with unchanged(team):
        said = bot("plan", team, "--week", WEEK)
    assert said.code == 1
    assert r'lake.tokens id "\u001b[31m": tokens: must be a whole number' in said.err
    team.push({POLICY: in_warehouse().replace('"fail"', '"quarantine"')})
    assert bot.json(team).document["rejected_lines"][0]["file"] == r'lake.tokens id "\u001b[31m"'


def test_a_warehouse_has_no_past_commits(team: Team, bot: Bot):
    asked = ("--from", WEEK, "--to", WEEK, "--as-of", "HEAD")
    said = bot("replay", team, *asked, "--logs-as-of", "HEAD")
    assert said.code == 2
    assert f"the logs are read from {DATABASE}" in said.err
    assert f"the rows are those that {DATABASE} has now" in bot("replay", team, *asked).err


# -------------------------------------------------------------------------------- validate


def test_validate_says_what_it_would_read(team: Team, bot: Bot):
    with unchanged(team):
        said = bot("validate", team)
    assert said.code == 0, said.err
    _, read, tokens, _ = said.out.splitlines()
    assert read == f"{DATABASE} is read in place of the log files"
    assert tokens.startswith("table lake.tokens: 5 rows, 0 of them in 20")
    assert "columns ts timestamptz, sd text, phase text, agent text" in tokens


def test_validate_says_so_as_a_document_too(team: Team, bot: Bot):
    document = json.loads(bot("validate", team, "--format", "json").out)
    assert document["warehouse"] == bot("validate", team).out.splitlines()[1:]
    assert len(document["warehouse"]) == 3


def test_validate_names_bad_rows_and_columns(team: Team, bot: Bot, connection: Connection[Any]):
    connection.execute("UPDATE lake.tokens SET phase = 'NOPE', id = 'x' WHERE ctid = '(0,1)'")
    connection.commit()
    said = bot("validate", team)
    assert said.code == 1
    assert 'lake.tokens id "x": phase: must be one of the phases' in said.err


def test_validate_tells_a_table_that_is_not_there_beside_everything_else(
    team: Team, bot: Bot, connection: Connection[Any]
):
    connection.execute("DROP TABLE lake.rework")
    connection.commit()
    text = in_warehouse() + "\nunheard = 1\n"
    team.work.write({POLICY: text, TABLE: table().replace('"opus"', '"opera"', 1)})
    found = json.loads(bot("validate", team, "--format", "json").out)
    assert found["valid"] is False
    assert {one["file"] for one in found["problems"]} == {POLICY, TABLE}
    (there,) = (one for one in found["problems"] if one["key"] == "logs.source")
    line = text.splitlines().index(f'source = "{DATABASE}"') + 1
    assert (there["file"], there["line"]) == (POLICY, line)
    assert f'{DATABASE}: relation "lake.rework" does not exist' in there["message"]
    said = bot("validate", team)
    assert said.code == 1
    assert f"error: {POLICY}:{line}: logs.source: {DATABASE}: relation" in said.err
    assert f"error: {TABLE}:" in said.err


def test_validate_tells_what_is_not_installed_as_a_problem(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delitem(sys.modules, "bot.warehouse.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = bot("validate", make_team({POLICY: in_warehouse()}), "--format", "json")
    (problem,) = json.loads(said.out)["problems"]
    assert (said.code, problem["key"]) == (1, "logs.source")
    assert "pip install 'calibration-bot[postgres]'" in problem["message"]


def test_validate_goes_on_where_no_server_is(make_team: MakeTeam, bot: Bot):
    team = make_team({POLICY: in_warehouse("postgresql://127.0.0.1:1/lake")})
    said = bot("validate", team)
    assert said.code == 0
    assert "the warehouse is not reachable: postgresql://127.0.0.1:1/lake" in said.err


# ---------------------------------------------------------------------------------- policy


@pytest.mark.parametrize(
    "source",
    [
        "postgresql://ada:s3cret@db.example.org/lake",
        "postgresql://ada@db.example.org/lake",
        "postgresql://db.example.org/lake?password=s3cret",
        "postgresql://db.example.org/lake?sslkey=/x",
        "postgresql://db.example.org",
        "postgres://db.example.org/lake",
        "sc://spark.example.org/;token=s3cret",
        "sc://spark.example.org:15002/;use_ssl=true;token=s3cret",
        "spark://",
        "spark://a@b:7077",
        "mysql://db.example.org/lake",
    ],
)
def test_an_address_holds_no_credentials(source: str):
    with pytest.raises(InvalidInput) as caught:
        read_policy(in_warehouse(source), "policy.toml")
    said = str(caught.value)
    assert "logs.source: must be" in said
    assert "come from the environment" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("source", "host", "port", "database"),
    [
        ("postgresql:///lake", "", 5432, "lake"),
        ("postgresql://db.example.org/lake", "db.example.org", 5432, "lake"),
        ("postgresql://db.example.org:6432/my-lake", "db.example.org", 6432, "my-lake"),
        ("postgresql://[::1]/lake", "::1", 5432, "lake"),
        ("sc://spark.example.org", "spark.example.org", 15002, ""),
        ("sc://spark.example.org:443/;use_ssl=true", "spark.example.org", 443, ""),
        ("spark://one:7077,two:7077", "one", 7077, ""),
    ],
)
def test_addresses_are_taken_apart(source: str, host: str, port: int, database: str):
    found = warehouse_of(read_policy(in_warehouse(source), "policy.toml").logs)
    assert found is not None
    assert (found.address, found.host, found.usual_port, found.database) == (
        source,
        host,
        port,
        database,
    )


@pytest.mark.parametrize("name", ["lake.tokens; DROP", 'a"b', "a.b.c.d", "", "1a", "a.", "é"])
def test_names_of_tables_are_words(name: str):
    text = in_warehouse().replace('token_table = "lake.tokens"', f"token_table = {name!r}")
    with pytest.raises(InvalidInput, match="must be the name of a table"):
        read_policy(text, "policy.toml")


def test_what_is_not_installed_is_named(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    for module, extra, source in (
        ("psycopg", "postgres", DATABASE),
        ("pyspark.sql", "spark", "sc://127.0.0.1:1"),
    ):
        with monkeypatch.context() as gone:
            gone.delitem(sys.modules, f"bot.warehouse.{extra}", raising=False)
            gone.setitem(sys.modules, module, None)
            gone.setitem(sys.modules, module.partition(".")[0], None)
            said = bot("plan", make_team({POLICY: in_warehouse(source)}, extra), "--week", WEEK)
        assert said.code == 1
        assert f"pip install 'calibration-bot[{extra}]'" in said.err


# --------------------------------------------------------- commands about lines of log files


@pytest.mark.parametrize(
    "command",
    [
        ("log", "tokens", "--sd", "SD-1", "--phase", "EXEC", "--agent", "TESTING", "--tokens", "5"),
        ("log", "rework", "--sd", "SD-1", "--phase", "EXEC", "--agent", "TESTING", "--ok"),
        ("log", "sync"),
        ("collect", "git"),
        ("export", "--parquet", "lake"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_commands_that_write_files_say_where_they_count(
    make_team: MakeTeam,
    bot: Bot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
):
    team = make_team({**EXAMPLE, POLICY: in_warehouse()})
    monkeypatch.chdir(tmp_path)
    said = bot(command[0], None, *command[1:], "--repo", team.path)
    assert said.code == 0, said.err
    assert f"plan reads {DATABASE} and no log files" in said.err


def test_one_sd_line_by_line_is_asked_there(make_team: MakeTeam, bot: Bot):
    team = make_team({POLICY: in_warehouse()})
    said = bot("log", None, "show", "--sd", "SD-1", "--repo", team.path)
    assert said.code == 1
    assert f"ask lake.tokens and lake.rework of {DATABASE}" in said.err


def test_a_gate_says_whose_budget_zone_it_goes_by(make_team: MakeTeam, bot: Bot):
    team = make_team({POLICY: in_warehouse()})
    said = bot("model", None, "SECURITY", "PLAN", "--repo", team.path)
    assert said.code == 0, said.err
    assert "the zone is that of the log files here" in said.err


def test_the_model_of_an_sd_says_whose_rows_it_goes_by(make_team: MakeTeam, bot: Bot):
    """Else an SD whose rows are in the warehouse alone would change its model midway without a word."""
    team = make_team({POLICY: in_warehouse()})
    said = bot("model", None, "TESTING", "EXEC", "--sd", "SD-1", "--repo", team.path)
    assert (said.code, said.out) == (0, "sonnet\n")
    assert "when the SD began is told by the log files here" in said.err


@pytest.mark.slow
def test_without_a_source_nothing_of_an_engine_is_loaded(make_team: MakeTeam):
    team = make_team(EXAMPLE)
    look = (
        "import sys\nfrom bot.cli import main\n"
        "code = main(['plan', '--repo', sys.argv[1], '--week', sys.argv[2]])\n"
        "named = {name.partition('.')[0] for name in sys.modules}\n"
        "engines = {'psycopg', 'pyspark', 'grpc'} & named or 'bot.warehouse.judging' in sys.modules\n"
        "sys.exit(code or bool(engines))"
    )
    done = subprocess.run(
        [sys.executable, "-c", look, team.path, WEEK], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
