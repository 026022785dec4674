"""A team without phases works without inventing one (issue 11, item 4)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.collecting.spoken import word_of
from bot.errors import InvalidInput
from bot.policy import read_policy
from tests.support.commands import Bot
from tests.support.repositories import new_repository
from tests.support.teams import LOGGED, POLICY, TABLE, WEEK, cell, cells, policy

NO_PHASES = policy(phases='["ALL"]')
ASSIGNED = 'default = "sonnet"\n\n[ALL]\nCODER = "sonnet"\nSECURITY = "opus"\n'
LOGS = cells(cell(3, 5, agent="CODER", phase="ALL"))


@pytest.fixture
def team(tmp_path: Path) -> str:
    work = new_repository(tmp_path / "r")
    work.time = LOGGED - 30 * 86_400
    work.commit({POLICY: NO_PHASES, TABLE: ASSIGNED}, "Give every agent a model")
    work.time = LOGGED
    work.commit(LOGS, "Logs")
    return str(work.path)


@pytest.mark.parametrize("phases", ['["ALL"]', '["EXEC"]'])
def test_where_there_is_one_phase_nobody_has_to_say_it(
    tmp_path: Path, bot: Bot, phases: str
) -> None:
    (only,) = json.loads(phases)
    work = new_repository(tmp_path / "r")
    work.commit({POLICY: policy(phases=phases), TABLE: ASSIGNED.replace("ALL", only)})
    where = ("--repo", str(work.path))
    for said in (
        ("tokens", "--sd", "A", "--agent", "CODER", "--tokens", "7"),
        ("rework", "--sd", "A", "--agent", "CODER"),
    ):
        assert bot("log", None, *said, *where).code == 0
    rows = json.loads(bot("log", None, "show", "--sd", "A", "--format", "json", *where).out)["rows"]
    assert [(row["phase"], row["agent"]) for row in rows] == [(only, "CODER")] * 2
    assert bot("model", None, "CODER", *where).out == "sonnet\n"
    assert bot("model", None, "SECURITY", *where).out == "opus\n"
    work.commit({}, "x\n\nSD: B\nRework: CODER flaky-test\n")
    assert bot("collect", None, "git", *where).code == 0
    (row,) = json.loads(bot("log", None, "show", "--sd", "B", "--format", "json", *where).out)[
        "rows"
    ]
    assert (row["phase"], row["agent"], row["cause"]) == (only, "CODER", "flaky-test")
    assert str(word_of("rework", "CODER", (only,)).cell.phase) == only


@pytest.mark.parametrize(
    ("command", "args", "said"),
    [
        ("log", ("rework", "--sd", "A", "--agent", "TESTING"), "--phase: is missing"),
        ("log", ("tokens", "--sd", "A", "--tokens", "1"), "--phase: is missing"),
        ("model", ("TESTING",), "PHASE is missing; known are LEAD, PLAN, EXEC"),
        ("plan", ("--explain", "TESTING"), "--explain takes AGENT PHASE, the agent alone where"),
        ("plan", ("--explain", "A", "B", "C"), "--explain takes AGENT PHASE"),
    ],
)
def test_where_there_are_several_it_has_to_be_said(
    tmp_path: Path, bot: Bot, command: str, args: tuple[str, ...], said: str
) -> None:
    work = new_repository(tmp_path / "r")
    work.commit({POLICY: policy(), TABLE: 'default = "sonnet"\n'})
    result = bot(command, None, *args, "--repo", str(work.path))
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("plan", ("--week", WEEK)),
        ("plan", ("--week", WEEK, "--format", "markdown")),
        ("plan", ("--week", WEEK, "--explain", "CODER")),
        ("log", ("show", "--week", WEEK)),
        ("log", ("show", "--week", WEEK, "--format", "markdown")),
        ("log", ("show", "--sd", "CODER-ALL-1")),
        ("budget", ("--week", WEEK)),
        ("table", ()),
        ("table", ("--format", "markdown")),
        ("history", ()),
    ],
)
def test_no_output_repeats_it(team: str, bot: Bot, command: str, args: tuple[str, ...]) -> None:
    said = bot(command, None, *args, "--repo", team)
    assert said.code == 0, said.err
    shown = said.out.replace("CODER-ALL-", "")  # names of SDs
    # The diff of the table shows the table, and what machines read back says all.
    shown = re.sub(r"(?m)^.?\[ALL\]$|^@@ .*$|<!--.*?-->", "", shown)
    assert "ALL" not in shown
    assert "CODER" in shown or command == "history"


def test_a_promotion_is_worded_without_a_phase(team: str, bot: Bot) -> None:
    said = bot("plan", None, "--week", WEEK, "--format", "json", "--repo", team).document
    (change,) = said["changes"]
    assert change["subject"] == "calibration: coder-agent upgraded to opus (edge case detection)"
    assert (change["phase"], change["agent"]) == ("ALL", "CODER")
    assert said["verdicts"][0]["sentence"].startswith("CODER on sonnet: 3 of 5 SDs needed rework")
    assert bot("run", None, "--week", WEEK, "--repo", team).code == 0


def test_no_phases_and_some_phases_are_a_contradiction() -> None:
    with pytest.raises(InvalidInput, match="ALL stands for no phases at all; list it alone"):
        read_policy(policy(phases='["ALL", "EXEC"]'), "p")
