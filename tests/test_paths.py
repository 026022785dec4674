"""`*` stays within a folder, `**` crosses folders, and the tree walk agrees with the pure match."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.paths import files_below, fixed_folder, matches, normal

CASES = [
    ("logs/*/tokens*.jsonl", "logs/W1/tokens.jsonl", True),
    ("logs/*/tokens*.jsonl", "logs/W1/tokens-a.jsonl", True),
    ("logs/*/tokens*.jsonl", "logs/W1/deep/tokens.jsonl", False),
    ("logs/*/tokens*.jsonl", "logs/tokens.jsonl", False),
    ("logs/**/tokens.jsonl", "logs/tokens.jsonl", True),
    ("logs/**/tokens.jsonl", "logs/a/b/tokens.jsonl", True),
    ("logs/**", "logs/a/b", True),
    ("logs/**", "logs", False),
    ("**", "a", True),
    ("./logs//x", "logs/x", True),
    ("log?/[ab].jsonl", "logs/a.jsonl", True),
    ("log?/[!ab].jsonl", "logs/a.jsonl", False),
    ("*.jsonl", "a\nb.jsonl", True),
    ("*.JSONL", "a.jsonl", False),
]


@pytest.mark.parametrize(("glob", "path", "expected"), CASES)
def test_what_a_glob_matches(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


@pytest.mark.parametrize(("glob", "path", "expected"), CASES)
def test_the_folders_of_a_disk_are_walked_by_the_same_rules(
    glob: str, path: str, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).touch()
    assert files_below(str(tmp_path), glob) == ([path] if expected else [])


def test_a_walk_meets_each_file_once_in_order_and_no_loop_of_links(tmp_path: Path) -> None:
    for path in ("a/b/x", "a/x", "a-b/x", "elsewhere/x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert files_below(str(tmp_path), "**/a/**/x") == ["a/b/x", "a/x"]
    assert files_below(str(tmp_path), "*/x") == ["a/x", "a-b/x", "elsewhere/x", "link/x"]


@pytest.mark.parametrize(
    ("glob", "folder"),
    [("a/b/*/c", "a/b"), ("*/a", ""), ("a", ""), ("a/b", "a"), ("a/**/b", "a"), ("a/[b]/c", "a")],
)
def test_the_folder_a_glob_starts_in(glob: str, folder: str) -> None:
    assert fixed_folder(glob) == folder


@given(st.lists(st.text("ab*?[!", min_size=1, max_size=3), min_size=1, max_size=4))
def test_a_path_below_another_folder_never_matches(pattern: list[str]) -> None:
    glob = "/".join(["fixed", *pattern])
    assert not matches(glob, "other/" + "/".join(pattern))


@pytest.mark.parametrize(
    "path",
    ["config/policy.toml", "./config/policy.toml", "config//policy.toml", "config/./policy.toml"],
)
def test_a_path_has_one_spelling(path: str) -> None:
    assert normal(path) == "config/policy.toml"


@pytest.mark.parametrize("path", ["", ".", "./", "/etc/policy.toml", "../policy.toml", "a/../b"])
def test_what_lies_outside_of_the_repository_is_no_path_in_it(path: str) -> None:
    with pytest.raises(UsageError, match="must be a path inside the repository"):
        normal(path)
