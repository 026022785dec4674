"""Issue 10, item 5: `history` lists every change of a declared value on base, with real git."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.commands import Bot, unchanged
from tests.support.repositories import Workshop, new_repository
from tests.support.rises import raised, weekly_logs
from tests.support.teams import DAY, OPUS, POLICY, SONNET, TABLE, Team, policy, table

MakeTeam = Callable[..., Team]
FORMATS = ("text", "json", "markdown")


def changes(bot: Bot, team: Team, week: str = "2026-W04") -> list[dict[str, Any]]:
    said = bot("history", team, "--week", week, "--format", "json")
    assert said.code == 0, said.err
    return list(said.document["changes"])


def in_brief(bot: Bot, team: Team, week: str = "2026-W04") -> list[str]:
    return [
        f"{c['week']} {c['agent'] or 'default'} {c['from']} {c['to']} "
        f"{c['before']['rework']}/{c['before']['sds']} {c['after']['rework']}/{c['after']['sds']} "
        f"{c['conclusion']}"
        for c in changes(bot, team, week)
    ]


@pytest.fixture
def team(make_team: MakeTeam) -> Team:
    """3 of 5 SDs on sonnet in 2025-W49; it is Monday 2025-W50, 09:00."""
    made = make_team(weekly_logs(0, 3, 5, SONNET))
    made.work.time += 11 * 3600
    return made


def test_a_merged_pull_request_a_hand_edit_and_a_revert_are_all_there(team: Team, bot: Bot):
    work = team.work
    bot.run(team)
    work.git("fetch", "--quiet", "origin")
    work.git("merge", "--quiet", "--no-ff", "-m", "Merge it", "origin/calibration/weekly")
    work.git("push", "--quiet", "origin", "HEAD:main")
    work.time += DAY
    team.push(weekly_logs(1, 1, 5, OPUS))
    work.time += 6 * DAY
    team.push({TABLE: table()}, "Back by hand")
    team.push(weekly_logs(2, 0, 4, SONNET))
    assert in_brief(bot, team) == [
        "2025-W50 TESTING sonnet opus 3/5 1/5 superseded",
        "2025-W51 TESTING opus sonnet 1/5 0/4 None",
    ]


@pytest.mark.slow
def test_a_squash_that_lost_every_trailer_is_no_loss(team: Team, bot: Bot):
    bot.run(team)
    team.work.git("fetch", "--quiet", "origin")
    team.work.git("merge", "--quiet", "--squash", "origin/calibration/weekly")
    sha = team.work.commit({}, "Squashed", GIT_COMMITTER_NAME="GitHub", GIT_AUTHOR_NAME="Grace")
    team.work.git("push", "--quiet", "origin", "HEAD:main")
    (found,) = changes(bot, team, "2025-W49")
    assert (found["commit"], found["from"], found["to"]) == (sha, "sonnet", "opus")
    assert (found["author"]["name"], found["committer"]["name"]) == ("Grace", "GitHub")
    assert "    Grace, committed by GitHub, commit " in bot("history", team).out


@pytest.mark.slow
def test_counts_and_conclusion_are_those_of_plan(team: Team, bot: Bot):
    team.push({TABLE: raised(table())}, "By hand")
    team.push(weekly_logs(1, 0, 10, OPUS))
    (found,) = changes(bot, team, "2025-W50")
    planned = bot("plan", team, "--week", "2025-W50", "--format", "json").document["afterwards"]
    assert found["afterwards"] == planned[0]
    assert found["conclusion"] == "helped"
    said = "60 % before (3 of 5 on sonnet), 0 % now (0 of 10): helped"
    assert said in bot("history", team, "--week", "2025-W50").out
    page = bot("history", team, "--week", "2025-W50", "--format", "markdown").out
    assert (
        f"| `TESTING/EXEC` | `sonnet` → `opus` | `Ada` | `{found['commit'][:12]}` | {said}; "
        "cost since: 66,667 tokens for one avoided rework |" in page
    )


def test_the_document_is_true_to_its_schema(team: Team, bot: Bot):
    team.push({TABLE: raised(table()).replace('default = "sonnet"', 'default = "opus"')}, "Both")
    team.push({TABLE: table()}, "Back")
    assert len(changes(bot, team)) == 4
    read = files("bot.reports").joinpath
    schema, of_plan = (
        json.loads(read(f"{name}.schema.json").read_text("utf-8"))
        for name in ("history", "document")
    )
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(bot("history", team, "--format", "json").document)
    assert schema["$defs"]["rise"] == of_plan["$defs"]["rise"]


def test_what_did_not_help_comes_with_its_way_back(team: Team, bot: Bot):
    sha = team.push({TABLE: raised(table())}, "By hand")
    for number in range(1, 6):
        team.push(weekly_logs(number, 5, 5, OPUS))
    said = bot("history", team, "--week", "2026-W02").out
    assert '    to take it back: [EXEC] TESTING = "sonnet"\n' in said
    assert f"    or: git revert {sha}\n" in said


def test_a_changed_default_is_a_row_of_its_own(team: Team, bot: Bot):
    team.push({TABLE: table().replace('default = "sonnet"', 'default = "opus"')}, "Default")
    (found,) = changes(bot, team)
    assert (found["agent"], found["phase"], found["conclusion"]) == (None, None, None)
    assert "default sonnet → opus" in bot("history", team).out


@pytest.mark.slow
def test_nothing_has_changed_yet(team: Team, bot: Bot):
    assert changes(bot, team) == []
    for format_ in FORMATS[::2]:
        said = bot("history", team, "--format", format_).out
        assert "No declared value has changed since the table came to base." in said


# ------------------------------------------------------------------- moved tables, other ladders


def on_a_branch_of_its_own(folder: Path) -> tuple[Workshop, Team]:
    work = new_repository(folder / "work")
    return work, Team(work, work)


def test_a_table_that_was_moved_keeps_its_past(tmp_path: Path, bot: Bot):
    work, team = on_a_branch_of_its_own(tmp_path)
    work.time -= 5 * DAY
    work.commit({"models/policy.toml": policy(), "models/overrides.toml": table()})
    work.commit(weekly_logs(0, 3, 5, SONNET))
    work.time += 12 * DAY + 9 * 3600
    work.commit({"models/overrides.toml": raised(table())}, "Raise")
    work.git("mv", "models", "config")
    work.commit({}, "Move")
    work.commit(weekly_logs(1, 1, 5, OPUS))
    assert in_brief(bot, team, "2025-W50") == ["2025-W50 TESTING sonnet opus 3/5 1/5 too-early"]


def older(text: str) -> str:
    """Policy or table with the rungs under other names."""
    return re.sub(r'"(haiku|sonnet|opus)"', r'"old-\1"', text)


def test_an_older_ladder_is_ranked_as_it_was(tmp_path: Path, bot: Bot):
    work, team = on_a_branch_of_its_own(tmp_path)
    work.time -= 5 * DAY
    work.commit({POLICY: older(policy()), TABLE: older(table())})
    work.commit(weekly_logs(0, 3, 5, "old-sonnet"))
    work.time += 12 * DAY + 9 * 3600
    work.commit({TABLE: older(raised(table()))}, "Raise")
    work.commit(weekly_logs(1, 0, 10, "old-opus"))
    work.time += 14 * DAY
    work.commit({POLICY: policy(), TABLE: raised(table())}, "New ladder")
    found = [
        c for c in changes(bot, team, "2025-W52") if (c["agent"], c["phase"]) == ("TESTING", "EXEC")
    ]
    assert [(c["from"], c["to"], c["conclusion"]) for c in found] == [
        ("old-sonnet", "old-opus", "helped"),
        ("old-opus", "opus", None),
    ]
    assert (found[0]["before"], found[0]["after"]) == (
        {"sds": 5, "rework": 3},
        {"sds": 10, "rework": 0},
    )
    assert found[0]["afterwards"]["ended"] == "replaced"


def test_an_older_ladder_is_found_where_the_policy_was_then(tmp_path: Path, bot: Bot):
    work, team = on_a_branch_of_its_own(tmp_path)
    work.time -= 5 * DAY
    work.commit({"old/policy.toml": older(policy()), "old/overrides.toml": older(table())})
    work.commit({"old/overrides.toml": older(raised(table()))}, "Raise")
    work.git("mv", "old", "config")
    work.commit({}, "Move")
    work.commit({POLICY: policy(), TABLE: raised(table())}, "New ladder")
    found = [c for c in changes(bot, team, "2025-W49") if c["from"] == "old-sonnet"]
    raise_ = next(c for c in found if c["to"] == "old-opus")
    assert (raise_["conclusion"], raise_["afterwards"]["ended"]) == ("superseded", "replaced")


# ----------------------------------------------------------------------- as every command behaves


@pytest.mark.slow
def test_it_writes_nothing(team: Team, bot: Bot):
    team.push({TABLE: raised(table())}, "By hand")
    with unchanged(team):
        for format_ in FORMATS:
            assert bot("history", team, "--format", format_).code == 0


@pytest.mark.slow
def test_names_of_people_and_models_stay_harmless(team: Team, bot: Bot):
    hostile = "@org/team <b>|\x1b[31m `x` #1\u202e"
    text = table().replace('TESTING = "sonnet"  ', 'TESTING = "\\u001b[2J@all"  ')
    team.work.commit({TABLE: text}, "Odd", GIT_AUTHOR_NAME=hostile, GIT_COMMITTER_NAME="::error::")
    team.work.commit({TABLE: table()}, "Back", GIT_AUTHOR_NAME=hostile)
    team.work.git("push", "--quiet", "origin", "HEAD:main")
    said = {format_: bot("history", team, "--format", format_).out for format_ in FORMATS}
    for text in said.values():
        assert "\x1b" not in text
        assert "\u202e" not in text
    page = said["markdown"]
    assert "@org" not in page
    assert "<b>" not in page
    assert "#1" not in page
    assert "@all" not in page
    assert len(json.loads(said["json"])["changes"]) >= 2


@pytest.mark.parametrize(
    ("args", "code"),
    [(("--week", "2025"), 2), (("--week", "2999-W01"), 2), (("--format", "xml"), 2)],
)
def test_wrong_usage(team: Team, bot: Bot, args: tuple[str, ...], code: int):
    assert bot("history", team, *args).code == code


def test_a_bad_line_stops_it_as_it_stops_plan(team: Team, bot: Bot):
    team.push({".calibration/logs/2025-W49/rework-bad.jsonl": "{\n"})
    said = bot("history", team)
    assert said.code == 1
    assert "rework-bad.jsonl:1" in said.err


def test_a_shallow_clone_is_told_the_remedy(team: Team, bot: Bot, tmp_path: Path):
    team.push({TABLE: raised(table())}, "By hand")
    said = bot("history", team.clone(tmp_path / "shallow", "--depth=1"))
    assert said.code == 1
    assert "fetch-depth: 0" in said.err
