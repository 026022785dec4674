"""Temporary folders: gone on every exit, and after a SIGKILL by the next run (issue 14)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.scratch import make_folder, remove_folder, scratch_folder

HOLDING = """
import sys
from bot.scratch import make_folder
folder = make_folder()
(folder / "spilled.tmp").write_text("half")
print(folder, flush=True)
sys.stdin.read()
"""
NAMED = "calibration-bot-0123456789abcdef"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("bot.scratch._made", {})
    return tmp_path


def _holder() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def _aged(folder: Path) -> Path:
    os.utime(folder, (time.time() - 3600,) * 2)
    return folder


def test_what_a_killed_process_left_the_next_one_removes(place: Path) -> None:
    process, left = _holder()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _aged(left)
    with scratch_folder() as own:
        assert list(place.iterdir()) == [own]
    assert list(place.iterdir()) == []


def test_what_a_living_process_holds_stays(place: Path) -> None:
    process, held = _holder()
    _aged(held)
    with scratch_folder():
        assert (held / "spilled.tmp").exists()
    process.communicate("")


def test_a_young_folder_may_be_one_that_is_just_being_made(place: Path) -> None:
    (place / NAMED).mkdir(mode=0o700)
    remove_folder(make_folder())
    assert (place / NAMED).is_dir()


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("calibration-bot-checkout", 0o700),
        ("calibration-bot-0123456789abcdeg", 0o700),
        ("0123456789abcdef", 0o700),
        (NAMED, 0o755),
    ],
)
def test_folders_of_people_stay(place: Path, name: str, mode: int) -> None:
    (place / name).mkdir(mode=mode)
    _aged(place / name)
    remove_folder(make_folder())
    assert (place / name).is_dir()


def test_a_link_in_our_name_leads_nowhere(place: Path) -> None:
    (place / "theirs").mkdir(mode=0o700)
    (place / NAMED).symlink_to(place / "theirs", target_is_directory=True)
    os.utime(place / NAMED, (0, 0), follow_symlinks=False)
    remove_folder(make_folder())
    assert (place / NAMED).is_symlink()
    assert (place / "theirs").is_dir()
