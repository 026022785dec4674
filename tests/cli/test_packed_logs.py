"""Packed log files in a repository: all that reads logs reads them, `log sync` leaves them (issue 14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.packed import PACKINGS, packed
from tests.support.teams import EXAMPLE, LOGS, POLICY, WEEK, Team, policy, token

MakeTeam = Callable[..., Team]
JSON = ("--format", "json")
PACKED = PACKINGS[1:]


def _packed(files: dict[str, str], packing: str, folder: Path) -> dict[str, bytes]:
    rows = {path: [json.loads(line) for line in text.splitlines()] for path, text in files.items()}
    return {
        path.replace(".jsonl", packing): packed(of_file, packing, folder)
        for path, of_file in rows.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("packing", PACKED)
def test_plan_decides_the_same(make_team: MakeTeam, bot: Bot, tmp_path: Path, packing: str) -> None:
    plain = bot("plan", make_team(EXAMPLE), "--week", WEEK, *JSON)
    found = bot(
        "plan", make_team(_packed(EXAMPLE, packing, tmp_path), name="packed"), "--week", WEEK, *JSON
    )
    assert found.err == ""
    for key in ("verdicts", "rejected_lines", "warnings"):
        assert found.document[key] == plain.document[key]


@pytest.mark.slow
@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("committed", [True, False], ids=["fetched", "work tree"])
def test_every_command_reads_them_where_they_are(
    make_team: MakeTeam, bot: Bot, tmp_path: Path, packing: str, committed: bool
) -> None:
    rows = [token("SD-1", 1, id="a", tokens=475_000), token("SD-2", 2, tokens=1)]
    team = make_team({})
    path, content = f"{LOGS}/tokens{packing}", packed(rows, packing, tmp_path)
    if committed:
        team.work.git("switch", "-q", "--orphan", "calibration/logs")
        team.work.commit({path: content})
        team.work.git("push", "-q", "origin", "calibration/logs")
        team.work.git("switch", "-q", "main")
    else:
        team.work.write({path: content})
    for command in (("budget",), ("log", "show")):
        said = bot(command[0], None, *command[1:], "--repo", team.path, "--week", WEEK, *JSON)
        total = said.document.get("used", said.document.get("total"))
        assert (total["tokens"] if isinstance(total, dict) else total) == 475_001
    assert bot("validate", team).err == ""


@pytest.mark.parametrize("packing", PACKED)
def test_a_bad_row_stops_everything_by_its_number(
    make_team: MakeTeam, bot: Bot, tmp_path: Path, packing: str
) -> None:
    rows = [token("SD-1", 1), token("SD-2", 2, tokens=-1)]
    path = f"{LOGS}/tokens{packing}"
    team = make_team({path: packed(rows, packing, tmp_path)})
    for command in (("plan", "--week", WEEK), ("validate",)):
        said = bot(command[0], team, *command[1:])
        assert said.code == 1
        assert f"{path}:2: tokens: must be a whole number from 0" in said.err


@pytest.mark.parametrize("packing", PACKED)
def test_a_damaged_file_stops_everything_by_its_name(
    make_team: MakeTeam, bot: Bot, packing: str
) -> None:
    path = f"{LOGS}/rework{packing}"
    team = make_team({**EXAMPLE, path: b"not what it says"})
    for command in (("plan", "--week", WEEK), ("validate",)):
        said = bot(command[0], team, *command[1:])
        assert said.code == 1
        assert f"error: {path}: cannot be read: it is no" in said.err
        assert "; write it anew or remove it\n" in said.err


@pytest.mark.parametrize("packing", PACKED)
def test_log_sync_leaves_them_to_whoever_packed_them(
    make_team: MakeTeam, bot: Bot, tmp_path: Path, packing: str
) -> None:
    team = make_team({})
    path = f"{LOGS}/tokens{packing}"
    team.work.write({path: packed([token("SD-1", 1)], packing, tmp_path)})
    said = bot("log", None, "sync", "--repo", team.path)
    assert (said.code, said.err) == (0, "")
    assert (team.work.path / path).exists()
    assert "calibration/logs has everything already (0 files)" in said.out


def test_a_policy_names_plain_files(make_team: MakeTeam, bot: Bot) -> None:
    team = make_team({POLICY: policy(tokens='"lake/tokens*.parquet"')})
    said = bot("validate", team)
    assert said.code == 1
    assert "logs.tokens: must name plain files, *.jsonl" in said.err


@pytest.mark.parametrize("packing", PACKED)
def test_whoever_looks_at_one_sd_is_told_the_file_too(
    make_team: MakeTeam, bot: Bot, packing: str
) -> None:
    path = f"{LOGS}/rework{packing}"
    team = make_team({})
    team.work.write({path: b"not what it says"})
    said = bot("log", None, "show", "--sd", "SD-1", "--repo", team.path)
    assert said.code == 1
    assert f"error: {path}: is no " in said.err
    assert said.err.endswith("; write it anew or remove it; then run again\n")
