"""The memory that reading may take: counted on disk beyond it, with the same answer (issue 14)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.evidence.database import share
from bot.evidence.read import read_evidence, screened_logs
from bot.evidence.schema import Names
from bot.paths import LogFile
from bot.policy.values import LEAST_MEMORY
from tests.support.logs import log, question, stamp
from tests.support.packed import packed

MIB = 2**20
LITTLE = 208 * MIB
ROWS = 200_000
READING = """
import sys
from pathlib import Path
from bot.evidence.read import read_evidence
from bot.paths import LogFile
from tests.support.logs import question
log = LogFile("logs/tokens.jsonl", Path(sys.argv[1]))
read_evidence([log], [], question(memory=int(sys.argv[2])))
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    return place


@pytest.fixture
def many(tmp_path: Path) -> LogFile:
    return log(tmp_path, "tokens.jsonl", b"".join(_lines()))


def _lines(count: int = ROWS) -> Iterator[bytes]:
    row = b'{"ts": "2025-12-02T00:00:00Z", "sd": "SD-%d", "phase": "EXEC", "agent": "%s", "tokens": 9}\n'
    return (row % (number // 2, (b"TESTING", b"API")[number % 2]) for number in range(count))


@pytest.mark.slow
def test_counted_on_disk_the_answer_is_the_same(place: Path, many: LogFile) -> None:
    assert read_evidence([many], [], question(memory=LITTLE)) == read_evidence(
        [many], [], question()
    )
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_the_rows_of_one_day_may_be_as_many_as_those_of_a_week(place: Path, tmp_path: Path) -> None:
    many = log(tmp_path, "tokens.jsonl", b"".join(_lines(5 * ROWS)))
    assert read_evidence([many], [], question(memory=LEAST_MEMORY)).rows == 5 * ROWS


@pytest.mark.slow
@pytest.mark.parametrize("packing", [".jsonl.zst", ".parquet"])
def test_what_is_held_goes_by_the_rows_however_small_they_are_packed(
    place: Path, tmp_path: Path, packing: str
) -> None:
    rows = [{"ts": stamp(1), "sd": "SD-1", "phase": "EXEC", "tokens": 9}] * ROWS
    small = log(tmp_path, f"tokens{packing}", packed(rows, packing, tmp_path))
    assert small.size < ROWS
    with screened_logs([small], [], Names(["EXEC"]), 512 * MIB) as (opened, *_):
        ((held,),) = next(opened.look("SELECT current_setting('memory_limit')"))
    assert float(held.removesuffix(" MiB")) > 163


def test_too_little_for_anything_says_what_to_change(place: Path, many: LogFile) -> None:
    with pytest.raises(BotError, match=r"cannot be counted.*raise logs\.memory"):
        read_evidence([many], [], question(memory=160 * MIB))
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_a_kill_while_it_counts_on_disk_leaves_what_the_next_run_removes(
    place: Path, many: LogFile
) -> None:
    process = subprocess.Popen([sys.executable, "-c", READING, str(many.stored), str(LITTLE)])
    while process.poll() is None and not any(place.rglob("duckdb_temp*")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    (left,) = place.iterdir()
    os.utime(left, (0, 0))
    assert read_evidence([many], [], question()).rows == ROWS
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("memory", "lines", "rows", "held"),
    [
        (512, 1, 0, 160),
        (512, 128, 0, 192),
        (512, 64, 0.5, 192),
        (512, 9999, 0, 384),
        (256, 1, 0.125, 128),
        (8192, 0, 10, 5280),
        (8192, 0, 100, 8064),
    ],
)
def test_few_rows_take_little_and_many_what_is_allowed(
    memory: int, lines: int, rows: float, held: int
) -> None:
    assert share(memory * MIB, lines * MIB, int(rows * MIB)) // MIB == held
