"""The same week, base commit and logs give the same bytes, whatever differs around them (issue 10)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.reference.generate import world
from tests.reference.repository import build
from tests.reference.world import Place, World
from tests.support.repositories import Workshop

FEATURES = {
    "agentless",
    "drift",
    "history",
    "issues",
    "other-cause",
    "redo",
    "respelled",
    "shared-sds",
    "unknown-cause",
    "unknown-model",
    "unlogged",
    "versions",
}
LOGS = "calibration/logs"
AT = "import sys, time; time.time = lambda: {now}; from bot.cli import main; sys.exit(main(sys.argv[1:]))"


def _made() -> tuple[World, Place]:
    """A world without logs on base, and its logs."""
    made = world(7, FEATURES, 8)
    logs = dict(made.base)
    made.base.clear()
    return made, logs


def _in_another_order(logs: Mapping[str, str]) -> Place:
    """Other names, and the lines of every file backwards."""
    return {
        path.replace(".jsonl", f"-{number}.jsonl"): "".join(text.splitlines(keepends=True)[::-1])
        for number, (path, text) in enumerate(sorted(logs.items(), reverse=True))
    }


def _packed(logs: Mapping[str, str]) -> Place:
    """One file a kind in every week's folder, its lines sorted."""
    packed: dict[str, list[str]] = {}
    for path, text in logs.items():
        folder, _, name = path.rpartition("/")
        kind = "tokens" if name.startswith("tokens") else "rework"
        packed.setdefault(f"{folder}/{kind}-packed.jsonl", []).extend(text.splitlines(True))
    return {path: "".join(sorted(lines)) for path, lines in packed.items()}


def _plan(made: World) -> list[str]:
    return ["plan", "--week", made.weeks[-1], "--forge", "local"]


def _replay(made: World) -> list[str]:
    """All weeks as base and logs were, under two rules."""
    weeks = ["--from", made.weeks[0], "--to", made.weeks[-1]]
    past = ["--as-of", "main", "--logs-as-of", LOGS]
    return ["replay", *weeks, *past, "--set", "promotion.bar=1"]


COMMANDS = pytest.mark.parametrize("command", [_plan, _replay])


def _said(path: Path, command: list[str], now: int, **environment: str) -> bytes:
    """What a new process prints at some wall-clock time (seconds since the epoch)."""
    asked = [*command, "--repo", str(path), "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-c", AT.format(now=now), *asked],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b'"sds": ' in done.stdout or b'"logged": true' in done.stdout, "no log was read"
    return done.stdout


def _with_logs(path: Path, made: World, logs: Place) -> Workshop:
    """The world's repository with its logs on their branch."""
    made.branch.clear()
    made.branch.update(logs)
    return build(made, path)


@pytest.mark.slow
@COMMANDS
def test_the_same_inputs_give_the_same_bytes_elsewhere_and_at_another_time(
    tmp_path: Path, command: Callable[[World], list[str]]
):
    made, logs = _made()
    first = _with_logs(tmp_path / "first", made, logs)
    elsewhere = tmp_path / "another place" / "clone"
    first.git("clone", "--quiet", "--mirror", str(first.path), str(elsewhere / ".git"))
    Workshop(elsewhere).git("config", "core.bare", "false")
    asked = command(made)
    expected = _said(first.path, asked, 1_800_000_000, TZ="UTC", PYTHONHASHSEED="0")
    for now, zone, seed in (
        (1_900_000_000, "Pacific/Kiritimati", "1"),
        (1_790_000_000, "Asia/Kolkata", "77"),
    ):
        assert _said(elsewhere, asked, now, TZ=zone, PYTHONHASHSEED=seed) == expected


@pytest.mark.slow
@COMMANDS
@pytest.mark.parametrize("laid_out", [_in_another_order, _packed])
def test_the_order_of_files_and_lines_and_packing_change_no_byte(
    tmp_path: Path,
    laid_out: Callable[[Mapping[str, str]], Place],
    command: Callable[[World], list[str]],
):
    made, logs = _made()
    first = _with_logs(tmp_path / "first", made, logs)
    second = _with_logs(tmp_path / "second", made, laid_out(logs))
    assert first.sha("main") == second.sha("main")
    assert first.sha(LOGS) != second.sha(LOGS)
    asked = command(made)
    one, other = (_said(where.path, asked, 1_800_000_000) for where in (first, second))
    # The commit of the logs branch is another one, and named.
    assert one.replace(first.sha(LOGS).encode(), second.sha(LOGS).encode()) == other
