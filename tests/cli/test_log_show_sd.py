"""`log show --sd`: everything known of one SD, in order of time, with sources (issue 11, item 7)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.desk import desk
from tests.support.logs import lines, rework, tokens

WEEK = ".calibration/logs/2025-W49"
COLLECTED = {
    **rework("SD-1", 3, id="git-rework-1", cause="edge-case-detection"),
    "source": "git",
    "note": "commit ab\x1b[31m <!-- | @ada",
}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    found = desk(tmp_path / "r")
    (found / WEEK).mkdir(parents=True)
    ran = [
        tokens("SD-1", 2, tokens=42000, model="claude-sonnet-4-5"),
        tokens("SD-2", 2),
        tokens("SD-1", 1, tokens=7, agent=None),
    ]
    (found / WEEK / "tokens.jsonl").write_bytes(lines(ran) + b"nonsense\n")
    redone = lines([rework("SD-1", 2, rework=False), COLLECTED, COLLECTED])
    (found / WEEK / "rework.jsonl").write_bytes(redone)
    return found


def _show(top: Path, capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["log", "show", "--repo", str(top), *args]) == 0
    return capsys.readouterr().out


def test_rows_come_by_time_each_with_who_says_so_and_where(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(_show(top, capsys, "--sd", "SD-1", "--format", "json"))["rows"]
    assert [
        (row["log"], row["agent"], row["outcome"], row["tokens"], row["source"], row["line"])
        for row in rows
    ] == [
        ("tokens", None, None, 7, None, 3),
        ("tokens", "TESTING", None, 42000, None, 1),
        ("rework", "TESTING", "passed", None, None, 1),
        ("rework", "TESTING", "rework", None, "git", 2),
    ]
    assert {row["file"] for row in rows} == {f"{WEEK}/tokens.jsonl", f"{WEEK}/rework.jsonl"}
    assert rows[1]["model"] == "claude-sonnet-4-5"
    assert rows[3]["cause"] == "edge-case-detection"


def test_text_answers_why_it_says_rework(
    top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")  # a worker of pytest-xdist says 80
    said = " ".join(_show(top, capsys, "--sd", "SD-1").split())
    assert said.startswith("SD SD-1: 4 rows When Who What Says Where 2025-12-0")
    assert "42,000 tokens on claude-sonnet-4-5 people" in said
    assert "rework, edge-case-detection: commit git" in said
    assert "\x1b" not in said


def test_where_output_is_no_terminal_no_path_is_broken(
    top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    path = f"{WEEK}/tokens-{'long-' * 30}.jsonl"
    (top / path).write_bytes(lines([tokens("SD-3", 4)]))
    assert f"{path}:1\n" in _show(top, capsys, "--sd", "SD-3")


def test_markdown_is_one_table_that_obeys_nothing(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _show(top, capsys, "--sd", "SD-1", "--format", "markdown")
    table = [line for line in said.splitlines() if line.startswith("|")]
    assert len(table) == 6
    assert {line.count("|") for line in table} == {6}
    assert "<!--" not in said
    assert "@ada" not in said


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_an_sd_that_no_row_names_is_said_to_have_none(
    top: Path, capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    said = _show(top, capsys, "--sd", "sd-1", "--format", format_)
    assert {"text": "no row for SD sd-1", "json": '"rows": []', "markdown": "0 rows."}[
        format_
    ] in said


@pytest.mark.parametrize(
    ("format_", "said"),
    [
        ("text", "Log lines not counted (3)\n"),
        ("markdown", "\nLog lines not counted: 3.\n\n- "),
        ("json", '"rejected_lines": [\n    {'),
    ],
)
def test_what_is_left_out_is_named_as_it_may_be_the_answer(
    top: Path, capsys: pytest.CaptureFixture[str], format_: str, said: str
) -> None:
    other = lines(
        [{**COLLECTED, "rework": False}]
    )  # read first, so that both of the others are wrong
    (top / WEEK / "rework-2.jsonl").write_bytes(other)
    shown = _show(top, capsys, "--sd", "SD-1", "--format", format_)
    assert said in shown
    unbroken = " ".join(shown.split())
    assert f"{WEEK}/tokens.jsonl" in unbroken
    assert "is not valid JSON" in unbroken
    assert "which says something else; give each row an id of its own" in unbroken


def test_a_week_of_one_sd_is_no_question(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["log", "show", "--repo", str(top), "--sd", "SD-1", "--week", "2025-W49"]
    assert main(args) == 2
    assert "leave out --week" in capsys.readouterr().err
