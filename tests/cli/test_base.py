"""Base is never a branch that the bot proposes from: it would propose to its own proposal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.commands import Bot, unchanged
from tests.support.teams import EXAMPLE, POLICY, WEEK, WEEKLY, Team, policy

MakeTeam = Callable[..., Team]
OWN = [
    WEEKLY,
    "Calibration/Weekly",
    "calibration/adhoc-testing.exec",
    "calibration/backup/weekly-0123456789ab",
]


def _remote_head(team: Team, branch: str) -> None:
    team.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    team.remote.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")


def _policy(team: Team, branch: str) -> None:
    text = policy().replace("[pull_request]\n", f'[pull_request]\nbase = "{branch}"\n')
    team.push({POLICY: text})
    team.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")


def _current(team: Team, branch: str) -> None:
    team.work.git("remote", "remove", "origin")
    team.work.git("switch", "--quiet", "-c", branch)


@pytest.mark.slow
@pytest.mark.parametrize("branch", OWN)
@pytest.mark.parametrize("named", [_remote_head, _policy, _current])
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_base_that_is_the_bots_own_branch_is_refused(
    command: str,
    named: Callable[[Team, str], None],
    branch: str,
    make_team: MakeTeam,
    bot: Bot,
) -> None:
    team = make_team(EXAMPLE)
    named(team, branch)
    with unchanged(team):
        said = bot(command, team, "--week", WEEK)
    assert said.code == 1
    assert f"error: base is {branch}, which the bot itself proposes from" in said.err
    assert "pull_request.base" in said.err


def test_a_checked_out_proposal_is_no_base_where_the_policy_names_another(
    make_team: MakeTeam, bot: Bot
) -> None:
    team = make_team(EXAMPLE)
    text = policy().replace("[pull_request]\n", '[pull_request]\nbase = "main"\n')
    team.push({POLICY: text})
    _current(team, WEEKLY)
    assert bot.json(team).document["base"]["branch"] == "main"


@pytest.mark.parametrize("branch", ["calibration/weekly-notes", "calibration-weekly", "weekly"])
def test_a_branch_of_a_like_name_is_a_base(branch: str, make_team: MakeTeam, bot: Bot) -> None:
    team = make_team(EXAMPLE)
    _remote_head(team, branch)
    assert bot.json(team).changes
