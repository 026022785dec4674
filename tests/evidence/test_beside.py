"""Loggers, `git add -A`, `commit`, `log sync` and readers at work in one repository at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import time as time_of_day
from pathlib import Path

import pytest

from bot.calendar import Calendar
from bot.evidence.spend import spent
from bot.inputs.work_tree import all_logs
from tests.support.desk import TOP, run
from tests.support.repositories import Workshop, with_remote

GLOB, BRANCH, PHASES = (
    ".calibration/logs/*/tokens*.jsonl",
    "calibration/logs",
    ("LEAD", "PLAN", "EXEC"),
)
CALENDAR = Calendar("monday", time_of_day(), "UTC")
CONFIG = {
    f"config/{n}": (TOP / "config" / n).read_text() for n in ("policy.toml", "overrides.toml")
}
_LOGGER = """
import contextlib, io, sys
from bot.cli import main
for number in range(int(sys.argv[2])):
    sd = f"SD-{sys.argv[1]}-{number}"
    with contextlib.redirect_stdout(io.StringIO()):
        code = main(["log", "tokens", "--sd", sd, "--phase", "EXEC", "--tokens", "1"])
    assert code == 0
    print(sd, flush=True)
"""


class Beside:
    """Threads that repeat something until all that is to be logged is logged, and what went wrong."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        """Grows only once a row is on the disk."""
        self.done = threading.Event()
        self.failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def repeat(self, step: Callable[[], object], pause: float = 0.0) -> None:
        def loop() -> None:
            try:
                while not self.done.is_set():
                    step()
                    time.sleep(pause)
            except BaseException as error:
                self.failures.append(error)
                raise

        self._start(loop)

    def follow(self, logger: subprocess.Popen[str]) -> None:
        def read() -> None:
            assert logger.stdout is not None
            with logger.stdout as lines:
                self.logged.extend(map(str.strip, lines))

        self._start(read)

    def _start(self, target: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=target))
        self._threads[-1].start()

    def end(self) -> None:
        self.done.set()
        for thread in self._threads:
            thread.join()


def _commit(work: Workshop) -> None:
    """As people do; git refuses where a file vanishes under its hands, and they do it again."""
    for args in (("add", "-A"), ("commit", "-qm", "work"), ("ls-files",)):
        done = subprocess.run(["git", *args], cwd=work.path, capture_output=True, text=True)
    assert ".part" not in done.stdout


def _seen(work: Workshop) -> dict[str, set[str]]:
    """Ids of each SD, as a reader of the work tree and the branch finds them."""
    found: dict[str, set[str]] = {}
    with all_logs(work.path, BRANCH) as files:
        for file in files(GLOB):
            for line in file.content().splitlines():
                row = json.loads(line)
                found.setdefault(row["sd"], set()).add(row["id"])
    return found


def _read(work: Workshop, beside: Beside) -> None:
    before = set(beside.logged)
    seen = _seen(work)
    assert before <= seen.keys()
    assert {len(ids) for ids in seen.values()} <= {1}


def _add_up(work: Workshop, beside: Beside) -> None:
    before = len(beside.logged)
    week = CALENDAR.week_of(int(time.time()))
    found = spent(str(work.path), GLOB, week, PHASES, ref=BRANCH)
    assert before <= found.tokens
    assert found.bad_lines == 0


@pytest.mark.parametrize(
    ("loggers", "each"),
    [
        pytest.param(8, 10, id="8 x 10"),
        pytest.param(40, 25, id="40 x 25", marks=[pytest.mark.slow, pytest.mark.stress]),
    ],
)
def test_whatever_runs_beside_every_event_is_found_once_at_every_moment(
    loggers: int, each: int, tmp_path: Path
) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    beside = Beside()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _LOGGER, str(number), str(each)],
            cwd=work.path,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(loggers)
    ]
    for logger in running:
        beside.follow(logger)
    beside.repeat(lambda: _commit(work), pause=0.2)
    beside.repeat(lambda: run(work.path, "log", "sync").check_returncode())
    beside.repeat(lambda: _read(work, beside))
    beside.repeat(lambda: _add_up(work, beside))
    assert [logger.wait() for logger in running] == [0] * loggers
    beside.end()
    assert beside.failures == []
    assert len(beside.logged) == loggers * each
    for _ in range(2):
        assert _seen(work).keys() == set(beside.logged)
        _add_up(work, beside)
        run(work.path, "log", "sync").check_returncode()
    week = CALENDAR.week_of(int(time.time()))
    assert spent(str(work.path), GLOB, week, PHASES, ref=BRANCH) == (loggers * each, 0)
