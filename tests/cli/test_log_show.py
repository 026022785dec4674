"""`log show` and `log import`: what people see."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.desk import PROGRAM, desk, logged
from tests.support.logs import lines, rework, tokens

WEEK = ".calibration/logs/2025-W49"


def filled(folder: Path) -> Path:
    """A repository with a week of logs: agents, models, a row for a whole phase, a bad line."""
    top = desk(folder)
    rows = [
        tokens("SD-1", 1, tokens=42000, model="claude-sonnet-4-5"),
        tokens("SD-2", 2, tokens=8000, model="claude-opus-4-5"),
        tokens("SD-2", 2, tokens=30000, agent="API", phase="PLAN"),
        tokens("SD-3", 3, tokens=300000, agent=None, phase="LEAD"),
        tokens("SD-9", 9, tokens=999),
    ]
    redone = [
        rework("SD-1", 2, model="claude-sonnet-4-5", cause="edge-case-detection"),
        rework("SD-2", 2, model="claude-opus-4-5", cause="flaky-test"),
    ]
    (top / WEEK).mkdir(parents=True)
    (top / WEEK / "tokens.jsonl").write_bytes(lines(rows) + b'{"tokens": "x\x1b[31m"}\n')
    (top / WEEK / "rework.jsonl").write_bytes(lines(redone))
    return top


def on_a_terminal(top: Path, *args: str, columns: int = 80, **environment: str) -> str:
    """What the program writes to a terminal of some width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    process = subprocess.Popen(
        [*PROGRAM, *args],
        cwd=top,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**clean, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not data:
            break
        said += data
    os.close(ours)
    assert process.wait() == 0, said
    return said.decode().replace("\r\n", "\n")


def _show(top: Path, capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["log", "show", "--repo", str(top), "--week", "2025-W49", *args]) == 0
    return capsys.readouterr().out


TEXT = """\
Log 2025-W49
380,000 tokens, 3 SDs, 1 with rework

Phase   Tokens  SDs  Rework  Other  Issues
LEAD   300,000    1       0      0       0
PLAN    30,000    1       0      0       0
EXEC    50,000    2       1      1       0

Agent              Tokens  SDs  Rework  Other  Issues
(no agent named)  300,000    0       0      0       0
TESTING            50,000    2       1      1       0
API                30,000    1       0      0       0

Model              Tokens  SDs  Rework  Other  Issues
(no model named)  330,000    0       0      0       0
sonnet             42,000    2       1      0       0
opus                8,000    1       0      1       0

Log lines not counted (1)
"""


def test_text_in_a_pipe_is_plain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _show(filled(tmp_path / "r"), capsys)
    assert [line.rstrip() for line in said.splitlines()][:19] == TEXT.splitlines()
    assert "tokens.jsonl:6" in said
    assert "\x1b" not in said


def test_json_has_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(_show(filled(tmp_path / "r"), capsys, "--format", "json"))
    assert said["week"] == "2025-W49"
    assert said["total"] == {"tokens": 380000, "sds": 3, "rework": 1, "raw_rework": 2, "issues": 0}
    assert [row["phase"] for row in said["by_phase"]] == ["LEAD", "PLAN", "EXEC"]
    assert said["by_agent"][0]["agent"] is None
    assert said["rejected_lines"][0]["line"] == 6


def test_markdown_is_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _show(filled(tmp_path / "r"), capsys, "--format", "markdown")
    assert "| `TESTING` | 50,000 | 2 | 1 | 1 | 0 |" in said.splitlines()


@pytest.mark.parametrize("columns", [20, 60, 200])
def test_a_terminal_gets_all_of_it_at_any_width(columns: int, tmp_path: Path) -> None:
    args = ("log", "show", "--week", "2025-W49")
    said = on_a_terminal(filled(tmp_path / "r"), *args, columns=columns, NO_COLOR="1")
    for figure in ("380,000", "300,000", "50,000", "42,000"):
        assert figure in said
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert max(map(len, plain.splitlines())) <= max(columns, 56)


def test_no_color_means_none(tmp_path: Path) -> None:
    top = filled(tmp_path / "r")
    args = ("budget", "--week", "2025-W49")
    assert "\x1b[" in on_a_terminal(top, *args)
    assert "\x1b[3" not in on_a_terminal(top, *args, NO_COLOR="1")


def test_an_empty_week_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _show(desk(tmp_path / "r"), capsys) == "The logs hold no row for week 2025-W49.\n"


def test_a_week_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    top = desk(tmp_path / "r")
    assert main(["log", "show", "--repo", str(top), "--week", "2025-W60"]) == 2
    assert "the year 2025 has no week 60" in capsys.readouterr().err


LEO = {
    "week_start": "2025-12-01",
    "week_end": "2025-12-07",
    "tokens_used": 999,
    "entries": [
        {"timestamp": "2025-12-02T10:00:00Z", "sd_id": "SD-1", "phase": "EXEC", "tokens": 42000},
        {
            "timestamp": "2025-12-02T11:00:00Z",
            "sd_id": "SD-1\x1b",
            "phase": "X\x1b",
            "tokens": None,
        },
    ],
}


def test_an_import_says_what_it_did_and_what_it_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    source = tmp_path / "log.json"
    source.write_text(json.dumps(LEO))
    assert main(["log", "import", "leo", str(source), "--repo", str(top)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "1 new event, 42,000 tokens"
    assert said[1].startswith("  .calibration/logs/2025-W49/tokens-import-")
    assert said[2] == "left out:"
    assert said[3].startswith("  1 time: sd_id holds control characters")
    assert (
        said[4] == "note: tokens_used says 999, the entries add up to 42,000: verify the burn rate"
    )
    main(["log", "import", "leo", str(source), "--repo", str(top)])
    assert capsys.readouterr().out.splitlines()[:2] == [
        "0 new events, 0 tokens",
        "1 event logged before",
    ]
    assert len(logged(top)) == 1


def test_an_import_takes_a_folder_of_token_logs_as_its_help_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top, folder = desk(tmp_path / "r"), tmp_path / "exports"
    folder.mkdir()
    (folder / ".token-log.json").write_text(json.dumps(LEO))
    assert main(["log", "import", "leo", str(folder), "--repo", str(top)]) == 0
    assert capsys.readouterr().out.startswith("1 new event, 42,000 tokens\n")


def _transcript(folder: Path, branch: str) -> Path:
    usage = {"input_tokens": 1, "output_tokens": 2}
    message = {"id": "m", "model": "claude-opus-4-5", "stop_reason": "end_turn", "usage": usage}
    row = {
        "type": "assistant",
        "timestamp": "2025-12-02T10:00:00Z",
        "gitBranch": branch,
        "message": message,
    }
    path = folder / "session.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


PATTERNS = """
[imports]
main_agent = "lead-agent"
[[imports.branches]]
pattern = '(?P<phase>\\w+)/(?P<sd>SD-\\d+)'
"""


def test_a_transcript_is_imported_by_the_policys_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALIBRATION_SD", raising=False)
    monkeypatch.delenv("CALIBRATION_PHASE", raising=False)
    top = desk(tmp_path / "r", PATTERNS)
    path = _transcript(tmp_path, "plan/SD-7")
    assert main(["log", "import", "claude-code", str(path), "--repo", str(top)]) == 0
    (row,) = logged(top)
    assert (row["sd"], row["phase"], row["agent"], row["tokens"]) == ("SD-7", "PLAN", "LEAD", 3)


def test_the_environment_and_options_come_before_the_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIBRATION_SD", "SD-8")
    monkeypatch.setenv("CALIBRATION_PHASE", "exec")
    top = desk(tmp_path / "r", PATTERNS)
    path = _transcript(tmp_path, "plan/SD-7")
    args = ["log", "import", "claude-code", str(path), "--phase", "LEAD", "--format", "json"]
    assert main([*args, "--repo", str(top)]) == 0
    (row,) = logged(top)
    assert (row["sd"], row["phase"]) == ("SD-8", "LEAD")


def test_a_long_import_shows_a_bar_on_a_terminal(tmp_path: Path) -> None:
    top = desk(tmp_path / "r", PATTERNS)
    said = on_a_terminal(
        top, "log", "import", "claude-code", str(_transcript(tmp_path, "plan/SD-7"))
    )
    assert "reading" in said
    assert "1 new event" in said
