"""`export --parquet DIR`: good rows by week, unchanged ones left alone, whole at any moment (issue 14)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pytest

from tests.support.commands import SCRIPT, Bot
from tests.support.packed import packed, parquet
from tests.support.teams import (
    EXAMPLE,
    LOGS,
    POLICY,
    REWORK,
    TOKENS,
    WEEK,
    Team,
    lines,
    policy,
    rework,
    token,
)

MakeTeam = Callable[..., Team]
LAKE = "lake"
Export = Callable[..., dict]


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / LAKE


@pytest.fixture
def export(bot: Bot, to: Path) -> Export:
    def export(team: Team) -> dict:
        said = bot("export", team, "--parquet", str(to), "--format", "json")
        assert (said.code, said.err) == (0, "")
        return said.document

    return export


def _rows(to: Path, log: str) -> list[dict]:
    """What any reader of the lake finds, null fields left out."""
    found = duckdb.connect().execute(
        "SELECT to_json(line)::VARCHAR FROM (SELECT * REPLACE (strftime(ts AT TIME ZONE 'UTC', "
        "'%Y-%m-%dT%H:%M:%SZ') AS ts) FROM read_parquet($files, "
        "hive_partitioning = true)) AS line ORDER BY ts, sd, id",
        {"files": f"{to}/{log}/*/*.parquet"},
    )
    rows = [json.loads(text) for (text,) in found.fetchall()]
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _files(to: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(to)): (path.stat().st_ino, path.read_bytes())
        for path in sorted(to.rglob("*"))
        if path.is_file()
    }


def _content(to: Path) -> dict[str, bytes]:
    return {name: content for name, (_, content) in _files(to).items()}


def _weeks(count: int, each: int = 3) -> dict[str, str]:
    """Logs of so many weeks, newest first, the ids of their rows their own."""
    day = {back: -7 * back for back in range(count)}
    return {
        f"{LOGS}/tokens-{back}.jsonl": lines(
            [token(f"SD-{back}-{n}", day[back], id=f"{back}-{n}") for n in range(each)]
        )
        for back in day
    }


def test_every_good_row_is_there_once_as_the_log_writes_it(
    make_team: MakeTeam, export: Export, to: Path
) -> None:
    rows = [
        token("SD-1", 1, id="a", note="it's \"\n", model="claude-opus-4"),
        token("SD-1", 1, id="a", note="it's \"\n", model="claude-opus-4"),
        token("SD-2", 2, agent="testing-agent", phase="exec"),
        token("SD-2", 2, agent="testing-agent", phase="exec"),
    ]
    outcome = rework("SD-1", True, 3, id="b", source="git", issue=True, cause="flaky-test")
    team = make_team({TOKENS: lines(rows), REWORK: lines([outcome])})
    done = export(team)
    expected = [json.loads(line) for line in lines([rows[0], *rows[2:]]).splitlines()]
    for row in (found := _rows(to, "tokens")):
        assert row.pop("week") == WEEK
    assert [_plain(row) for row in found] == [_plain(row) for row in expected]
    (of_rework,) = _rows(to, "rework")
    assert _plain(of_rework) == _plain({**json.loads(lines([outcome])), "week": WEEK})
    assert done["tokens"] == {"rows": 3, "written": [WEEK], "unchanged": [], "removed": []}


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {**row, "ts": str(row["ts"]).replace("+00:00", "Z")}


def test_columns_have_the_types_of_a_rows_fields(
    make_team: MakeTeam, export: Export, to: Path
) -> None:
    export(make_team(EXAMPLE))
    texts = dict.fromkeys(("sd", "phase", "agent", "model", "note", "id"), "VARCHAR")
    of_rework = {"rework": "BOOLEAN", "issue": "BOOLEAN", "cause": "VARCHAR", "source": "VARCHAR"}
    for log, own in (("tokens", {"tokens": "BIGINT"}), ("rework", of_rework)):
        file = f"'{to}/{log}/week={WEEK}/rows.parquet', hive_partitioning = false"
        said = duckdb.connect().execute(f"DESCRIBE FROM read_parquet({file})")
        found = {name: kind for name, kind, *_ in said.fetchall()}
        assert found == {"ts": "TIMESTAMP WITH TIME ZONE", **texts, **own}


def test_weeks_are_the_policys(make_team: MakeTeam, export: Export, to: Path) -> None:
    rows = lines([token("SD-1", 0), token("SD-2", 6)])
    team = make_team({TOKENS: rows})
    team.push({POLICY: policy(starts_on='"thursday"', time_zone='"Asia/Kolkata"')})
    done = export(team)
    assert len(done["tokens"]["written"]) == 2
    assert {row["sd"]: row["week"] for row in _rows(to, "tokens")} == dict(
        zip(("SD-1", "SD-2"), done["tokens"]["written"], strict=True)
    )


@pytest.mark.slow
def test_the_lake_read_as_logs_gives_the_same_review(
    make_team: MakeTeam, bot: Bot, export: Export, to: Path
) -> None:
    plain = make_team(EXAMPLE)
    export(plain)
    files = {
        f"{LOGS}/{log}.parquet": (to / log / f"week={WEEK}" / "rows.parquet").read_bytes()
        for log in ("tokens", "rework")
    }
    found = [
        bot("plan", team, "--week", WEEK, "--format", "json").document["verdicts"]
        for team in (plain, make_team(files, name="lake-team"))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("packing", [".jsonl.gz", ".parquet"])
def test_packed_logs_are_exported_too(
    make_team: MakeTeam, export: Export, to: Path, tmp_path: Path, packing: str
) -> None:
    rows = [token("SD-1", 1, id="a", note="n"), token("SD-2", 2, agent="A", tokens=7)]
    export(make_team({f"{LOGS}/tokens{packing}": packed(rows, packing, tmp_path)}))
    found = [(row["sd"], row.get("note"), row["tokens"]) for row in _rows(to, "tokens")]
    assert found == [("SD-1", "n", rows[0]["tokens"]), ("SD-2", None, 7)]


def test_only_what_changed_is_written(make_team: MakeTeam, export: Export, to: Path) -> None:
    team = make_team(_weeks(4))
    assert len(export(team)["tokens"]["written"]) == 4
    before = _files(to)
    again = export(team)["tokens"]
    assert (again["written"], len(again["unchanged"])) == ([], 4)
    assert _files(to) == before
    team.push({f"{LOGS}/tokens-late.jsonl": lines([token("SD-9", -7, id="late")])})
    late = export(team)["tokens"]
    assert (len(late["written"]), len(late["unchanged"])) == (1, 3)
    after = _files(to)
    assert {path for path in after if after[path] != before[path]} == {
        f"tokens/week={late['written'][0]}/rows.parquet"
    }


def test_a_week_without_rows_leaves_and_files_of_others_stay(
    make_team: MakeTeam, export: Export, to: Path, tmp_path: Path
) -> None:
    team = make_team(_weeks(2))
    export(team)
    theirs = to / "tokens/week=2001-W01/rows.parquet"
    theirs.parent.mkdir()
    theirs.write_bytes(parquet([{"sd": "x"}], tmp_path))
    team.push({f"{LOGS}/tokens-1.jsonl": ""})
    assert len(export(team)["tokens"]["removed"]) == 1
    assert sorted(path.parent.name for path in to.rglob("rows.parquet")) == [
        "week=2001-W01",
        f"week={WEEK}",
    ]


def test_every_file_that_is_removed_is_named(
    make_team: MakeTeam, export: Export, bot: Bot, to: Path
) -> None:
    export(make_team(_weeks(3)))
    said = bot("export", make_team(_weeks(1), "other"), "--parquet", str(to))
    assert said.out.splitlines()[1:3] == [
        f"removed: {to}/tokens/week={week}/rows.parquet" for week in ("2025-W47", "2025-W48")
    ]


def test_logs_without_a_row_do_not_empty_the_folder_of_another_export(
    make_team: MakeTeam, export: Export, bot: Bot, to: Path
) -> None:
    export(make_team(EXAMPLE))
    before = _files(to)
    said = bot("export", make_team({}, "other"), "--parquet", str(to))
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"error: the logs hold no row, and {to} holds 2 weeks of an export; nothing was changed; "
        "give this export a folder of its own, or remove that one\n"
    )
    assert _files(to) == before


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[:-20],
    "empty": lambda data: b"",
    "another's": lambda data: b"PAR1PAR1",
    "another week's claim": lambda data: data.replace(
        b"calibration-bot-1:3:", b"calibration-bot-1:4:"
    ),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_file_that_is_not_what_it_should_be_is_written_anew(
    make_team: MakeTeam, export: Export, to: Path, spoil: Callable[[bytes], bytes]
) -> None:
    team = make_team(_weeks(1))
    export(team)
    file = to / f"tokens/week={WEEK}/rows.parquet"
    whole = file.read_bytes()
    file.write_bytes(spoil(whole))
    assert export(team)["tokens"]["written"] == [WEEK]
    assert file.read_bytes() == whole


def test_what_a_row_says_is_not_taken_for_what_its_file_says(
    make_team: MakeTeam, export: Export, to: Path
) -> None:
    team = make_team({TOKENS: lines([token("calibration-bot-1:1:2:3;", 1)])})
    export(team)
    team.push({TOKENS: lines([token("calibration-bot-1:1:2:4;", 1)])})
    assert export(team)["tokens"]["written"] == [WEEK]


# ------------------------------------------------------------------------------------ bad lines


def test_bad_lines_stop_it_where_they_stop_everything(
    make_team: MakeTeam, bot: Bot, to: Path
) -> None:
    said = bot("export", make_team({TOKENS: "x\n"}), "--parquet", str(to))
    assert said.code == 1
    assert f"{TOKENS}:1: is not valid JSON" in said.err
    assert not to.exists()


def test_bad_lines_that_are_set_aside_are_named(
    make_team: MakeTeam, bot: Bot, export: Export, to: Path
) -> None:
    rows = lines([token("SD-1", 1), token("SD-2\x1b[2J", 1, tokens=-1)])
    team = make_team({TOKENS: rows, POLICY: policy(on_bad_line='"quarantine"')})
    said = bot("export", team, "--parquet", str(to))
    assert said.code == 0
    assert f"set aside: {TOKENS}:2: tokens: must be a whole number" in said.out
    assert f"{to}/tokens: 1 row in 1 week (1 written, 0 unchanged)" in said.out
    (bad,) = export(team)["rejected"]
    assert (bad["file"], bad["line"], bad["key"]) == (TOKENS, 2, "tokens")
    assert len(_rows(to, "tokens")) == 1


def test_a_folder_that_cannot_be_written_is_said(make_team: MakeTeam, bot: Bot, to: Path) -> None:
    to.write_text("a file")
    said = bot("export", make_team(EXAMPLE), "--parquet", str(to))
    assert said.code == 1
    assert (
        f"error: {to} cannot be written: Not a directory; weeks written so far are whole"
        in said.err
    )


def test_no_name_of_a_folder_is_not_the_one_we_stand_in(make_team: MakeTeam, bot: Bot) -> None:
    said = bot("export", make_team(EXAMPLE), "--parquet", "")
    assert (said.code, said.err.startswith("error: --parquet names no folder")) == (2, True)


# ------------------------------------------------------------------- what others put in the folder


def test_a_pipe_in_the_place_of_a_file_is_replaced(
    make_team: MakeTeam, export: Export, to: Path
) -> None:
    file = to / f"tokens/week={WEEK}/rows.parquet"
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    assert export(make_team(EXAMPLE))["tokens"]["written"] == [WEEK]
    assert file.is_file()


@pytest.mark.parametrize("name", ["tokens", f"tokens/week={WEEK}"])
def test_a_link_leads_nowhere_else(
    make_team: MakeTeam, bot: Bot, to: Path, tmp_path: Path, name: str
) -> None:
    (to / name).parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (to / name).symlink_to(elsewhere)
    said = bot("export", make_team(EXAMPLE), "--parquet", str(to))
    assert said.code == 1
    assert f"cannot be written: {Path(name).name} is a link, which may lead anywhere" in said.err
    assert _files(elsewhere) == {}


def test_nothing_is_removed_behind_a_link(
    make_team: MakeTeam, export: Export, to: Path, tmp_path: Path
) -> None:
    team = make_team(EXAMPLE)
    export(team)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(to / f"tokens/week={WEEK}", elsewhere)
    (to / "tokens/week=2001-W01").symlink_to(elsewhere)
    assert export(team)["tokens"]["removed"] == []
    assert [*_files(elsewhere)] == ["rows.parquet"]


@pytest.mark.slow
def test_two_at_once_write_one_after_the_other(
    make_team: MakeTeam, bot: Bot, to: Path, tmp_path: Path
) -> None:
    team = make_team(_weeks(30))
    both = [_start(team, to, tmp_path / "tmp") for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    alone = tmp_path / "alone"
    bot("export", team, "--parquet", str(alone))
    assert _content(to) == _content(alone)


# ---------------------------------------------------------------------------------------- kills


def _start(team: Team, to: Path, temporary: Path) -> subprocess.Popen[bytes]:
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [str(SCRIPT), "export", "--repo", team.path, "--parquet", str(to)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.slow
def test_killed_at_any_moment_every_week_is_whole_and_the_next_export_goes_on(
    make_team: MakeTeam, bot: Bot, export: Export, to: Path, tmp_path: Path
) -> None:
    team = make_team(_weeks(40, each=30))
    whole = tmp_path / "whole"
    bot("export", team, "--parquet", str(whole))
    expected = _content(whole)
    kills = 0
    for moment in range(12):
        process = _start(team, to, tmp_path / "tmp")
        while process.poll() is None and len([*to.rglob("rows.parquet")]) < 3 * moment:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        found = {name: content for name, content in _content(to).items() if "/." not in name}
        assert found.items() <= expected.items()
    assert kills > 3
    export(team)
    assert _content(to) == expected
