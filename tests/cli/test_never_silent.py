"""Never silent (issue 13, item 5): what was pushed, that nothing was written, whom nobody knows.

That nobody logs outcomes: `test_no_outcomes`; that no rows arrive: `test_workflow`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.forge.host import Host
from tests.support.scene import FIRST
from tests.support.teams import EXAMPLE, WEEK, WEEKLY, Team, cell, cells
from tests.support.weekly import weekly

MakeTeam = Callable[..., Team]
NOTHING = "Nothing was written."
DO_IT = f"{NOTHING} `calibration-bot run` does what is above."


def last(text: str) -> str:
    return text.rstrip("\n").rpartition("\n")[2]


@pytest.fixture
def summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The job's summary, as a workflow keeps it."""
    file = tmp_path / "summary"
    file.touch()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    return file


# ---------------------------------------------------------------- run


def test_run_says_which_branch_it_pushed_at_which_commit(
    make_team: MakeTeam, bot: Bot, summary: Path
) -> None:
    team = make_team(EXAMPLE)
    said = bot.run(team)
    sha = team.remote.sha(WEEKLY)[:12]
    assert last(said.out) == f"Pushed {WEEKLY} at {sha} (1 commit)."
    assert f" Pushed: `{WEEKLY}` at `{sha}`, 1 commit." in summary.read_text("utf-8")


@pytest.mark.slow
def test_run_says_that_it_wrote_nothing_where_all_is_there_already(
    make_team: MakeTeam, bot: Bot, summary: Path
) -> None:
    team = make_team(EXAMPLE)
    bot.run(team)
    summary.write_text("")
    assert last(bot.run(team).out) == NOTHING
    assert "Pushed" not in summary.read_text("utf-8")


def test_run_says_that_it_wrote_nothing_where_nothing_is_to_be_proposed(
    make_team: MakeTeam, bot: Bot
) -> None:
    said = bot.run(make_team(cells(cell(0, 5))))
    assert last(said.out) == "Nothing was written: there is nothing to propose."


def test_quietly_only_what_changes_is_said(make_team: MakeTeam, bot: Bot) -> None:
    assert "written" not in bot.run(make_team(EXAMPLE), "--quiet").out


# ---------------------------------------------------------------- plan


@pytest.mark.slow
@pytest.mark.parametrize("command", [("plan",), ("run", "--dry-run")], ids=" ".join)
def test_looking_ends_by_saying_that_nothing_was_written(
    make_team: MakeTeam, bot: Bot, command: tuple[str, ...]
) -> None:
    team = make_team(EXAMPLE)
    name, *options = command
    assert last(bot(name, team, "--week", WEEK, *options).out) == DO_IT
    shown = bot(name, team, "--week", WEEK, *options, "--format", "markdown").out
    assert " Nothing was written: this only looked.\n" in shown
    assert "Pushed" not in shown
    bot.run(team)
    assert last(bot(name, team, "--week", WEEK, *options).out) == NOTHING


def test_looking_at_nothing_says_so_too(make_team: MakeTeam, bot: Bot) -> None:
    assert last(bot("plan", make_team(), "--week", WEEK).out) == NOTHING


# ---------------------------------------------------------------- whom nobody knows


def test_an_agent_that_nobody_lists_stands_in_the_summary_with_the_nearest_name(
    make_team: MakeTeam, bot: Bot, summary: Path
) -> None:
    """Though nothing is wrong with its work: healthy evidence under a wrong name is lost to the right one."""
    said = bot.run(make_team(cells(cell(0, 5, agent="TESTNG"))))
    words = (
        "no phase of the table lists TESTNG (nearest: TESTING): 5 runs judged, but never promoted"
    )
    assert words in said.out
    assert words in summary.read_text("utf-8")


def test_a_model_that_no_rung_knows_stands_in_the_summary(
    make_team: MakeTeam, bot: Bot, summary: Path
) -> None:
    bot.run(make_team(cells(cell(0, 5, model="claude-sonet-4-5"))))
    assert "no rung of the ladder knows claude-sonet-4-5: 5 runs" in summary.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "near"),
    [
        (("--agent", "TESTNG"), " (nearest: TESTING"),
        (("--agent", "API", "--model", "sonet"), " (nearest: sonnet"),
        (("--agent", "API", "--model", "claude-sonet-4-5"), " (nearest: claude-sonnet-*"),
        (("--agent", "API", "--model", "Opuss"), " (nearest: opus"),
    ],
    ids=["agent", "rung", "id", "case"],
)
@pytest.mark.parametrize("kind", ["tokens", "rework"])
def test_who_logs_an_unknown_name_is_told_the_nearest_and_it_is_logged(
    make_team: MakeTeam, bot: Bot, kind: str, options: tuple[str, ...], near: str
) -> None:
    event = ("--sd", "SD-1", "--phase", "EXEC", *(("--tokens", "1") if kind == "tokens" else ()))
    said = bot("log", None, kind, "--repo", make_team().path, *event, *options)
    assert (said.code, said.out.startswith("logged in ")) == (0, True)
    assert said.err.startswith("warning: no ")
    assert near in said.err


def test_a_name_that_is_like_nothing_comes_with_those_that_are_known(
    make_team: MakeTeam, bot: Bot
) -> None:
    event = ("--sd", "SD-1", "--phase", "EXEC", "--tokens", "1", "--agent", "Q" * 64)
    said = bot("log", None, "tokens", "--repo", make_team().path, *event)
    assert (said.code, "known are API, " in said.err, "nearest" in said.err) == (0, True, False)


def test_whoever_knows_the_names_pays_nothing_for_those_who_do_not() -> None:
    script = "import sys, bot.cli.log_doubts; print('difflib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


# ---------------------------------------------------------------- on GitHub


@pytest.mark.slow
def test_on_github_the_pull_request_is_said_too(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_forge = weekly(host, tmp_path / "clone", monkeypatch, capsys)
    on_forge.log(FIRST)
    done = on_forge("--format", "text")
    pushed = f"Pushed {WEEKLY} at {on_forge.heads[WEEKLY][:12]} (1 commit)."
    assert last(done.out) == f"{pushed} Pull request opened: {on_forge.pull()['html_url']}"
    assert last(on_forge("--format", "text").out) == NOTHING
