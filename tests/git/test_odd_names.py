"""Branches and paths with characters at which `str.splitlines` parts and `str.strip` cuts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import BotError
from bot.git.commits import checked_out
from bot.git.repository import Repository
from tests.support.repositories import Workshop, new_repository, with_remote

TABLE = "config/overrides.toml"
BRANCH_CHARACTERS = ["\u2028", "\u2029", "\u0085", "\u00a0", "\u3000"]
PATH_CHARACTERS = [*BRANCH_CHARACTERS, "\v", "\f", "\r", "\x1c", "\x1e"]


@pytest.mark.slow
@pytest.mark.parametrize("odd", BRANCH_CHARACTERS, ids=ascii)
@pytest.mark.parametrize("shape", ["main{}x", "main{}", "{}main", "calibration/weekly{}"])
def test_an_odd_branch_is_itself_on_the_remote_and_here(
    odd: str, shape: str, tmp_path: Path
) -> None:
    work, _ = with_remote(tmp_path, {TABLE: "good"})
    good, name = work.sha("main"), shape.format(odd)
    work.git("switch", "--quiet", "-c", name)
    evil = work.commit({TABLE: "evil"})
    work.git("push", "--quiet", "origin", name)
    with Repository.open(work.path) as repository:
        base = repository.base()
        assert (base.name, base.commit) == ("main", good)
        assert base.branches == {"main": good, name: evil}
        assert repository.base(name).commit == evil
        assert repository.tip(base, "calibration/weekly") is None
        assert repository.local_branches() == {"main": good, name: evil}
        assert checked_out(repository, name) == work.path
        assert checked_out(repository, "main") is None


@pytest.mark.parametrize("odd", BRANCH_CHARACTERS, ids=ascii)
def test_an_odd_default_branch_is_base(odd: str, tmp_path: Path) -> None:
    here = new_repository(tmp_path / "here", branch=f"main{odd}")
    sha = here.commit({TABLE: "1"})
    bare = new_repository(tmp_path / "bare", bare=True, branch=f"main{odd}")
    with Repository.open(here.path) as repository:
        assert (repository.base().name, repository.base().commit) == (f"main{odd}", sha)
    here.git("remote", "add", "origin", str(bare.path))
    here.git("push", "--quiet", "origin", f"main{odd}")
    with Repository.open(here.path) as repository:
        assert (repository.base().name, repository.base().commit) == (f"main{odd}", sha)


@pytest.mark.parametrize("odd", PATH_CHARACTERS, ids=ascii)
def test_an_odd_path_is_one_path(odd: str, tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    path, moved = f"a{odd}b/{odd}t{odd}", f"c{odd}"
    first = work.commit({path: "one\ntwo\nthree\n"})
    work.git("mv", path, moved)
    second = work.commit({}, "move")
    work.write({path: "new"})
    with Repository.open(work.path) as repository:
        assert repository.read(first, path) == b"one\ntwo\nthree\n"
        assert repository.moved_to(first, second, path) == moved
        assert [version.commit for version in repository.versions(second, path)] == [first, second]
        assert repository.uncommitted("**", second) == (path,)
        assert [file.path for file in repository.logs(first, "**")] == [path]


@pytest.mark.parametrize("odd", PATH_CHARACTERS, ids=ascii)
def test_a_repository_in_an_odd_folder_is_found(odd: str, tmp_path: Path) -> None:
    work = new_repository(tmp_path / f"a{odd}b{odd}")
    sha: str = work.commit({TABLE: "1"})
    work.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / f"w{odd}"))
    linked = Workshop(tmp_path / f"w{odd}")
    with Repository.open(work.path) as repository:
        assert repository.root == work.path
        assert repository.read(sha, TABLE) == b"1"
        assert repository.checked_out("other") == linked.path
        assert not list(repository.logs(sha, "none"))


@pytest.mark.parametrize(
    "odd", ['"', "\\", "#", ";", " ", "\t", "é", "$HOME", "~", ":", "%(prefix)"]
)
def test_what_is_worked_out_beside_a_repository_in_an_odd_folder_is_found(
    odd: str, tmp_path: Path
) -> None:
    work = new_repository(tmp_path / f"a{odd}b{odd}")
    base = work.commit({TABLE: "1", ".gitattributes": f"{TABLE} filter=evil\n"})
    side = work.commit({TABLE: "2"})
    with Repository.open(work.path) as repository:
        assert repository.merge(base, side).tree == work.sha(f"{side}^{{tree}}")
        tree = work.sha(f"{base}^{{tree}}")
        assert repository.attributes(tree, ("filter",), (TABLE,)) == ((TABLE, "filter", "evil"),)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("odd", ["a\nb", "\na", "a\n"], ids=ascii)
def test_a_line_break_in_a_folders_name_is_an_error(odd: str, bare: bool, tmp_path: Path) -> None:
    work = new_repository(tmp_path / odd, bare=bare)
    with pytest.raises(BotError, match="line break in its name"):
        Repository.open(work.path)
