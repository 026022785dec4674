"""Whoever reads, a command ends as it ends: a pipe that closes early, a closed stdout, a full disk."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.attacks import base, entry, on_table
from tests.support.commands import SCRIPT, Bot
from tests.support.desk import desk, logged
from tests.support.tables import cell
from tests.support.teams import EXAMPLE, POLICY, TABLE, WEEK, Team

MakeTeam = Callable[..., Team]
LOG = {
    "log tokens": ("log", "tokens", "--sd", "SD-1", "--phase", "EXEC", "--tokens", "5"),
    "log rework": ("log", "rework", "--sd", "SD-1", "--phase", "EXEC", "--agent", "API", "--ok"),
}
FORMATS = ("text", "github", "json", "sarif")


def shell(script: str, *args: str, top: Path | str = ".") -> subprocess.CompletedProcess[str]:
    """Run bash with pipefail; `bot` is the program, `$@` are the arguments."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'bot() {{ "{SCRIPT}" "$@"; }}; {script}', "-", *args],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def refused(make_team: MakeTeam) -> Team:
    """`main` takes SECURITY, VALIDATION and 900 long-named gates down: more words than a pipe holds."""
    extra = "".join(
        f'\n[[gates]]\nphase = "EXEC"\nagent = "{"LONG_NAME_" * 5}{index}"\n'
        for index in range(900)
    )
    team = make_team({POLICY: base().policy.decode() + extra, TABLE: base().table})
    team.work.git("branch", "before")
    lowered = on_table(entry(cell("SECURITY/EXEC"), 'SECURITY = "haiku"'))(base()).table
    team.push({POLICY: base().policy.decode(), TABLE: lowered.replace(b'"opus"', b'"haiku"')})
    return team


READERS = ("head -1", "head -c 1", "true", "exec 0<&-; sleep 0")
READ = [
    *((form, READERS[0]) for form in FORMATS),
    *((FORMATS[0], reader) for reader in READERS[1:]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("form", "reader"), READ)
def test_a_refused_change_ends_with_3_whoever_reads(refused: Team, form: str, reader: str):
    script = f'bot guard --base before --format {form} "$@" | ({reader})'
    done = shell(script, "--repo", refused.path)
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.slow
def test_stderr_that_nobody_reads_changes_no_exit_code(make_team: MakeTeam):
    team = make_team({POLICY: "not toml ["})
    assert shell('bot plan "$@" 2>&1 | true', "--repo", team.path).returncode == 1
    assert shell('bot plan "$@" 2>&-', "--repo", team.path).returncode == 1
    done = shell('bot plan "$@" 2>&-', "--repo", team.path)
    assert done.stdout == ""


@pytest.mark.parametrize("args", LOG.values(), ids=LOG)
@pytest.mark.parametrize("out", [">&-", "| true", ">/dev/full"])
def test_what_is_logged_is_logged_whoever_reads(tmp_path: Path, args: tuple[str, ...], out: str):
    top = desk(tmp_path / "r")
    done = shell(f'bot "$@" {out}', *args, top=top)
    assert done.returncode == 0
    assert len(logged(top, args[1])) == 1
    told = "warning: stdout could not be written: "
    assert done.stderr.startswith(told) if out != "| true" else done.stderr == ""
    assert len(done.stderr.splitlines()) <= 1


COMMANDS = {
    "plan": ("plan", "--week", WEEK, "-v"),
    "run": ("run", "--week", WEEK),
    "guard": ("guard", "--base", "main"),
    "model": ("model", "TESTING", "EXEC"),
    "table": ("table",),
    "budget": ("budget", "--week", WEEK),
    "log show": ("log", "show", "--week", WEEK),
    "validate": ("validate",),
}


@pytest.mark.slow
@pytest.mark.parametrize("args", COMMANDS.values(), ids=COMMANDS)
def test_every_command_keeps_its_code_without_a_reader(make_team: MakeTeam, args: tuple[str, ...]):
    team = make_team(EXAMPLE)
    left = shell('bot "$@" | true', *args, "--repo", team.path)
    assert (left.returncode, left.stderr) == (0, "")
    closed = shell('bot "$@" >&-', *args, "--repo", team.path)
    assert closed.returncode == 0
    assert closed.stderr == "warning: stdout could not be written: it is closed\n"
    full = shell('bot "$@" >/dev/full', *args, "--repo", team.path)
    assert full.returncode == 1
    assert full.stderr == "warning: stdout could not be written: No space left on device\n"


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("plan", "--help")], ids=" ".join)
def test_help_that_nobody_reads_is_no_error(args: tuple[str, ...]):
    for out in (">&-", "| true"):
        done = shell(f'bot "$@" {out}', *args)
        assert (done.returncode, done.stderr) == (0, "")


def _child_died(args: argparse.Namespace) -> int:
    with subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE) as child:
        child.wait()
        assert child.stdin is not None
        os.write(child.stdin.fileno(), b"info HEAD\n")
    return 0


@pytest.mark.parametrize("command", ["guard", "run", "plan", "table"])
def test_a_pipe_to_a_child_that_died_is_no_reader_that_left(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, command: str
):
    monkeypatch.setattr(f"bot.cli.{command}.run", _child_died)
    said = bot(command)
    assert said.code == 70
    assert said.err.startswith("bug: BrokenPipeError")
