"""`log tokens` and `log rework`: what people and agents type, what is written, what is said."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.calendar import SECOND, Calendar, instant_of
from bot.cli import main
from bot.errors import InvalidInput
from bot.evidence.events import token_event
from tests.support.desk import PROGRAM, desk, logged, run

TOKENS = ("log", "tokens", "--sd", "SD-1", "--phase", "exec", "--tokens", "42000")
REWORK = ("log", "rework", "--sd", "SD-1", "--phase", "EXEC", "--agent", "testing-agent")


def _log(top: Path, *args: str) -> int:
    return main([*args, "--repo", str(top)])


def test_tokens_are_logged_with_canonical_names(tmp_path: Path) -> None:
    top = desk(tmp_path / "r")
    more = ("--agent", "testing_agent", "--model", "claude-opus-4-5", "--note", "zwölf\nZeilen")
    assert _log(top, *TOKENS, *more) == 0
    (row,) = logged(top)
    assert len(row.pop("id")) == 32
    assert abs(datetime.fromisoformat(row.pop("ts")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert row == {
        "sd": "SD-1",
        "phase": "EXEC",
        "tokens": 42000,
        "agent": "TESTING",
        "model": "claude-opus-4-5",
        "note": "zwölf\nZeilen",
    }


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param((), {"rework": True}, id="rework is the default"),
        pytest.param(("--ok",), {"rework": False}, id="ok"),
        pytest.param(("--issue",), {"rework": False, "issue": True}, id="issue"),
    ],
)
def test_an_outcome_is_logged(flags: tuple[str, ...], said: object, tmp_path: Path) -> None:
    top = desk(tmp_path / "r")
    assert _log(top, *REWORK, *flags) == 0
    (row,) = logged(top, "rework")
    assert {key: row[key] for key in ("rework", "issue") if key in row} == said
    assert row["agent"] == "TESTING"


def test_the_weeks_total_share_and_zone_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    late = ("--ts", "2025-12-03T10:15:00+01:00")
    _log(top, *TOKENS, *late, "--agent", "API")
    _log(top, *TOKENS[:-1], "370000", *late)
    _log(top, *REWORK, *late)
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "2025-W49: 42,000 of 500,000 tokens used (8.4 %), GREEN"
    assert said[3] == said[5] == "2025-W49: 370,000 of 500,000 tokens used (74 %), YELLOW"
    assert said[4].startswith("logged in .calibration/logs/2025-W49/rework-")


def test_it_works_anywhere_in_the_repository(tmp_path: Path) -> None:
    top = desk(tmp_path / "r")
    below = top / "src/deep"
    below.mkdir(parents=True)
    done = run(below, *TOKENS)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(logged(top)) == 1


def test_every_problem_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    wrong = ("--sd", " ", "--phase", "BUILD", "--tokens", "42,000", "--agent", "9", "--ts", "now")
    assert _log(top, "log", "tokens", *wrong, "--model", "", "--note", "\x1b[0m") == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: --ts: 'now' is no time with an offset, e.g. 2025-12-03T10:15:00Z",
        "error: --sd: is empty; say it or leave it out",
        "error: --phase: 'BUILD' is no phase of the policy; known are LEAD, PLAN, EXEC",
        "error: --tokens: '42,000' is no whole number; write digits only, e.g. 42000",
        "error: --agent: '9' is no agent name; use "
        "letters, digits, _ and -, starting with a letter, at most 64",
        "error: --model: is empty; say it or leave it out",
        "error: --note: holds control characters; remove them",
    ]
    assert not (top / ".calibration").exists()


def test_a_number_or_a_time_beyond_what_a_log_holds_is_told_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    said = ("--sd", "SD-1", "--phase", "EXEC", "--tokens", "9" * 23)
    for late in ("9999-12-31T23:59:59Z", "2999-12-31T23:59:59-01:00", "1999-12-31T23:59:59Z"):
        assert _log(top, "log", "tokens", *said, "--ts", late) == 2
        assert capsys.readouterr().err.splitlines() == [
            f"error: --ts: '{late}' is outside the years 2000 to 2999",
            f"error: --tokens: '{'9' * 23}' is no whole number from 0 to 9,007,199,254,740,992",
        ]
    assert _log(top, "log", "tokens", *said, "--ts", "2025-02-30T00:00:00Z") == 2
    assert "is no time with an offset" in capsys.readouterr().err


@pytest.mark.parametrize(
    "tokens", ["", "-1", "+1", "1.0", "1e3", "1_000", "42,000", "٤٢", "null", "NaN", " 1", "9" * 25]
)
def test_a_number_is_digits_and_nothing_else(tokens: str) -> None:
    with pytest.raises(InvalidInput, match="--tokens"):
        token_event({"sd": "SD-1", "phase": "EXEC", "tokens": tokens}, ("EXEC",), 10**15)


def test_a_time_is_refused_beyond_a_day_in_the_future() -> None:
    now = instant_of("2025-12-03T00:00:00Z")
    assert now is not None
    texts = {"sd": "SD-1", "phase": "EXEC", "tokens": "1", "ts": "2025-12-04T00:00:00Z"}
    assert token_event(texts, ("EXEC",), now).at == now + 24 * 60 * 60 * SECOND
    with pytest.raises(InvalidInput, match="more than a day in the future"):
        token_event({**texts, "ts": "2025-12-04T00:00:01Z"}, ("EXEC",), now)


@pytest.mark.parametrize(
    ("policy", "ts", "folder"),
    [
        pytest.param("", "2025-12-07T23:59:59.999999Z", "2025-W49", id="last instant"),
        pytest.param("", "2025-12-08T00:00:00Z", "2025-W50", id="boundary instant"),
        pytest.param("", "2025-12-08T00:59:59+01:00", "2025-W49", id="offset"),
        pytest.param("", "2021-01-03T23:59:59Z", "2020-W53", id="week 53"),
        pytest.param("", "2021-01-04T00:00:00Z", "2021-W01", id="week 1"),
        pytest.param("America/Los_Angeles", "2025-03-10T20:59:59Z", "2025-W10", id="LA, DST began"),
        pytest.param("America/Los_Angeles", "2025-03-10T21:00:00Z", "2025-W11", id="LA, in DST"),
        pytest.param("America/Los_Angeles", "2025-11-03T21:59:59Z", "2025-W44", id="LA, DST ended"),
        pytest.param("America/Los_Angeles", "2025-11-03T22:00:00Z", "2025-W45", id="LA, no DST"),
        pytest.param("Europe/Berlin", "2025-03-31T11:59:59Z", "2025-W13", id="Berlin, DST began"),
        pytest.param("Europe/Berlin", "2025-03-31T12:00:00Z", "2025-W14", id="Berlin, in DST"),
        pytest.param("Europe/Berlin", "2025-10-27T12:59:59Z", "2025-W43", id="Berlin, DST ended"),
        pytest.param("Europe/Berlin", "2025-10-27T13:00:00Z", "2025-W44", id="Berlin, no DST"),
    ],
)
def test_an_event_goes_to_the_week_of_its_own_time(
    policy: str, ts: str, folder: str, tmp_path: Path
) -> None:
    top = desk(tmp_path / "r")
    if policy:
        file = top / "config/policy.toml"
        text = file.read_text().replace('starts_at = "00:00"', 'starts_at = "14:00"')
        file.write_text(text.replace('time_zone = "UTC"', f'time_zone = "{policy}"'))
    assert _log(top, *TOKENS, "--ts", ts) == 0
    (file,) = top.glob(".calibration/logs/*/*")
    assert file.parent.name == folder


def test_a_clock_that_runs_backwards_loses_nothing() -> None:
    texts = {"sd": "SD-1", "phase": "EXEC", "tokens": "1"}
    clock = [1_764_547_200 * SECOND - step for step in range(1000)]
    events = [token_event(texts, ("EXEC",), now) for now in clock]
    assert len({event.fields["id"] for event in events}) == 1000
    labels = {CALENDAR.week_of(event.at // SECOND).label for event in events}
    assert labels == {"2025-W48", "2025-W49"}


CALENDAR = Calendar("monday", datetime.min.time(), "UTC")


def test_an_unknown_cause_is_warned_of_and_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    assert _log(top, *REWORK, "--cause", "sunspots") == 0
    assert "the policy does not know this cause" in capsys.readouterr().err
    assert logged(top, "rework")[0]["cause"] == "sunspots"
    _log(top, *REWORK, "--cause", "edge-case-detection")
    assert capsys.readouterr().err == ""


KNOWN_AGENTS = (
    "API, DATABASE, DEPENDENCY, DESIGN, DOCMON, GITHUB, PERFORMANCE, QUICKFIX, RETRO, RISK, "
)
KNOWN_CAUSES = "context-loss, edge-case-detection, flaky-infrastructure, "


@pytest.mark.parametrize(
    ("command", "option", "said"),
    [
        pytest.param(
            TOKENS,
            ("--agent", "codr-agent"),
            f"no phase of the table lists CODR, so it is judged but never promoted; known are {KNOWN_AGENTS}",
            id="agent of tokens",
        ),
        pytest.param(
            REWORK, ("--agent", "TESTNG"), f"known are {KNOWN_AGENTS}", id="agent of rework"
        ),
        pytest.param(
            TOKENS,
            ("--model", "gpt-oss\u202e"),
            "no rung of the ladder knows the model 'gpt-oss\\u202e', so its tokens count, but no evidence; "
            "the rungs are haiku, sonnet, opus",
            id="model",
        ),
        pytest.param(
            TOKENS,
            ("--model", "<synthetic>"),
            "'<synthetic>' names no model, so this is no run",
            id="no model",
        ),
        pytest.param(
            REWORK,
            ("--cause", "sunspots"),
            f"the policy does not know this cause, so it counts against the model; known are {KNOWN_CAUSES}",
            id="cause",
        ),
    ],
)
def test_an_unknown_name_is_warned_of_with_the_known_ones_and_logged(
    command: tuple[str, ...],
    option: tuple[str, str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A typo is seen where it is made, and the row is there all the same (issue 9, item 23)."""
    top = desk(tmp_path / "r")
    assert _log(top, *command, *option) == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: ")
    assert said in err
    assert err.count("\n") == 1
    assert len(logged(top, command[1])) == 1


def test_a_table_that_cannot_be_read_stops_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    (top / "config/overrides.toml").write_text("default = 7")
    assert _log(top, *TOKENS, "--agent", "CODR") == 0
    assert capsys.readouterr().err == ""
    assert len(logged(top, "tokens")) == 1


def test_a_cause_with_ok_makes_no_sense(tmp_path: Path) -> None:
    top = desk(tmp_path / "r")
    assert _log(top, *REWORK, "--ok", "--cause", "edge-case-detection") == 2
    assert logged(top, "rework") == []


def test_a_bad_line_elsewhere_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    _log(top, *TOKENS)
    (file,) = top.glob(".calibration/logs/*/tokens*.jsonl")
    file.with_name("tokens-torn.jsonl").write_text('{"ts": "2025')
    assert _log(top, *TOKENS) == 0
    assert "1 bad line not counted; `calibration-bot validate`" in capsys.readouterr().err
    assert len(_good_lines(top)) == 2


def _good_lines(top: Path) -> list[str]:
    files = top.glob(".calibration/logs/*/tokens*.jsonl")
    return [line for file in files for line in file.read_text().splitlines() if line.endswith("}")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("weekly_tokens = 500_000", "weekly_tokens = 0", "budget.weekly_tokens"),
        ("yellow = 70", "yellow = 90", "budget.orange"),
        ('time_zone = "UTC"', 'time_zone = "Mars/Olympus"', "week.time_zone"),
        ('starts_on = "monday"', 'starts_on = "someday"', "week.starts_on"),
        ('starts_at = "00:00"', "starts_at = 0", "week.starts_at"),
        ('tokens = ".calibration', 'tokens = "/calibration', "logs.tokens"),
        ("[causes]", "[[causes]]", "causes"),
        ('phases = ["LEAD", "PLAN", "EXEC"]', "phases = []", "phases"),
    ],
)
def test_a_broken_policy_is_reported_as_validate_does(
    old: str, new: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    file = top / "config/policy.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    assert _log(top, *TOKENS) == 1
    assert problem in capsys.readouterr().err
    assert not (top / ".calibration").exists()


_HEAVY = (
    "duckdb",
    "git",
    "github",
    "hashlib",
    "msgspec",
    "pathlib",
    "rich",
    "shutil",
    "subprocess",
)
_HEAVY += ("tomlkit", "tomllib", "zoneinfo", "fractions")
_LOADED = """
import sys
before = set(sys.modules)
from bot.cli import main
code = main(sys.argv[2:])
sys.exit(code or ", ".join(name for name in sys.argv[1].split() if name in {*sys.modules} - before) or 0)
"""


@pytest.mark.parametrize(
    "args", [TOKENS, REWORK, ("model", "TESTING", "EXEC"), ("model", "API", "EXEC")], ids=" ".join
)
def test_what_is_known_already_is_logged_and_told_without_anything_heavy(
    args: tuple[str, ...], tmp_path: Path
) -> None:
    top = desk(tmp_path / "r")
    run(top, *TOKENS)
    run(top, "model", "TESTING", "EXEC")
    command = [sys.executable, "-c", _LOADED, " ".join(_HEAVY), *args]
    done = subprocess.run(command, cwd=top, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


_MANY = """
import contextlib, io, sys
from bot.cli import main
for number in range(int(sys.argv[2])):
    sd = f"SD-{sys.argv[1]}-{number}"
    with contextlib.redirect_stdout(io.StringIO()):
        code = main(["log", "tokens", "--sd", sd, "--phase", "EXEC", "--tokens", "1"])
    assert code == 0
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("processes", "each"),
    [
        pytest.param(8, 5, id="8 x 5"),
        pytest.param(40, 25, id="40 x 25", marks=[pytest.mark.slow, pytest.mark.stress]),
    ],
)
def test_processes_that_log_at_once_lose_nothing(processes: int, each: int, tmp_path: Path) -> None:
    top = desk(tmp_path / "r")
    command = [sys.executable, "-c", _MANY]
    writers = [
        subprocess.Popen([*command, str(number), str(each)], cwd=top) for number in range(processes)
    ]
    assert [writer.wait() for writer in writers] == [0] * processes
    rows = logged(top)
    assert Counter(row["sd"] for row in rows) == Counter(
        f"SD-{writer}-{number}" for writer in range(processes) for number in range(each)
    )
    assert len({row["id"] for row in rows}) == processes * each


@pytest.mark.slow
def test_what_returned_0_is_logged_whenever_others_are_killed(tmp_path: Path) -> None:
    top = desk(tmp_path / "r")
    moments = itertools.cycle(range(0, 150, 7))
    done: dict[str, int] = {}
    for batch in range(20):
        running = {
            f"SD-{batch}-{number}": subprocess.Popen(
                [*PROGRAM, *TOKENS[:3], f"SD-{batch}-{number}", *TOKENS[4:]],
                cwd=top,
                stdout=subprocess.DEVNULL,
            )
            for number in range(6)
        }
        for process in running.values():
            time.sleep(next(moments) / 1000)
            if next(moments) % 10 < 7:
                process.kill()
        done |= {sd: process.wait() for sd, process in running.items()}
    rows = logged(top)  # parses every line: none is torn
    found = Counter(row["sd"] for row in rows)
    assert max(found.values()) == 1
    assert {sd for sd, code in done.items() if code == 0} <= set(found)
    assert set(done.values()) == {0, -9}
