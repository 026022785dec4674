"""README's first verdict without logging anything: the section itself is run (issue 11)."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest

from tests.support.agent_files import team_files
from tests.support.commands import Bot
from tests.support.desk import TOP
from tests.support.repositories import Workshop, with_remote
from tests.support.teams import POLICY

README = (TOP / "README.md").read_text("utf-8")
HEAD = "## Your first verdict without logging anything\n"
SECTION = README.partition(HEAD)[2].partition("\n## ")[0]
(SETTINGS,) = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
WEEK, MONDAY = 7 * 86_400, 4 * 86_400
"""Seconds: a week, and the first Monday since the epoch."""


def test_the_section_is_short() -> None:
    assert len([line for line in SECTION.splitlines() if line]) <= 15


@pytest.fixture(params=["as init leaves it", "with phases"])
def team(request: pytest.FixtureRequest, tmp_path: Path, bot: Bot) -> Workshop:
    """A repository with table, policy and the section's settings, which are typed as they stand."""
    work, _ = with_remote(tmp_path, team_files("Claude Code", agents={"design": "sonnet"}))
    settings, phased = SETTINGS, request.param == "with phases"
    if phased:
        settings += re.findall(r'phase = "[A-Z]+"', SETTINGS)[0]
    said = bot("init", None, "--repo", str(work.path), *(("--phases", "PLAN,EXEC") * phased))
    assert said.code == 0, said.err
    monday = (int(time.time()) - MONDAY) // WEEK * WEEK + MONDAY
    work.time = monday - WEEK + 3600  # in the last complete week
    written = (work.path / POLICY).read_text("utf-8")
    (work.path / POLICY).write_text(f"{written}\n{settings}\n", "utf-8")
    work.git("add", "--all")
    work.commit({}, "Adopt calibration-bot")
    return work


@pytest.mark.slow
def test_the_first_verdict_comes_from_history_alone(team: Workshop, bot: Bot) -> None:
    landed = [team.commit({f"{n}.txt": str(n)}, f"Add part {n} (#{n})") for n in range(1, 6)]
    for sha in landed[:3]:
        team.git("revert", "--no-edit", sha)
        team.time += 60
    team.git("push", "--quiet", "origin", "main")
    said = []
    for command in COMMANDS.strip().split(" && "):
        program, name, *rest = shlex.split(command)
        assert program == "calibration-bot"
        result = bot(name, None, *rest, "--repo", str(team.path))
        assert result.code == 0, result.err
        said.append(result.out)
    collected, planned = said
    assert "8 new outcomes of 5 SDs: 3 rework, 0 issues, 5 passed" in collected
    assert "PROMOTE (1): " in planned
    assert re.search(r"\n  DESIGN(/EXEC)?: 3 of 5 SDs needed rework", planned)
