"""Building, pushing and storing: what is promised happens, and nothing else does."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.git.history import Identity
from bot.git.remote import BranchMoved, Remote
from bot.git.repository import Repository
from tests.support.repositories import Workshop, clone, new_repository, snapshot
from tests.support.team_fixtures import FILES

TABLE = "config/overrides.toml"
BRANCH = "calibration/weekly"
BOT = Identity("calibration-bot", "bot@example.org")
TIME = 1_765_152_000


def build(repository: Repository, content: bytes = b"new\r\n", parent: str | None = None) -> str:
    parent = parent or repository.base().commit
    return repository.commit(parent, {TABLE: content}, "subject\n\nbody é\n", BOT, TIME)


def test_a_built_commit_is_exact_and_leaves_no_trace(work: Workshop, remote: Workshop) -> None:
    work.commit({".gitattributes": "*.toml text eol=crlf\n"})
    work.write({TABLE: "dirty", "untracked": "x"})
    work.git("add", "untracked")
    for key in ("core.autocrlf", "commit.gpgSign", "core.splitIndex"):
        work.git("config", key, "true")
    work.git("config", "user.signingKey", "nobody")
    before = snapshot(work.path, remote.path)
    with Repository.open(work.path) as repository:
        sha = build(repository)
        assert repository.read(sha, TABLE) == b"new\r\n"
        (commit,) = repository.commits_between(repository.base().commit, sha)
        assert (commit.sha, commit.author, commit.committer) == (sha, BOT, BOT)
        assert repository.base().commit == work.sha("origin/main")
    assert snapshot(work.path, remote.path) == before


def test_the_same_arguments_give_the_same_commit_anywhere(
    work: Workshop, remote: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = clone(remote, tmp_path / "other")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    with Repository.open(work.path) as repository:
        first = build(repository)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with Repository.open(other.path) as repository:
        assert build(repository) == first


def test_a_commit_keeps_the_mode_of_the_file(work: Workshop) -> None:
    (work.path / TABLE).chmod(0o755)
    work.commit({TABLE: "x"})
    work.git("push", "--quiet", "origin", "main")
    with Repository.open(work.path) as repository:
        sha = build(repository)
        repository.push(repository.base(), BRANCH, sha, None)
    work.git("fetch", "--quiet", "origin", BRANCH)
    assert work.git("ls-tree", "FETCH_HEAD", TABLE).startswith("100755")
    assert work.git("diff", "--name-status", "origin/main", "FETCH_HEAD") == f"M\t{TABLE}"


def test_a_commit_can_bring_a_new_file_and_stand_on_another(work: Workshop) -> None:
    with Repository.open(work.path) as repository:
        base = repository.base().commit
        first = repository.commit(base, {"new/file": b"1"}, "one", BOT, TIME)
        second = repository.commit(first, {TABLE: b"2"}, "two", BOT, TIME)
        assert (repository.read(second, "new/file"), repository.read(second, TABLE)) == (b"1", b"2")
        assert [item.sha for item in repository.commits_between(base, second)] == [first, second]


def test_trailers_are_read_back(work: Workshop) -> None:
    message = "subject\n\nbody\n\nCalibration-Week: 2025-W49\nCalibration-Inputs: abc\n"
    with Repository.open(work.path) as repository:
        base = repository.base().commit
        sha = repository.commit(base, {TABLE: b"1"}, message, BOT, TIME)
        (commit,) = repository.commits_between(base, sha)
    assert (commit.week, commit.inputs) == ("2025-W49", "abc")


def test_a_push_moves_the_remotes_branch_and_nothing_here(work: Workshop, remote: Workshop) -> None:
    before = snapshot(work.path)
    with Repository.open(work.path) as repository:
        sha = build(repository)
        repository.push(repository.base(), BRANCH, sha, None)
        assert remote.sha(f"refs/heads/{BRANCH}") == sha
        assert remote.file(sha, TABLE) == b"new\r\n"
        newer = build(repository, b"newer")
        repository.push(repository.base(), BRANCH, newer, sha)
    assert remote.sha(f"refs/heads/{BRANCH}") == newer
    assert snapshot(work.path) == before


def test_pushing_what_is_already_there_is_fine(work: Workshop, remote: Workshop) -> None:
    with Repository.open(work.path) as repository:
        sha = build(repository)
        repository.push(repository.base(), BRANCH, sha, None)
        repository.push(repository.base(), BRANCH, sha, None)
    assert remote.sha(f"refs/heads/{BRANCH}") == sha


@pytest.mark.parametrize("seen", ["absent", "older"])
def test_a_branch_that_moved_meanwhile_is_never_overwritten(
    seen: str, work: Workshop, remote: Workshop
) -> None:
    older = work.sha("main")
    work.git("switch", "--quiet", "-c", "other")
    theirs = work.commit({TABLE: "theirs"})
    work.git("push", "--quiet", "origin", f"other:refs/heads/{BRANCH}")
    expected = older if seen == "older" else None
    with Repository.open(work.path) as repository, pytest.raises(BranchMoved) as caught:
        repository.push(repository.base(), BRANCH, build(repository), expected)
    assert "another run is publishing; run again" in str(caught.value)
    assert remote.sha(f"refs/heads/{BRANCH}") == theirs


def test_the_servers_own_words_come_with_a_refusal(work: Workshop, remote: Workshop) -> None:
    hook = remote.path / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\necho 'GH006: Protected branch at https://me:secret@host/x' >&2\nexit 1\n"
    )
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    with Repository.open(work.path) as repository, pytest.raises(BotError) as caught:
        repository.push(repository.base(), BRANCH, build(repository), None)
    assert "GH006: Protected branch at https://***@host/x" in str(caught.value)
    assert "(pre-receive hook declined)" in str(caught.value)


def test_a_branch_in_the_way_is_named(work: Workshop) -> None:
    work.git("push", "--quiet", "origin", "main:refs/heads/calibration")
    with Repository.open(work.path) as repository, pytest.raises(BotError, match="calibration"):
        repository.push(repository.base(), BRANCH, build(repository), None)


def test_the_users_hooks_do_not_run(work: Workshop, remote: Workshop) -> None:
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        hook = work.path / ".git/hooks" / name
        hook.write_text("#!/bin/sh\ntouch hook-ran\nexit 1\n")
        hook.chmod(0o755)
    with Repository.open(work.path) as repository:
        sha = build(repository)
        repository.push(repository.base(), BRANCH, sha, None)
        repository.store_branch(BRANCH, sha, None)
    assert not list(work.path.rglob("hook-ran"))


def test_a_branch_is_deleted_only_where_it_was_seen(work: Workshop, remote: Workshop) -> None:
    with Repository.open(work.path) as repository:
        base, sha = repository.base(), build(repository)
        repository.push(base, BRANCH, sha, None)
        with pytest.raises(BranchMoved):
            repository.delete_branch(base, BRANCH, base.commit)
        repository.delete_branch(base, BRANCH, sha)
        repository.delete_branch(base, BRANCH, sha)
    assert remote.git("branch", "--list", "calibration/*") == ""


def test_storing_a_branch_moves_its_objects_into_the_repository(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    head, index = work.sha("HEAD"), (work.path / ".git/index").read_bytes()
    with Repository.open(work.path) as repository:
        sha = build(repository)
        repository.store_branch(BRANCH, sha, None)
        newer = build(repository, b"newer")
        repository.store_branch(BRANCH, newer, sha)
        assert repository.local_branches()[BRANCH] == newer
    assert work.sha(BRANCH) == newer
    assert work.file(newer, TABLE) == b"newer"
    assert (work.sha("HEAD"), (work.path / ".git/index").read_bytes()) == (head, index)
    work.git("fsck", "--strict")


def test_storing_compares_before_it_swaps(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    work.git("branch", BRANCH)
    with Repository.open(work.path) as repository:
        with pytest.raises(BotError, match="changed meanwhile; run again"):
            repository.store_branch(BRANCH, build(repository), None)
        with pytest.raises(BotError, match="changed meanwhile; run again"):
            repository.remove_branch(BRANCH, "1" * 40)
        repository.remove_branch(BRANCH, work.sha("main"))
    assert work.git("branch", "--list", "calibration/*") == ""


def test_a_branch_checked_out_anywhere_is_left_alone(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    sha = work.commit(FILES)
    work.git("worktree", "add", "--quiet", "-b", BRANCH, str(tmp_path / "linked"))
    with Repository.open(work.path) as repository:
        with pytest.raises(BotError, match=r"is checked out in .*linked; switch to another branch"):
            repository.store_branch(BRANCH, build(repository), sha)
        with pytest.raises(BotError, match="is checked out"):
            repository.remove_branch(BRANCH, sha)
    assert work.sha(BRANCH) == sha


def test_a_merge_is_foretold_with_its_content(work: Workshop) -> None:
    lines = "".join(f"line {number}\n" for number in range(9))
    start = work.commit({TABLE: lines})
    work.git("switch", "--quiet", "-c", "side")
    side = work.commit({TABLE: lines.replace("line 1\n", "one\n")})
    work.git("switch", "--quiet", "main")
    far = work.commit({TABLE: lines.replace("line 7\n", "seven\n")})
    work.git("switch", "--quiet", "--detach", start)
    near = work.commit({TABLE: lines.replace("line 1\n", "eins\n")})
    before = snapshot(work.path)
    with Repository.open(work.path) as repository:
        clean, conflict = repository.merge(far, side), repository.merge(near, side)
        merged = repository.read(clean.tree, TABLE)
    assert (clean.clean, conflict.clean) == (True, False)
    assert merged == lines.replace("line 1\n", "one\n").replace("line 7\n", "seven\n").encode()
    assert snapshot(work.path) == before


def test_a_remote_that_cannot_be_pushed_to_is_an_error(work: Workshop, tmp_path: Path) -> None:
    with Repository.open(work.path) as repository:
        base = repository.base()
        gone = replace(base, remote=Remote("origin", ((tmp_path / "gone.git").as_uri(),)))
        with pytest.raises(BotError, match="remote origin cannot be reached"):
            repository.push(gone, BRANCH, build(repository), None)


def test_the_push_url_is_not_mistaken_for_the_remote(
    work: Workshop, remote: Workshop, tmp_path: Path
) -> None:
    mirror = new_repository(tmp_path / "mirror.git", bare=True)
    work.git("config", "remote.origin.pushurl", str(mirror.path))
    work.git("config", f"url.{remote.path.as_uri()}.insteadOf", "short:")
    work.git("config", "remote.origin.url", "short:")
    with Repository.open(work.path) as repository:
        assert repository.base().commit == remote.sha("main")
        sha = build(repository)
        repository.push(repository.base(), BRANCH, sha, None)
    assert mirror.sha(BRANCH) == sha
    assert not remote.git("for-each-ref", f"refs/heads/{BRANCH}")
