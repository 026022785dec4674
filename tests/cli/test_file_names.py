"""No file name is ever a pattern: of logs, of their folders, of the repository and of temporary folders."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.teams import CONFIGURATION, LOGS, REWORK, WEEK, Team, at, rework, token

MakeTeam = Callable[..., Team]

NAMES = (
    b"tokens-[1].jsonl",
    b"tokens-[0-9].jsonl",
    b"tokens-[!x].jsonl",
    b"tokens-[.jsonl",
    b"tokens-*.jsonl",
    b"tokens-**.jsonl",
    b"tokens-?.jsonl",
    b"tokens-{1,2}.jsonl",
    b"tokens-\\*.jsonl",
    b"tokens-\n.jsonl",
    b"tokens-\xff\xfe.jsonl",
    "tokens-ä→.jsonl".encode(),
    b"tokens-\x1b[31m.jsonl",
    b"tokens-'\".jsonl",
    b"tokens-http:.jsonl",
    b"tokens.gz.jsonl",
    b"tokens-sd=SD-9.jsonl",
    b"tokens- .jsonl",
)
FOLDERS = {
    "class": b"w[1]",
    "star": b"w*",
    "question": b"w?",
    "braces": b"{w1,w2}",
    "backslash": b"w\\[1]",
    "newline": b"w\n1",
    "no UTF-8": b"w\xff",
    "UTF-8": "wö".encode(),
    "hive": b"sd=SD-9",
}
BAIT = {f"{LOGS}/tokens-{name}.jsonl": [token("SD-BAIT")] for name in ("1", "2", "a")}
"""What a pattern would read once more."""


def _line(sd: str, **fields: object) -> bytes:
    return json.dumps(token(sd, ts=at(1), tokens=7, **fields)).encode() + b"\n"


def _text(rows: list[object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


SMALL, LARGE = 1, 3_000
"""Rows of a log that is copied, and of one so large that it is counted as it is."""


def _commit(team: Team, *paths: bytes, rows: int = SMALL) -> None:
    for path in paths:
        target = Path(team.path) / os.fsdecode(path)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(_line("SD-ODD") * rows)
    team.work.git("add", "--force", "--all")
    team.push({})


def _tokens(bot: Bot, top: str) -> int:
    """Tokens of the week in the work tree."""
    said = bot("budget", None, "--repo", top, "--week", WEEK, "--format", "json")
    assert (said.code, said.err) == (0, "")
    used: int = said.document["used"]
    return used


def _planned(bot: Bot, top: str) -> int:
    """Tokens of the week on base, where all logs of these tests are as well."""
    said = bot("plan", None, "--repo", top, "--week", WEEK, "--format", "json")
    assert (said.code, said.err) == (0, "")
    used: int = said.document["budget"]["used"]
    return used


@pytest.fixture
def baited(make_team: MakeTeam) -> Team:
    """Its one outcome keeps the warning away that nobody logs any."""
    logs = {**BAIT, REWORK: [rework("SD-BAIT")]}
    return make_team({**CONFIGURATION, **{path: _text(rows) for path, rows in logs.items()}})


@pytest.mark.slow
@pytest.mark.parametrize("rows", [SMALL, LARGE], ids=["small", "large"])
def test_log_files_are_each_read_once_whatever_they_are_called(baited: Team, bot: Bot, rows: int):
    before = _tokens(bot, baited.path)
    _commit(baited, *(LOGS.encode() + b"/" + name for name in NAMES), rows=rows)
    assert _tokens(bot, baited.path) == before + 7 * rows * len(NAMES)
    assert _planned(bot, baited.path) == before + 7 * rows * len(NAMES)
    said = bot("validate", baited)
    assert (said.code, f"{4 + len(NAMES)} log files: all valid" in said.out) == (0, True), said


@pytest.mark.slow
@pytest.mark.parametrize("rows", [SMALL, LARGE], ids=["small", "large"])
def test_folders_of_logs_are_read_whatever_they_are_called(baited: Team, bot: Bot, rows: int):
    before = _tokens(bot, baited.path)
    paths = (b".calibration/logs/" + name + b"/tokens.jsonl" for name in FOLDERS.values())
    _commit(baited, *paths, rows=rows)
    assert _tokens(bot, baited.path) == before + 7 * rows * len(FOLDERS)
    assert _planned(bot, baited.path) == before + 7 * rows * len(FOLDERS)


def test_a_bad_line_is_named_by_its_file_whatever_that_is_called(baited: Team, bot: Bot):
    _commit(baited, *(LOGS.encode() + b"/" + name for name in NAMES))
    for name in NAMES:
        (Path(baited.path) / LOGS / os.fsdecode(name)).write_bytes(b"{}\n")
    said = bot("validate", baited)
    assert said.code == 1
    assert all(
        f"{LOGS}/{escaped}:1: " in said.err for escaped in ("tokens-[1].jsonl", "tokens-*.jsonl")
    )
    assert all(char == "\n" or char.isprintable() for char in said.err)


# `git rev-parse` tells folders by lines: one with a line break in its name is an error there.
REPOSITORIES = {kind: name for kind, name in FOLDERS.items() if kind != "newline"}


@pytest.mark.slow
@pytest.mark.parametrize("name", REPOSITORIES.values(), ids=REPOSITORIES)
def test_a_repository_is_read_whatever_the_folder_it_is_in_is_called(
    baited: Team, tmp_path: Path, bot: Bot, name: bytes
):
    _commit(baited, f"{LOGS}/tokens-mark.jsonl".encode(), rows=LARGE)
    used = _tokens(bot, baited.path)
    other = str(tmp_path / os.fsdecode(name))
    Path(baited.path).rename(other)
    assert _tokens(bot, other) == used
    assert _planned(bot, other) == used
    assert bot("validate", None, "--repo", other).code == 0
    event = ("--sd", "SD-1", "--phase", "EXEC", "--tokens", "5")
    logged = bot("log", None, "tokens", *event, "--repo", other)
    assert (logged.code, logged.err) == (0, "")


UNTOLD = {kind: name for kind, name in FOLDERS.items() if kind not in ("UTF-8", "hive")}


@pytest.mark.parametrize("name", UNTOLD.values(), ids=UNTOLD)
def test_a_temporary_folder_that_duckdb_cannot_be_told_is_an_error_with_a_remedy(
    baited: Team, tmp_path: Path, bot: Bot, monkeypatch: pytest.MonkeyPatch, name: bytes
):
    other = str(tmp_path / os.fsdecode(name))
    Path(other).mkdir()
    monkeypatch.setenv("TMPDIR", other)
    said = bot("budget", baited, "--week", WEEK)
    assert said.code == 1
    assert "has a name that DuckDB takes for a pattern; set TMPDIR to one without" in said.err
    assert list(Path(other).iterdir()) == []


@pytest.mark.parametrize("kind", ["UTF-8", "hive"])
def test_a_temporary_folder_with_any_other_name_will_do(
    baited: Team, tmp_path: Path, bot: Bot, monkeypatch: pytest.MonkeyPatch, kind: str
):
    before = _tokens(bot, baited.path)
    other = str(tmp_path / os.fsdecode(FOLDERS[kind]))
    Path(other).mkdir()
    monkeypatch.setenv("TMPDIR", other)
    assert _tokens(bot, baited.path) == before
    assert list(Path(other).iterdir()) == []
