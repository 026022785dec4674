"""What surrounds a command (a git it is a hook of, secrets of a workflow) reaches no child of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.repositories import new_repository, snapshot
from tests.support.teams import EXAMPLE, TABLE, WEEK, WEEKLY, Team

MakeTeam = Callable[..., Team]
SECRET = "CANARY-0123456789"
OURS = ("CALIBRATION_APP_ID", "CALIBRATION_APP_PRIVATE_KEY", "INPUT_TOKEN", "ACTIONS_RUNTIME_TOKEN")
THE_USERS = ("GITHUB_TOKEN", "GH_TOKEN", "NPM_TOKEN", "DB_PASSWORD")
TALKS = {"ls-remote", "fetch", "push"}
COMMANDS = [
    ("plan", "--week", WEEK),
    ("run", "--week", WEEK, "--forge", "local"),
    ("guard", "--base", "main", "--head", "HEAD"),
    ("guard", "--staged"),
    ("log", "sync"),
    ("log", "show"),
    ("validate",),
    ("model", "TESTING", "EXEC", "--sd", "SD-1"),
    ("collect", "git"),
]


def _recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[str, str]]]:
    """A `git` first on PATH that writes down each child's environment; gives command and environment."""
    seen, fake = folder / "seen", folder / "fake/git"
    seen.mkdir()
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nenv > {seen}/$1.$$\nexec {shutil.which("git")} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    return lambda: [(f.name.partition(".")[0], f.read_text()) for f in sorted(seen.iterdir())]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_child_of_a_command_sees_a_secret_but_the_one_that_talks_to_the_remote(
    command: tuple[str, ...],
    make_team: MakeTeam,
    bot: Bot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = make_team(EXAMPLE)
    children = _recorded(tmp_path, monkeypatch)
    for name in (*OURS, *THE_USERS):
        monkeypatch.setenv(name, f"{SECRET}-{name}")
    said = bot(command[0], None, *command[1:], "--repo", team.path)
    assert said.code == 0, said.err
    assert children()
    for child, environment in children():
        assert not [name for name in OURS if f"{SECRET}-{name}" in environment], child
        assert child in TALKS or SECRET not in environment, child


def _around(other: Path) -> Mapping[str, str]:
    git = other / ".git"
    return {
        "GIT_DIR": str(git),
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": str(git / "index"),
        "GIT_OBJECT_DIRECTORY": str(git / "objects"),
        "GIT_CONFIG_PARAMETERS": "'remote.origin.url'='/nowhere'",
        "GIT_PREFIX": "config/",
    }


@pytest.mark.slow
@pytest.mark.parametrize("told", [("GIT_DIR",), tuple(_around(Path("/x")))], ids=["one", "all"])
@pytest.mark.parametrize("command", COMMANDS[:5], ids=" ".join)
def test_the_repository_asked_for_wins_over_the_one_around_us(
    command: tuple[str, ...],
    told: tuple[str, ...],
    make_team: MakeTeam,
    bot: Bot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team, other = make_team(EXAMPLE), new_repository(tmp_path / "other")
    other.commit({TABLE: "not even TOML"})
    before = snapshot(other.path)
    for name in told:
        monkeypatch.setenv(name, _around(other.path)[name])
    monkeypatch.chdir(other.path)
    said = bot(command[0], None, *command[1:], "--repo", team.path)
    assert said.code == 0, said.err
    for name in told:
        monkeypatch.delenv(name)
    assert snapshot(other.path) == before
    if command[0] == "run":
        assert WEEKLY in team.branches()


def test_a_command_puts_its_environment_back(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = make_team(EXAMPLE)
    for name in (*OURS, *THE_USERS, "GIT_PREFIX"):
        monkeypatch.setenv(name, SECRET)
    before = dict(os.environ)
    for command in (("plan", "--week", WEEK), ("plan", "--week", "never"), ("plan", "--nonsense")):
        bot(*([command[0], team, *command[1:]]))
        assert dict(os.environ) == before
