"""Writes rows and remembers what they mean: the truth of a world, known because it was made.

A story asks the builder to let an SD run, or to report on it; the builder writes one row and notes
the unit that the row must come to. It never reads its own rows back, so that nothing here counts.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from bot.calendar import Week
from tests.reference.world import Cell, Settings, Table, TrueUnit, World

SECOND = 1_000_000
DAY = 86_400 * SECOND
IDS = {
    "haiku": ("claude-haiku-4-5", "claude-3-haiku-20240307", "haiku"),
    "sonnet": ("claude-sonnet-4-5-20250929", "claude-opus-mini", "sonnet"),
    "opus": ("claude-opus-4-5", "best", "opus"),
}
"""Ids of each rung: by a glob, exact (one that another rung's glob fits too), its own name."""
UNKNOWN = ("gpt-5", "my-claude-sonnet-4-5", "Claude-Sonnet-4-5", "sonnets")
"""Models of no rung: never guessed at by a part of the name."""
OFFSETS = (timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=-8), timedelta(hours=13))


class Sd:
    """A work item and the instant it starts at."""

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.start = start
        self.cells: set[Cell] = set()
        """Cells that had their story: each has one."""


class Builder:
    """One world in the making."""

    def __init__(
        self,
        rng: Random,
        features: frozenset[str],
        settings: Settings,
        tables: list[Table],
        weeks: list[Week],
        quiet: frozenset[str] = frozenset(),
    ) -> None:
        self.rng = rng
        self.features = features
        self.quiet = quiet
        """Labels of weeks in which nobody reports."""
        self.settings = settings
        self.tables = tables
        self.weeks = weeks
        self.rows: list[tuple[str, int, dict[str, Any]]] = []
        """(log, instant, row)."""
        self.made: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        """(sd, phase, agent, rung) → first instant and outcomes."""
        self.number = 0
        self.ids: dict[str, int] = {}
        self.shifted_rate = 0.4
        """Share of SDs with rework once a fleet has shifted."""

    # ---------------------------------------------------------------- when and what

    def sd(self, start: int) -> Sd:
        """A new SD. Ids that differ only in case are different SDs."""
        self.number += 1
        return Sd(f"{('SD', 'sd')[self.number % 2]}-{self.number // 2}", start)

    def week_at(self, at: int) -> str | None:
        """Label of the week of an instant; None after the last one reviewed."""
        for week in self.weeks:
            if week.start * SECOND <= at < week.end * SECOND:
                return week.label
        return None

    def instant(self, week: Week) -> int:
        """An instant of a week: often its first or last one, midnight, or the instant of a commit."""
        start, end = week.start * SECOND, week.end * SECOND
        commits = [
            at
            for table in self.tables
            for at in (table.committed * SECOND, table.committed * SECOND - 1)
            if start <= at < end
        ]
        draw = self.rng.random()
        if draw < 0.08:
            return self.rng.choice((start, end - 1, end - SECOND, start + 1))
        if draw < 0.2 and commits:
            return self.rng.choice(commits)
        at = self.rng.randrange(start, end)
        if draw < 0.3:
            return max(start, at - at % DAY)
        return (
            at - at % self.rng.choice((1, 1000, SECOND, 3600 * SECOND))
            if draw < 0.6 and at - start > DAY
            else at
        )

    def later(self, at: int, days: float = 3) -> int:
        """Some time after an instant, at times none at all."""
        return at + self.rng.choice(
            (0, 1, self.rng.randrange(int(days * DAY)), self.rng.randrange(int(days * DAY)))
        )

    def in_force(self, sd: Sd, cell: Cell) -> str:
        """The rung that an SD is to run on in a cell: that of its start."""
        found = self.tables[0].declared(cell)
        for table in self.tables:
            if table.committed * SECOND <= sd.start:
                found = table.declared(cell)
        return found

    def id_of(self, rung: str, at: int) -> str:
        """An id of a rung; with versions, later ones come up with time, and some ids name none."""
        if "versions" in self.features and self.rng.random() < 0.8:
            gone = (
                (at - self.weeks[0].start * SECOND)
                / (self.weeks[-1].end - self.weeks[0].start)
                / SECOND
            )
            number = 3 + min(2, int(gone * 3 + self.rng.choice((0, 0, 0, 0, 0.4, -0.3))))
            return f"claude-{rung}-{number}-1"
        return self.rng.choice(IDS[rung])

    def other(self, rung: str) -> str:
        """Another rung."""
        return self.rng.choice([name for name in self.settings.names if name != rung])

    # ---------------------------------------------------------------- rows with their meaning

    def token(
        self, sd: Sd, cell: Cell, at: int, rung: str | None, *, model: str | None = "any"
    ) -> None:
        """A run. `model`: `any` id of the rung, an id, or None to leave it out."""
        phase, agent = cell
        said = self.id_of(rung, at) if model == "any" and rung else model
        self.write(
            "tokens", sd, phase, at, agent=agent, model=said, tokens=self.rng.randrange(0, 9000)
        )
        self.ran(sd, cell, at, rung)

    def ran(self, sd: Sd, cell: Cell, at: int, rung: str | None) -> None:
        """Note what a row comes to: a run of an SD on a rung."""
        if rung is None or at >= self.weeks[-1].end * SECOND:
            return
        unit = self.made.setdefault(
            (sd.name, *cell, rung), {"first": at, "causes": [], "issues": []}
        )
        unit["first"] = min(unit["first"], at)

    def report(
        self,
        sd: Sd,
        cell: Cell,
        at: int,
        rung: str | None,
        *,
        redone: bool,
        cause: str | None = None,
        issue: bool = False,
        explicit: bool = False,
    ) -> None:
        """An outcome of a run on `rung`; `explicit` says the model, else the rules of § 6 must find it."""
        if self.week_at(at) in self.quiet:
            return
        phase, agent = cell
        model = self.id_of(rung, at) if explicit and rung else None
        fields: dict[str, Any] = {"agent": agent, "rework": redone, "model": model, "cause": cause}
        if issue or self.rng.random() < 0.2:
            fields["issue"] = issue
        self.write("rework", sd, phase, at, **fields)
        self.ran(sd, cell, at, rung)
        if rung is None or at >= self.weeks[-1].end * SECOND:
            return
        unit = self.made[sd.name, *cell, rung]
        if redone:
            unit["causes"].append(cause)
        if issue:
            unit["issues"].append(cause)

    def write(self, log: str, sd: Sd, phase: str, at: int, **fields: Any) -> None:
        """One row as it will stand in a file."""
        row = {"ts": self.stamp(at), "sd": sd.name, "phase": phase, **fields}
        if self.rng.random() < 0.9:
            row = {key: value for key, value in row.items() if value is not None}
        if self.rng.random() < 0.1:
            row["note"] = self.rng.choice(("again", "", "`|<b>"))
        if self.rng.random() < 0.6:
            row["id"] = f"{self.rng.choice((log, 'row'))}-{self._next_id(log)}"
        if "agent" in row and isinstance(row["agent"], str):
            row["agent"] = self.spelling(row["agent"])
        row["phase"] = self.rng.choice((phase, phase, phase.lower()))
        self.rows.append((log, at, row))

    def _next_id(self, log: str) -> int:
        """Numbers for ids: each log has its own, so that one id stands in both."""
        self.ids[log] = self.ids.get(log, 0) + 1
        return self.ids[log]

    def respelled(self, row: dict[str, Any], at: int) -> dict[str, Any]:
        """The same row in other words."""
        other = {**row, "ts": self.stamp(at), "phase": row["phase"].upper()}
        if row.get("agent"):
            other["agent"] = self.spelling(
                row["agent"].upper().removesuffix("-AGENT").removesuffix("_AGENT")
            )
        return other

    def spelling(self, agent: str) -> str:
        """One of the spellings of an agent."""
        return self.rng.choice(
            (agent, agent, agent.lower(), f"{agent.lower()}-agent", f"{agent}_AGENT")
        )

    def stamp(self, at: int) -> str:
        """An instant as RFC 3339, in one of many clothes."""
        seconds, micros = divmod(at, SECOND)
        offset = self.rng.choice(OFFSETS)
        local = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(offset))
        text = local.strftime("%Y-%m-%dT%H:%M:%S")
        if micros or self.rng.random() < 0.1:
            text += f".{micros:06}" + self.rng.choice(("", "9"))  # finer digits are cut off
        sign, minutes = ("-", -offset) if offset < timedelta(0) else ("+", offset)
        hours, rest = divmod(int(minutes.total_seconds()) // 60, 60)
        zone = (
            self.rng.choice(("Z", "z", "+00:00", "-00:00"))
            if not offset
            else f"{sign}{hours:02}:{rest:02}"
        )
        return text.replace("T", self.rng.choice(("T", "T", "t"))) + zone

    # ---------------------------------------------------------------- the truth

    def truth(self) -> dict[tuple[str, str, str, str], TrueUnit]:
        """What was done, by the end of the last week."""
        found = {}
        for key, unit in self.made.items():
            week = self.week_at(unit["first"])
            assert week is not None
            counted = [c for c in unit["causes"] if c not in self.settings.ignored]
            issues = [c for c in unit["issues"] if c not in self.settings.ignored]
            found[key] = TrueUnit(
                week, bool(counted), bool(unit["causes"]), bool(issues) and not counted
            )
        return found

    def line(self, row: dict[str, Any]) -> str:
        """A row as a line, keys in any order."""
        keys = list(row)
        self.rng.shuffle(keys)
        return json.dumps({key: row[key] for key in keys})

    def world(self, name: str, features: frozenset[str]) -> World:
        """The world without its files."""
        return World(
            name=name,
            settings=self.settings,
            tables=self.tables,
            weeks=[week.label for week in self.weeks],
            truth=self.truth(),
            features=features,
        )
