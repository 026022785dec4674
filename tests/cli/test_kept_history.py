"""History is read once: rows of old weeks kept by their blobs, the answer as if all were read (issue 14)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bot.git.kept import Kept
from bot.inputs import kept_evidence, kept_history
from bot.inputs.kept_evidence import cache_folder
from bot.inputs.kept_history import KEPT_ROWS, History
from tests.support.commands import Bot, Said
from tests.support.teams import POLICY, WEEK, Team, lines, policy, rework, token

MakeTeam = Callable[..., Team]
TOP = ".calibration/logs"
LABELS = [f"2025-W{number}" for number in range(40, 50)]
OLD, YOUNG = LABELS[2], LABELS[-1]


@pytest.fixture(autouse=True)
def _everything_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_evidence, "_WORTH", -1)
    monkeypatch.setattr(kept_history, "_LARGE", 0)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The paths of the files of each reading."""
    from bot.evidence import read

    found: list[list[str]] = []
    real = read.read_evidence

    def noted(tokens, outcomes, question):
        found.append([file.path for file in (*tokens, *outcomes)])
        return real(tokens, outcomes, question)

    monkeypatch.setattr(read, "read_evidence", noted)
    return found


def _logs(labels: list[str] = LABELS) -> dict[str, str]:
    files = {}
    for label in labels:
        day = 7 * (int(label[-2:]) - 49)
        rows = [token(f"SD-{label}-{n}", day, id=f"{label}-{n}") for n in range(6)]
        outcomes = [
            rework(f"SD-{label}-{n}", n % 2 == 0, day, id=f"r{label}-{n}") for n in range(6)
        ]
        files |= {_path(label): lines(rows), _path(label, "rework"): lines(outcomes)}
    return files


def _path(label: str, log: str = "tokens") -> str:
    return f"{TOP}/{label}/{log}.jsonl"


def _plan(bot: Bot, team: Team) -> Said:
    return bot("plan", team, "--week", WEEK, "--format", "json")


def _cold(bot: Bot, team: Team, monkeypatch: pytest.MonkeyPatch) -> Said:
    with monkeypatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", os.devnull)
        return _plan(bot, team)


@pytest.mark.slow
def test_the_next_week_is_read_beside_what_is_kept(
    make_team: MakeTeam, bot: Bot, reads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    team = make_team(_logs(LABELS[:-1]))
    _plan(bot, team)
    team.push(_logs(LABELS[-1:]))
    warm = _plan(bot, team)
    assert sorted(reads[-1]) == sorted(
        [KEPT_ROWS, KEPT_ROWS]
        + [_path(label, log) for label in LABELS[-3:] for log in ("tokens", "rework")]
    )
    assert (warm.code, warm.out) == (0, _cold(bot, team, monkeypatch).out)


CHANGES = {
    "an old file": {_path(OLD): lines([token("SD-other", -49, id="other")])},
    "an old file's name": {f"{TOP}/{OLD}/tokens-2.jsonl": _logs()[_path(OLD)], _path(OLD): ""},
    "an old file twice": {f"{TOP}/{OLD}/tokens-2.jsonl": _logs()[_path(OLD)]},
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_not_there_any_more_makes_it_void(
    make_team: MakeTeam,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
) -> None:
    team = make_team(_logs())
    _plan(bot, team)
    team.push(change)
    warm = _plan(bot, team)
    assert (warm.code, warm.out) == (0, _cold(bot, team, monkeypatch).out)


@pytest.mark.slow
def test_a_row_that_is_kept_counts_once_wherever_it_stands_again(
    make_team: MakeTeam, bot: Bot, reads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    team = make_team(_logs())
    _plan(bot, team)
    again = _logs([OLD])[_path(OLD)]
    team.push({_path(YOUNG): _logs([YOUNG])[_path(YOUNG)] + again})
    warm = _plan(bot, team)
    assert KEPT_ROWS in reads[-1]
    assert (warm.code, warm.out) == (0, _cold(bot, team, monkeypatch).out)


@pytest.mark.slow
def test_an_id_that_is_kept_with_other_content_is_named_by_the_files_themselves(
    make_team: MakeTeam, bot: Bot
) -> None:
    team = make_team(_logs())
    _plan(bot, team)
    other = lines([token("SD-other", 0, id=f"{OLD}-0")])
    team.push({_path(YOUNG): other})
    said = _plan(bot, team)
    assert said.code == 1
    assert (
        f"{_path(YOUNG)}:1: id: is taken by {_path(OLD)}:1, which says something else" in said.err
    )
    assert KEPT_ROWS not in said.err


@pytest.mark.slow
def test_nothing_is_kept_of_files_with_bad_lines(
    make_team: MakeTeam, bot: Bot, reads: list[list[str]]
) -> None:
    bad = {_path(OLD): "x\n", POLICY: policy(on_bad_line='"quarantine"')}
    team = make_team({**_logs(), **bad})
    _plan(bot, team)
    team.push({_path(YOUNG): lines([token("SD-new", 1)])})
    said = _plan(bot, team)
    assert reads[-1].count(KEPT_ROWS) == 1  # of the other log
    assert {_path(label) for label in LABELS} <= {*reads[-1]}
    assert [bad["file"] for bad in said.document["rejected_lines"]] == [_path(OLD)]


@pytest.mark.slow
def test_what_is_damaged_is_read_anew_and_kept_again(
    make_team: MakeTeam, bot: Bot, reads: list[list[str]]
) -> None:
    team = make_team(_logs())
    _plan(bot, team)
    for file in Path(cache_folder()).glob("history-*"):
        file.write_bytes(file.read_bytes()[:-9])
    for number in range(2):
        team.push({_path(YOUNG): lines([token(f"SD-{number}", 1)])})
        said = _plan(bot, team)
        assert (said.code, KEPT_ROWS in reads[-1]) == (0, True)
    assert all(file.stat().st_size > 1000 for file in Path(cache_folder()).glob("history-*"))


@pytest.mark.slow
def test_rows_that_are_whole_and_no_parquet_are_read_anew(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = make_team(_logs())
    _plan(bot, team)
    kept = Kept(cache_folder())
    for file in Path(cache_folder()).glob("history-*"):
        history = msgspec.msgpack.decode(kept.read(file.name) or b"", type=History)
        spoiled = msgspec.structs.replace(history, rows=b"no Parquet")
        kept.write(file.name, msgspec.msgpack.encode(spoiled))
    team.push({_path(YOUNG): lines([token("SD-new", 1)])})
    warm = _plan(bot, team)
    assert (warm.code, warm.out) == (0, _cold(bot, team, monkeypatch).out)


def test_small_logs_are_read_as_fast_as_anything_kept(
    make_team: MakeTeam, bot: Bot, reads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_history, "_LARGE", 2**23)
    _plan(bot, make_team(_logs()))
    assert KEPT_ROWS not in reads[-1]
    assert list(Path(cache_folder()).glob("history-*")) == []


def test_where_nothing_is_worth_it_no_folder_is_made(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_evidence, "_WORTH", 3600)
    monkeypatch.setattr(kept_history, "_LARGE", 2**23)
    _plan(bot, make_team(_logs()))
    assert not Path(cache_folder()).exists()
