"""Appending to the logs: placed by the glob, all or nothing, never outside the repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import InvalidInput
from bot.evidence.write import append, place
from tests.support.repositories import Workshop, new_repository

GLOB = ".calibration/logs/*/tokens*.jsonl"
LINE = b'{"tokens": 1}\n'


def _files(top: Path) -> list[str]:
    return sorted(str(file.relative_to(top)) for file in top.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        pytest.param(GLOB, ".calibration/logs/2025-W49/tokens-a1.jsonl", id="shipped"),
        pytest.param("logs/tokens*.jsonl", "logs/tokens-a1.jsonl", id="no week folder"),
        pytest.param("logs/**/t*.jsonl", "logs/2025-W49/t-a1.jsonl", id="any depth"),
        pytest.param("./logs//week-*/*.jsonl", "logs/week-2025-W49/a1.jsonl", id="odd spelling"),
        pytest.param("logs/*/tokens_*", "logs/2025-W49/tokens_a1", id="own joint"),
        pytest.param("*-tokens-*.jsonl", "a1-tokens-.jsonl", id="two stars in the name"),
    ],
)
def test_a_new_file_goes_where_the_glob_finds_it(glob: str, path: str, tmp_path: Path) -> None:
    assert place(glob, "2025-W49", "a1") == path
    assert append(str(tmp_path), glob, "2025-W49", "a1", [LINE]) == path
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.glob(glob)] == [path]


@pytest.mark.parametrize(
    "glob", ["logs/*/tokens.jsonl", "logs/*/tokens?.jsonl", "logs/[0-9]*/t*.jsonl", "a/../*.jsonl"]
)
def test_a_glob_that_leaves_a_new_file_no_name_is_refused(glob: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="leaves a new log file no name"):
        append(str(tmp_path), glob, "2025-W49", "a1", [LINE])
    assert _files(tmp_path) == []


def test_a_missing_folder_is_created(tmp_path: Path) -> None:
    path = append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE, LINE])
    assert (tmp_path / path).read_bytes() == LINE + LINE


def test_a_file_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    path = append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE])
    before = (tmp_path / path).stat()
    assert append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE]) == path
    assert (tmp_path / path).stat() == before
    assert _files(tmp_path) == [path]


@pytest.mark.parametrize("there", [b"", LINE[:5], b"other\n"], ids=["empty", "cut", "other"])
def test_where_a_file_of_the_same_name_has_other_lines_all_are_kept(
    there: bytes, tmp_path: Path
) -> None:
    first = append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE])
    (tmp_path / first).write_bytes(there)
    second = ".calibration/logs/2025-W49/tokens-a1-2.jsonl"
    for _ in range(2):
        assert append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE]) == second
    assert [(tmp_path / path).read_bytes() for path in (first, second)] == [there, LINE]
    assert _files(tmp_path) == sorted((first, second))


@pytest.mark.parametrize(
    "link", [".calibration", ".calibration/logs", ".calibration/logs/2025-W49"]
)
@pytest.mark.parametrize("exists", [True, False], ids=["target", "no target"])
def test_a_link_out_of_the_repository_is_refused(link: str, exists: bool, tmp_path: Path) -> None:
    top, outside = tmp_path / "repository", tmp_path / "outside"
    (top / link).parent.mkdir(parents=True)
    if exists:
        outside.mkdir()
    (top / link).symlink_to(outside)
    with pytest.raises(InvalidInput, match="leads out of the repository through a link"):
        append(str(top), GLOB, "2025-W49", "a1", [LINE])
    assert _files(tmp_path) == []
    assert outside.exists() == exists


def test_a_link_within_the_repository_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".calibration").symlink_to(tmp_path / "elsewhere")
    append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE])
    assert _files(tmp_path) == ["elsewhere/logs/2025-W49/tokens-a1.jsonl"]


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / ".calibration").write_text("not a folder")
    with pytest.raises(InvalidInput, match=r"cannot be written: .*; nothing was logged"):
        append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE])
    assert _files(tmp_path) == [".calibration"]


_APPEND = f"""
import os, resource, sys
from bot.errors import InvalidInput
from bot.evidence.write import append
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
exec(sys.argv[2])
try:
    append(sys.argv[1], {GLOB!r}, "2025-W49", "a1", [{LINE!r} * 100])
except InvalidInput as err:
    code, said = 7, str(err)
else:
    code, said = 0, ""
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
print(said)
sys.exit(code)
"""


def _append_in_a_process(top: Path, prepare: str) -> tuple[int, str]:
    command = [sys.executable, "-c", _APPEND, str(top), prepare]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("room", [0, 500], ids=["from the first byte", "in the middle"])
def test_a_full_disk_leaves_nothing_behind(room: int, tmp_path: Path) -> None:
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, limits[1]))"
    code, said = _append_in_a_process(tmp_path, limit)
    assert code == 7
    assert "cannot be written: File too large; nothing was logged" in said
    assert _files(tmp_path) == []


def test_a_full_file_system_leaves_nothing_behind(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (tmp_path / "filler").write_bytes(bytes(12 * 1024))
        with pytest.raises(InvalidInput, match="No space left on device; nothing was logged"):
            append(str(tmp_path), GLOB, "2025-W49", "a1", [LINE * 2000])
        assert _files(tmp_path) == ["filler"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_read_only_folder_is_named() -> None:
    # Not in tmp_path, whose parents let only their owner pass; root, whom nothing stops, becomes nobody.
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        folder = top / ".calibration/logs/2025-W49"
        folder.mkdir(parents=True)
        folder.chmod(0o555)
        top.chmod(0o755)
        code, said = _append_in_a_process(top, "os.getuid() or os.setuid(65534)")
        assert code == 7
        assert "tokens-a1.jsonl: cannot be written: Permission denied; nothing was logged" in said
        assert _files(top) == []


@pytest.mark.parametrize(
    ("linked", "far"),
    [(False, False), (True, False), (False, True)],
    ids=["work tree", "linked work tree", "git folder on another disk"],
)
def test_an_unfinished_file_is_where_git_add_does_not_look(
    tmp_path: Path, linked: bool, far: bool
) -> None:
    work = new_repository(tmp_path / "work")
    work.commit({"README.md": ""})
    if linked:
        work.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
        work = Workshop(tmp_path / "linked")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        if far:
            shutil.move(work.path / ".git", memory)
            (work.path / ".git").write_text(f"gitdir: {memory}/.git\n")
            assert Path(memory).stat().st_dev != work.path.stat().st_dev
        _append_and_look(work)
    assert list(tmp_path.rglob("*.part")) == []
    assert [file.name for file in (work.path / ".calibration/logs/2025-W49").iterdir()] == [
        "tokens-a.jsonl"
    ]


def _append_and_look(work: Workshop) -> None:
    seen = []

    def lines() -> Iterator[bytes]:
        yield b"{}\n"
        seen.append(work.git("add", "--all", "--dry-run"))

    path = append(str(work.path), GLOB, "2025-W49", "a", lines())
    assert seen == [""]
    assert (work.path / path).read_bytes() == b"{}\n"
