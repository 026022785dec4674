"""The unified diff reads like git's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.git.diff import unified
from tests.support.repositories import new_repository

CASES = {
    "one line": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "far apart": (
        b"".join(b"%d\n" % n for n in range(30)),
        b"".join(b"%d\n" % (n % 25) for n in range(30)),
    ),
    "no final newline": (b"a\nb", b"a\nc"),
    "newline added": (b"a", b"a\n"),
    "CRLF": (b"a\r\nb\r\n", b"a\r\nB\r\n"),
    "line ends that are none": ("a\u2028b\x0c\n".encode(), "a\u2028c\x0c\n".encode()),
}


@pytest.mark.parametrize(("old", "new"), CASES.values(), ids=CASES)
def test_the_hunks_are_those_git_prints(old: bytes, new: bytes, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(old)
    (tmp_path / "new").write_bytes(new)
    done = subprocess.run(
        ["git", "diff", "--no-index", "--no-color", "old", "new"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    hunks = done.stdout.decode().partition("\n@@")[2]
    assert unified(old, new, "t.toml").partition("\n@@")[2] == hunks
    assert unified(old, new, "t.toml").startswith("--- a/t.toml\n+++ b/t.toml\n")


def test_equal_files_have_no_diff() -> None:
    assert unified(b"a\n", b"a\n", "t.toml") == ""


ODD_NAMES = {
    "a line break": 'z\n-SECURITY = "opus"\n+SECURITY = "haiku"\n.md',
    "every control": "".join(map(chr, (*range(1, 32), 127))),
    "quotes and backslashes": 'say "a\\tb".md',
    "an escape that is none": "\\n.md",
    "a tab": "t\t.md",
    "not ASCII": "käse \u202e.md",
    "plain": "folder/t.md",
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_a_file_is_named_as_git_names_it_and_git_applies_the_diff(
    name: str, tmp_path: Path
) -> None:
    here = new_repository(tmp_path / "here")
    here.commit({name: "old\n"})
    here.write({name: "new\n"})
    printed = here.git("-c", "core.quotePath=false", "diff", "--no-color")
    diff = unified(b"old\n", b"new\n", name)
    assert diff.split("\n")[:2] == [line.rstrip("\t") for line in printed.split("\n")[2:4]]
    here.git("checkout", "--quiet", "--", ".")
    here.git("apply", "-", feed=diff.encode())
    assert (here.path / name).read_text("utf-8") == "new\n"
