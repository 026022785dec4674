"""Logs on a branch of their own: every event exactly once, nobody's work tree or refs touched."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.evidence.sync import Synced, sync
from bot.git.history import Identity
from bot.git.repository import Repository
from bot.inputs.work_tree import log_files
from tests.support.desk import PROGRAM, TOP
from tests.support.repositories import Workshop, clone, new_repository, snapshot, with_remote

BRANCH = "calibration/logs"
BOT = Identity("bot", "bot@example.org")
WEEK = ".calibration/logs/2025-W49"
FILES = {"README.md": "hello\n"}
CONFIG = {
    f"config/{n}": (TOP / "config" / n).read_text() for n in ("policy.toml", "overrides.toml")
}


def _sync(work: Workshop) -> Synced:
    files = log_files(work.path, ".calibration/logs/*/*.jsonl")
    with Repository.open(work.path) as repository:
        return sync(repository, BRANCH, files, BOT)


def _row(name: str) -> str:
    return json.dumps({"id": name}) + "\n"


def _on_branch(remote: Workshop) -> Counter[str]:
    """How often each event is on the branch."""
    listed = remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()
    lines = (line for path in listed for line in remote.file(BRANCH, path).splitlines())
    return Counter(json.loads(line)["id"] for line in lines)


def test_the_branch_is_an_orphan_that_holds_the_logs_and_nothing_else(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a"), f"{WEEK}/rework-b.jsonl": _row("b")})
    done = _sync(work)
    assert done == Synced(2, remote.sha(BRANCH), "origin", remote.sha(BRANCH))
    assert remote.git("rev-list", "--count", BRANCH) == "1"
    listed = remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()
    assert listed == [f"{WEEK}/rework-b.jsonl", f"{WEEK}/tokens-a.jsonl"]
    assert (
        remote.git("log", "-1", "--format=%an <%ae>, %cn <%ce>: %s", BRANCH)
        == "Ada <ada@example.org>, bot <bot@example.org>: logs: 2 files"
    )


def test_where_git_was_not_told_who_syncs_the_bot_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    _sync(work)
    assert remote.git("log", "-1", "--format=%an <%ae>", BRANCH) == "bot <bot@example.org>"


def test_work_tree_index_refs_and_objects_stay_as_they_are(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a"), "staged.txt": "x"})
    work.git("add", "staged.txt")
    before = snapshot(work.path)
    _sync(work)
    assert snapshot(work.path) == before
    assert remote.sha(BRANCH)


def test_a_second_sync_writes_nothing(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    _sync(work)
    before = snapshot(remote.path)
    assert _sync(work) == Synced(0, None, "origin", remote.sha(BRANCH))
    assert snapshot(remote.path) == before


def test_no_logs_make_no_branch(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    assert _sync(work).commit is None
    assert remote.git("branch", "--list", BRANCH) == ""


def test_clones_add_to_what_others_pushed(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    other = clone(remote, tmp_path / "other")
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    other.write({f"{WEEK}/tokens-b.jsonl": _row("b")})
    assert [_sync(work).files, _sync(other).files, _sync(work).files] == [1, 1, 0]
    assert _on_branch(remote) == {"a": 1, "b": 1}


def test_a_file_that_both_sides_have_is_joined_line_by_line(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    other = clone(remote, tmp_path / "other")
    work.write({f"{WEEK}/tokens.jsonl": _row("a") + _row("b").rstrip()})
    other.write({f"{WEEK}/tokens.jsonl": _row("c") + _row("a")})
    for each in (work, other, work):
        _sync(each)
    assert _on_branch(remote) == {"a": 1, "b": 1, "c": 1}
    assert _sync(other).commit is None


@pytest.mark.parametrize("blank", ["\r", "\v", "\f", "\x1c", "\u2028", "\u0085"])
def test_a_row_is_parted_at_line_feeds_alone(blank: str, tmp_path: Path) -> None:
    """JSON takes a carriage return for a blank; some of these no reader takes for one."""
    work, remote = with_remote(tmp_path, FILES)
    name = f"{WEEK}/tokens-a.jsonl"
    first, second, third = (f'{{"id":{blank}"{name}{blank}"}}\n' for name in "abc")
    work.write({name: first + second})
    _sync(work)
    work.write({name: f"\n{second}{third.rstrip()}"})
    _sync(work)
    assert remote.file(BRANCH, name).decode() == first + second + third


def test_a_file_that_grew_is_longer_on_the_branch(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    for rows in (["a"], ["a", "a", "b"]):  # rows without an id of their own may be alike
        work.write({f"{WEEK}/tokens.jsonl": "".join(map(_row, rows))})
        _sync(work)
    assert _on_branch(remote) == {"a": 2, "b": 1}


def test_files_gone_from_the_work_tree_stay_on_the_branch(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    _sync(work)
    (work.path / WEEK / "tokens-a.jsonl").unlink()
    assert _sync(work).commit is None
    assert _on_branch(remote) == {"a": 1}


def test_odd_names_arrive_as_they_are(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    names = ['to"ken\\s.jsonl', "tökens.jsonl", "new\nline.jsonl", "tab\t.jsonl"]
    work.write({f"{WEEK}/{name}": _row(name) for name in names})
    _sync(work)
    listed = remote.git("ls-tree", "-r", "-z", "--name-only", BRANCH).split("\0")
    assert sorted(filter(None, listed)) == sorted(f"{WEEK}/{name}" for name in names)


def test_without_a_remote_the_branch_is_in_the_repository(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit(FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    done = _sync(work)
    assert done == Synced(1, work.sha(BRANCH), None, work.sha(BRANCH))
    work.write({f"{WEEK}/tokens-b.jsonl": _row("b")})
    assert _sync(work).commit == work.sha(BRANCH)
    assert _on_branch(work) == {"a": 1, "b": 1}
    assert work.git("branch", "--show-current") == "main"
    assert _sync(work).commit is None


def test_a_repository_without_commits_can_sync(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    _sync(work)
    assert _on_branch(work) == {"a": 1}


def test_a_remote_that_refuses_is_quoted(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    hook = remote.path / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'logs are not welcome' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(BotError, match="logs are not welcome"):
        _sync(work)


def test_a_branch_that_never_holds_still_ends_in_an_error(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, FILES)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    hook = remote.path / "hooks/pre-receive"  # somebody else is always faster
    hook.write_text(
        "#!/bin/sh\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
        f"git update-ref refs/heads/{BRANCH} "
        '"$(git -c user.name=x -c user.email=x@y commit-tree -m $$ "$(git write-tree)" -p main)"\n'
    )
    hook.chmod(0o755)
    files = log_files(work.path, ".calibration/logs/*/*.jsonl")
    with (
        Repository.open(work.path) as repository,
        pytest.raises(BotError, match="moved 3 times while we tried to push; run again"),
    ):
        sync(repository, BRANCH, files, BOT, pauses=[0, 0, 0])


def _round(work: Workshop, name: str, rounds: int, failures: list[BaseException]) -> None:
    try:
        for number in range(rounds):
            event = f"{name}-{number}"
            work.write({f"{WEEK}/tokens-{event}.jsonl": _row(event)})
            _sync(work)
    except BaseException as error:
        failures.append(error)
        raise


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clones", "rounds"),
    [
        pytest.param(3, 2, id="3 x 2"),
        pytest.param(10, 20, id="10 x 20", marks=[pytest.mark.slow, pytest.mark.stress]),
    ],
)
def test_clones_that_sync_at_once_lose_nothing(clones: int, rounds: int, tmp_path: Path) -> None:
    _, remote = with_remote(tmp_path, FILES)
    failures: list[BaseException] = []
    threads = [
        threading.Thread(
            target=_round,
            args=(clone(remote, tmp_path / f"clone{name}"), str(name), rounds, failures),
        )
        for name in range(clones)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    events = [f"{name}-{number}" for name in range(clones) for number in range(rounds)]
    assert _on_branch(remote) == Counter(events)


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    row = {"id": "a", "ts": "2025-12-02T10:00:00Z", "sd": "SD-1", "phase": "EXEC", "tokens": 1}
    removed = "removed 1 file here, now on the branch\n"
    for said in ("is at {}: 1 file added\n", "has everything already (1 file)\n"):
        work.write({f"{WEEK}/tokens-a.jsonl": json.dumps(row)})
        printed = _command(work).stdout
        told = said.format(remote.sha(BRANCH)[:12])
        assert printed == f"origin: {BRANCH} {told}{removed}"


def test_the_command_names_bad_lines_and_says_nothing_of_a_branch_it_did_not_move(
    tmp_path: Path,
) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.write({f"{WEEK}/tokens-a.jsonl": _row("a")})
    said = _command(work)
    told = "not brought: 1 file with bad lines; correct each line named, then sync again\n"
    assert (said.returncode, said.stdout) == (1, told)
    assert f"error: {WEEK}/tokens-a.jsonl:1: tokens: is missing; it must be" in said.stderr
    assert remote.git("branch", "--list", BRANCH) == ""


def _command(work: Workshop) -> subprocess.CompletedProcess[str]:
    assert sys.executable == PROGRAM[0]
    return subprocess.run(
        [*PROGRAM, "log", "sync"], cwd=work.path, capture_output=True, text=True, check=False
    )
