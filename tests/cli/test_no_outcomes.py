"""Weeks in which nobody logs outcomes: told on top of every output and in every verdict (SPEC § 6)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.rises import weekly_logs
from tests.support.teams import SONNET, WEEK, Team, at, lines, token

REVIEWED = "2026-W01"
"""The fourth week after the last one with outcomes, `WEEK`."""
WARNING = (
    f"nobody logged an outcome in {REVIEWED} nor in the three weeks before: its SDs decide nothing"
)
SENTENCE = f"{WARNING[0].upper()}{WARNING[1:]}."


@pytest.fixture
def quiet(make_team: Callable[..., Team]) -> Team:
    """A week of work with outcomes, then four without."""
    files = dict(weekly_logs(0, 0, 5, SONNET))
    for week in range(1, 5):
        rows = [token(f"Q{week}-{sd}", ts=at(sd, week=week)) for sd in range(5)]
        files[f".calibration/logs/quiet-{week}/tokens.jsonl"] = lines(rows)
    return make_team(files)


@pytest.mark.slow
def test_it_stands_on_top_and_nowhere_else(quiet: Team, bot: Bot):
    text = bot("plan", quiet, "--week", REVIEWED).out
    assert text.split("\n")[2] == SENTENCE
    assert text.lower().count(WARNING.lower()) == 1
    summary = bot("plan", quiet, "--week", REVIEWED, "--format", "markdown").out
    assert summary.split("\n")[2:4] == ["> [!WARNING]", f"> {SENTENCE}"]
    assert summary.lower().count(WARNING.lower()) == 1
    explained = bot("plan", quiet, "--week", REVIEWED, "--explain", "TESTING", "EXEC").out
    assert explained.split("\n")[1] == SENTENCE
    assert explained.lower().count(WARNING.lower()) == 1


def test_documents_hold_it_and_verdicts_do_not_say_that_nothing_ran(quiet: Team, bot: Bot):
    said = bot("plan", quiet, "--week", REVIEWED, "--format", "json")
    assert said.document["no_outcomes"] is True
    assert WARNING in said.document["warnings"]
    verdict = said.verdict("TESTING")
    assert verdict["sentence"] == (
        "TESTING/EXEC on sonnet: 5 SDs ran, but nobody logs outcomes (no-outcomes); the tally stays at "
        "-4.0 (bar 2.0)"
    )
    assert said.verdict("DESIGN")["sentence"] == "DESIGN/EXEC on sonnet: no SDs on this model yet"
    assert bot("plan", quiet, "--week", WEEK, "--format", "json").document["no_outcomes"] is False


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_history_and_replay_name_such_weeks(quiet: Team, bot: Bot, form: str):
    left = (
        "Nobody logged outcomes in these weeks nor in the three before each, so they are in no count "
        f"(no-outcomes): {REVIEWED}."
    )
    assert left in bot("history", quiet, "--week", REVIEWED, "--format", form).out
    assert left in bot("replay", quiet, "--from", WEEK, "--to", REVIEWED, "--format", form).out


def test_their_documents_do_too(quiet: Team, bot: Bot):
    past = bot("history", quiet, "--week", REVIEWED, "--format", "json").document
    assert (past["no_outcomes"], past["fleet_shifts"]) == ([REVIEWED], [])
    weeks = bot("replay", quiet, "--from", WEEK, "--to", REVIEWED, "--format", "json").document
    silent = [week["week"] for week in weeks["rules"][0]["weeks"] if week["no_outcomes"]]
    assert silent == [REVIEWED]


def test_a_run_in_a_workflow_says_what_to_do_and_tells_the_alarm(
    quiet: Team, bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`collect` and `init` are what brings outcomes that nobody has to type (issue 13, item 5)."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert bot("run", quiet, "--week", REVIEWED).code == 0
    next_step = (tmp_path / "GITHUB_STEP_SUMMARY").read_text("utf-8").partition("**Next**: ")[2]
    for command in ("log rework", "collect git --sync", "init"):
        assert f"`calibration-bot {command}`" in next_step.partition("\n")[0]
    assert "missing=outcomes\n" in (tmp_path / "GITHUB_OUTPUT").read_text("utf-8")
