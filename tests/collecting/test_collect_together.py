"""Collecting from several machines, after a crash, and over long histories (issue 11, must be true)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.evidence import write
from tests.support.commands import SCRIPT, Bot
from tests.support.desk import run
from tests.support.repositories import HERMETIC, START, Workshop, clone, with_remote
from tests.support.teams import POLICY, TABLE, policy, table

RULE = """
[[collect]]
when = "reverted"
phase = "EXEC"
agent = "DESIGN"
always = true
"""
BRANCH = "calibration/logs"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Workshop, Workshop]:
    """A work repository with SDs that landed over three weeks, one of them reverted, and its remote."""
    work, remote = with_remote(tmp_path, {POLICY: policy() + RULE, TABLE: table()})
    first = work.commit({"a": "a"}, "a\n\nSD: A\n")
    work.time += 7 * 86_400
    work.commit({"b": "b"}, "b\n\nSD: B\nRework: TESTING/EXEC flaky-test\n")
    work.time += 7 * 86_400
    work.commit({"a": ""}, f"Back\n\nThis reverts commit {first}.\n")
    work.git("push", "--quiet", "origin", "main")
    return work, remote


def _rows(remote: Workshop) -> list[dict[str, Any]]:
    paths = remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()
    lines = [line for path in paths for line in remote.file(BRANCH, path).splitlines()]
    return [json.loads(line) for line in lines]


def _collect(work: Workshop, *args: str) -> str:
    done = run(work.path, "collect", "git", *args, env={**os.environ, **HERMETIC})
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.mark.slow
def test_two_machines_at_once_add_each_fact_once(
    pair: tuple[Workshop, Workshop], tmp_path: Path
) -> None:
    _, remote = pair
    machines = [clone(remote, tmp_path / f"machine-{n}") for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda machine: _collect(machine, "--sync"), machines))
    ids = [row["id"] for row in _rows(remote)]
    assert len(ids) == len(set(ids)) == 5  # A and B passed, A reverted, B reworked, and the cursor
    later = clone(remote, tmp_path / "machine-3")
    said = _collect(later, "--sync")
    assert "0 new outcomes" in said
    assert sorted(row["id"] for row in _rows(remote)) == sorted(ids)


@pytest.mark.slow
def test_a_machine_that_does_not_know_the_branch_asks_for_it(
    pair: tuple[Workshop, Workshop], tmp_path: Path
) -> None:
    work, remote = pair
    _collect(work, "--sync")
    other = clone(remote, tmp_path / "other", "--single-branch")
    said = _collect(other)
    assert "0 new outcomes" in said
    assert not (other.path / ".calibration").exists()


def test_what_a_crash_left_out_comes_with_the_next_collection(
    pair: tuple[Workshop, Workshop], bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    work, _ = pair
    whole = tmp_path / "whole"
    shutil.copytree(work.path, whole)
    assert bot("collect", None, "git", "--repo", str(whole)).code == 0
    written = 0

    def fails_at_the_second(path: str, *rest: Any) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise OSError(28, "No space left on device")
        real(path, *rest)

    real = write._write
    monkeypatch.setattr(write, "_write", fails_at_the_second)
    assert bot("collect", None, "git", "--repo", str(work.path)).code == 1
    assert bot("collect", None, "git", "--repo", str(work.path)).code == 0

    def rows(top: Path) -> list[str]:
        files = top.glob(".calibration/logs/*/*.jsonl")
        return sorted(line for file in files for line in file.read_text().splitlines())

    assert rows(work.path) == rows(whole)


@pytest.mark.slow
def test_the_pull_request_sees_collected_outcomes_of_the_branch(
    pair: tuple[Workshop, Workshop], bot: Bot
) -> None:
    work, _ = pair
    _collect(work, "--sync")
    said = bot("plan", None, "--repo", str(work.path), "--week", "2025-W49", "--format", "json")
    (cell,) = [
        v for v in said.document["verdicts"] if (v["agent"], v["phase"]) == ("DESIGN", "EXEC")
    ]
    assert cell["week"] == {"sds": 1, "rework": 0}  # of that week; the revert came two weeks later
    later = bot("plan", None, "--repo", str(work.path), "--week", "2025-W51", "--format", "json")
    (cell,) = [
        v for v in later.document["verdicts"] if (v["agent"], v["phase"]) == ("DESIGN", "EXEC")
    ]
    assert cell["window"] == {"sds": 2, "rework": 1}


def _grow(work: Workshop, count: int) -> None:
    """Commits of one line each, made at once."""
    tip = work.sha("HEAD")
    feed = [
        f"commit refs/heads/main\nmark :{n + 1}\ncommitter A <a@x> {START + 60 * n} +0000\n"
        f"data 24\nx {n:08}\n\nSD: S-{n:05}\n\n" + (f"from {tip}\n" if n == 0 else "")
        for n in range(count)
    ]
    subprocess.run(
        ["git", "fast-import", "--quiet", "--force"],
        cwd=work.path,
        input="".join(feed).encode(),
        check=True,
        capture_output=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(not SCRIPT.exists(), reason="needs the installed script")
def test_a_long_history_is_walked_once_and_the_next_time_only_its_end(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, {POLICY: policy() + RULE, TABLE: table()})
    _grow(work, 30_000)
    work.git("push", "--quiet", "origin", "main")
    first = json.loads(_collect(work, "--format", "json"))
    assert first["passed"] == 30_000
    again = json.loads(_collect(work, "--format", "json"))
    assert again["passed"] == 0
    assert again["already_logged"] == 7 * 24 * 60 + 1
