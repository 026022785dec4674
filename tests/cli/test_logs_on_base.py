"""The branch of the logs is never base: rows would go straight to it, past every review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot, unchanged
from tests.support.repositories import new_repository
from tests.support.teams import CONFIGURATION, EXAMPLE, POLICY, TABLE, WEEK, Team, policy, table

MakeTeam = Callable[..., Team]
SAID = "is the base branch, and logs need a branch of their own"
ON_MAIN = policy(ref='"main"')
NAMED = ON_MAIN.replace("[pull_request]\n", '[pull_request]\nbase = "main"\n')
COMMANDS = {
    "log sync": ("log", "sync"),
    "collect": ("collect", "git", "--sync"),
    "plan": ("plan", "--week", WEEK),
    "run": ("run", "--week", WEEK, "--forge", "local"),
    "replay": ("replay", "--from", WEEK, "--to", WEEK),
}


def _logged(team: Team, bot: Bot) -> None:
    entry = ("rework", "--sd", "S", "--phase", "EXEC", "--agent", "API")
    assert bot("log", None, *entry, "--repo", team.path).code == 0


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("text", [ON_MAIN, NAMED], ids=["by the remote", "by the policy"])
def test_no_command_takes_base_for_the_branch_of_the_logs(
    command: tuple[str, ...], text: str, make_team: MakeTeam, bot: Bot
) -> None:
    team = make_team({POLICY: text, TABLE: table(), **EXAMPLE})
    _logged(team, bot)
    with unchanged(team):
        said = bot(command[0], None, *command[1:], "--repo", team.path)
    assert (said.code, said.out) == (1, "")
    assert f"error: the policy's logs.ref: main {SAID}" in said.err


def test_without_a_remote_base_is_the_branch_checked_out(make_team: MakeTeam, bot: Bot) -> None:
    team = make_team({POLICY: ON_MAIN, TABLE: table()})
    team.work.git("remote", "remove", "origin")
    _logged(team, bot)
    with unchanged(team):
        said = bot("log", None, "sync", "--repo", team.path)
    assert (said.code, SAID in said.err) == (1, True)


@pytest.mark.parametrize("text", [ON_MAIN, NAMED], ids=["by the remote", "by the policy"])
def test_validate_says_it_with_line_and_key(text: str, make_team: MakeTeam, bot: Bot) -> None:
    team = make_team({POLICY: text, TABLE: table()})
    team.work.git("remote", "set-head", "origin", "main")
    said = bot("validate", None, "--repo", team.path)
    line = text[: text.index('\nref = "main"')].count("\n") + 2
    assert said.code == 1
    assert said.err.startswith(f"error: {POLICY}:{line}: logs.ref: main {SAID}")


def test_validate_knows_the_branch_checked_out_where_there_is_no_remote(
    tmp_path: Path, bot: Bot
) -> None:
    work = new_repository(tmp_path / "work")
    work.commit({**CONFIGURATION, POLICY: ON_MAIN})
    said = bot("validate", None, "--repo", str(work.path))
    assert (said.code, SAID in said.err) == (1, True)


def test_validate_takes_the_branch_checked_out_where_no_default_branch_is_noted(
    make_team: MakeTeam, bot: Bot
) -> None:
    team = make_team({POLICY: ON_MAIN, TABLE: table()})
    said = bot("validate", None, "--repo", team.path)
    assert (said.code, SAID in said.err) == (1, True)
    team.work.git("switch", "--quiet", "--detach")
    assert bot("validate", None, "--repo", team.path).code == 0
