"""What a person sees on a terminal: tables that fit, colours unless unwanted, and that work goes on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from typing import NamedTuple

import pytest
from rich.cells import cell_len

from tests.support.teams import EXAMPLE, WEEK, Team

MakeTeam = Callable[..., Team]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
BOT = ("-c", "import sys; from bot.cli import main; sys.exit(main())")


class Seen(NamedTuple):
    """What came out of a program."""

    out: str
    err: str


def seen(*command: str, columns: int, terminals: str = "out err", **environment: str) -> Seen:
    """Run Python with the named streams on terminals so wide, the other one piped."""
    ends = {name: pty.openpty() if name in terminals else os.pipe() for name in ("out", "err")}
    for name, (reader, writer) in ends.items():
        if name in terminals:
            fcntl.ioctl(reader, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            ends[name] = reader, writer
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, *command],
        stdout=ends["out"][1],
        stderr=ends["err"][1],
        stdin=subprocess.DEVNULL,
        env={**kept, "TERM": "xterm-256color", **environment},
    ):
        for _, writer in ends.values():
            os.close(writer)
        return Seen(*(_read(reader) for reader, _ in ends.values()))


def _read(reader: int) -> str:
    found = b""
    while True:
        try:
            piece = os.read(reader, 65_536)
        except OSError:  # a terminal whose other side is closed
            piece = b""
        if not piece:
            os.close(reader)
            return found.decode().replace("\r\n", "\n")
        found += piece


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 40])
def test_a_plan_fits_the_terminal_in_colour(make_team: MakeTeam, columns: int):
    team = make_team(EXAMPLE)
    said = seen(*BOT, "plan", "--repo", team.path, "--week", WEEK, columns=columns).out
    assert "\x1b[32mPROMOTE (1)\x1b[0m" in said
    plain = ESCAPE.sub("", said).partition("\n**1 promotion")[0]  # what follows is to be copied
    wide = [line for line in plain.split("\n") if cell_len(line) > columns]
    assert [line for line in wide if line[0] not in " +-@"] == []  # the diff is the terminal's
    assert "  TESTING/EXEC  sonnet → opus" in plain


def test_no_color_means_no_escape_at_all(make_team: MakeTeam):
    said = seen(
        *BOT, "plan", "--repo", make_team(EXAMPLE).path, "--week", WEEK, columns=80, NO_COLOR="1"
    )
    assert "\x1b" not in said.out
    assert "  TESTING/EXEC  sonnet → opus  3/5" in said.out


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": "true", "COLUMNS": "40"}])
def test_a_pipe_and_a_runner_get_whole_lines_without_escapes(
    make_team: MakeTeam, environment: dict[str, str]
):
    """A runner obeys what a line begins with, so no line may be broken there, whatever COLUMNS says."""
    command = (*BOT, "plan", "--repo", make_team(EXAMPLE).path, "--week", WEEK)
    said = seen(*command, columns=40, terminals="", **environment)
    assert "\x1b" not in said.out + said.err
    assert "2.0 more than the 20 % allowance of 1.0 (bar 2.0)\n" in said.out


WORK = """
import time
from bot.cli.progress import working
with working("reading") as now:
    time.sleep({0})
    now("writing")
    time.sleep({0})
    print("the result")
"""


@pytest.mark.slow
def test_what_takes_long_is_told_on_stderr_and_goes_away():
    said = seen("-c", WORK.format(0.8), columns=40, terminals="err")
    assert said.out == "the result\n"
    assert "writing" in said.err
    assert said.err.endswith("\x1b[2K")  # wiped


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "terminals"), [(0.1, "out err"), (0.8, "out")], ids=["quick", "no terminal"]
)
def test_nothing_is_told_of_quick_work_nor_where_nobody_looks(seconds: float, terminals: str):
    said = seen("-c", WORK.format(seconds), columns=40, terminals=terminals)
    assert said == ("the result\n", "")
