"""What the files of a git folder tell by themselves agrees with git, or is left to git."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.git.folder import branch_refs, common_folder, git_folder
from tests.support.repositories import Workshop, new_repository

BRANCH = "calibration/logs"


@pytest.fixture
def work(tmp_path: Path) -> Workshop:
    made = new_repository(tmp_path / "work")
    made.commit({"a": "a"})
    return made


def _refs(work: Workshop) -> str | None:
    common = common_folder(str(work.path))
    assert common is not None
    return branch_refs(common, BRANCH)


def test_no_folder_is_no_git_folder(tmp_path: Path) -> None:
    assert git_folder(str(tmp_path)) is common_folder(str(tmp_path)) is None
    (tmp_path / ".git").write_bytes(b"gitdir: nowhere\n")
    assert common_folder(str(tmp_path)) is None


def test_linked_work_trees_share_one(work: Workshop, tmp_path: Path) -> None:
    work.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    assert common_folder(str(linked)) == common_folder(str(work.path)) == str(work.path / ".git")
    assert git_folder(str(linked)) == str(work.path / ".git/worktrees/linked")


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize(
    "ref",
    [f"refs/heads/{BRANCH}", f"refs/remotes/origin/{BRANCH}", f"refs/remotes/team/one/{BRANCH}"],
)
def test_a_branch_is_seen_wherever_it_is_and_whenever_it_moves(
    work: Workshop, ref: str, packed: bool
) -> None:
    work.git("remote", "add", "team/one", "nowhere")
    work.git("update-ref", f"refs/heads/other/{BRANCH}", "HEAD")
    assert _refs(work) == ""
    seen = {""}
    for number in range(3):
        commit = work.commit({"a": str(number)})
        work.git("update-ref", ref, commit)
        if packed:
            work.git("pack-refs", "--all")
        said = _refs(work)
        assert said is not None
        assert said.startswith(f"{commit} {ref}\n")
        seen.add(said)
    assert len(seen) == 4
    work.git("update-ref", "-d", ref)
    assert _refs(work) == ""


def test_a_remote_that_only_packed_refs_know_is_seen(work: Workshop) -> None:
    work.git("update-ref", f"refs/remotes/far/away/{BRANCH}", "HEAD")
    work.git("pack-refs", "--all")
    assert (_refs(work) or "").startswith(work.sha("HEAD"))


def test_another_choice_of_remote_is_another_answer(work: Workshop) -> None:
    work.git("update-ref", f"refs/remotes/a/{BRANCH}", "HEAD")
    before = _refs(work)
    work.git("remote", "add", "a", "nowhere")
    assert _refs(work) != before


def test_what_is_not_plain_is_left_to_git(work: Workshop) -> None:
    work.git("symbolic-ref", f"refs/remotes/origin/{BRANCH}", "refs/heads/main")
    assert _refs(work) is None
    work.git("symbolic-ref", "-d", f"refs/remotes/origin/{BRANCH}")
    (work.path / ".git/reftable").mkdir()
    assert _refs(work) is None
