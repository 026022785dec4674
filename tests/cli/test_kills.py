"""A command killed with SIGKILL at any moment: the user's repository is as it was, the next one does it all.

A `git` first on PATH kills the whole process group before or after any of the bot's git children, which is
where the repository could change; a few kills in between come by the clock.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.commands import SCRIPT
from tests.support.repositories import snapshot
from tests.support.teams import EXAMPLE, WEEK, WEEKLY, Team, branches

MakeTeam = Callable[..., Team]
RUN = ("run", "--week", WEEK, "--forge", "local", "--quiet")
SYNC = ("log", "sync")
LOGS_BRANCH = "calibration/logs"
OURS = ("/objects/", "/refs/heads/calibration", "/logs/refs/heads/calibration")


class Killing:
    """The installed command in a process group of its own, which something kills."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self._command = command
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
        """Exit status of the command, killed at a child or after some seconds."""
        self._count.write_text("")
        command = 'GROUP=$$; export GROUP; exec "$@"'
        process = subprocess.Popen(
            ["sh", "-c", command, "sh", str(SCRIPT), *self._command, "--repo", team.path],
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
    killing = Killing(tmp_path, RUN)
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


def _logged(team: Team) -> dict[str, bytes]:
    """Rows of the week, a file for each: in the work tree only, as many machines leave them."""
    found: dict[str, bytes] = {}
    for path, text in EXAMPLE.items():
        rows = text.encode() if isinstance(text, str) else text
        for at, row in enumerate(rows.split(b"\n")[:-1]):
            found[path.replace(".jsonl", f"-{at}.jsonl")] = row + b"\n"
    team.work.write(found)
    return found


def _rows_here(team: Team) -> Counter[bytes]:
    files = (team.work.path / ".calibration").rglob("*.jsonl")
    return Counter(row for file in files for row in file.read_bytes().split(b"\n") if row)


def _rows_there(team: Team) -> Counter[bytes]:
    if LOGS_BRANCH not in team.branches():
        return Counter()
    paths = team.remote.git("ls-tree", "-r", "-z", "--name-only", LOGS_BRANCH).split("\0")
    files = (team.remote.file(LOGS_BRANCH, path) for path in paths if path)
    return Counter(row for data in files for row in data.split(b"\n") if row)


def _but_the_logs(team: Team) -> Mapping[str, str]:
    parts = ("/objects/", "/remotes/origin/calibration", "/.calibration")
    every = snapshot(team.work.path)
    return {path: what for path, what in every.items() if not any(part in path for part in parts)}


@pytest.mark.slow
@pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.stress)])
def test_a_killed_log_sync_loses_no_row_and_the_next_has_each_once(
    count: int, make_team: MakeTeam, tmp_path: Path
) -> None:
    killing = Killing(tmp_path, SYNC)
    lived = make_team(name="lived")
    rows = Counter(row.strip() for row in _logged(lived).values())
    started = time.monotonic()
    assert killing.run(lived) == 0
    seconds = time.monotonic() - started
    assert (_rows_there(lived), _rows_here(lived)) == (rows, Counter())
    for at, (kill, after) in enumerate(_kills(count, killing.children(), seconds)):
        team = make_team(name=f"killed-{at}")
        _logged(team)
        before = _but_the_logs(team)
        killing.run(team, kill, after)
        assert rows <= _rows_here(team) | _rows_there(team), (kill, after)
        assert _but_the_logs(team) == before, (kill, after)
        assert killing.run(team) == 0, (kill, after)
        assert (_rows_there(team), _rows_here(team)) == (rows, Counter()), (kill, after)
        assert _but_the_logs(team) == before
        team.work.git("fsck", "--strict")
        shutil.rmtree(team.work.path.parent)
