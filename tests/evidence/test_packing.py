"""`log sync` packs weeks into one file a kind, and files leave only when nobody can miss them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from bot.errors import Problem
from bot.evidence import leaving
from bot.evidence.leaving import Left, leave
from bot.evidence.packing import MOST_FILES, Packer
from bot.evidence.sync import Synced, sync
from bot.evidence.write import append
from bot.git.history import Identity
from bot.git.repository import Repository
from bot.inputs.work_tree import all_logs, kept, log_files
from tests.support.desk import TOP, run
from tests.support.repositories import Workshop, clone, new_repository, snapshot, with_remote

BRANCH = "calibration/logs"
TOKENS, REWORK = ".calibration/logs/*/tokens*.jsonl", ".calibration/logs/*/rework*.jsonl"
OLD, NOW = ".calibration/logs/2025-W49", ".calibration/logs/2025-W50"
PACKER = Packer({TOKENS: False, REWORK: True}, ("EXEC",), 1_765_152_000_000_000)
"""The current week is 2025-W50, from 2025-12-08."""
CONFIG = {
    f"config/{n}": (TOP / "config" / n).read_text() for n in ("policy.toml", "overrides.toml")
}


def _row(name: str | None, day: int = 2, **fields: object) -> str:
    row = {"ts": f"2025-12-{day:02}T10:00:00Z", "sd": f"SD-{name}", "phase": "EXEC"}
    named = {} if name is None else {"id": name}
    return json.dumps({**row, "agent": "TESTING", "tokens": 1, **named, **fields}) + "\n"


def _sync(work: Workshop) -> tuple[Synced, Left]:
    with Repository.open(work.path) as repository:
        found = [file for glob in PACKER.globs for file in log_files(work.path, glob)]
        files = kept(tuple(found), repository.folder / "work-tree")
        done = sync(repository, BRANCH, files, Identity("b", "b@x"), packer=PACKER)
        return done, leave(repository, work.path, BRANCH, files, done)


def _branch(remote: Workshop) -> dict[str, str]:
    listed = remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()
    return {path: remote.file(BRANCH, path).decode() for path in listed}


def _here(work: Workshop) -> list[str]:
    return sorted(file.name for file in work.path.glob(".calibration/logs/*/*"))


def _seen(work: Workshop) -> set[str]:
    """Ids that a reader of the work tree finds at this moment."""
    with all_logs(work.path, BRANCH) as files:
        lines = [line for file in files(TOKENS) for line in file.content().decode().splitlines()]
    return {json.loads(line)["id"] for line in lines if line}


def test_a_finished_week_becomes_one_file_a_kind_in_order_of_time_and_id(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.write(
        {
            f"{OLD}/tokens-1.jsonl": _row("c", 3) + _row("b") + "\n" + _row(None),
            f"{OLD}/tokens-2.jsonl": _row("a").rstrip() + "\n" + _row("c", 3) + _row(None),
            f"{OLD}/rework-1.jsonl": _row("r", rework=True),
            f"{NOW}/tokens-3.jsonl": _row("new", 9),
        }
    )
    done, _ = _sync(work)
    assert _branch(remote) == {
        f"{OLD}/rework-packed.jsonl": _row("r", rework=True),
        f"{OLD}/tokens-packed.jsonl": _row(None) * 2 + _row("a") + _row("b") + _row("c", 3),
        f"{NOW}/tokens-3.jsonl": _row("new", 9),
    }
    assert remote.git("rev-list", "--count", BRANCH) == "1"
    assert done.bad == ()


@pytest.mark.slow
def test_the_current_week_leaves_like_others_and_is_packed_beyond_the_limit(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    names = [f"{number:03}" for number in range(MOST_FILES + 1)]
    work.write({f"{NOW}/tokens-{name}.jsonl": _row(name, 9) for name in names[1:]})
    _sync(work)
    assert (len(_branch(remote)), _here(work)) == (MOST_FILES, [])
    work.write({f"{NOW}/tokens-{names[0]}.jsonl": _row(names[0], 9)})
    _sync(work)
    packed = "".join(_row(name, 9) for name in names)
    assert _branch(remote) == {f"{NOW}/tokens-packed.jsonl": packed}
    assert _here(work) == []
    assert _seen(work) == set(names)


def test_doing_it_twice_is_nothing_even_with_files_that_stay(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.commit({f"{OLD}/tokens-{name}.jsonl": _row(name) + _row(None) for name in "ab"})
    _sync(work)
    before = snapshot(remote.path)
    assert _sync(work)[0].commit is None
    assert snapshot(remote.path) == before


def test_a_late_row_joins_the_packed_file(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    for name in "ba":
        work.write({f"{OLD}/tokens-{name}.jsonl": _row(name)})
        _sync(work)
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": _row("a") + _row("b")}
    assert remote.git("rev-list", "--count", BRANCH) == "2"


@pytest.mark.parametrize("who", ["the packed file", "another file of the branch", "the same sync"])
def test_one_id_with_two_contents_is_a_bad_line_that_is_never_packed_and_is_named(
    tmp_path: Path, who: str
) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    first, second = _row("a", 9, tokens=2), _row("a", 9, tokens=1) + _row("b", 9)
    packed, early, late = (f"{NOW}/tokens-{name}.jsonl" for name in ("packed", "a", "b"))
    work.write({packed if who == "the packed file" else early: first})
    if who != "the same sync":
        _sync(work)
    work.write({late: second})
    done, _ = _sync(work)
    there = packed if who == "the packed file" else early
    place = f"{'' if who == 'the same sync' else BRANCHS}{there}:1"
    said = f"is taken by {place}, which says something else; give each row an id of its own"
    assert done.unfit == (Problem(late, said, 1, "id"),)
    assert _here(work) == ["tokens-b.jsonl"]
    assert _branch(remote) == {there: first}
    assert _seen(work) == {"a", "b"}


def test_one_id_with_two_contents_in_one_file_leaves_it_where_it_is(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.write({f"{OLD}/tokens-a.jsonl": _row("a", tokens=2) + _row("a", tokens=1)})
    work.write({f"{OLD}/tokens-b.jsonl": _row("b")})
    assert [str(wrong) for wrong in _sync(work)[0].unfit] == [
        f"{OLD}/tokens-a.jsonl:2: id: is taken by {OLD}/tokens-a.jsonl:1, which says something else; "
        "give each row an id of its own"
    ]
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": _row("b")}


def _sum(work: Workshop) -> int:
    said = run(work.path, "budget", "--week", "2025-W49", "--format", "json")
    used: int = json.loads(said.stdout)["used"]
    return used


@pytest.mark.slow
def test_packing_rows_without_id_changes_no_sum(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.write({f"{OLD}/tokens-{name}.jsonl": _row(None) * 2 for name in "ab"})
    for _ in range(2):  # a copy of a log adds nothing
        assert _sum(work) == 4
        _sync(work)
        assert _sum(work) == 4
        work.write({f"{OLD}/tokens-{name}.jsonl": _row(None) * 2 for name in "cd"})
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": _row(None) * 4}


def test_a_byte_order_mark_is_no_bad_line_to_sync_either(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    marked = {f"{folder}/tokens-a.jsonl": "\ufeff" + _row("a", day) for folder, day in DAYS.items()}
    work.write(marked)
    assert (_sync(work)[0].bad, _here(work)) == ((), [])
    work.write({f"{NOW}/tokens-a.jsonl": "\ufeff" + _row("b", 9)})
    assert (_sync(work)[0].bad, _here(work)) == ((), [])
    assert _branch(remote) == {
        f"{OLD}/tokens-packed.jsonl": _row("a"),
        f"{NOW}/tokens-a.jsonl": _row("a", 9) + _row("b", 9),
    }


DAYS = {OLD: 2, NOW: 9}
BRANCHS = "the branch's "


def test_a_file_that_is_called_as_if_packed_is_read_like_others(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    work.write({f"{OLD}/tokens-packed.jsonl": _row("b") + _row("a")})
    assert (_sync(work)[0].bad, _here(work)) == ((), [])
    work.write({f"{OLD}/tokens-packed.jsonl": "{\n"})
    assert _unfit(_sync(work)[0]) == [(f"{OLD}/tokens-packed.jsonl", 1)]


def _unfit(done: Synced) -> list[tuple[str, int | None]]:
    return [(wrong.file, wrong.line) for wrong in done.unfit]


def test_a_file_with_a_bad_line_is_not_brought_while_others_are(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    bad = f"{OLD}/tokens-b.jsonl"
    work.write({f"{OLD}/tokens-a.jsonl": _row("a"), bad: _row("b") + "{\n"})
    done, left = _sync(work)
    assert (_unfit(done), done.bad, left) == ([(bad, 2)], (), Left(1, ()))
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": _row("a")}
    assert _here(work) == ["tokens-b.jsonl"]
    work.write({bad: _row("b") + _row("c")})
    done, _ = _sync(work)
    assert (done.unfit, _here(work)) == ((), [])
    packed = "".join(map(_row, "abc"))
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": packed}


def test_a_bad_line_more_in_a_file_of_the_branch_keeps_both_as_they_are(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    path = f"{NOW}/tokens-a.jsonl"
    work.write({path: _row("a", 9)})
    _sync(work)
    work.write({path: _row("a", 9) + "{\n"})
    done, left = _sync(work)
    assert (_unfit(done), left) == ([(path, 2)], Left(0, ()))
    assert (_branch(remote), _here(work)) == ({path: _row("a", 9)}, ["tokens-a.jsonl"])


def test_a_bad_file_that_somebody_put_on_the_branch_stays_and_is_named(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    bad = {f"{OLD}/tokens-b.jsonl": _row("b") + "{\n"}
    work.write(bad)
    with Repository.open(work.path) as repository:
        sync(repository, BRANCH, log_files(work.path, TOKENS), Identity("b", "b@x"))
    work.write({f"{OLD}/tokens-a.jsonl": _row("a")})
    done, _ = _sync(work)
    assert (done.unfit, done.bad) == ((), tuple(bad))
    assert _branch(remote) == {**bad, f"{OLD}/tokens-packed.jsonl": _row("a")}


def test_untracked_files_leave_and_every_row_is_still_found(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.write({f"{OLD}/tokens-{name}.jsonl": _row(name) for name in "ab"})
    work.write({f"{NOW}/tokens-c.jsonl": _row("c", 9)})
    assert _sync(work)[1] == Left(3, ())
    assert _here(work) == []
    assert _seen(work) == {"a", "b", "c"}
    assert work.sha(f"refs/remotes/origin/{BRANCH}") == remote.sha(BRANCH)
    assert work.git("status", "--porcelain", "--", "config") == ""
    work.git("fsck", "--strict")


def test_tracked_files_are_named_and_stay(tmp_path: Path) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    work.commit({f"{OLD}/tokens-a.jsonl": _row("a")})
    assert _sync(work)[1] == Left(0, (f"{OLD}/tokens-a.jsonl",))
    assert _here(work) == ["tokens-a.jsonl"]


def test_a_file_that_changed_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, _ = with_remote(tmp_path, CONFIG)
    work.write({f"{OLD}/tokens-a.jsonl": _row("a")})
    follow = Repository.follow

    def late(repository: Repository, *args: str) -> bool:
        work.write({f"{OLD}/tokens-a.jsonl": _row("a") + _row("b")})
        return follow(repository, *args)

    monkeypatch.setattr(leaving.Repository, "follow", late)
    assert _sync(work)[1] == Left(0, ())
    assert _seen(work) == {"a", "b"}


def test_without_a_remote_files_leave_for_the_branch_of_the_repository(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit(CONFIG)
    work.write({f"{OLD}/tokens-a.jsonl": _row("a")})
    assert _sync(work)[1] == Left(1, ())
    assert (_here(work), _seen(work)) == ([], {"a"})


def test_the_branch_as_last_fetched_never_goes_back(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    other = clone(remote, tmp_path / "other")
    work.write({f"{OLD}/tokens-a.jsonl": _row("a")})
    first = _sync(work)[0].tip
    other.write({f"{OLD}/tokens-b.jsonl": _row("b")})
    _sync(other)
    work.git("fetch", "--quiet", "origin")
    with Repository.open(work.path) as repository:
        assert repository.follow("origin", BRANCH, first or "")
    assert work.sha(f"refs/remotes/origin/{BRANCH}") == remote.sha(BRANCH) != first


def _work(work: Workshop, names: list[str], failures: list[BaseException]) -> None:
    try:
        for name in names:
            append(str(work.path), TOKENS, "2025-W49", name, [_row(name).encode()])
            _sync(work)
    except BaseException as error:
        failures.append(error)
        raise


@pytest.mark.slow
def test_machines_that_pack_one_week_at_once_lose_nothing(tmp_path: Path) -> None:
    _, remote = with_remote(tmp_path, CONFIG)
    failures: list[BaseException] = []
    names = {machine: [f"{machine}{number}" for number in range(3)] for machine in "abc"}
    threads = [
        threading.Thread(
            target=_work, args=(clone(remote, tmp_path / machine), names[machine], failures)
        )
        for machine in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    every = sorted(name for several in names.values() for name in several)
    packed = "".join(map(_row, every))
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": packed}


@pytest.mark.slow
def test_a_reader_beside_loggers_and_sync_finds_every_row_at_every_moment(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    failures: list[BaseException] = []
    logged: list[str] = []  # grows only once a row is on the disk

    def log(logger: int) -> None:
        for number in range(10):
            name = f"{logger}-{number}"
            append(str(work.path), TOKENS, "2025-W49", name, [_row(name).encode()])
            logged.append(name)

    def keep_syncing() -> None:
        try:
            while any(thread.is_alive() for thread in loggers):
                _sync(work)
        except BaseException as error:
            failures.append(error)
            raise

    loggers = [threading.Thread(target=log, args=(logger,)) for logger in range(8)]
    syncs = [threading.Thread(target=keep_syncing) for _ in range(2)]
    for thread in (*loggers, *syncs):
        thread.start()
    while any(thread.is_alive() for thread in syncs):
        before = set(logged)
        assert before <= _seen(work)
    _sync(work)
    assert failures == []
    assert _here(work) == []
    assert _branch(remote) == {f"{OLD}/tokens-packed.jsonl": "".join(map(_row, sorted(logged)))}
    assert len(logged) == 80


def test_the_command_packs_and_names_what_is_for_people_to_remove(tmp_path: Path) -> None:
    work, remote = with_remote(tmp_path, CONFIG)
    work.commit({f"{OLD}/tokens a.jsonl": _row("a", phase="EXEC")})
    work.write({f"{OLD}/tokens-b.jsonl": _row("b"), f"{OLD}/tokens-c.jsonl": "{\n"})
    said = run(work.path, "log", "sync")
    assert said.stdout.splitlines() == [
        f"origin: {BRANCH} is at {remote.sha(BRANCH)[:12]}: 1 file added",
        "removed 1 file here, now on the branch",
        f"git tracks files that are on the branch now; run: git rm -- '{OLD}/tokens a.jsonl'",
        "not brought: 1 file with bad lines; correct each line named, then sync again",
    ]
    assert said.returncode == 1
    assert said.stderr.startswith(f"error: {OLD}/tokens-c.jsonl:1: is not valid JSON")
