"""A git child that dies is an error with its words and its status, never an answer and never success."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import BotError
from bot.git.repository import Repository
from tests.support.repositories import Workshop

TABLE = "config/overrides.toml"
HALF = 'read line; printf "%s\\n" "{sha} blob 100"; printf half; echo "out of memory" >&2; exit 3'
DEATHS = {
    "at-once": ("echo 'out of memory' >&2; exit 3", "exit status 3: out of memory"),
    "after-a-request": ("read line; echo 'out of memory' >&2; exit 3", "exit status 3"),
    "within-an-object": (HALF.format(sha="a" * 40), "exit status 3: out of memory"),
    "within-a-header": (f'read line; printf "{"a" * 40} bl"; exit 3', "exit status 3"),
    "with-status-0": ("exit 0", "exit status 0"),
    "killed": ("kill -9 $$", "killed by signal 9"),
    "killed-after-a-request": ("read line; kill -9 $$", "killed by signal 9"),
    "nonsense": ("read line; echo what do you want of me; exec cat >/dev/null", "while an object"),
}


def fake_git(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, does: str) -> None:
    """A `git` first on PATH that does something else for one command."""
    fake = folder / "fake/git"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\nif [ "$1" = {command} ]; then {does}; fi\nexec {shutil.which("git")} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.slow
@pytest.mark.parametrize(("does", "words"), DEATHS.values(), ids=DEATHS)
def test_an_object_reader_that_dies_is_an_error_with_its_words(
    does: str, words: str, work: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = work.sha("main")
    fake_git(tmp_path, monkeypatch, "cat-file", does)
    with (
        Repository.open(work.path) as repository,
        pytest.raises(BotError, match=f"git stopped while an object was read.*{words}|{words}"),
    ):
        repository.read(sha, TABLE)


def test_a_reader_killed_between_two_questions_is_an_error(work: Workshop) -> None:
    sha = work.sha("main")
    with Repository.open(work.path) as repository:
        assert repository.read(sha, TABLE) is not None
        repository._child.process.kill()
        repository._child.process.wait()
        for _ in range(2):  # and stays one
            with pytest.raises(BotError, match="killed by signal 9"):
                repository.read(sha, TABLE)


@pytest.mark.parametrize("command", ["guard --base main", "plan", "run --forge local"])
@pytest.mark.parametrize("death", ["at-once", "within-an-object", "killed"])
def test_no_command_ends_well_when_its_reader_dies(
    command: str,
    death: str,
    work: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_git(tmp_path, monkeypatch, "cat-file", DEATHS[death][0])
    assert main([*command.split(), "--repo", str(work.path)]) == 1
    assert DEATHS[death][1] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "ask"),
    [
        ("config", lambda repository: repository.base()),
        ("ls-remote", lambda repository: repository.base()),
        ("rev-parse", lambda repository: repository.resolve("main")),
        ("rev-list", lambda repository: repository.versions("main", TABLE)),
        ("log", lambda repository: repository.commits_between("main", "main")),
        ("status", lambda repository: repository.uncommitted("*", "main")),
        ("diff", lambda repository: repository.uncommitted("*", "main")),
        ("write-tree", lambda repository: repository.staged()),
        ("for-each-ref", lambda repository: repository.local_branches()),
    ],
)
@pytest.mark.parametrize("does", ["kill -9 $$", "exit 137"])
def test_any_child_that_is_killed_is_an_error(
    command: str,
    ask,
    does: str,
    work: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_git(tmp_path, monkeypatch, command, does)
    with (
        pytest.raises(BotError, match=r"signal 9|137"),
        Repository.open(work.path) as repository,
    ):
        ask(repository)
