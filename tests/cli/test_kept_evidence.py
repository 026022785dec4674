"""What cannot have changed is read once: answers kept by content, and never believed blindly (issue 14)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bot.git.kept import Kept
from bot.inputs import kept_evidence
from bot.inputs.kept_evidence import cache_folder
from tests.support.commands import Bot
from tests.support.teams import EXAMPLE, POLICY, REWORK, TABLE, WEEK, Team, policy

MakeTeam = Callable[..., Team]
PLAN = ("--week", WEEK, "--format", "json")


@pytest.fixture(autouse=True)
def _everything_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_evidence, "_WORTH", -1)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for every time that logs were read."""
    from bot.evidence import read

    found: list[int] = []
    real = read.read_evidence
    monkeypatch.setattr(read, "read_evidence", lambda *a: (found.append(1), real(*a))[1])
    return found


def _kept() -> list[Path]:
    folder = Path(cache_folder())
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_logs_that_have_not_changed_are_read_once(
    make_team: MakeTeam, bot: Bot, reads: list[int]
) -> None:
    team = make_team(EXAMPLE)
    first, second = (bot("plan", team, *PLAN) for _ in range(2))
    assert (first.out, first.code) == (second.out, 0)
    assert len(reads) == 1
    (file,) = _kept()
    assert file.parent.stat().st_mode & 0o077 == 0


CHANGES = {
    "the logs": {REWORK: ""},
    "the policy": {POLICY: policy(silence='"unknown"')},
    "a log's name": {REWORK.replace("rework", "rework-2"): EXAMPLE[REWORK], REWORK: ""},
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_they_derive_from_has_an_answer_of_its_own(
    make_team: MakeTeam, bot: Bot, reads: list[int], change: dict[str, str]
) -> None:
    team = make_team(EXAMPLE)
    bot("plan", team, *PLAN)
    team.push(change)
    bot("plan", team, *PLAN)
    assert len(reads) == 2


@pytest.mark.slow
def test_the_table_of_base_is_part_of_the_question(
    make_team: MakeTeam, bot: Bot, reads: list[int]
) -> None:
    team = make_team(EXAMPLE)
    bot("plan", team, *PLAN)
    table = (team.work.path / TABLE).read_text("utf-8")
    team.push({TABLE: table + '\nANOTHER = "opus"\n'})
    bot("plan", team, *PLAN)
    assert len(reads) == 2


def test_how_much_memory_it_took_changes_no_answer(
    make_team: MakeTeam, bot: Bot, reads: list[int]
) -> None:
    team = make_team(EXAMPLE)
    bot("plan", team, *PLAN)
    team.push({POLICY: policy(memory='"1GiB"')})
    bot("plan", team, *PLAN)
    assert len(reads) == 1


SPOILED: dict[str, Callable[[Path], object]] = {
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-5]),
    "one bit": lambda file: file.write_bytes(_flipped(file.read_bytes())),
    "empty": lambda file: file.write_bytes(b""),
    "another answer's": lambda file: (
        Kept(cache_folder()).write("evidence-other", b"x")
        and (file.parent / "evidence-other").replace(file)
    ),
    "no evidence": lambda file: Kept(cache_folder()).write(file.name, msgspec.msgpack.encode([1])),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
    "a pipe": lambda file: (file.unlink(), os.mkfifo(file)),
    "others may write": lambda file: file.parent.chmod(0o777),
}


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.slow
@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_what_is_damaged_or_anothers_is_read_anew(
    make_team: MakeTeam, bot: Bot, reads: list[int], spoil: Callable[[Path], object]
) -> None:
    team = make_team(EXAMPLE)
    first = bot("plan", team, *PLAN)
    (file,) = _kept()
    spoil(file)
    second = bot("plan", team, *PLAN)
    assert (second.out, second.code, second.err) == (first.out, 0, first.err)
    assert len(reads) == 2


@pytest.mark.slow
def test_what_was_damaged_is_written_anew(make_team: MakeTeam, bot: Bot, reads: list[int]) -> None:
    team = make_team(EXAMPLE)
    bot("plan", team, *PLAN)
    (file,) = _kept()
    file.write_bytes(b"")
    for _ in range(2):
        bot("plan", team, *PLAN)
    assert len(reads) == 2


@pytest.mark.slow
def test_other_code_has_other_answers(
    make_team: MakeTeam, bot: Bot, reads: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    team = make_team(EXAMPLE)
    bot("plan", team, *PLAN)
    newer = tmp_path / "count.sql"
    newer.write_text("another query")
    monkeypatch.setattr(kept_evidence, "_code", lambda: [newer])
    bot("plan", team, *PLAN)
    assert len(reads) == 2


def test_a_cache_that_cannot_be_written_is_in_nobodys_way(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    said = bot("plan", make_team(EXAMPLE), *PLAN)
    assert (said.code, said.err) == (0, "")


def test_what_takes_no_time_is_not_kept(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_evidence, "_WORTH", 3600)
    bot("plan", make_team(EXAMPLE), *PLAN)
    assert _kept() == []


@pytest.mark.slow
def test_who_does_not_know_the_apps_key_is_not_believed(
    make_team: MakeTeam, bot: Bot, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can write the cache of a workflow could say anything of the logs."""
    team = make_team(EXAMPLE)
    first = bot("plan", team, *PLAN)
    (file,) = _kept()
    evidence = msgspec.msgpack.decode(Kept(cache_folder()).read(file.name) or b"")
    monkeypatch.setenv("CALIBRATION_APP_PRIVATE_KEY", "known to the workflow")
    for secret in (b"", b"guessed"):
        Kept(cache_folder(), secret).write(file.name, msgspec.msgpack.encode(evidence))
        assert bot("plan", team, *PLAN).out == first.out
    assert len(reads) == 3
    assert bot("plan", team, *PLAN).out == first.out
    assert len(reads) == 3, "what was kept with it is believed"


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_a_relative_folder_is_none(
    make_team: MakeTeam,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
) -> None:
    """It would be one of whatever is worked on; a user without a home is one with such a folder, `~`."""
    team = make_team(EXAMPLE)
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    if variable == "HOME":
        monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv(variable, "somewhere")
    monkeypatch.chdir(team.path)
    assert bot("plan", team, *PLAN).code == 0
    assert not (team.work.path / "somewhere").exists()
