"""One `id` with other content in two places: base speaks before the branch, and that before the work tree."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.commands import Bot
from tests.support.teams import LOGS, REWORK, WEEK, Team, at, lines, rework, token

MakeTeam = Callable[..., Team]
FIRST, LAST = f"{LOGS}/tokens-a.jsonl", f"{LOGS}/tokens-z.jsonl"
"""Whatever their names: the order is that of the places."""


def _tokens(number: int) -> str:
    return lines([token("SD-1", 1, id="same", tokens=number)])


def _on_branch(team: Team, path: str, text: str) -> None:
    """One file as the branch of the logs, pushed and fetched."""
    blob = team.work.git("hash-object", "-w", "--stdin", feed=text.encode())
    tree = blob
    for name in reversed(path.split("/")):
        kind = "100644 blob" if tree == blob else "040000 tree"
        tree = team.work.git("mktree", feed=f"{kind} {tree}\t{name}\n".encode())
    commit = team.work.git("commit-tree", tree, "-m", "Logs")
    team.work.git("push", "-q", "origin", f"{commit}:refs/heads/calibration/logs")
    team.work.git("fetch", "-q", "origin")


@pytest.mark.parametrize(("early", "late"), [(FIRST, LAST), (LAST, FIRST)])
def test_base_speaks_before_the_branch_whatever_the_files_are_called(
    make_team: MakeTeam, bot: Bot, early: str, late: str
) -> None:
    team = make_team({early: _tokens(100)})
    _on_branch(team, late, _tokens(475_000))
    said = bot("plan", team, "--week", WEEK)
    assert (said.code, said.err.count(": id: is taken by")) == (1, 1)
    assert f"{late}:1: id: is taken by {early}:1, which says something else" in said.err


@pytest.mark.slow
@pytest.mark.parametrize(("early", "late"), [(FIRST, LAST), (LAST, FIRST)])
@pytest.mark.parametrize(("branch", "here", "zone"), [(100, 475_000, "GREEN"), (475_000, 1, "RED")])
def test_the_branch_speaks_before_the_work_tree_to_every_command(
    make_team: MakeTeam, bot: Bot, early: str, late: str, branch: int, here: int, zone: str
) -> None:
    team = make_team({})
    _on_branch(team, early, _tokens(branch))
    team.work.write({late: _tokens(here)})
    for command in (("budget",), ("log", "show")):
        said = bot(command[0], None, *command[1:], "--repo", team.path, "--week", WEEK, *JSON)
        total = said.document.get("used", said.document.get("total"))
        assert (total["tokens"] if isinstance(total, dict) else total) == branch
    validate = bot("validate", team)
    assert f"{late}:1: id: is taken by {early}:1, which says something else" in validate.err
    said = bot("budget", team, "--week", WEEK, *JSON)
    assert said.document["zone"] == zone


def test_the_branch_speaks_of_outcomes_too(make_team: MakeTeam, bot: Bot) -> None:
    team = make_team({})
    fine, redone = (lines([rework("SD-1", bad, 1, id="same")]) for bad in (False, True))
    _on_branch(team, REWORK.replace("rework", "rework-z"), fine)
    team.work.write({REWORK.replace("rework", "rework-a"): redone})
    said = bot("log", None, "show", "--repo", team.path, "--week", WEEK, *JSON)
    assert said.document["total"]["rework"] == 0


JSON = ("--format", "json")


def test_a_copy_at_one_path_is_read_as_the_earlier_place_has_it(
    make_team: MakeTeam, bot: Bot
) -> None:
    rows = lines([token("SD-1", 1, id="same", tokens=7, ts=at(1))])
    team = make_team({FIRST: rows})
    _on_branch(team, FIRST, rows)
    said = bot("plan", team, "--week", WEEK, *JSON)
    assert (said.code, json.loads(said.out)["budget"]["used"]) == (0, 7)
