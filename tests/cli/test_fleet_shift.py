"""A fleet shift through the command line: told on top of every output, and accepted by one entry."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.commands import Bot
from tests.support.teams import POLICY, Row, Team, at, logs, policy, rework, token

MakeTeam = Callable[..., Team]
AGENTS = (
    "API",
    "DATABASE",
    "DEPENDENCY",
    "DESIGN",
    "DOCMON",
    "PERFORMANCE",
    "RISK",
    "TESTING",
    "UAT",
)
REVIEWED = "2026-W02"
WEEKS = 6
"""Weeks of the logs, from 2025-W49 on; in the last one 4 of 5 SDs of every cell need rework."""


def week(number: int, bad: int) -> dict[str, bytes | str]:
    """A week in which every agent worked on five SDs of its own."""
    tokens: list[Row] = []
    reworked: list[Row] = []
    for agent in AGENTS:
        for sd in range(5):
            who = {"agent": agent, "ts": at(sd, week=number)}
            name = f"{agent}-{number}-{sd}"
            tokens.append(token(name, **who))
            reworked.append(rework(name, sd < bad, **who))
    return logs(tokens, reworked, folder=f".calibration/logs/week-{number}")


@pytest.fixture
def shifted(make_team: MakeTeam) -> Team:
    """Five quiet weeks, then one in which everything fails."""
    files: dict[str, bytes | str] = {}
    for number in range(WEEKS):
        files |= week(number, bad=4 if number == WEEKS - 1 else 0)
    return make_team(files)


@pytest.mark.slow
def test_a_shift_stands_on_top_of_every_output_and_proposes_nothing(shifted: Team, bot: Bot):
    said = bot("run", shifted, "--week", REVIEWED, "--format", "json").document
    shift = said["fleet_shift"]
    assert said["changes"] == []
    assert (shift["since"], shift["accept"]) == (REVIEWED, REVIEWED)
    assert (shift["cells"], shift["left_out"]) == (9, 3)
    assert (shift["rework"], shift["units"], shift["sds"]) == (24, 30, 30)
    assert shift["before"] == {"weeks": 5, "units": 150, "rework": 0}
    assert {v["verdict"] for v in said["verdicts"]} == {"KEEP"}
    sentence = (
        "Rework jumped across the fleet in 2026-W02: 24 of 30 (80 %), after 0 of 150 (0 %) in the "
        "5 weeks before"
    )
    assert shift["sentence"].startswith(sentence)
    assert 'put "2026-W02" into accepted_shifts of [promotion]' in shift["sentence"]
    text = bot("plan", shifted, "--week", REVIEWED).out.split("\n")
    assert text[2].startswith(sentence)
    summary = bot("plan", shifted, "--week", REVIEWED, "--format", "markdown").out.split("\n")
    assert summary[2:4] == ["> [!WARNING]", f"> {shift['sentence']}"]


def test_the_entry_that_is_told_accepts_the_stretch(shifted: Team, bot: Bot):
    shifted.push({POLICY: policy(accepted_shifts=f'["{REVIEWED}"]')})
    said = bot("plan", shifted, "--week", REVIEWED, "--format", "json").document
    assert said["fleet_shift"] is None
    assert {v["tally"] for v in said["verdicts"] if v["week"]["sds"]} == {"-4.00"}


@pytest.mark.slow
def test_an_accepted_week_says_on_top_that_it_adds_nothing(shifted: Team, bot: Bot):
    shifted.push({POLICY: policy(accepted_shifts=f'["{REVIEWED}"]')})
    document = bot("plan", shifted, "--week", REVIEWED, "--format", "json").document
    sentence = document["accepted_shift"]
    assert sentence.startswith("Rework jumped across the fleet in 2026-W02: 24 of 30 (80 %)")
    assert "The policy accepts that (accepted_shifts): the week adds nothing" in sentence
    text = bot("plan", shifted, "--week", REVIEWED).out.split("\n")
    assert text[2] == sentence
    summary = bot("plan", shifted, "--week", REVIEWED, "--format", "markdown").out.split("\n")
    assert summary[2:4] == ["> [!WARNING]", f"> {sentence}"]
    explained = bot("plan", shifted, "--week", REVIEWED, "--explain", "API", "EXEC").out
    assert sentence in explained


def test_markdown_of_one_cell_keeps_the_entry_and_the_times_whole(shifted: Team, bot: Bot):
    said = bot("plan", shifted, "--week", REVIEWED, "--explain", "API", "EXEC")
    page = bot(
        "plan", shifted, "--week", REVIEWED, "--explain", "API", "EXEC", "--format", "markdown"
    )
    top = said.out.split("\n")[1]
    assert top.endswith('put "2026-W02" into accepted_shifts of [promotion].')
    assert page.out.split("\n")[2:4] == ["> [!WARNING]", f"> {top}"]


def test_history_says_which_weeks_of_a_shift_are_in_no_count(shifted: Team, bot: Bot):
    said = bot("history", shifted, "--week", REVIEWED).out.split("\n")
    left = "Rework jumped across the fleet in these weeks, so they are in no count (fleet-shift)"
    assert said[2] == f"{left}: 2026-W02."
