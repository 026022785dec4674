"""A clone that leaves objects at the remote stays whole: what is stored in it may refer to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.git.base import Base
from bot.git.history import Identity
from bot.git.repository import Repository
from tests.support.repositories import Workshop, clone, with_remote

TABLE = "config/overrides.toml"
BOT = Identity("bot", "bot@example.org")
FILES = {TABLE: "1", "config/other": "x", "far/away/file": "x", "far/file": "x"}
FILTERS = [
    "tree:0",
    "blob:none",
    *(pytest.param(less, marks=pytest.mark.stress) for less in ("tree:1", "blob:limit=1")),
]
Keep = Callable[[Repository, Base, str], object]


def _store(repository: Repository, base: Base, sha: str) -> None:
    repository.store_branch("made", sha, None)


def _follow(repository: Repository, base: Base, sha: str) -> None:
    repository.push(base, "made", sha, None)
    repository.follow("origin", "made", sha)


@pytest.fixture
def remote(tmp_path: Path) -> tuple[Workshop, Workshop]:
    work, remote = with_remote(tmp_path, FILES)
    for what in ("allowFilter", "allowAnySHA1InWant"):
        remote.git("config", f"uploadpack.{what}", "true")
    return work, remote


@pytest.mark.slow
@pytest.mark.parametrize("fetched", [False, True], ids=["stale", "fetched"])
@pytest.mark.parametrize("checkout", [(), ("--no-checkout",)], ids=["tree", "no-tree"])
@pytest.mark.parametrize("keep", [_store, _follow])
@pytest.mark.parametrize("left_out", FILTERS)
def test_a_partial_clone_that_keeps_a_commit_is_whole_after_gc(
    left_out: str,
    keep: Keep,
    checkout: tuple[str, ...],
    fetched: bool,
    remote: tuple[Workshop, Workshop],
    tmp_path: Path,
) -> None:
    work, there = remote
    part = clone(there, tmp_path / "part", f"--filter={left_out}", *checkout)
    work.commit({"far/new/file": "y"})
    work.git("push", "--quiet", "origin", "main")
    if fetched:
        part.git("fetch", "--quiet", "origin")
    with Repository.open(part.path) as repository:
        base = repository.base()
        made = repository.commit(base.commit, {TABLE: b"2"}, "change\n", BOT, 1_764_547_200)
        keep(repository, base, made)
    for _ in range(2):
        part.git("gc", "--quiet", "--prune=now")
        part.git("fsck")
    part.git("checkout", "--quiet", "--force", made)
    assert part.git("status", "--porcelain") == ""
    found = {str(f.relative_to(part.path)) for f in part.path.glob("[cf]*/**/*") if f.is_file()}
    assert found == {*FILES, "far/new/file"}
    assert part.file(made, TABLE) == b"2"


def test_reading_leaves_nothing_in_a_partial_clone(
    remote: tuple[Workshop, Workshop], tmp_path: Path
) -> None:
    part = clone(remote[1], tmp_path / "part", "--filter=tree:0", "--no-checkout")
    missing = part.git("rev-list", "--objects", "--all", "--missing=print")
    with Repository.open(part.path) as repository:
        assert repository.read(repository.base().commit, TABLE) == b"1"
    assert part.git("rev-list", "--objects", "--all", "--missing=print") == missing


def test_a_whole_clone_keeps_a_commit_without_a_pack(
    remote: tuple[Workshop, Workshop], tmp_path: Path
) -> None:
    whole = clone(remote[1], tmp_path / "whole")
    packs = sorted((whole.path / ".git/objects/pack").iterdir())
    with Repository.open(whole.path) as repository:
        base = repository.base()
        made = repository.commit(base.commit, {TABLE: b"2"}, "change\n", BOT, 1_764_547_200)
        _store(repository, base, made)
    assert sorted((whole.path / ".git/objects/pack").iterdir()) == packs
    whole.git("fsck", "--strict")


@pytest.mark.parametrize("left_out", FILTERS)
def test_attributes_of_a_tree_are_read_in_a_partial_clone(
    left_out: str, remote: tuple[Workshop, Workshop], tmp_path: Path
) -> None:
    work, there = remote
    work.commit({"config/.gitattributes": "over* filter=evil\n"})
    work.git("push", "--quiet", "origin", "main")
    part = clone(there, tmp_path / "part", f"--filter={left_out}", "--no-checkout")
    tree = work.sha("main^{tree}")
    with Repository.open(part.path) as repository:
        assert repository.attributes(tree, ("filter",), (TABLE,)) == ((TABLE, "filter", "evil"),)


@pytest.mark.parametrize("left_out", FILTERS)
def test_branches_are_merged_in_a_partial_clone(
    left_out: str, remote: tuple[Workshop, Workshop], tmp_path: Path
) -> None:
    work, there = remote
    work.git("switch", "--quiet", "-c", "side")
    side = work.commit({"far/file": "side\n", "new": "n"})
    work.git("switch", "--quiet", "main")
    main = work.commit({TABLE: "2"})
    work.git("push", "--quiet", "origin", "main", "side")
    part = clone(there, tmp_path / "part", f"--filter={left_out}", "--no-checkout")
    with Repository.open(part.path) as repository:
        merge = repository.merge(main, side)
        assert merge.clean
        found = [repository.read(merge.tree, path) for path in ("far/file", "new", TABLE)]
    assert found == [b"side\n", b"n", b"2"]
