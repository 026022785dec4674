"""The front page tells the truth: what it shows is what the commands print."""

import re
from pathlib import Path

import pytest

from bot.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text()
SHOWN = re.findall(r"<!-- demo output: (week \d) -->\n```text\n(.*?)```\n", README, re.DOTALL)


@pytest.fixture(scope="module")
def printed() -> str:
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as out:
        assert main(["demo"]) == 0
    return out.getvalue()


@pytest.mark.parametrize(("week", "text"), SHOWN, ids=[week for week, _ in SHOWN])
def test_the_worked_example_is_the_demos_own_output(week: str, text: str, printed: str):
    assert text in printed


def test_both_weeks_are_shown():
    assert [week for week, _ in SHOWN] == ["week 1", "week 2"]


@pytest.mark.slow
def test_what_the_rule_costs_and_buys_is_what_replay_prints():
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as out:
        assert main(["replay", "--simulate", "--format", "markdown"]) == 0
    shown = README.partition("<!-- simulation -->\n")[2].partition("<!-- end of simulation -->")[0]
    assert shown == out.getvalue()


def test_every_command_is_listed():
    from bot.cli.command_line import COMMANDS

    assert [name for name in COMMANDS if f"`calibration-bot {name}" not in README] == []


def test_every_dependency_earns_its_line():
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    runtime = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert runtime
    names = re.findall(r'^  "([A-Za-z0-9-]+)', runtime[1], re.MULTILINE)
    assert [
        name for name in names if f"| [{name}](" not in README.replace("DuckDB", "duckdb")
    ] == []
