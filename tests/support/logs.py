"""Tiny logs for the evidence room: a line a row, and the question they are read for.

Days count from the start of 2025-W49, Monday 2025-12-01T00:00Z; day 7 is the first of 2025-W50.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bot.allocation.assignments import Spell
from bot.allocation.ladder import Ladder, Rung
from bot.allocation.names import Cell
from bot.calendar import Calendar
from bot.evidence.read import read_evidence
from bot.evidence.records import CellWeek, Evidence, Question
from bot.paths import LogFile

Row = dict[str, object]

MONDAY = datetime(2025, 12, 1, tzinfo=UTC)
TESTING = Cell("EXEC", "TESTING")
CALENDAR = Calendar("monday", time(0), "UTC")
LADDER = Ladder(
    (
        Rung("haiku", ("claude-haiku-*",)),
        Rung("sonnet", ("claude-sonnet-*", "claude-opus-mini")),
        Rung("opus", ("claude-opus-*", "best")),
    )
)


def moment(day: float) -> int:
    """Seconds since the epoch."""
    return int((MONDAY + timedelta(days=day)).timestamp())


def stamp(day: float) -> str:
    """The time a row carries."""
    return (MONDAY + timedelta(days=day)).isoformat().replace("+00:00", "Z")


def tokens(sd: str = "SD-1", day: float = 1, **fields: object) -> Row:
    """A row of the token log, of TESTING in EXEC unless said; `agent=None` leaves the agent out."""
    row: Row = {"ts": stamp(day), "sd": sd, "phase": "EXEC", "agent": "TESTING", "tokens": 100}
    return _without_none(row | fields)


def rework(sd: str = "SD-1", day: float = 1, redone: bool = True, **fields: object) -> Row:
    """A row of the rework log, of TESTING in EXEC unless said."""
    row: Row = {"ts": stamp(day), "sd": sd, "phase": "EXEC", "agent": "TESTING", "rework": redone}
    return _without_none(row | fields)


def _without_none(row: Row) -> Row:
    return {key: value for key, value in row.items() if value is not None}


def spells(*assigned: tuple[float, str]) -> tuple[Spell, ...]:
    """Assignments of a cell: (day, model), oldest first, back to back."""
    return tuple(Spell(model, moment(day)) for day, model in assigned)


def question(week: str = "2025-W49", **changes: Any) -> Question:
    """Asks for 2025-W49, with TESTING in EXEC the one explicit cell: on sonnet, like all the others."""
    reviewed = CALENDAR.named(week)
    settings: dict[str, Any] = {
        "week": reviewed,
        "weeks": CALENDAR.until(reviewed),
        "phases": ("LEAD", "PLAN", "EXEC"),
        "ladder": LADDER,
        "explicit": frozenset({TESTING}),
        "spells": {TESTING: spells((-100, "sonnet"))},
        "default_spells": spells((-100, "sonnet")),
        "counted_causes": frozenset({"edge-case-detection", "reasoning-depth"}),
        "ignored_causes": frozenset({"flaky-test", "requirements-change"}),
    }
    return Question(**(settings | changes))


def lines(rows: Iterable[Row]) -> bytes:
    """JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def log(folder: Path, name: str, content: bytes) -> LogFile:
    """A stored log file that the user knows as `logs/<name>`."""
    stored = folder / name
    stored.write_bytes(content)
    return LogFile(f"logs/{name}", stored)


def evidence(
    folder: Path,
    token_rows: Iterable[Row] = (),
    rework_rows: Iterable[Row] = (),
    **changes: Any,
) -> Evidence:
    """Evidence of one token log and one rework log; `changes` go into the question."""
    token_log = log(folder, "tokens.jsonl", lines(token_rows))
    rework_log = log(folder, "rework.jsonl", lines(rework_rows))
    return read_evidence([token_log], [rework_log], question(**changes))


def cell_week(found: Evidence, **wanted: object) -> CellWeek:
    """The one cell week whose fields are as wanted."""
    matching = [
        row
        for row in found.cell_weeks
        if all(getattr(row, name) == value for name, value in wanted.items())
    ]
    assert len(matching) == 1, f"{len(matching)} of {found.cell_weeks} match {wanted}"
    return matching[0]


def counts(found: Evidence, **wanted: object) -> tuple[int, int]:
    """SDs of the one cell week whose fields are as wanted, and how many of them needed rework."""
    row = cell_week(found, **wanted)
    return row.sds, row.rework
