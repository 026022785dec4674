"""History read as a stream: whole, only its end, and with an end that is told (issue 11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import BotError
from bot.git.landed import in_history, landed_on
from bot.git.repository import Repository
from tests.support.repositories import Workshop, new_repository


@pytest.fixture
def work(tmp_path: Path) -> Workshop:
    return new_repository(tmp_path / "r")


def test_commits_come_newest_first_with_what_git_calls_their_trailers(work: Workshop) -> None:
    first = work.commit({"a": "a"}, "first\n\nbody\n\nSD: A\nRework: X/EXEC\n  folded\n")
    second = work.commit({"a": "b"}, "second")
    with Repository.open(work.path) as repository:
        found = list(landed_on(repository.fields, second))
    assert [commit.sha for commit in found] == [second, first]
    assert found[1].trailers == (("SD", "A"), ("Rework", "X/EXEC folded"))
    assert found[1].message.startswith("first\n\nbody\n")
    assert found[0].committed - found[1].committed == 60


def test_odd_messages_stay_in_their_commit(work: Workshop) -> None:
    messages = ["\u2028 \x85 \x0b", "x" * 300_000, "\udcff\udcfe", "last"]
    for message in messages:
        feed = message.encode("utf-8", "surrogateescape")
        options = ("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-F", "-")
        work.git(*options, feed=feed)
    with Repository.open(work.path) as repository:
        found = [c.message.strip("\n") for c in landed_on(repository.fields, work.sha("HEAD"))]
    assert found[::-1] == [*messages[:2], "ÿþ", "last"]  # what is no UTF-8, git takes for Latin-1


def test_who_leaves_early_leaves_no_child_behind(work: Workshop) -> None:
    for n in range(50):
        work.commit({}, f"{n} {'x' * 5000}")
    with Repository.open(work.path) as repository:
        commits = landed_on(repository.fields, work.sha("HEAD"))
        assert next(commits).message.startswith("49 ")
        commits.close()  # type: ignore[attr-defined]
        assert len(list(landed_on(repository.fields, work.sha("HEAD")))) == 50


def test_a_history_that_cannot_be_read_is_an_error(work: Workshop) -> None:
    first = work.commit({}, "first")
    second = work.commit({}, "second")
    (work.path / ".git/objects" / first[:2] / first[2:]).unlink()
    with (
        Repository.open(work.path) as repository,
        pytest.raises(BotError, match=r"git failed: exit status 128: .*" + first),
    ):
        list(landed_on(repository.fields, second))


def test_a_commit_is_found_by_the_digits_of_its_sha_if_base_reaches_it(work: Workshop) -> None:
    first = work.commit({}, "first")
    head = work.commit({}, "head")
    work.git("switch", "--quiet", "-c", first[:8])  # a branch of that name is none
    side = work.commit({}, "side")
    tree = work.sha("HEAD^{tree}")
    names = {first, first[:7], side, tree, "0" * 40, "f" * 7, first[:8]}
    with Repository.open(work.path) as repository:
        found = in_history(repository, names, head)
        assert in_history(repository, [], head) == {}
    assert {name: commit.sha for name, commit in found.items() if name != first[:8]} == {
        first: first,
        first[:7]: first,
    }
    assert first[:8] not in found or found[first[:8]].sha == first


@pytest.mark.slow
def test_more_commits_are_found_at_once_than_a_command_line_holds(work: Workshop) -> None:
    count = 60_000
    plain = "commit refs/heads/main\ncommitter a <a@b.c> {} +0000\ndata 1\nx\n"
    stream = "".join(plain.format(1_764_547_200 + n) for n in range(count))
    work.git("fast-import", "--quiet", feed=stream.encode())
    shas = work.git("rev-list", "main").split()
    with Repository.open(work.path) as repository:
        found = in_history(repository, shas, shas[0])
    assert len(shas) == count
    assert [commit.sha for commit in map(found.__getitem__, shas)] == shas
