"""README's first verdict without logging anything: the section itself is run (issue 11)."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

from tests.support.commands import Bot
from tests.support.desk import TOP
from tests.support.repositories import new_repository
from tests.support.teams import POLICY, TABLE, policy, table

README = (TOP / "README.md").read_text("utf-8")
HEAD = "## Your first verdict without logging anything\n"
SECTION = README.partition(HEAD)[2].partition("\n## ")[0]
(SETTINGS,) = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
WEEK, MONDAY = 7 * 86_400, 4 * 86_400
"""Seconds: a week, and the first Monday since the epoch."""


def test_the_section_is_short() -> None:
    assert len([line for line in SECTION.splitlines() if line]) <= 15


def test_the_first_verdict_comes_from_history_alone(tmp_path: Path, bot: Bot) -> None:
    work = new_repository(tmp_path / "r")
    monday = (int(time.time()) - MONDAY) // WEEK * WEEK + MONDAY
    work.time = monday - WEEK + 3600  # in the last complete week
    work.commit({POLICY: f"{policy()}\n{SETTINGS}", TABLE: table()}, "Give every agent a model")
    landed = [work.commit({f"{n}.txt": str(n)}, f"Add part {n} (#{n})") for n in range(1, 6)]
    for sha in landed[:3]:
        work.git("revert", "--no-edit", sha)
        work.time += 60
    said = []
    for command in COMMANDS.strip().split(" && "):
        program, name, *rest = shlex.split(command)
        assert program == "calibration-bot"
        result = bot(name, None, *rest, "--repo", str(work.path))
        assert result.code == 0, result.err
        said.append(result.out)
    collected, planned = said
    assert "8 new outcomes of 5 SDs: 3 rework, 0 issues, 5 passed" in collected
    assert "PROMOTE (1): " in planned
    assert "\n  DESIGN/EXEC: 3 of 5 SDs needed rework" in planned
