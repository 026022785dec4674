"""`run` killed with SIGKILL at any moment: the user's repository is as it was, and the next run does it all.

A `git` first on PATH kills the whole process group before or after any of the bot's git children, which is
where the repository could change; a few kills in between come by the clock.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.commands import SCRIPT
from tests.support.repositories import snapshot
from tests.support.teams import EXAMPLE, WEEK, WEEKLY, Team, branches

MakeTeam = Callable[..., Team]
RUN = ("run", "--week", WEEK, "--forge", "local", "--quiet")
OURS = ("/objects/", "/refs/heads/calibration", "/logs/refs/heads/calibration")


class Killing:
    """The installed command in a process group of its own, which something kills."""

    def __init__(self, folder: Path) -> None:
        self._count = folder / "count"
        fake = folder / "fake/git"
        fake.parent.mkdir()
        fake.write_text(
            "#!/bin/sh\n"
            f"echo . >> {self._count}; at=$(wc -l < {self._count})\n"
            '[ "$at.before" = "$KILL" ] && kill -s KILL -- -$GROUP\n'
            f'{shutil.which("git")} "$@"; status=$?\n'
            '[ "$at.after" = "$KILL" ] && kill -s KILL -- -$GROUP\n'
            "exit $status\n"
        )
        fake.chmod(0o755)
        temporary = folder / "temporary"
        temporary.mkdir()
        path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "TMPDIR": str(temporary)}

    def run(self, team: Team, kill: str = "", after: float | None = None) -> int:
        """Exit status of a `run`, killed at a child or after some seconds."""
        self._count.write_text("")
        command = 'GROUP=$$; export GROUP; exec "$@"'
        process = subprocess.Popen(
            ["sh", "-c", command, "sh", str(SCRIPT), *RUN, "--repo", team.path],
            env={**self._environment, "KILL": kill},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if after is not None:
            time.sleep(after)
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return process.returncode

    def children(self) -> int:
        """How many git children the last run had."""
        return self._count.read_text().count("\n")


def _seen(team: Team) -> Mapping[str, str]:
    """The user's repository without what the bot may add."""
    every = snapshot(team.work.path)
    return {path: what for path, what in every.items() if not any(part in path for part in OURS)}


def _own(team: Team) -> str | None:
    """The user's own branch of the proposal: follows a push, and is missing where the push was the last."""
    return branches(team.work).get(WEEKLY)


def _kills(count: int, children: int, seconds: float) -> list[tuple[str, float | None]]:
    """Before and after each child, then by the clock; of all these `count`, evenly."""
    every: list[tuple[str, float | None]] = []
    for child in range(1, children + 1):
        every += [(f"{child}.before", None), (f"{child}.after", None)]
    timed = max(count - len(every), 2)
    every += [("", seconds * (at + 1) / (timed + 1)) for at in range(timed)]
    return [every[at * len(every) // count] for at in range(count)]


@pytest.mark.slow
@pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.stress)])
def test_a_killed_run_leaves_the_repository_as_it_was_and_the_next_ends_as_one_that_lived(
    count: int, make_team: MakeTeam, tmp_path: Path
) -> None:
    killing = Killing(tmp_path)
    lived = make_team(EXAMPLE, "lived")
    started = time.monotonic()
    assert killing.run(lived) == 0
    seconds = time.monotonic() - started
    ending = lived.branches()
    assert _own(lived) == ending[WEEKLY]
    for at, (kill, after) in enumerate(_kills(count, killing.children(), seconds)):
        team = make_team(EXAMPLE, f"killed-{at}")
        before = _seen(team)
        status = killing.run(team, kill, after)
        assert status == -signal.SIGKILL or after is not None, kill
        assert _seen(team) == before, (kill, after)
        assert killing.run(team) == 0, (kill, after)
        assert _seen(team) == before
        assert team.branches() == ending, (kill, after)
        assert _own(team) in (None, ending[WEEKLY])
        team.work.git("fsck", "--strict")
        shutil.rmtree(team.work.path.parent)
