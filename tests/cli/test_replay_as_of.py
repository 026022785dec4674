"""Issue 10: `replay --as-of` the commits that a plan was made from gives what was proposed then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.commands import Bot, Said
from tests.support.rises import raised, weekly_logs
from tests.support.teams import DAY, OPUS, POLICY, SONNET, TABLE, WEEK, Team, policy, table

MakeTeam = Callable[..., Team]
LOGS = "calibration/logs"


def planned(bot: Bot, team: Team, week: str = WEEK) -> list[str]:
    said = bot("plan", team, "--week", week, "--format", "json")
    assert said.code == 0, said.err
    return said.changes


def replayed(bot: Bot, team: Team, commit: str, *options: str, week: str = WEEK) -> Any:
    said = as_of(bot, team, commit, *options, week=week)
    assert said.code == 0, said.err
    return said.document


def as_of(bot: Bot, team: Team, commit: str, *options: str, week: str = WEEK) -> Said:
    where = ("--from", week, "--to", week, "--as-of", commit, "--format", "json")
    return bot("replay", team, *where, *options)


def promotions(document: Any) -> list[str]:
    """Of the rule as configured."""
    found = document["rules"][0]["weeks"][0]["promotions"]
    return [f"{p['phase']}/{p['agent']} {p['from']} {p['to']}" for p in found]


@pytest.mark.slow
def test_what_was_proposed_is_proposed_again_whatever_came_later(make_team: MakeTeam, bot: Bot):
    team = make_team(weekly_logs(0, 3, 5, SONNET))
    then = team.work.git("rev-parse", "HEAD")
    proposed = planned(bot, team)
    assert proposed == ["EXEC/TESTING sonnet opus"]
    team.push(weekly_logs(1, 3, 5, SONNET, "API"))
    team.push({TABLE: raised(table())}, "Merged")
    team.push({POLICY: policy(bar="9")}, "Another rule")
    team.push(weekly_logs(2, 0, 5, OPUS))
    document = replayed(bot, team, then)
    assert promotions(document) == proposed
    assert document["base"]["commit"] == then
    assert document["rules"][0]["rule"]["bar"] == 2
    assert promotions(replayed(bot, team, "HEAD")) == []


@pytest.mark.slow
def test_every_week_of_a_story_is_proposed_again_as_it_was(make_team: MakeTeam, bot: Bot):
    """One cell is promoted, three hours into a week; another one waits for its merge."""
    team = make_team(weekly_logs(0, 1, 5, SONNET))
    noted = [(WEEK, team.work.git("rev-parse", "HEAD"), planned(bot, team))]
    story = {
        "2025-W50": weekly_logs(1, 3, 5, SONNET),
        "2025-W51": weekly_logs(2, 3, 5, SONNET, "API"),
        "2025-W52": weekly_logs(3, 4, 5, OPUS),
    }
    for week, logs in story.items():
        team.work.time += 7 * DAY
        if week == "2025-W52":
            team.work.time += 3 * 3600
            team.push({TABLE: raised(table())}, "Merged on Monday")
        noted.append((week, team.push(logs), planned(bot, team, week)))
    assert [changes for *_, changes in noted] == [
        [],
        ["EXEC/TESTING sonnet opus"],
        ["EXEC/API sonnet opus", "EXEC/TESTING sonnet opus"],
        ["EXEC/API sonnet opus"],
    ]
    for week, commit, changes in noted:
        assert promotions(replayed(bot, team, commit, week=week)) == changes


@pytest.mark.slow
def test_the_logs_branch_is_read_as_it_was_by_then_or_at_the_commit_named(
    make_team: MakeTeam, bot: Bot
):
    team = make_team()
    base = team.push({"README.md": "Configured\n"})
    first = on_branch(team, weekly_logs(0, 1, 5, SONNET))
    then = team.push({"README.md": "Logged\n"})
    second = on_branch(team, weekly_logs(0, 3, 5, SONNET, "API"), DAY)
    assert replayed(bot, team, base)["base"]["logs"] is None
    assert replayed(bot, team, then)["base"]["logs"] == first
    assert promotions(replayed(bot, team, then)) == []
    unread = f"is read, as --as-of names an older commit of main; --logs-as-of {second[:12]} reads all of it"
    assert replayed(bot, team, base)["warnings"] == [f"of branch {LOGS} nothing {unread}"]
    there = f"only what was there at {first[:12]}"
    assert replayed(bot, team, then)["warnings"] == [f"of branch {LOGS} {there} {unread}"]
    document = replayed(bot, team, then, "--logs-as-of", second)
    assert document["warnings"] == []
    assert promotions(document) == planned(bot, team) == ["EXEC/API sonnet opus"]
    assert document["base"]["logs"] == second


def on_branch(team: Team, files: Any, later: int = 60) -> str:
    """Commit logs to their branch; the new SHA."""
    work = team.work
    work.time += later
    here = work.git("branch", "--list", LOGS)
    work.git("checkout", "--quiet", *([] if here else ["--orphan"]), LOGS)
    sha = work.commit(files, "Logs")
    work.git("push", "--quiet", "origin", LOGS)
    work.git("checkout", "--quiet", "--force", "main")
    work.time += 60
    return sha


def test_rows_in_the_work_tree_are_no_concern_of_the_past(make_team: MakeTeam, bot: Bot):
    team = make_team(weekly_logs(0, 3, 5, SONNET))
    for path, text in weekly_logs(9, 3, 5, SONNET).items():
        (team.work.path / path).parent.mkdir(parents=True, exist_ok=True)
        (team.work.path / path).write_text(str(text))
    assert replayed(bot, team, "HEAD")["warnings"] == []
    now = bot("replay", team, "--from", WEEK, "--to", WEEK)
    assert "run `log sync`" in now.err


@pytest.mark.parametrize("option", ["--as-of", "--logs-as-of"])
def test_a_commit_that_is_none_of_the_branch_is_wrong_usage(
    make_team: MakeTeam, bot: Bot, option: str
):
    team = make_team(weekly_logs(0, 3, 5, SONNET))
    said = as_of(bot, team, "HEAD", option, "no-such\x1b[31m")
    assert said.code == 2
    assert f"{option} " in said.err
    assert "names no commit of the first-parent line of" in said.err
    assert "\x1b" not in said.err


def test_a_commit_beside_base_is_wrong_usage(make_team: MakeTeam, bot: Bot):
    team = make_team(weekly_logs(0, 3, 5, SONNET))
    team.work.git("checkout", "--quiet", "-b", "aside")
    aside = team.work.commit({"README.md": "Aside\n"}, "Aside")
    team.work.git("checkout", "--quiet", "main")
    assert as_of(bot, team, aside).code == 2
