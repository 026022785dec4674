"""The command line itself: help, exit codes, errors, interruptions, and how little it loads."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import bot as package
from bot.cli import command_line
from tests.support.commands import SCRIPT, Bot, script
from tests.support.teams import EXAMPLE, WEEK, Team

MakeTeam = Callable[..., Team]
HEAVY = {"duckdb", "github", "git", "tomlkit", "pydantic", "rich"}
ALL = (*command_line.COMMANDS,)


def test_the_help_lists_every_command(bot: Bot):
    said = bot("--help")
    assert said.code == 0
    listed = {line.split()[0] for line in said.out.splitlines() if line.startswith("    ")}
    assert {*ALL} <= listed


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help(bot: Bot, name: str):
    said = bot(name, None, "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: calibration-bot {name} ")


def test_the_version_is_the_packages(bot: Bot):
    assert bot("--version").out == f"calibration-bot {package.__version__}\n"


@pytest.mark.parametrize(
    "args", [(), ("weekly",), ("plan", "--nope")], ids=["none", "unknown", "option"]
)
def test_wrong_usage_ends_with_2(args: tuple[str, ...]):
    said = script(*args)
    assert said.code == 2
    assert "usage: calibration-bot" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "code",
    [
        "import bot",
        "from bot.cli import main; main(['--help'])",
        "from bot.cli import main; assert main(['model', 'TESTING', 'EXEC']) == 0",
    ],
    ids=["import", "help", "model"],
)
def test_what_must_be_quick_loads_nothing_heavy(code: str):
    dump = "import atexit, json, sys; atexit.register(lambda: print(json.dumps([*sys.modules])))"
    done = subprocess.run(
        [sys.executable, "-c", f"{dump}\n{code}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    loaded = {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert "bot" in loaded
    assert not loaded & HEAVY


def _boom(args: argparse.Namespace) -> int:
    secret = "hunter2"
    raise RuntimeError(f"broke\x1b[31m\n::error::x ({len(secret)})")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """`table` and `run` with a bug in them."""
    for name in ("table", "run"):
        monkeypatch.setattr(f"bot.cli.{name}.run", _boom)


@pytest.mark.usefixtures("broken")
def test_a_bug_ends_with_70_and_asks_for_a_report(bot: Bot):
    said = bot("run")
    assert said.code == 70
    assert said.err == (
        "bug: RuntimeError: broke\\x1b[31m\\n::error::x (7)\nRun again with -v and report what it prints.\n"
    )


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("args", [("run", "-v"), ("table",)], ids=["verbose", "no-verbosity"])
def test_a_bug_shows_its_stack_without_local_variables(bot: Bot, args: tuple[str, ...]):
    said = bot(args[0], None, *args[1:])
    assert said.code == 70
    assert "in _boom" in said.err
    assert "hunter2" not in said.err.replace('secret = "hunter2"', "")
    assert "\x1b" not in said.err


@pytest.mark.usefixtures("broken")
def test_a_bug_is_told_to_the_workflow(bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    said = bot("run")
    annotations = [line for line in said.err.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert annotations[0].startswith("::error title=calibration-bot::bug: RuntimeError: broke")
    assert said.out == ""
    assert "bug: RuntimeError: broke" in summary.read_text("utf-8")


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(make_team: MakeTeam):
    team = make_team(EXAMPLE)
    reading, writing = os.pipe()
    os.close(reading)
    args = [str(SCRIPT), "plan", "--repo", team.path, "--week", WEEK, "-v"]
    done = subprocess.run(args, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_an_interrupted_run_ends_quietly_and_leaves_nothing_behind(
    make_team: MakeTeam, tmp_path: Path
):
    team = make_team(EXAMPLE)
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    before = team.everything()
    fifo = team.work.path.parent / "remote-that-never-answers"
    os.mkfifo(fifo)
    slow = f"cat {fifo} >/dev/null; git-upload-pack"
    team.work.git("config", "remote.origin.uploadpack", slow)
    config = team.work.path / ".git/config"
    process = subprocess.Popen(
        [str(SCRIPT), "run", "--repo", team.path, "--week", WEEK],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not any(scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert list(scratch.iterdir()) == []
    after = team.everything()
    assert after.pop(str(config)) != before.pop(str(config))
    assert after == before


@pytest.mark.slow
def test_a_terminal_without_arrows_gets_escapes_instead_of_a_crash(make_team: MakeTeam):
    team = make_team(EXAMPLE)
    said = script("run", "--repo", team.path, "--week", WEEK, PYTHONIOENCODING="ascii")
    assert (said.code, said.err) == (0, "")
    assert "sonnet \\u2192 opus" in said.out
