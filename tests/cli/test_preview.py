"""`plan --week current` previews the open week and says so on top; `run` waits for its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.support.commands import Bot, unchanged
from tests.support.teams import EXAMPLE, LOGS, POLICY, WEEK, Team, at, lines, policy, token

MakeTeam = Callable[..., Team]
FRIDAY = datetime(2025, 12, 5, 20, tzinfo=UTC).timestamp()
SENTENCE = (
    "Preview: week 2025-W49 is open until 2025-12-08T00:00:00Z, and what is logged until then may change "
    "everything below. run decides when it is over. It holds rows up to 2025-12-05T17:00:00Z."
)


@pytest.fixture
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands on the Friday of 2025-W49."""
    monkeypatch.setattr("time.time", lambda: FRIDAY)


def preview(bot: Bot, team: Team, *args: str) -> str:
    said = bot("plan", team, "--week", "current", *args)
    assert said.code == 0, said.err
    return said.out


def test_the_open_week_is_reviewed_with_the_rows_it_has(
    make_team: MakeTeam, bot: Bot, friday: None
):
    team = make_team(EXAMPLE)
    with unchanged(team):
        found = json.loads(preview(bot, team, "--format", "json"))
    schema = json.loads(files("bot.reports").joinpath("document.schema.json").read_text())
    Draft202012Validator(schema).validate(found)
    assert found["week"] == WEEK
    assert found["preview"] == {
        "open_until": "2025-12-08T00:00:00Z",
        "newest_row": "2025-12-05T17:00:00Z",
        "sentence": SENTENCE,
    }
    assert [(c["agent"], c["to"]) for c in found["changes"]] == [("TESTING", "opus")]
    assert found["pull_request"]["body"].split("\n")[:2] == ["> [!IMPORTANT]", f"> {SENTENCE}"]


@pytest.mark.slow
def test_a_preview_is_marked_on_top_of_every_output(make_team: MakeTeam, bot: Bot, friday: None):
    team = make_team(EXAMPLE)
    assert preview(bot, team).split("\n")[2] == SENTENCE
    assert preview(bot, team, "--format", "markdown").split("\n")[2:4] == [
        "> [!IMPORTANT]",
        f"> {SENTENCE}",
    ]
    assert preview(bot, team, "--quiet").split("\n")[0] == SENTENCE
    cell = ("--explain", "TESTING", "EXEC")
    assert preview(bot, team, *cell).split("\n")[1] == SENTENCE
    assert SENTENCE.partition(":")[0] in preview(bot, team, *cell, "--format", "markdown")
    explained = json.loads(preview(bot, team, *cell, "--format", "json"))
    assert explained["preview"]["open_until"] == "2025-12-08T00:00:00Z"


@pytest.mark.slow
def test_a_week_that_is_over_is_no_preview(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    assert bot.json(team).document["preview"] is None
    assert "Preview" not in bot("plan", team, "--week", WEEK).out


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_hour_of_a_preview_is_not_in_it(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch, form: str
):
    team = make_team(EXAMPLE)
    seen = set()
    for hours in (0, 1, 51):
        monkeypatch.setattr("time.time", lambda hours=hours: FRIDAY + 3600 * hours)
        seen.add(preview(bot, team, "--format", form))
    assert len(seen) == 1


def test_the_command_that_reproduces_a_preview_previews(
    make_team: MakeTeam, bot: Bot, friday: None
):
    markdown = preview(bot, make_team(EXAMPLE), "--format", "markdown")
    assert "Reproduce it: `calibration-bot plan --week current`" in markdown


def test_which_week_is_open_follows_the_policys_calendar(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    """Monday 2025-12-08 10:00 UTC is still 2025-W49 where weeks start on Mondays at 14:00."""
    monkeypatch.setattr("time.time", lambda: datetime(2025, 12, 8, 10, tzinfo=UTC).timestamp())
    team = make_team(EXAMPLE | {POLICY: policy(starts_at='"14:00"')})
    assert json.loads(preview(bot, team, "--format", "json"))["week"] == WEEK


def test_an_open_week_without_rows_decides_nothing(
    make_team: MakeTeam, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("time.time", lambda: FRIDAY + 7 * 86_400)
    found = json.loads(preview(bot, make_team(EXAMPLE), "--format", "json"))
    assert (found["week"], found["nothing_logged"]) == ("2025-W50", True)
    assert found["preview"]["newest_row"] is None


def test_a_row_from_a_clock_that_runs_ahead_stays_outside(
    make_team: MakeTeam, bot: Bot, friday: None
):
    ahead = lines([token("AHEAD", ts=at(0, week=1))])
    team = make_team(EXAMPLE | {f"{LOGS}/tokens-ahead.jsonl": ahead})
    found = json.loads(preview(bot, team, "--format", "json"))
    assert found["preview"]["newest_row"] == "2025-12-05T17:00:00Z"


@pytest.mark.parametrize("args", [(), ("--dry-run",), ("--agent", "TESTING")])
def test_run_refuses_the_open_week_without_reading_anything(
    bot: Bot, tmp_path: Path, args: tuple[str, ...]
):
    nowhere = str(tmp_path / "nowhere")
    said = bot("run", None, "--repo", nowhere, "--week", "current", *args)
    assert (said.code, said.out) == (2, "")
    assert "run decides on weeks that are over" in said.err
    assert "plan --week current" in said.err


@pytest.mark.parametrize("command", [("budget",), ("log", "show")], ids=" ".join)
def test_other_commands_know_no_such_week(bot: Bot, tmp_path: Path, command: tuple[str, ...]):
    said = bot(command[0], None, *command[1:], "--repo", str(tmp_path), "--week", "current")
    assert said.code == 2
    assert "'current' is no week" in said.err
