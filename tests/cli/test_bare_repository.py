"""A bare repository has no work tree: what needs one says so, and what reads base alone works there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.options import top_of
from bot.errors import NoWorkTree
from tests.support.commands import Bot
from tests.support.repositories import new_repository
from tests.support.teams import EXAMPLE, WEEK, Team

MakeTeam = Callable[..., Team]
NEED_A_WORK_TREE = [
    ("guard", "--staged"),
    ("validate",),
    ("table",),
    ("model", "TESTING", "EXEC"),
    ("budget",),
    ("apply", "--check"),
    ("log", "show"),
    ("log", "sync"),
    ("log", "rework", "--sd", "SD-1", "--phase", "EXEC", "--agent", "TESTING", "--ok"),
    ("collect", "git"),
    ("init",),
]


@pytest.mark.parametrize("command", NEED_A_WORK_TREE, ids=" ".join)
def test_what_needs_a_work_tree_says_that_there_is_none(
    make_team: MakeTeam, bot: Bot, command: tuple[str, ...]
) -> None:
    bare = str(make_team(EXAMPLE).remote.path)
    said = bot(command[0], None, *command[1:], "--repo", bare)
    told = "is a bare repository, which has no work tree; clone it, and run this in the clone"
    assert (said.code, said.out, said.err) == (1, "", f"error: {bare} {told}\n")


def test_what_reads_base_works_there(make_team: MakeTeam, bot: Bot) -> None:
    bare = str(make_team(EXAMPLE).remote.path)
    assert bot("plan", None, "--week", WEEK, "--forge", "local", "--repo", bare).code == 0


def test_a_folder_in_a_bare_repository_is_in_none_around_it(tmp_path: Path) -> None:
    bare = new_repository(new_repository(tmp_path / "work").path / "bare.git", bare=True)
    with pytest.raises(NoWorkTree):
        top_of(str(bare.path / "refs"))


@pytest.mark.parametrize("folder", [".git", ".git/refs", "in it"])
def test_the_git_folder_of_a_work_tree_is_no_bare_repository(tmp_path: Path, folder: str) -> None:
    work = new_repository(tmp_path / "work").path
    for name in ("HEAD", "objects", "refs", "in it"):  # a work tree may hold such folders too
        (work / name).mkdir()
    assert top_of(str(work / folder)) == str(work)
