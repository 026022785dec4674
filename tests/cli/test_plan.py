"""`plan` and `run --dry-run`: they read whatever state a repository is in, and write nothing."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.support.commands import Bot, script, unchanged
from tests.support.repositories import Workshop
from tests.support.teams import EXAMPLE, POLICY, TABLE, WEEK, WEEKLY, Team, cell, cells, policy

MakeTeam = Callable[..., Team]
PROMOTED = ["EXEC/TESTING sonnet opus"]


@pytest.mark.parametrize(
    "command",
    [
        ("plan",),
        ("run", "--dry-run"),
        ("plan", "--agent", "TESTING"),
        ("run", "--dry-run", "--agent", "TESTING", "--phase", "EXEC"),
    ],
    ids=" ".join,
)
def test_looking_writes_nothing(make_team: MakeTeam, bot: Bot, command: tuple[str, ...]):
    team = make_team(EXAMPLE)
    with unchanged(team):
        name, *rest = command
        said = bot.json(team, *rest, command=name)
    assert said.changes == PROMOTED


def _dirty(team: Team) -> str:
    team.work.write({TABLE: "not even TOML", "new.txt": "x", "staged.txt": "y"})
    team.work.git("add", "staged.txt")
    return team.path


def _detached(team: Team) -> str:
    team.work.git("checkout", "--quiet", "--detach", "HEAD~1")
    return team.path


def _other_branch(team: Team) -> str:
    team.work.git("checkout", "--quiet", "-b", "feature")
    team.work.commit({TABLE: 'default = "opus"\n'})
    return team.path


def _behind(team: Team) -> str:
    team.work.git("reset", "--quiet", "--hard", "HEAD~1")
    team.work.git("update-ref", "refs/remotes/origin/main", "HEAD")
    team.work.git("reflog", "expire", "--expire=now", "--all")
    team.work.git("gc", "--quiet", "--prune=now")
    return team.path


def _subdirectory(team: Team) -> str:
    return str(team.work.path / "config")


def _linked_worktree(team: Team) -> str:
    linked = team.work.path.parent / "linked"
    team.work.git("worktree", "add", "--quiet", "--detach", str(linked))
    return str(linked)


def _bare(team: Team) -> str:
    return str(team.remote.path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "state",
    [_dirty, _detached, _other_branch, _behind, _subdirectory, _linked_worktree, _bare],
    ids=lambda state: state.__name__.strip("_"),
)
def test_any_state_of_the_clone_gives_the_plan_of_base(
    make_team: MakeTeam, bot: Bot, state: Callable[[Team], str]
):
    team = make_team(EXAMPLE)
    where = state(team)
    with unchanged(team):
        said = bot("plan", None, "--repo", where, "--week", WEEK, "--format", "json")
    assert said.code == 0, said.err
    assert said.changes == PROMOTED


def test_a_repository_of_nobody_elses_machine_is_enough(make_team: MakeTeam, bot: Bot):
    """Read-only files: nothing could be written even by mistake (for users other than root)."""
    team = make_team(EXAMPLE)
    for folder, _, names in os.walk(team.work.path):
        for name in names:
            (Path(folder) / name).chmod(stat.S_IRUSR)
    assert bot.json(team).changes == PROMOTED


def test_plan_and_run_print_one_documented_document(make_team: MakeTeam, bot: Bot):
    schema = json.loads(files("bot.reports").joinpath("document.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    team = make_team(
        cells(cell(3, 5), cell(1, 3, "API"), cell(3, 5, "SECURITY", model="claude-opus-4-5"))
    )
    planned = bot.json(team).document
    done = bot.json(team, command="run").document
    again = bot.json(team, command="run").document
    empty = bot("plan", team, "--week", "2025-W51", "--format", "json").document
    for document in (planned, done, again, empty):
        Draft202012Validator(schema).validate(document)
    assert planned == done
    assert done["pull_request"]["action"] == "local"
    assert again["pull_request"]["action"] == "none"
    assert empty["pull_request"] is None


def test_the_document_holds_what_the_specification_fixes(make_team: MakeTeam, bot: Bot):
    gated = '[[gates]]\nphase = "EXEC"\nagent = "API"\nfloor = "sonnet"\n'
    team = make_team({POLICY: f"{policy()}\n{gated}", **cells(cell(3, 5), cell(3, 5, "API"))})
    document = bot.json(team, command="run").document
    assert (document["schema_version"], document["week"], document["rule"]) == (1, WEEK, "cusum")
    testing = next(v for v in document["verdicts"] if v["verdict"] == "PROMOTE")
    sentence = testing.pop("sentence")
    assert "3 of 5 SDs needed rework, 2.0 more than the 20 % allowance of 1.0 (bar 2.0)" in sentence
    expected = {
        "phase": "EXEC",
        "agent": "TESTING",
        "model": "sonnet",
        "proposed": "opus",
        "reasons": ["above-bar"],
        "notes": [],
        "gate": False,
        "tally": "2.00",
        "week": {"sds": 5, "rework": 3},
        "window": {"sds": 5, "rework": 3},
    }
    assert {key: testing[key] for key in expected} == expected
    (change,) = document["changes"]
    assert change == {
        "phase": "EXEC",
        "agent": "TESTING",
        "from": "sonnet",
        "to": "opus",
        "subject": "calibration: testing-agent exec upgraded to opus (edge case detection)",
        "commit": team.branches()[WEEKLY],
    }
    (refused,) = document["refused"]
    assert (refused["phase"], refused["agent"]) == ("EXEC", "API")
    assert document["rejected_lines"] == []
    assert document["budget"] == {
        "zone": "GREEN",
        "used": 100_000,
        "limit": 500_000,
        "percent": "20.0",
    }
    assert '+TESTING = "opus"' in document["diff"]
    assert document["pull_request"]["branch"] == WEEKLY
    assert document["pull_request"]["url"] is None


def test_verdicts_come_in_phase_order_then_by_agent_with_every_explicit_cell(
    make_team: MakeTeam, bot: Bot
):
    document = bot.json(make_team(cells(cell(1, 5, "NEWCOMER", "PLAN")))).document
    cells_ = [(v["phase"], v["agent"]) for v in document["verdicts"]]
    phases = ["LEAD", "PLAN", "EXEC"]
    assert cells_ == sorted(cells_, key=lambda cell: (phases.index(cell[0]), cell[1]))
    assert len(cells_) == 44
    assert ("PLAN", "NEWCOMER") in cells_


@pytest.mark.slow
def test_the_same_remote_gives_the_same_commits_everywhere(make_team: MakeTeam, tmp_path: Path):
    """Folder, time, zone, language, the user's git configuration and hooks change nothing."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "pre-push", "reference-transaction", "post-commit"):
        (hooks / name).write_text("#!/bin/sh\necho hooked >&2\nexit 1\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[commit]\n gpgsign = true\n[core]\n autocrlf = true\n"
        "[user]\n name = Eve\n email = eve@example.org\n[i18n]\n commitEncoding = latin1\n"
        "[init]\n defaultBranch = trunk\n[diff]\n noprefix = true\n external = false\n"
        "[core]\n abbrev = 4\n[push]\n default = nothing\n[commit]\n template = /nowhere\n"
    )
    found = []
    first = make_team(cells(cell(3, 5), cell(4, 5, "DESIGN")))
    away = tmp_path / "somewhere else" / "ünïcode"
    away.parent.mkdir()
    shutil.copytree(first.work.path.parent, away)
    second = Team(Workshop(away / "work"), Workshop(away / "remote.git"))
    second.work.git("config", "remote.origin.url", str(second.remote.path))
    second.work.git("config", "core.hooksPath", str(hooks))
    odd = {"TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "HOME": str(tmp_path)}
    odd |= {
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
        "USER": "eve",
    }
    for team, environment in ((first, {"TZ": "UTC"}), (second, odd)):
        run = ("run", "--repo", team.path, "--week", WEEK, "--format", "json")
        said = script(*run, **environment)
        assert said.code == 0, said.err
        commits = team.remote.git("log", "--format=%H %T %s", f"main..{WEEKLY}")
        found.append((said.document, commits, said.err))
    assert found[0] == found[1]
    assert len(found[0][1].splitlines()) == 2


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_every_format_names_the_promotion(make_team: MakeTeam, bot: Bot, form: str):
    said = bot("plan", make_team(EXAMPLE), "--week", WEEK, "--format", form)
    assert said.code == 0
    assert "3 of 5 SDs needed rework" in said.out
