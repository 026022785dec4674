"""What a week has cost is found by reading only what is new, and is the same with nothing kept."""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BotError
from bot.evidence import spend
from bot.evidence.reader import Reader
from bot.evidence.spend import Spent, spent
from bot.git.repository import Repository
from tests.support.desk import TOP, run
from tests.support.logs import CALENDAR, lines, tokens
from tests.support.repositories import Workshop, clone, with_remote

PHASES = ("LEAD", "PLAN", "EXEC")
WEEK = CALENDAR.named("2025-W49")
GLOB = ".calibration/logs/*/tokens*.jsonl"
HERE = ".calibration/logs/2025-W49"
BRANCH = "calibration/logs"


def _repository(folder: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def _write(top: Path, name: str, *rows: dict[str, object], folder: str = HERE) -> Path:
    path = top / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(rows))
    return path


def _row(name: str, count: int = 100, **fields: object) -> dict[str, object]:
    return tokens(f"SD-{name}", tokens=count, id=name, **fields)


def _spent(top: Path, enough: int | None = None) -> Spent:
    return spent(str(top), GLOB, WEEK, PHASES, ref=BRANCH, enough=enough)


def _forget(top: Path) -> None:
    for file in (top / ".git/calibration-bot").glob("*"):
        file.unlink()


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change was long ago: a file's times say all there is to say."""
    for name in ("_COARSE", "_FINE"):
        monkeypatch.setattr(f"bot.evidence.spending.sources.{name}", -(10**18))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the log files that are taken apart from now on, as far as they are."""
    sizes: list[int] = []
    real = Reader.file

    def counted(self: Reader, file):  # type: ignore[no-untyped-def]
        sizes.append(len(file.getbuffer()))
        return real(self, file)

    monkeypatch.setattr(Reader, "file", counted)
    return sizes


def test_a_second_look_takes_nothing_apart(tmp_path: Path, read: list[int]) -> None:
    top = _repository(tmp_path)
    for number in range(30):
        _write(top, f"tokens-{number}.jsonl", _row(str(number)))
    assert _spent(top) == (3000, 0)
    assert len(read) == 30
    assert _spent(top) == (3000, 0)
    assert len(read) == 30


def test_a_new_file_is_all_that_is_read(tmp_path: Path, read: list[int], settled: None) -> None:
    top = _repository(tmp_path)
    _write(top, "tokens-a.jsonl", *(_row(str(number)) for number in range(5000)))
    assert _spent(top) == (500_000, 0)
    read.clear()
    new = _write(top, "tokens-b.jsonl", _row("new", 7), _row("17"), _row("4999"))
    assert _spent(top) == (500_007, 0)
    assert read == [new.stat().st_size]


def test_of_a_file_that_has_grown_the_new_lines_are_read(tmp_path: Path, read: list[int]) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", *(_row(str(number)) for number in range(1000)))
    assert _spent(top) == (100_000, 0)
    read.clear()
    for number in range(1000, 1003):
        more = lines([_row(str(number)), _row("3")])
        with path.open("ab") as file:
            file.write(more)
        assert _spent(top).tokens == 100_000 + 100 * (number - 999)
        assert read.pop() == len(more)
    assert read == []


def test_half_a_line_at_the_end_is_read_again_with_its_other_half(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", _row("a"), _row("b"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert _spent(top) == (100, 1)
    with path.open("ab") as file:
        file.write(whole[-20:])
    assert _spent(top) == (200, 0)


def test_a_mark_of_byte_order_amid_a_file_is_no_start_of_one(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", _row("a"))
    assert _spent(top) == (100, 0)
    with path.open("ab") as file:
        file.write(b"\xef\xbb\xbf" + lines([_row("b")]))
    assert _spent(top) == (100, 1)


def test_a_file_that_is_only_touched_is_not_taken_apart(tmp_path: Path, read: list[int]) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", _row("a", 475_000))
    assert _spent(top).tokens == 475_000
    os.utime(path, (1, 1))
    path.chmod(0o600)
    path.rename(path.with_suffix(".old"))
    path.write_bytes(path.with_suffix(".old").read_bytes())
    assert _spent(top).tokens == 475_000
    assert len(read) == 1


def test_other_content_of_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", _row("a", 100), *(_row(str(n)) for n in range(500)))
    assert _spent(top).tokens == 50_100
    times = path.stat()
    data = path.read_bytes().replace(b'"tokens": 100', b'"tokens": 900', 1)
    with path.open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert _spent(top).tokens == 50_900


@pytest.mark.parametrize("rows", [1, 300, 5_000])
def test_a_row_edited_above_lines_that_were_added_is_seen(tmp_path: Path, rows: int) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", *(_row(f"{n:04}") for n in range(rows)))
    for count in (777, 555):  # the second time it had grown before
        _spent(top)
        with path.open("r+b") as file:  # in place, as many editors do, and no longer than it was
            first = file.readline()
            file.seek(0)
            file.write(re.sub(rb'"tokens": \d+', b'"tokens": %d' % count, first))
            file.seek(0, os.SEEK_END)
            file.write(lines([_row(f"new-{count}")]))
        seen = _spent(top)
        _forget(top)
        assert seen == _spent(top)


@pytest.mark.parametrize("past", [2, 40])
def test_weeks_that_are_over_are_read_once(past: int, tmp_path: Path, read: list[int]) -> None:
    top = _repository(tmp_path)
    for week in range(1, past):
        day = -7 * week
        _write(top, "tokens.jsonl", _row(f"w{week}", day=day), folder=f".calibration/logs/w{week}")
    _write(top, "tokens.jsonl", _row("now"))
    assert _spent(top) == (100, 0)
    read.clear()
    _write(top, "tokens-2.jsonl", _row("more"))
    (top / HERE / "tokens.jsonl").unlink()  # a sum begins anew
    assert _spent(top) == (100, 0)
    assert len(read) == 1


def test_a_new_week_knows_what_the_last_one_has_read(tmp_path: Path, read: list[int]) -> None:
    work, _ = _shared(tmp_path)
    for week in range(4):
        folder = f".calibration/logs/w{week}"
        for name in ("here", "there"):
            _write(
                work.path,
                f"tokens-{name}.jsonl",
                _row(f"{name}{week}", day=-7 * week),
                folder=folder,
            )
        work.git("add", f"{folder}/tokens-here.jsonl")
    _write(work.path, "tokens-late.jsonl", _row("late", 3, day=9), folder=".calibration/logs/w0")
    _synced(work)
    assert _spent(work.path) == (200, 0)
    read.clear()
    ahead = CALENDAR.named("2025-W50")
    assert spent(str(work.path), GLOB, ahead, PHASES, ref=BRANCH) == (3, 0)
    assert len(read) == 1
    _forget(work.path)
    assert spent(str(work.path), GLOB, ahead, PHASES, ref=BRANCH) == (3, 0)


def test_once_enough_is_known_nothing_more_is_read(tmp_path: Path, read: list[int]) -> None:
    top = _repository(tmp_path)
    for number in range(20):
        _write(top, f"tokens-{number:02}.jsonl", _row(str(number), 100_000))
    assert _spent(top, enough=475_000).tokens == 500_000
    assert len(read) == 5
    assert _spent(top, enough=475_000).tokens == 500_000
    assert len(read) == 5
    assert _spent(top).tokens == 2_000_000
    assert len(read) == 20


def test_rows_that_are_removed_are_no_longer_counted(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    first = _write(top, "tokens-a.jsonl", _row("a", 1), _row("b", 2))
    second = _write(top, "tokens-b.jsonl", _row("b", 2), _row("c", 4))
    assert _spent(top) == (7, 0)
    first.unlink()
    assert _spent(top) == (6, 0)
    second.write_bytes(lines([_row("c", 4)]))
    assert _spent(top) == (4, 0)


def test_of_two_contents_of_one_id_the_first_by_path_counts_whenever_it_came(
    tmp_path: Path,
) -> None:
    top = _repository(tmp_path)
    _write(top, "tokens-b.jsonl", _row("a", 5))
    assert _spent(top) == (5, 0)
    path = _write(top, "tokens-a.jsonl", _row("a", 3))
    assert _spent(top) == (3, 1)
    _write(top, "tokens-c.jsonl", _row("a", 9), _row("b", 10))
    assert _spent(top) == (13, 2)
    path.unlink()
    assert _spent(top) == (15, 1)


def test_a_file_nobody_lets_us_read_is_tried_by_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = _repository(tmp_path)
    _write(top, "tokens-a.jsonl", _row("a"))
    _write(top, "tokens-b.jsonl", _row("b"))

    def refused(*_: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr("bot.evidence.spending.update._add", refused)
        assert _spent(top) == (0, 2)
    assert _spent(top) == (200, 0)


# ------------------------------------------------------------------- what is kept


def _many(top: Path) -> int:
    """A repository whose sum fills every kind of file that is kept. Returns its tokens."""
    _write(top, "tokens.jsonl", *(_row(str(number)) for number in range(700)))
    _write(top, "tokens-nameless.jsonl", *(tokens("SD-x", tokens=1) for _ in range(3)))
    assert _spent(top).tokens == 70_003
    return 70_003


def _kept(top: Path) -> list[Path]:
    return sorted((top / ".git/calibration-bot").iterdir())


@pytest.mark.slow
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_whatever_becomes_of_a_kept_file_the_sum_is_right(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Bytes changed, cut off, doubled, emptied, or those of another file."""
    chance = random.Random(seed)  # noqa: S311 - a test's choice
    top, whole = _once(tmp_path_factory)
    _forget(top)
    for name, said in whole.items():
        (top / ".git/calibration-bot" / name).write_bytes(said)
    file = chance.choice(_kept(top))
    data = file.read_bytes()
    at = chance.randrange(len(data))
    other = chance.choice(_kept(top)).read_bytes()
    damaged = chance.choice(
        [
            data[:at],
            data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :],
            data[:at] + bytes(len(data) - at),
            data[at:],
            data + data[:at],
            b"",
            other,
        ]
    )
    file.write_bytes(damaged)
    new = _write(top, "tokens-new.jsonl", _row(str(chance.randrange(700))), _row("new", 5))
    assert _spent(top).tokens == 70_008
    new.unlink()
    assert _spent(top).tokens == 70_003


_SHARED: list[tuple[Path, dict[str, bytes]]] = []


def _once(factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """Such a repository, and what is kept in it."""
    if not _SHARED:
        top = _repository(factory.mktemp("kept"))
        _many(top)
        _SHARED.append((top, {file.name: file.read_bytes() for file in _kept(top)}))
    return _SHARED[0]


_STRANGE = {
    "a pipe nobody writes to": os.mkfifo,
    "a device without an end": lambda path: path.symlink_to("/dev/zero"),
    "a link to a file": lambda path: path.symlink_to("HEAD"),
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("made", _STRANGE.values(), ids=_STRANGE)
def test_what_is_no_file_where_one_was_kept_is_not_waited_for(
    made: Callable[[Path], object], tmp_path: Path
) -> None:
    top = _repository(tmp_path)
    _many(top)
    for file in _kept(top):
        file.unlink()
        made(file)
    _write(top, "tokens-new.jsonl", _row("new", 1))
    assert _spent(top).tokens == 70_004


def test_nothing_can_be_kept_and_all_is_well(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    (top / ".git/calibration-bot").write_text("a file where a folder should be")
    assert _many(top) == 70_003
    _write(top, "tokens-new.jsonl", _row("new", 1))
    assert _spent(top).tokens == 70_004


def test_a_copied_repository_believes_nothing_it_has_not_seen(tmp_path: Path) -> None:
    top = _repository(tmp_path / "one")
    _many(top)
    subprocess.run(["cp", "-a", str(top), str(tmp_path / "two")], check=True)
    _write(tmp_path / "two", "tokens.jsonl", _row("only", 3))
    assert _spent(tmp_path / "two").tokens == 6
    assert _spent(top).tokens == 70_003


@pytest.mark.slow
def test_what_is_kept_stays_small(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    for number in range(60):
        week = CALENDAR.week_of(WEEK.start - 7 * 86_400 * number)
        spent(str(top), GLOB, week, PHASES, ref=BRANCH)
        _write(top, f"tokens-{number}.jsonl", _row(str(number)))
    for number in range(20):
        _write(top, f"tokens-more-{number}.jsonl", *(_row(f"{number}-{n}") for n in range(600)))
        assert _spent(top).tokens == 100 * (60 + 600 * (number + 1))
    files = _kept(top)
    assert len(files) <= 48
    assert sum(file.stat().st_size for file in files) < 3 * 2**20
    assert not [file for file in files if file.name.endswith(".part")]


def test_nothing_is_kept_in_the_work_tree(tmp_path: Path) -> None:
    top = _repository(tmp_path)
    path = _write(top, "tokens.jsonl", _row("a"))
    assert _spent(top) == (100, 0)
    assert [file for file in top.rglob("*") if ".git" not in file.parts and file.is_file()] == [
        path
    ]


def test_work_trees_of_one_repository_keep_in_one_place_and_do_not_mix(tmp_path: Path) -> None:
    top = _repository(tmp_path / "one")
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", "x"], cwd=top, check=True)
    subprocess.run(["git", "worktree", "add", "-q", "../two"], cwd=top, check=True)
    _write(top, "tokens.jsonl", _row("a", 1))
    _write(tmp_path / "two", "tokens.jsonl", _row("a", 2))
    for _ in range(2):
        assert _spent(top).tokens == 1
        assert _spent(tmp_path / "two").tokens == 2
    assert not list((top / ".git/worktrees").rglob("sums-*"))
    assert len(_kept(top)) >= 2


_change = st.tuples(
    st.sampled_from(["a", "b", "c/d", "packed"]),
    st.sampled_from(["write", "append", "remove", "torn"]),
    st.lists(
        st.tuples(
            st.sampled_from([None, "1", "2", "3", "4"]),
            st.sampled_from(["SD-1", "SD-2"]),
            st.sampled_from([None, "TESTING", "API"]),
            st.sampled_from([1, 10, 100]),
            st.sampled_from([-8.0, 1.0, 2.0]),
        ),
        max_size=4,
    ),
)


@pytest.mark.slow
@given(changes=st.lists(_change, max_size=8))
@settings(max_examples=40, deadline=None)
def test_what_is_kept_never_changes_an_answer(
    changes: list[tuple[str, str, list[tuple[str | None, str, str | None, int, float]]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Against a sum from nothing after every change, ids that clash and lines without one included."""
    top = _repository(tmp_path_factory.mktemp("changes"))
    glob = "logs/**/tokens*.jsonl"
    for name, what, facts in changes:
        path = top / f"logs/{name}/tokens.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            tokens(sd, day, agent=agent, tokens=count, id=key)
            for key, sd, agent, count, day in facts
        ]
        if what == "remove":
            path.unlink(missing_ok=True)
        elif what == "append":
            with path.open("ab") as file:
                file.write(lines(rows))
        else:
            path.write_bytes(lines(rows)[: -9 if what == "torn" else None])
        found = spent(str(top), glob, WEEK, PHASES, ref=BRANCH)
        again = spent(str(top), glob, WEEK, PHASES, ref=BRANCH)
        _forget(top)
        assert found == again == spent(str(top), glob, WEEK, PHASES, ref=BRANCH)


# ----------------------------------------------------------- the branch of the logs


def _shared(folder: Path) -> tuple[Workshop, Workshop]:
    """A work tree with the shipped configuration, and its remote."""
    config = {
        f"config/{n}": (TOP / "config" / n).read_text() for n in ("policy.toml", "overrides.toml")
    }
    return with_remote(folder, config)


def _synced(work: Workshop) -> None:
    said = run(work.path, "log", "sync")
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.slow
def test_what_has_gone_to_the_branch_still_counts(tmp_path: Path) -> None:
    work, remote = _shared(tmp_path)
    _write(work.path, "tokens-a.jsonl", _row("a", 1), _row("b", 2))
    _write(work.path, "tokens-b.jsonl", _row("b", 2), tokens("SD-x", tokens=10), folder=HERE)
    assert _spent(work.path) == (13, 0)
    _synced(work)
    assert not list(work.path.glob(GLOB))
    assert _spent(work.path) == (13, 0)
    work.git("pack-refs", "--all")
    _write(work.path, "tokens-c.jsonl", _row("a", 1), _row("c", 100))
    assert _spent(work.path) == (113, 0)
    other = clone(remote, tmp_path / "other")
    assert _spent(other.path) == (13, 0)
    _synced(work)
    assert _spent(other.path) == (13, 0)  # as last fetched
    other.git("fetch", "--quiet")
    assert _spent(other.path) == (113, 0)


def test_a_line_without_id_in_both_places_counts_once(tmp_path: Path) -> None:
    work, _ = _shared(tmp_path)
    rows = [tokens("SD-x", tokens=1), tokens("SD-x", tokens=1), tokens("SD-y", tokens=5)]
    name = f"{HERE}/tokens-a.jsonl"
    work.commit({name: lines(rows)})  # git tracks it, so it stays
    _synced(work)
    assert (work.path / name).exists()
    assert _spent(work.path) == (7, 0)
    _write(work.path, "tokens-b.jsonl", *[tokens("SD-x", tokens=1)] * 2)
    assert _spent(work.path) == (9, 0)


def test_git_is_started_only_when_the_branch_has_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, _ = _shared(tmp_path)
    _write(work.path, "tokens-a.jsonl", _row("a", 1))
    _synced(work)
    assert _spent(work.path) == (1, 0)
    _write(work.path, "tokens-b.jsonl", _row("b", 2))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("started")

    monkeypatch.setattr(Repository, "open", never)
    assert _spent(work.path) == (3, 0)


@pytest.mark.slow
def test_of_a_branch_that_has_moved_only_new_blobs_are_read(
    tmp_path: Path, read: list[int]
) -> None:
    work, _ = _shared(tmp_path)
    for week in range(8):
        day = -7 * week
        _write(
            work.path,
            "tokens.jsonl",
            _row(f"w{week}", day=day),
            folder=f".calibration/logs/w{week}",
        )
    _synced(work)
    assert _spent(work.path) == (100, 0)
    read.clear()
    _write(work.path, "tokens-new.jsonl", _row("new", 5))
    _synced(work)
    assert _spent(work.path) == (105, 0)
    assert len(read) == 1


@pytest.mark.slow
def test_a_red_week_on_the_branch_defers_a_gate(tmp_path: Path) -> None:
    work, _ = _shared(tmp_path)
    said = run(work.path, "log", "tokens", "--sd", "A", "--phase", "EXEC", "--tokens", "475000")
    assert "RED" in said.stdout
    _synced(work)
    os.utime(work.path / ".git/calibration-bot", (1, 1))
    assert not list(work.path.glob(GLOB))
    assert run(work.path, "model", "TESTING", "EXEC").returncode == 75
    said = run(work.path, "log", "tokens", "--sd", "B", "--phase", "EXEC", "--tokens", "1")
    assert ": 475,001 of 500,000 tokens used (95.0 %), RED" in said.stdout


@pytest.mark.slow
@pytest.mark.parametrize("loses", ["the branch", "the rows, by a rewrite"])
def test_a_red_week_ends_with_the_rows_that_made_it_so(loses: str, tmp_path: Path) -> None:
    work, _ = _shared(tmp_path)
    before = work.git("rev-parse", "HEAD").strip()
    run(work.path, "log", "tokens", "--sd", "A", "--phase", "EXEC", "--tokens", "475000")
    _synced(work)
    assert run(work.path, "model", "TESTING", "EXEC").returncode == 75
    for ref in ("refs/remotes/origin/calibration/logs", "refs/heads/calibration/logs"):
        rewritten = [ref, before] if loses != "the branch" else ["-d", ref]
        work.git("update-ref", *rewritten)
    assert run(work.path, "model", "TESTING", "EXEC").returncode == 0


@pytest.mark.slow
def test_where_git_cannot_tell_the_model_is_told_with_a_warning(tmp_path: Path) -> None:
    work, _ = _shared(tmp_path)
    _write(work.path, "tokens-a.jsonl", _row("a", 1))
    _synced(work)
    work.git("remote", "rename", "origin", "one")
    work.git("remote", "add", "two", "nowhere")
    said = run(work.path, "model", "TESTING", "EXEC")
    assert (said.returncode, said.stdout) == (0, "opus\n")
    assert "warning: the week's budget zone is not known: several remotes" in said.stderr
    said = run(work.path, "log", "tokens", "--sd", "B", "--phase", "EXEC", "--tokens", "1")
    assert said.returncode == 0
    assert said.stdout.startswith("logged in ")
    assert "warning: what the week has used is not known: several remotes" in said.stderr


def test_a_branch_that_was_rewritten_counts_as_it_is(tmp_path: Path) -> None:
    work, _ = _shared(tmp_path)
    _write(work.path, "tokens-a.jsonl", _row("a", 1))
    _synced(work)
    assert _spent(work.path) == (1, 0)
    blob = work.git("hash-object", "-w", "--stdin", feed=lines([_row("b", 5)]) + b"{\n")
    link = work.git("hash-object", "-w", "--stdin", feed=b"elsewhere")
    listed = f"100644 blob {blob}\ttokens.jsonl\n120000 blob {link}\ttokens-link.jsonl\n".encode()
    tree = work.git("mktree", feed=listed)
    for above in ("2025-W49", "logs", ".calibration"):
        tree = work.git("mktree", feed=f"040000 tree {tree}\t{above}\n".encode())
    ref = f"refs/remotes/origin/{BRANCH}"
    work.git("update-ref", ref, work.git("commit-tree", "-m", "x", tree))
    assert _spent(work.path) == (5, 2)
    work.git("update-ref", "-d", ref)
    assert _spent(work.path) == (0, 0)


def test_a_branch_only_git_can_tell_of_is_asked_for_every_time(tmp_path: Path) -> None:
    work, _ = _shared(tmp_path)
    _write(work.path, "tokens-a.jsonl", _row("a", 1))
    _synced(work)
    ref = f"refs/remotes/origin/{BRANCH}"
    work.git("update-ref", "refs/heads/kept", ref)
    work.git("symbolic-ref", ref, "refs/heads/kept")
    assert _spent(work.path) == _spent(work.path) == (1, 0)


def test_a_folder_that_only_looks_like_a_git_folder_has_no_branch(tmp_path: Path) -> None:
    ref = tmp_path / ".git/refs/heads" / BRANCH
    ref.parent.mkdir(parents=True)
    ref.write_text("0" * 40 + "\n")
    _write(tmp_path, "tokens-a.jsonl", _row("a", 1))
    assert _spent(tmp_path) == _spent(tmp_path) == (1, 0)


def test_a_file_that_goes_while_it_is_looked_at_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = _repository(tmp_path)
    _write(top, "tokens-a.jsonl", _row("a", 1))
    going = _write(top, "tokens-b.jsonl", _row("b", 2))
    real = spend.look

    def look(*args: Any) -> object:
        going.unlink(missing_ok=True)
        return real(*args)

    monkeypatch.setattr(spend, "look", look)
    assert _spent(top) == (1, 0)

    def never(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(spend, "look", never)
    with pytest.raises(BotError, match="the logs change faster than they can be read"):
        _spent(top)
