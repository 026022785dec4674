"""What a name given to the guard stands for: branches before tags, and no guess between two commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import BotError
from bot.git.repository import Repository
from tests.support.attacks import base
from tests.support.repositories import Workshop, with_remote

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Workshop, str, str]:
    """A clone of a remote with `main`, its commit, and the commit of a local branch `evil`."""
    work, _ = with_remote(tmp_path, {TABLE: base().table, POLICY: base().policy})
    good = work.sha("main")
    work.git("remote", "set-head", "origin", "main")
    work.git("switch", "--quiet", "-c", "evil")
    return work, good, work.commit({TABLE: base().table.replace(b"opus", b"haiku")})


@pytest.mark.parametrize("name", ["main", "origin/main", "evil", "origin"])
def test_a_tag_never_wins_over_a_branch(name: str, pair: tuple[Workshop, str, str]) -> None:
    work, good, evil = pair
    work.git("update-ref", f"refs/tags/{name}", good if name == "evil" else evil)
    with Repository.open(work.path) as repository:
        with pytest.raises(BotError, match=rf"ambiguous: refs/.* and refs/tags/{name} are"):
            repository.resolve(name)
        with pytest.raises(BotError, match="ambiguous"):
            repository.resolve(f"{name}~0")


@pytest.mark.parametrize("where", ["remote", "local", "both"])
def test_guard_does_not_judge_a_change_against_itself(
    where: str, pair: tuple[Workshop, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    work, _, evil = pair
    work.git("push", "--quiet", "origin", f"{evil}:refs/tags/main")
    work.git("fetch", "--quiet", "--tags", "origin")
    if where == "remote":
        work.git("branch", "-D", "main")
    if where == "local":
        work.git("update-ref", "-d", "refs/remotes/origin/main")
    arguments = ["guard", "--head", "evil", "--repo", str(work.path), "--base"]
    assert main([*arguments, "main"]) == 1
    said = capsys.readouterr().err
    assert "refs/tags/main" in said
    assert ("refs/heads/main" if where == "local" else "refs/remotes/origin/main") in said
    whole = "refs/heads/main" if where == "local" else "refs/remotes/origin/main"
    assert main([*arguments, whole]) == 3


def test_a_tag_and_a_branch_on_one_commit_are_no_question(pair: tuple[Workshop, str, str]) -> None:
    work, good, _ = pair
    work.git("tag", "main", good)
    with Repository.open(work.path) as repository:
        assert repository.resolve("main") == good


def test_base_is_the_remotes_branch_and_head_our_own(pair: tuple[Workshop, str, str]) -> None:
    work, good, evil = pair
    work.git("update-ref", "refs/heads/main", evil)
    with Repository.open(work.path) as repository:
        assert repository.resolve("main") == good
        assert repository.resolve("main", own_first=True) == evil
        assert repository.resolve("main~1", own_first=True) == good
        assert repository.resolve("refs/heads/main") == evil
        assert repository.resolve("origin/main") == good


@pytest.mark.parametrize(
    "ref", ["refs/remotes/origin/refs/heads/main", "refs/tags/refs/heads/main", "refs/heads/HEAD"]
)
def test_no_ref_takes_the_place_of_a_whole_name(ref: str, pair: tuple[Workshop, str, str]) -> None:
    work, good, evil = pair
    work.git("switch", "--quiet", "--detach", good)
    work.git("update-ref", ref, evil)
    with Repository.open(work.path) as repository:
        assert repository.resolve("refs/heads/main") == good
        assert repository.resolve("HEAD") == good
        work.git("update-ref", "-d", "refs/heads/main")
        assert repository.resolve("refs/heads/main") is None


def test_the_remotes_branch_of_a_tracked_name_is_not_guessed(
    pair: tuple[Workshop, str, str],
) -> None:
    work, _, evil = pair
    work.git("push", "--quiet", "origin", f"{evil}:refs/heads/origin/main")
    work.git("fetch", "--quiet", "origin")
    with Repository.open(work.path) as repository, pytest.raises(BotError, match="ambiguous"):
        repository.resolve("origin/main")


def test_a_ref_named_like_a_commit_is_not_that_commit(pair: tuple[Workshop, str, str]) -> None:
    work, good, evil = pair
    for name in (good, good[:8]):
        work.git("update-ref", f"refs/tags/{name}", evil)
    with Repository.open(work.path) as repository:
        assert repository.resolve(good) == good
        assert repository.resolve(evil[:10]) == evil
        with pytest.raises(BotError, match="ambiguous"):
            repository.resolve(good[:8])


def test_other_names_are_gits(pair: tuple[Workshop, str, str]) -> None:
    work, good, evil = pair
    work.git("tag", "-a", "-m", "one", "v1", good)
    work.git("remote", "add", "second", "/nowhere")
    with Repository.open(work.path) as repository:
        for name in ("v1", "v1^{}", "evil~1", "HEAD~1", "@~1", "origin", "evil@{1}"):
            assert repository.resolve(name) in (good, evil), name
        for name in ("nothing", "v2", "--all", "", "ma*n", "refs/tags/v2", "0" * 40, "main:config"):
            assert repository.resolve(name) is None, name
