"""Issue 12, item 4: `report --html FILE` on a real repository: what is on the page, and where it may go."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot, unchanged
from tests.support.rises import raised, weekly_logs
from tests.support.teams import EXAMPLE, OPUS, SONNET, TABLE, WEEK, Team, policy, table

MakeTeam = Callable[..., Team]


def text_of(page: str) -> str:
    """What a reader sees of it, spaces apart."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<body>")[2]).split())


def written(bot: Bot, team: Team, folder: Path, week: str = WEEK, *more: str) -> str:
    file = folder / "page.html"
    said = bot("report", team, "--html", str(file), "--week", week, *more)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{file}: week {week}, {file.stat().st_size / 1000:,.0f} kB\n"
    return file.read_text("utf-8")


def test_the_worked_example_is_on_the_page(make_team: MakeTeam, bot: Bot, tmp_path: Path) -> None:
    team = make_team(EXAMPLE)
    with unchanged(team):
        page = written(bot, team, tmp_path)
    said = text_of(page)
    assert "1 promotion: + 200,000 tokens a week" in said
    assert "TESTING/EXEC sonnet → opus : 3 of 5 SDs needed rework, 2.0 more than the 20 %" in said
    assert "Rework of SDs: 2025-W49: 3/5, T 2.00." in said
    assert "Rework, edge-case-detection: TESTING-EXEC-0, TESTING-EXEC-1, TESTING-EXEC-2" in said
    assert "No declared value has changed since the table came to main." in said


def test_all_verdicts_are_those_of_plan(make_team: MakeTeam, bot: Bot, tmp_path: Path) -> None:
    team = make_team(EXAMPLE)
    page = written(bot, team, tmp_path)
    planned = bot("plan", team, "--week", WEEK, "--format", "json").document["verdicts"]
    rows = re.findall(r'<tr data-v="([A-Z]+)"><td class="free"><a href="#c\d+">(.*?)</a>', page)
    told = [(outcome, cell.replace("<wbr>", "")) for outcome, cell in rows]
    assert sorted(told) == sorted(
        (verdict["verdict"], f"{verdict['agent']}/{verdict['phase']}") for verdict in planned
    )
    assert told[0] == ("PROMOTE", "TESTING/EXEC")  # what asks for something comes first
    assert page.count('<div class="card"') == len(planned)


def test_a_calibration_is_marked_and_t_starts_anew(
    make_team: MakeTeam, bot: Bot, tmp_path: Path
) -> None:
    team = make_team(weekly_logs(0, 3, 5, SONNET))
    team.work.time += 11 * 3600
    team.push({TABLE: raised(table())}, "By hand")
    team.push(weekly_logs(1, 1, 5, OPUS))
    page = written(bot, team, tmp_path, "2025-W50")
    (card,) = [
        part
        for part in page.split("<details")
        if "TESTING</strong>/EXEC" in part or ("<strong>TESTING/EXEC</strong>" in part)
    ]
    assert [len(line.split()) for line in re.findall(r'class="t" points="(.*?)"', card)] == [1, 1]
    assert re.findall(r'class="marked[^>]*>(.*?)<', card) == ["opus"]
    said = text_of(page)
    assert "too early to tell 60 % before (3 of 5 on sonnet), 20 % now (1 of 5)" in said
    assert "2025-W49 2025-W50" in text_of(f"<body>{card}")


def test_the_open_week_is_a_preview(make_team: MakeTeam, bot: Bot, tmp_path: Path) -> None:
    team = make_team(EXAMPLE)
    file = tmp_path / "page.html"
    assert bot("report", team, "--html", str(file), "--week", "current").code == 0
    assert "Preview: week " in file.read_text("utf-8")


def test_same_inputs_write_the_same_bytes(make_team: MakeTeam, bot: Bot, tmp_path: Path) -> None:
    team = make_team(EXAMPLE)
    assert written(bot, team, tmp_path) == written(bot, team, tmp_path)
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_week_without_rows_and_bad_lines_are_told(
    make_team: MakeTeam, bot: Bot, tmp_path: Path
) -> None:
    files = {**EXAMPLE, ".calibration/logs/x/tokens.jsonl": "no <b>JSON</b>\n"}
    team = make_team({**files, "config/policy.toml": policy(on_bad_line='"quarantine"')})
    assert "Log lines not used (1)" in text_of(written(bot, team, tmp_path))
    assert "Nothing to decide" in text_of(written(bot, team, tmp_path, "2025-W48"))


def test_a_link_is_followed_and_the_file_behind_it_replaced(
    make_team: MakeTeam, bot: Bot, tmp_path: Path
) -> None:
    behind = tmp_path / "behind.html"
    behind.write_text("old", encoding="utf-8")
    (tmp_path / "page.html").symlink_to(behind)
    written(bot, make_team(EXAMPLE), tmp_path)
    assert (tmp_path / "page.html").is_symlink()
    assert behind.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is a folder; name a file, e.g. report.html"),
        (".", "is a folder; name a file"),
        ("missing/page.html", "there is no folder"),
        ("file/page.html", "there is no folder"),
        ("pipe", "is no plain file"),
        ("circle", "is no plain file"),
        ("circle/page.html", "there is no folder"),
        ("\x1b[31mred/x.html", r"\x1b[31mred/x.html: there is no folder"),
    ],
    ids=[
        "nothing",
        "folder",
        "no folder",
        "below a file",
        "pipe",
        "circle",
        "in a circle",
        "hostile",
    ],
)
def test_a_path_that_cannot_be_written_is_wrong_usage_told_before_anything_is_read(
    name: str,
    said: str,
    make_team: MakeTeam,
    bot: Bot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    done = bot("report", make_team(), "--html", name, "--week", WEEK)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_what_the_disk_refuses_is_an_error_and_leaves_nothing(
    make_team: MakeTeam, bot: Bot
) -> None:
    done = bot("report", make_team(EXAMPLE), "--html", "/proc/page.html", "--week", WEEK)
    assert (done.code, done.out) == (1, "")
    assert "error: /proc/page.html: cannot be written: " in done.err


def test_report_asks_for_a_file(make_team: MakeTeam, bot: Bot) -> None:
    done = bot("report", make_team())
    assert done.code == 2
    assert "the following arguments are required: --html" in done.err
