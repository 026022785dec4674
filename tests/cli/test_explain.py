"""`plan --explain AGENT PHASE`: one cell's whole calculation through the command line, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.test_fleet_shift import REVIEWED, shifted  # noqa: F401 (a fixture)
from tests.support import golden
from tests.support.commands import Bot, unchanged
from tests.support.hostile import ALL
from tests.support.teams import (
    EXAMPLE,
    HAIKU,
    POLICY,
    WEEK,
    Team,
    cell,
    cells,
    logs,
    policy,
    token,
)

MakeTeam = Callable[..., Team]
GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads(files("bot.reports").joinpath("explanation.schema.json").read_text("utf-8"))
VALID = Draft202012Validator(SCHEMA)


def explained(bot: Bot, team: Team, agent: str, phase: str, week: str = WEEK) -> dict:
    """The calculation as a document, true to its schema."""
    said = bot("plan", team, "--week", week, "--explain", agent, phase, "--format", "json")
    assert said.code == 0, said.err
    VALID.validate(said.document)
    return said.document


def test_the_schema_of_the_calculation_is_one():
    Draft202012Validator.check_schema(SCHEMA)


MIXED = cells(
    cell(3, 5),
    cell(1, 5, "API"),
    cell(0, 5, "DESIGN", cause=None),
    cell(4, 5, "RISK", cause="flaky-test"),
    cell(3, 5, "UAT", model=HAIKU),
    cell(3, 5, "TESTNG"),
    cell(3, 5, "SECURITY", model="claude-opus-4-5"),
)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["cusum", "threshold"])
def test_the_calculation_of_every_cell_ends_at_the_verdict_of_the_plan(
    make_team: MakeTeam, bot: Bot, rule: str
):
    team = make_team({POLICY: policy(rule=f'"{rule}"'), **MIXED})
    for verdict in bot.json(team).document["verdicts"]:
        if not verdict["week"]["sds"] and verdict["agent"] != "UAT":
            continue
        said = explained(bot, team, verdict["agent"], verdict["phase"])
        same = ("phase", "agent", "model", "verdict", "proposed", "reasons", "tally", "sentence")
        assert {key: said[key] for key in same} == {key: verdict[key] for key in same}
        turned = [check["reason"] for check in said["checks"] if check["holds"]]
        assert turned == [reason for reason in verdict["reasons"] if reason in turned]
        if said["steps"]:
            assert said["steps"][-1]["tally"]["after"] == verdict["tally"]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_calculation_as_people_read_it(make_team: MakeTeam, bot: Bot, form: str):
    team = make_team(MIXED)
    said = bot("plan", team, "--week", WEEK, "--explain", "risk-agent", "exec", "--format", form)
    assert (said.code, said.err) == (0, "")
    name = "explain.txt" if form == "text" else "explain.md"
    sha = team.work.git("rev-parse", "HEAD")[:12]
    golden.check(GOLDEN / name, said.out.replace(sha, "c0ffee000000"))


def test_looking_at_a_calculation_writes_nothing(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    with unchanged(team):
        explained(bot, team, "TESTING", "EXEC")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--explain", "NOBODY", "EXEC"), "--explain: agent 'NOBODY' has no entry in the table"),
        (("--explain", "TESTING", "DEPLOY"), "--explain: phase 'DEPLOY' is no phase of the policy"),
        (("--explain", "two words", "EXEC"), "--explain: agent 'two words' is no agent name"),
        (("--explain", "TESTING", "EXEC", "--agent", "API"), "goes with neither --agent"),
    ],
    ids=["unknown agent", "unknown phase", "no name", "two cells"],
)
def test_a_cell_that_cannot_be_explained_is_wrong_usage(
    make_team: MakeTeam, bot: Bot, args: tuple[str, ...], said: str
):
    found = bot("plan", make_team(EXAMPLE), "--week", WEEK, *args)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_run_explains_nothing(make_team: MakeTeam, bot: Bot):
    assert bot("run", make_team(EXAMPLE), "--explain", "TESTING", "EXEC").code == 2


def test_a_gate_says_that_people_decide(make_team: MakeTeam, bot: Bot):
    said = explained(bot, make_team(MIXED), "SECURITY", "EXEC")
    assert (said["gate"], said["verdict"], said["reasons"]) == ("opus", "INVESTIGATE", ["gate"])
    assert (
        "the cell is a gate with the floor opus: the bot never edits it" in said["ruled"]["because"]
    )


def test_a_cell_without_an_entry_and_without_rows_follows_the_default(
    make_team: MakeTeam, bot: Bot
):
    said = explained(bot, make_team(MIXED), "RETRO", "PLAN")
    assert (said["model"], said["steps"], said["reasons"]) == ("sonnet", [], ["no-runs"])


def test_a_week_without_any_row_decides_nothing_and_still_shows_the_weeks_before(
    make_team: MakeTeam, bot: Bot
):
    team = make_team(EXAMPLE)
    said = explained(bot, team, "TESTING", "EXEC", "2025-W51")
    assert (said["verdict"], said["reasons"], said["ruled"], said["checks"]) == (None, [], None, [])
    assert said["sentence"] == "the logs hold no row for week 2025-W51: nothing is decided"
    assert [step["week"] for step in said["steps"]] == [WEEK]
    text = bot("plan", team, "--week", "2025-W51", "--explain", "TESTING", "EXEC").out
    assert "nothing is decided" in text
    assert "PROMOTE (" not in text


def test_a_fleet_shift_is_told_with_its_counts_and_its_week_adds_nothing(
    shifted: Team,  # noqa: F811
    bot: Bot,
):
    said = explained(bot, shifted, "TESTING", "EXEC", REVIEWED)
    assert said["fleet_shift"].startswith("Rework jumped across the fleet in 2026-W02: 24 of 30")
    last = said["steps"][-1]
    assert (last["week"], last["set_aside"]) == (REVIEWED, "fleet-shift")
    assert last["tally"]["formula"].startswith("T stays -4.00: rework jumped across the fleet")
    (check,) = [c for c in said["checks"] if c["reason"] == "fleet-shift"]
    assert (check["asked"], check["met"], check["holds"]) == (False, True, False)
    assert check["sentence"].endswith("that holds back only a PROMOTE")


def test_a_week_without_outcomes_is_set_aside(make_team: MakeTeam, bot: Bot):
    team = make_team(logs([token(f"SD-{i}") for i in range(5)], []))
    said = explained(bot, team, "TESTING", "EXEC")
    (step,) = said["steps"]
    assert (step["sds"], step["set_aside"], step["tally"]["after"]) == (5, "no-outcomes", "0.00")
    assert said["notes"] == ["no-outcomes"]
    assert any("nobody logged an outcome" in warning for warning in said["warnings"])


def test_sessions_of_people_are_judged_only_where_they_are_listed(make_team: MakeTeam, bot: Bot):
    said = explained(bot, make_team(cells(cell(3, 5), cell(3, 5, "MAIN"))), "MAIN", "EXEC")
    assert said["verdict"] is None
    assert "MAIN stands for sessions of people" in said["sentence"]


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_log_text_stays_harmless_in_a_calculation(make_team: MakeTeam, bot: Bot, form: str):
    rows = [token(f"SD-{i}", model=text or "m") for i, text in enumerate(ALL) if text.strip()]
    rows = [row for row in rows if len(str(row["model"])) <= 200]
    team = make_team({POLICY: policy(on_bad_line='"quarantine"'), **logs(rows, [])})
    said = bot("plan", team, "--week", WEEK, "--explain", "TESTING", "EXEC", "--format", form)
    assert said.code == 0
    assert "\x1b" not in said.out
    assert "##[" not in said.out
    assert not any(line.startswith("::") for line in said.out.splitlines())
