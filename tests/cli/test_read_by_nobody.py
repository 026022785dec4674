"""What nobody reads is said by the commands that would have read it: silence is never an answer (issue 8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.commands import Bot
from tests.support.teams import EXAMPLE, LOGS, WEEK, Team, lines, token

MakeTeam = Callable[..., Team]
STRAYS = (
    f"{LOGS}/usage.jsonl",
    f"{LOGS}/Tokens.JSONL",
    f"{LOGS}/tokens.jsonl.bz2",
    f"{LOGS}/tokens.json.gz",
    f"{LOGS}/usage.parquet",
    f"{LOGS}/rework.json",
    f"{LOGS}/tokens.ndjson",
    f"{LOGS}/deeper/tokens.jsonl",
    ".calibration/logs/tokens.jsonl",
)
ROW = lines([token("SD-1", id="stray")])


@pytest.mark.slow
@pytest.mark.parametrize("path", STRAYS)
@pytest.mark.parametrize(
    "command", [("validate",), ("log", "sync"), ("plan", "--week", WEEK)], ids=" ".join
)
def test_a_file_like_a_log_that_no_glob_means_is_named(
    make_team: MakeTeam, bot: Bot, path: str, command: tuple[str, ...]
) -> None:
    team = make_team({**EXAMPLE, path: ROW})
    said = bot(command[0], None, *command[1:], "--repo", team.path)
    words = " ".join(f"{said.out} {said.err}".split())
    assert said.code == 0
    assert words.count(f"{path} looks like a log, but") == 1


@pytest.mark.parametrize("path", [f"{LOGS}/notes.md", f"{LOGS}/.tokens.jsonl", "data/x.jsonl"])
def test_other_files_are_nobodys_business(make_team: MakeTeam, bot: Bot, path: str) -> None:
    team = make_team({**EXAMPLE, path: ROW})
    assert bot("validate", team).err == ""


def test_many_are_counted(make_team: MakeTeam, bot: Bot) -> None:
    team = make_team({**EXAMPLE, **{f"{LOGS}/x{number}.jsonl": ROW for number in range(9)}})
    said = bot("validate", team).err
    assert said.count("looks like a log") == 5
    assert "4 more files like these" in said


def test_a_branch_that_is_read_is_looked_through_too(make_team: MakeTeam, bot: Bot) -> None:
    team = make_team(EXAMPLE)
    team.work.git("switch", "-q", "--orphan", "calibration/logs")
    team.work.commit({f"{LOGS}/usage\x1b[2J.jsonl": ROW})
    team.work.git("push", "-q", "origin", "calibration/logs")
    team.work.git("switch", "-q", "main")
    said = bot("plan", team, "--week", WEEK).out
    assert f"{LOGS}/usage" in said
    assert "looks like a log" in said
    assert "\x1b" not in said
