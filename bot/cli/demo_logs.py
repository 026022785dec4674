"""The worked example's logs: two weeks of a small team, as its agents would have written them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

EDGE = "edge-case-detection"
DEPTH = "reasoning-depth"

WEEK_1 = datetime(2025, 12, 1, tzinfo=UTC)
"""Monday of 2025-W49."""
WEEK_2 = datetime(2025, 12, 8, tzinfo=UTC)
"""Monday of 2025-W50."""

TESTING_1 = (
    ("SD-101", EDGE),
    ("SD-102", None),
    ("SD-103", EDGE),
    ("SD-104", DEPTH),
    ("SD-105", None),
)
"""SDs of the first week and the cause of their rework: 3 of 5."""
TESTING_2 = (
    ("SD-201", None),
    ("SD-202", EDGE),
    ("SD-203", None),
    ("SD-204", None),
    ("SD-205", None),
)
"""SDs of the second week: 1 of 5."""

OTHERS = (
    ("LEAD", "GITHUB", "claude-haiku-4-5", 2_100),
    ("PLAN", "DESIGN", "claude-sonnet-4-5", 9_400),
    ("PLAN", "VALIDATION", "claude-opus-4-5", 11_800),
    ("EXEC", "SECURITY", "claude-opus-4-5", 14_200),
)
"""What else runs for every SD: phase, agent, model, tokens."""

Fields = dict[str, object]


def first_week() -> dict[str, str]:
    """Path and text of the log files of 2025-W49: TESTING ran on sonnet."""
    return _files("2025-W49", WEEK_1, TESTING_1, "claude-sonnet-4-5")


def second_week() -> dict[str, str]:
    """Path and text of the log files of 2025-W50: TESTING ran on opus."""
    return _files("2025-W50", WEEK_2, TESTING_2, "claude-opus-4-5")


def _files(
    week: str, monday: datetime, testing: tuple[tuple[str, str | None], ...], model: str
) -> dict[str, str]:
    tokens: list[Fields] = []
    rework: list[Fields] = []
    for day, (sd, cause) in enumerate(testing):
        start = monday + timedelta(days=day, hours=14)
        tokens += _tokens(sd, start, model)
        rework.append(_rework(sd, start + timedelta(hours=3), cause))
    folder = f".calibration/logs/{week}"
    return {f"{folder}/tokens.jsonl": _lines(tokens), f"{folder}/rework.jsonl": _lines(rework)}


def _tokens(sd: str, start: datetime, model: str) -> Iterator[Fields]:
    runs = (*OTHERS, ("EXEC", "TESTING", model, 18_600))
    for minutes, (phase, agent, ran, tokens) in enumerate(runs):
        at = (start + timedelta(minutes=7 * minutes)).isoformat()
        yield {"ts": at, "sd": sd, "phase": phase, "agent": agent, "model": ran, "tokens": tokens}


def _rework(sd: str, at: datetime, cause: str | None) -> Fields:
    row: Fields = {"ts": at.isoformat(), "sd": sd, "phase": "EXEC", "agent": "TESTING"}
    return {**row, "rework": False} if cause is None else {**row, "rework": True, "cause": cause}


def _lines(rows: list[Fields]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
