"""`budget`: the zone, how fast the tokens go, and where that leads."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calibration.projection import DAY, Projection, project
from bot.calibration.zones import zone
from bot.cli import main
from bot.policy import Budget
from tests.support.desk import desk
from tests.support.logs import CALENDAR, lines, tokens

WEEK = CALENDAR.named("2025-W49")
LOGS = ".calibration/logs/2025-W49"


def _budget(top: Path, capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["budget", "--repo", str(top), "--week", "2025-W49", *args]) == 0
    return capsys.readouterr().out


def _filled(folder: Path) -> Path:
    top = desk(folder)
    rows = [
        tokens("SD-1", 1, tokens=300_000, model="claude-opus-4-5"),
        tokens("SD-1", 1, tokens=250_000, agent=None),
        tokens("SD-2", 2, tokens=60_000, agent=None, phase="PLAN"),
    ]
    (top / LOGS).mkdir(parents=True)
    (top / LOGS / "tokens.jsonl").write_bytes(lines(rows))
    return top


def test_a_past_week_is_shown_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = [line.rstrip() for line in _budget(_filled(tmp_path / "r"), capsys).splitlines()]
    assert said == [
        "Budget 2025-W49  YELLOW  watch the burn rate, upgrade cautiously",
        "██████████████░░░░░░ 360,000 of 500,000 tokens (72.0 %)",
        "Burn rate: 51,429 tokens a day",
        "The week ended Mon 2025-12-08 00:00 UTC.",
        "",
        "Phase   Tokens   Share",
        "LEAD         0     0 %",
        "PLAN    60,000  16.7 %",
        "EXEC   300,000  83.3 %",
        "",
        "Agent              Tokens   Share",
        "TESTING           300,000  83.3 %",
        "(no agent named)   60,000  16.7 %",
        "",
        "Model              Tokens   Share",
        "opus              300,000  83.3 %",
        "(no model named)   60,000  16.7 %",
        "",
        "The token log contradicts itself: verify the burn rate",
        "  SD-1: EXEC is logged with 250,000, its agents with 300,000",
    ]


def test_json_has_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(_budget(_filled(tmp_path / "r"), capsys, "--format", "json"))
    assert said["by_agent"] == [
        {"agent": "TESTING", "tokens": 300_000},
        {"agent": None, "tokens": 60_000},
    ]
    assert said["mismatches"] == [
        {"sd": "SD-1", "phase": "EXEC", "stated": 250_000, "summed": 300_000}
    ]
    wanted = (
        "zone",
        "percent",
        "tokens_per_day",
        "projected",
        "used_up",
        "exhausted_at",
        "complete",
    )
    assert [said[key] for key in wanted] == ["YELLOW", "72.0", 51429, 360_000, False, None, True]


@pytest.mark.parametrize(
    ("used", "now", "expected"),
    [
        pytest.param(0, WEEK.start, Projection(None, None, None, False, False), id="first instant"),
        pytest.param(0, WEEK.start - 9, Projection(None, None, None, False, False), id="not begun"),
        pytest.param(
            10, WEEK.start + DAY, Projection(Fraction(10), 70, None, False, False), id="lasts"
        ),
        pytest.param(
            20,
            WEEK.start + DAY,
            Projection(Fraction(20), 140, WEEK.start + 5 * DAY, False, False),
            id="runs out on day 5",
        ),
        pytest.param(
            700,
            WEEK.end - 1,
            Projection(Fraction(700 * DAY, 7 * DAY - 1), 700, None, True, False),
            id="used up",
        ),
        pytest.param(
            99, WEEK.end, Projection(Fraction(99, 7), 99, None, False, True), id="week over"
        ),
        pytest.param(
            0, WEEK.start + DAY, Projection(Fraction(0), 0, None, False, False), id="nothing used"
        ),
    ],
)
def test_a_week_is_projected_at_its_average_rate(used: int, now: int, expected: Projection) -> None:
    assert project(used, 100, WEEK, now) == expected


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(-DAY, 8 * DAY))
def test_it_runs_out_if_and_only_if_the_projection_exceeds_the_budget(
    used: int, limit: int, elapsed: int
) -> None:
    ahead = project(used, limit, WEEK, WEEK.start + elapsed)
    if ahead.exhausted is not None:
        assert WEEK.start + elapsed <= ahead.exhausted < WEEK.end
        assert ahead.by_end is not None
        assert ahead.by_end >= limit
    assert ahead.over == (used >= limit)


ZONES = ("YELLOW", "ORANGE", "RED")


@given(
    st.integers(0, 2000),
    st.integers(1, 1000),
    st.tuples(*[st.integers(0, 100)] * 3).map(sorted),
)
def test_logging_and_the_calibration_agree_on_the_zone(
    used: int, weekly: int, starts: list[int]
) -> None:
    yellow, orange, red = starts
    budget = Budget(weekly_tokens=weekly, yellow=yellow, orange=orange, red=red)
    share = Fraction(100 * used, weekly)
    reached = [
        "GREEN",
        *(name for name, start in zip(ZONES, starts, strict=True) if share >= start),
    ]
    assert budget.zone(used) == zone(used, budget) == reached[-1]


def test_the_current_week_is_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r")
    log = ["log", "tokens", "--sd", "SD-1", "--phase", "EXEC", "--tokens", "600000"]
    main([*log, "--repo", str(top)])
    capsys.readouterr()
    assert main(["budget", "--repo", str(top)]) == 0
    said = capsys.readouterr().out
    assert "RED  pause, or prepare for overage" in said
    assert "The budget is used up." in said
    assert "Projection to Mon " in said
