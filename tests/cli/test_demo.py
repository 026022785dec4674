"""`demo`: the worked example, as issue 2 words it, through the same code as `run`."""

from __future__ import annotations

import os
import re
import resource
import shlex
import subprocess
from pathlib import Path

import pytest

from bot.cli.demo_logs import first_week
from bot.proposal.marker import read_marker
from tests.support.commands import SCRIPT, Said, script
from tests.support.markdown import render
from tests.support.teams import POLICY, TABLE, policy, table

SUBJECT = "calibration: testing-agent exec upgraded to opus (edge case detection)"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Said, float, Path]:
    """What the installed command printed, the seconds a processor took, and the folder it had."""
    folder = tmp_path_factory.mktemp("demo")
    before = _processor_seconds()
    said = script("demo", cwd=folder, TMPDIR=str(folder), HOME=str(folder))
    return said, _processor_seconds() - before, folder


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_it_ends_well_and_leaves_nothing_behind(played: tuple[Said, float, Path]):
    said, _, folder = played
    assert (said.code, said.err) == (0, "")
    assert list(folder.iterdir()) == []


def test_it_takes_less_than_5_seconds(played: tuple[Said, float, Path]):
    """Of a processor: what else the machine does at the same time is no fault of the demo's."""
    assert played[1] < 5


def test_week_1_promotes_by_a_one_line_diff(played: tuple[Said, float, Path]):
    week_1, _, _ = played[0].out.partition("Week 2")
    assert "Calibration 2025-W49" in week_1
    assert "PROMOTE (1): + 372,000 tokens a week, budget 56.1 % → 130.5 % (RED)\n" in week_1
    assert "  TESTING/EXEC  sonnet → opus  3/5  █ 2.0/2.0  + 372,000 tokens\n" in week_1
    assert "  TESTING/EXEC: 3 of 5 SDs needed rework" in week_1
    changed = [line for line in week_1.splitlines() if line[:2] in ("-T", "+T")]
    assert [line.split("  ")[0] for line in changed] == ['-TESTING = "sonnet"', '+TESTING = "opus"']
    assert f"\nPull request from calibration/weekly:\n  {SUBJECT}\n" in week_1


def test_week_2_keeps_opus_and_pushes_nothing(played: tuple[Said, float, Path]):
    week_2 = played[0].out.partition("Week 2")[2]
    assert "Calibration 2025-W50" in week_2
    assert "  TESTING/EXEC  opus   1/5  ▁ 0.0/2.0\n" in week_2
    said = "60 % before (3 of 5 on sonnet), 20 % now (1 of 5): too early to tell"
    assert f"  TESTING/EXEC sonnet → opus in 2025-W50: {said}\n" in week_2
    assert "PROMOTE" not in week_2
    assert week_2.endswith(
        "Branches on the remote: main (nothing was pushed)\n"
        "calibration-bot demo --keep DIR leaves repository and pull request to look at.\n"
    )


@pytest.mark.slow
def test_it_fits_two_screens_of_24_lines():
    shown = script("demo", COLUMNS="80").out.splitlines()
    assert max(map(len, shown)) <= 80
    assert len(shown) < 2 * 24  # one is the shell's own


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Said, Path]:
    """The same, left to look at in a folder whose name a shell would split."""
    folder = tmp_path_factory.mktemp("kept") / "new" / "a folder"
    return script("demo", "--keep", str(folder)), folder


@pytest.mark.slow
def test_the_pull_request_is_kept_to_look_at(kept: tuple[Said, Path]):
    body = (kept[1] / "pull-request.md").read_text("utf-8")
    marker = read_marker(body)
    assert marker is not None
    assert marker.week == "2025-W49"
    assert "TESTING/EXEC" in render(body).code
    assert not re.search(r"(?i)\[x\]|tick|close this", body)  # nobody there reads boxes
    assert "- **Drop one**: merge without its line. It is remembered from history" in body


@pytest.mark.slow
def test_what_it_says_to_look_with_works(kept: tuple[Said, Path]):
    said, folder = kept
    assert (said.code, said.err) == (0, "")
    told = said.out.partition(f"Kept in {folder}; to look:\n")[2].splitlines()
    place = {"PATH": f"{SCRIPT.parent}:{os.environ['PATH']}"}
    looks = [
        subprocess.run(
            shlex.split(line),
            env={**os.environ, **place},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in told
    ]
    text, log, plan = looks
    assert text == (folder / "pull-request.md").read_text("utf-8")
    assert f"    {SUBJECT}\n" in log
    assert "too early to tell" in plan


@pytest.mark.parametrize("name", ["full", "full/file", "full/file/below"])
def test_it_keeps_nothing_where_something_is_in_the_way(tmp_path: Path, name: str):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    said = script("demo", "--keep", name, cwd=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: --keep {name}: ")
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "file"]


def test_it_starts_from_the_shipped_files_but_for_what_the_issue_says():
    from bot.cli.demo import _configuration

    made = _configuration()
    assert made[POLICY] == policy()
    differing = zip(made[TABLE].splitlines(), table().splitlines(), strict=True)
    assert [new.split()[:3] for new, old in differing if new != old] == [
        ["TESTING", "=", '"sonnet"']
    ]
    assert set(first_week()) == {
        f".calibration/logs/2025-W49/{n}.jsonl" for n in ("tokens", "rework")
    }
