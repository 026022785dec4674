"""Issue 10, item 6: `replay --from --to` plays any rule over past logs, with real git."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.commands import Bot, Said, unchanged
from tests.support.rises import raised, weekly_logs
from tests.support.teams import DAY, OPUS, POLICY, SONNET, TABLE, Team, logs, policy, table, token

MakeTeam = Callable[..., Team]
FORMATS = ("text", "json", "markdown")
RANGE = ("--from", "2025-W49", "--to", "2026-W01")


def replay(bot: Bot, team: Team, *options: str) -> Said:
    return bot("replay", team, *(options or RANGE))


def lanes(bot: Bot, team: Team, *options: str) -> Any:
    said = replay(bot, team, *(options or RANGE), "--format", "json")
    assert said.code == 0, said.err
    return said.document["rules"]


def promotions(lane: Any) -> list[str]:
    return [
        f"{week['week']} {each['agent']} {each['from']} {each['to']}"
        for week in lane["weeks"]
        for each in week["promotions"]
    ]


def unknown(lane: Any) -> list[str]:
    return [
        f"{u['agent']} {u['from']}..{u['to']} {u['weeks']} weeks {u['sds']} SDs "
        f"{u['by_the_rule']} {u['in_the_table']}"
        for u in lane["unknown"]
    ]


@pytest.fixture
def team(make_team: MakeTeam) -> Team:
    """TESTING/EXEC on sonnet: 2 of 5 SDs in 2025-W49, 2 of 5 in W50, 1 of 5 in W51, nothing from then on."""
    made = make_team(weekly_logs(0, 2, 5, SONNET))
    made.push(weekly_logs(1, 2, 5, SONNET))
    made.work.time += 14 * DAY
    made.push(weekly_logs(2, 1, 5, SONNET))
    return made


def test_the_rules_stand_side_by_side_with_the_weeks_of_their_promotions(team: Team, bot: Bot):
    configured, tried = lanes(bot, team)
    assert (configured["role"], configured["rule"]["rule"]) == ("configured", "cusum")
    assert (tried["role"], tried["rule"]["rule"]) == ("tried", "threshold")
    assert promotions(configured) == ["2025-W50 TESTING sonnet opus"]
    assert promotions(tried) == ["2025-W49 TESTING sonnet opus"]
    (found,) = configured["weeks"][1]["promotions"]
    assert (found["tally"], found["reasons"]) == ("2.00", ["above-bar"])
    assert found["window"] == {"sds": 10, "rework": 4}


def test_after_a_promotion_that_history_did_not_make_nothing_is_made_up(team: Team, bot: Bot):
    configured, tried = lanes(bot, team)
    assert unknown(configured) == ["TESTING 2025-W51..2026-W01 3 weeks 5 SDs opus sonnet"]
    assert unknown(tried) == ["TESTING 2025-W50..2026-W01 4 weeks 10 SDs opus sonnet"]
    said = replay(bot, team).out
    assert (
        "cannot be known: TESTING/EXEC from 2025-W51 to 2026-W01 (3 weeks, 5 SDs): opus by the rule, "
        "sonnet in the table" in said
    )


def test_before_a_promotion_that_the_rule_did_not_make_the_table_says_nothing(
    make_team: MakeTeam, bot: Bot
):
    team = make_team(weekly_logs(0, 0, 5, SONNET))
    team.work.time += DAY
    team.push({TABLE: raised(table())}, "By hand")
    team.push(weekly_logs(1, 3, 5, OPUS))
    configured, _ = lanes(bot, team)
    assert promotions(configured) == []
    assert unknown(configured) == ["TESTING 2025-W50..2026-W01 4 weeks 5 SDs sonnet opus"]


@pytest.mark.slow
def test_a_rule_that_history_followed_is_known_to_the_end(team: Team, bot: Bot):
    team.work.time += 3 * 3600
    team.push({TABLE: raised(table())}, "Merged")
    team.push(weekly_logs(3, 3, 5, OPUS))
    assert promotions(lanes(bot, team)[0]) == ["2025-W50 TESTING sonnet opus"]
    assert unknown(lanes(bot, team)[0]) == ["TESTING 2025-W51..2025-W51 1 weeks 5 SDs opus sonnet"]
    assert [each["agent"] for each in lanes(bot, team)[0]["still_above"]] == ["TESTING"]


def test_what_people_lower_is_lowered_in_every_lane(team: Team, bot: Bot):
    team.push({TABLE: raised(table(), new="haiku")}, "Lowered")
    team.push(weekly_logs(3, 3, 5, "claude-haiku-4-5"))
    configured, _ = lanes(bot, team)
    assert promotions(configured) == [
        "2025-W50 TESTING sonnet opus",
        "2025-W52 TESTING haiku sonnet",
    ]


@pytest.mark.slow
def test_any_rule_can_be_tried(team: Team, bot: Bot):
    _, higher = lanes(bot, team, *RANGE, "--set", "promotion.bar=3")
    assert (higher["rule"]["bar"], promotions(higher)) == (3, [])
    _, bare = lanes(bot, team, *RANGE, "--rule", "threshold", "--set", "promotion.min_sds=6")
    assert (bare["rule"]["min_sds"], promotions(bare)) == (6, [])
    assert len(lanes(bot, team, *RANGE, "--rule", "cusum")) == 1


def test_spend_of_what_did_not_run_is_an_estimate_and_called_so(team: Team, bot: Bot):
    said = replay(bot, team, *RANGE, "--format", "json").document
    configured, tried = (rule["spend"] for rule in said["rules"])
    assert said["really_spent"] == 15 * 10_000
    assert configured == {"known": 100_000, "estimated": 5 * 50_000}
    assert tried == {"known": 50_000, "estimated": 10 * 50_000}


def test_each_week_is_judged_as_it_was_known_at_its_end(team: Team, bot: Bot):
    told = weekly_logs(0, 5, 5, SONNET)
    late = {
        path.replace("rework", "rework-late"): str(text).replace("2025-12-0", "2025-12-2")
        for path, text in told.items()
        if "rework" in path
    }
    team.push(late)
    configured, _ = lanes(bot, team)
    assert promotions(configured)[0].startswith("2025-W50")
    assert "told in later weeks" in replay(bot, team).out


def test_no_logs_at_all_is_said(make_team: MakeTeam, bot: Bot):
    said = replay(bot, make_team())
    assert said.code == 0
    assert "No logs in the range: nothing is decided." in said.out


def test_no_logs_in_the_range_is_said(team: Team, bot: Bot):
    said = replay(bot, team, "--from", "2025-W40", "--to", "2025-W42")
    assert said.code == 0
    assert "No logs in the range: nothing is decided." in said.out
    assert "No rule promoted anything." in said.out


def test_of_more_than_max_promotions_the_others_wait_and_are_promoted_later(
    make_team: MakeTeam, bot: Bot
):
    team = make_team({POLICY: policy(max_promotions="1"), **weekly_logs(0, 4, 5, SONNET)})
    team.push({f"{p}.more.jsonl": t for p, t in weekly_logs(0, 3, 5, SONNET, "API").items()})
    team.work.time += 7 * DAY
    team.push(weekly_logs(1, 0, 1, SONNET, "DESIGN"))
    configured, _ = lanes(bot, team)
    assert promotions(configured) == [
        "2025-W49 API sonnet opus",
        "2025-W50 TESTING sonnet opus",
    ]
    assert [queued["agent"] for queued in configured["weeks"][0]["queued"]] == ["TESTING"]
    assert (
        "2025-W49  configured: TESTING/EXEC sonnet → opus waits (queued)" in replay(bot, team).out
    )


def test_rows_without_agent_under_another_table_are_told(make_team: MakeTeam, bot: Bot):
    team = make_team(logs([token("SD-1", agent=None)], []))
    team.work.time += 8 * DAY
    team.push({TABLE: table() + 'BRANDNEW = "sonnet"\n'}, "One more")
    said = replay(bot, team)
    assert "In 2 weeks the table listed other cells of phases logged without agents" in said.out


def test_the_document_is_true_to_its_schema(team: Team, bot: Bot):
    schema = json.loads(files("bot.reports").joinpath("replay.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    said = replay(bot, team, *RANGE, "--format", "json").document
    assert all(rule["unknown"] and any(map(promotions, [rule])) for rule in said["rules"])
    Draft202012Validator(schema).validate(said)


def test_a_terminal_sees_progress(
    team: Team, bot: Bot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    said = replay(bot, team)
    assert "replaying" in said.err
    assert "replaying" not in said.out


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_written_and_nothing_but_the_result_is_printed(team: Team, bot: Bot, form: str):
    with unchanged(team):
        said = replay(bot, team, *RANGE, "--format", form)
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("\n")


@pytest.mark.parametrize("form", FORMATS)
def test_a_hostile_table_of_the_past_reaches_no_output_raw(
    make_team: MakeTeam, bot: Bot, form: str
):
    team = make_team(weekly_logs(0, 0, 5, SONNET))
    team.push({TABLE: raised(table(), new=r"\u001b[31mx|<b>@all")}, "Odd")
    team.work.time += 7 * DAY
    team.push({TABLE: table()}, "Back")
    said = replay(bot, team, *RANGE, "--format", form)
    assert said.code == 0, said.err
    assert "\x1b" not in said.out
    assert form == "json" or "a rung that the ladder of today lacks" in said.out
    assert form != "markdown" or "mx|<b>" not in said.out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--from", "2025-W49"), "replay takes --from WEEK --to WEEK"),
        (("--from", "2025-W50", "--to", "2025-W49"), "--from 2025-W50 is after --to 2025-W49"),
        (("--from", "x", "--to", "2025-W49"), "'x' is no week"),
        (("--from", "2025-W49", "--to", "2999-W01"), "week 2999-W01 is not over"),
        ((*RANGE, "--set", "promotion.barr=1"), "is no key of the policy"),
        ((*RANGE, "--set", "promotion.bar=0"), "must be greater than or equal to 1"),
        ((*RANGE, "--rule", "dice"), "invalid choice: 'dice'"),
        ((*RANGE, "--rule", "cusum", "--set", "promotion.rule=threshold"), "name two rules"),
        ((*RANGE, "--simulate"), "--simulate and --from do not go together"),
        ((*RANGE, "--runs", "5"), "--runs goes with --simulate"),
        ((*RANGE, "--logs-as-of", "main"), "--logs-as-of goes with --as-of"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(bot: Bot, options: tuple[str, ...], told: str):
    said = bot("replay", None, "--repo", "/nowhere", *options)
    assert said.code == 2
    assert told in " ".join(said.err.split())


def test_help_has_an_example(bot: Bot):
    said = bot("replay", None, "--help").out
    assert "replay --from 2025-W27 --to 2025-W52 --set promotion.bar=3" in " ".join(said.split())
