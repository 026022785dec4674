"""Commands of calibration-bot: in this process, which is quick, or installed, which is the real thing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.support.teams import WEEK, Team

SCRIPT = Path(sys.executable).with_name("calibration-bot")


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @cached_property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def changes(self) -> list[str]:
        """`EXEC/TESTING sonnet opus`, one a promotion of the JSON document."""
        found = self.document["changes"]
        return [f"{c['phase']}/{c['agent']} {c['from']} {c['to']}" for c in found]

    def verdict(self, agent: str, phase: str = "EXEC") -> Any:
        """The verdict on a cell in the JSON document."""
        cells = self.document["verdicts"]
        return next(v for v in cells if (v["agent"], v["phase"]) == (agent, phase))


class Bot:
    """The command line, called in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, command: str, team: Team | None = None, *args: str) -> Said:
        where = () if team is None else ("--repo", team.path)
        self._capsys.readouterr()
        try:
            code = main([command, *where, *args])
        except SystemExit as err:
            code = int(err.code or 0)
        return Said(code, *self._capsys.readouterr())

    def run(self, team: Team, *args: str) -> Said:
        """`run` of the worked example's week."""
        return self("run", team, "--week", WEEK, *args)

    def json(self, team: Team, *args: str, command: str = "plan") -> Said:
        """`plan` (or `run`) of that week as JSON; it must end well."""
        said = self(command, team, "--week", WEEK, "--format", "json", *args)
        assert said.code == 0, said.err
        return said


def here(*args: str) -> Said:
    """A command in this process, for fixtures of many tests: these have no `capsys`."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(list(args))
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def script(*args: str, cwd: Path | None = None, **environment: str) -> Said:
    """The installed command in a process of its own."""
    done = subprocess.run(
        [str(SCRIPT), *args],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    return Said(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


@contextmanager
def unchanged(*teams: Team) -> Iterator[None]:
    """What happens inside writes nothing to clone or remote: no file, ref, object or configuration."""
    status, before = _seen(teams)
    yield
    assert _seen(teams) == (status, before)


def _seen(teams: tuple[Team, ...]) -> tuple[list[str], list[dict[str, str]]]:
    show = ("--no-optional-locks", "status", "--porcelain=v2", "--branch", "--ignored")
    return [team.work.git(*show) for team in teams], [team.everything() for team in teams]


def outputs(text: str) -> Mapping[str, str]:
    """What `$GITHUB_OUTPUT` says, read the way a runner reads it: `name=value` lines."""
    return dict(line.split("=", 1) for line in text.splitlines())
