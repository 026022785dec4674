"""The front page tells the truth: what it shows is what the commands print."""

import os
import re
import subprocess
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from bot.cli import main
from tests.handbook.pages import PICTURE
from tests.handbook.picture import drawn
from tests.support.agent_files import team_files
from tests.support.commands import SCRIPT
from tests.support.repositories import HERMETIC, with_remote

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PROJECT = (ROOT / "pyproject.toml").read_text()
SHOWN = re.findall(r"<!-- demo output: (week \d) -->\n```text\n(.*?)```\n", README, re.DOTALL)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What `demo --keep` printed, and its pull request's text."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    with redirect_stdout(StringIO()) as out:
        assert main(["demo", "--keep", str(folder)]) == 0
    return out.getvalue(), (folder / "pull-request.md").read_text("utf-8")


@pytest.mark.parametrize(("week", "text"), SHOWN, ids=[week for week, _ in SHOWN])
def test_the_worked_example_is_the_demos_own_output(week: str, text: str, played: tuple[str, str]):
    assert text in played[0]


def test_the_picture_is_the_demos_pull_request(played: tuple[str, str]):
    assert f"](.github/{PICTURE})" in README
    assert (ROOT / ".github" / PICTURE).read_text("utf-8") == drawn(*played)


def test_both_weeks_are_shown():
    assert [week for week, _ in SHOWN] == ["week 1", "week 2"]


@pytest.mark.slow
def test_a_new_user_gets_there_with_the_commands_as_they_stand(tmp_path: Path):
    """In a repository with agent files and a remote, by the installed command, to a green plan."""
    command = subprocess.run(
        [ROOT / ".ci" / "readme-command", "five minutes"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    work, remote = with_remote(tmp_path, team_files("Claude Code", "Copilot"))
    work.git("branch", "--quiet", "--set-upstream-to=origin/main")
    path = os.pathsep.join((str(SCRIPT.parent), os.environ["PATH"]))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=work.path,
        env={**os.environ, **HERMETIC, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 assignments, 1 gate, 0 log files: all valid" in done.stdout
    assert "Nothing to decide: the logs hold no row" in done.stdout
    assert remote.git("show", "main:config/overrides.toml").count(" = ") == 7
    assert work.git("status", "--porcelain") == ""


def test_five_minutes_take_fifteen_lines():
    section = README.partition("## Five minutes to your own\n")[2].partition("\n## ")[0]
    assert len(section.strip().splitlines()) <= 15


@pytest.mark.slow
def test_what_the_rule_costs_and_buys_is_what_replay_prints():
    with redirect_stdout(StringIO()) as out:
        assert main(["replay", "--simulate", "--format", "markdown"]) == 0
    shown = README.partition("<!-- simulation -->\n")[2].partition("<!-- end of simulation -->")[0]
    assert shown == out.getvalue()


def test_every_command_is_listed():
    from bot.cli.command_line import COMMANDS

    assert [name for name in COMMANDS if f"`calibration-bot {name}" not in README] == []


def test_the_rooms_are_those_of_the_import_contract():
    contract, *_ = tomllib.loads(PROJECT)["tool"]["importlinter"]["contracts"]
    shown = README.partition("imports point one way, checked in CI:\n")[2].partition("[`bot/")[0]
    rooms = [room for layer in contract["layers"] for room in layer.split(" | ")]
    assert re.findall(r"\w+", shown) == [room for room in rooms if room != "__main__"]


def test_every_dependency_earns_its_line():
    runtime = re.search(r"^dependencies = \[(.*?)^\]", PROJECT, re.DOTALL | re.MULTILINE)
    assert runtime
    names = re.findall(r'^  "([A-Za-z0-9-]+)', runtime[1], re.MULTILINE)
    assert [
        name for name in names if f"| [{name}](" not in README.replace("DuckDB", "duckdb")
    ] == []
