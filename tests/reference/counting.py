"""§ 6 "Counting" as loops and dictionaries: one sentence, one function. Slow and meant to be read.

In: a `World` and the week under review. Out: `Count`: every run, every unit, tokens, flags. Written
from the SPEC alone, by somebody who has not read the query. Where the SPEC leaves room, the reading
taken is said under "Reading:"; `README.md` beside this file lists the other ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from bot.calendar import Calendar, Week
from tests.reference.models import SECOND, Run, give_models, sd_starts
from tests.reference.rows import Row, read
from tests.reference.world import Cell, World

Key = tuple[str, Cell, str, int | None]
"""SD, cell, rung, version (index in the rung's list, None without one)."""


@dataclass
class Unit:
    """One (SD, phase, agent, model[, version]), counted once."""

    sd: str
    cell: Cell
    rung: str
    version: int | None
    first: int
    """Microseconds since the epoch."""
    week: str
    assumed: bool = True
    """Whether no row of it names the agent."""
    rework: bool = False
    """Of a cause that counts."""
    any_rework: bool = False
    """Of any cause."""
    issue: bool = False
    """An issue of a cause that counts."""
    outcome: bool = False
    """Whether any row of the rework log speaks of it."""
    causes: set[str] = field(default_factory=set)
    """Of its counted rework; missing causes left out."""


@dataclass
class Count:
    """What the rows up to the end of one week come to."""

    world: World
    week: Week
    rows: list[Row]
    rejected: set[tuple[str, int]]
    runs: list[Run]
    units: dict[Key, Unit]
    starts: dict[str, int]
    """SD → its first row, microseconds since the epoch."""
    silent: dict[str, bool] = field(default_factory=dict)
    """Answers of `without_outcomes` already found."""


def count(world: World, label: str) -> Count:
    """Everything, as of the end of a week."""
    week = world.settings.calendar.named(label)
    everything, rejected = read(world)
    rows = [row for row in everything if known_by_then(row, week)]
    starts = sd_starts(rows)
    runs = [*token_runs(rows), *rework_runs(rows), *assumed_runs(world, rows)]
    give_models(world, runs, starts)
    return Count(world, week, rows, rejected, runs, units(world, runs), starts)


# ------------------------------------------------------------------------------------- time


def known_by_then(row: Row, week: Week) -> bool:
    """§ 6: "rows with `ts` after its end are ignored, so a replay equals history." The end itself
    belongs to the next week.
    """
    return row.at < week.end * SECOND


def week_of(world: World, at: int) -> str:
    """§ 6: "A row's week is its `ts`, not its folder."."""
    return _week_of(world.settings.calendar, at // SECOND)


@cache
def _week_of(calendar: Calendar, second: int) -> str:
    return calendar.week_of(second).label


# ------------------------------------------------------------------------------------- runs


def token_runs(rows: list[Row]) -> list[Run]:
    """§ 6: "A token row that names an agent is a run"."""
    return [
        Run(row, row.sd, (row.phase, row.agent), row.at, assumed=False)
        for row in rows
        if row.log == "tokens" and row.agent is not None
    ]


def rework_runs(rows: list[Row]) -> list[Run]:
    """§ 6: "… so is a rework row, true or false."."""
    return [
        Run(row, row.sd, (row.phase, row.agent or ""), row.at, assumed=False)
        for row in rows
        if row.log == "rework"
    ]


def assumed_runs(world: World, rows: list[Row]) -> list[Run]:
    """§ 6: "A token row without an agent … stands for a run of every agent that has an explicit
    entry in that phase or a rework row that week, unless a token row of that week and phase
    names that agent; once an agent has rework rows (true or false) in that week and phase, only
    the SDs they name are its runs."

    Reading: the entry is one of the table in force at base; "a rework row that week" is one of that
    phase; "that week" is the week of the row without an agent.
    """
    found = []
    for row in rows:
        if row.log != "tokens" or row.agent is not None:
            continue
        week = week_of(world, row.at)
        there = [r for r in rows if r.phase == row.phase and week_of(world, r.at) == week]
        named = {r.agent for r in there if r.log == "tokens" and r.agent is not None}
        reported = [r for r in there if r.log == "rework"]
        entries = {agent for phase, agent in world.tables[-1].entries if phase == row.phase}
        for agent in sorted(entries | {r.agent or "" for r in reported}):
            sds = {r.sd for r in reported if r.agent == agent}
            if agent not in named and (not sds or row.sd in sds):
                found.append(Run(row, row.sd, (row.phase, agent), row.at, assumed=True))
    return found


# ------------------------------------------------------------------------------------ units


def units(world: World, runs: list[Run]) -> dict[Key, Unit]:
    """§ 6: "The unit is (SD, phase, agent, model), counted once, in the week of its first run on
    that model." "an unknown one counts tokens, not evidence". "Rework reported later counts in
    the week of the run."
    """
    found: dict[Key, Unit] = {}
    for run in sorted(runs, key=lambda run: run.at):
        if run.rung is None:
            continue
        key = (run.sd, run.cell, run.rung, run.version)
        if key not in found:
            week = week_of(world, run.at)
            found[key] = Unit(run.sd, run.cell, run.rung, run.version, run.at, week)
        unit = found[key]
        unit.assumed = unit.assumed and run.assumed
        if run.row.log == "rework":
            add_outcome(world, unit, run.row)
    return found


def add_outcome(world: World, unit: Unit, row: Row) -> None:
    """§ 6: "an SD counts if any of its rows counts."."""
    unit.outcome = True
    unit.any_rework = unit.any_rework or row.rework
    if counts(world, row.cause):
        unit.rework = unit.rework or row.rework
        unit.issue = unit.issue or row.issue
        if row.rework and row.cause is not None:
            unit.causes.add(row.cause)


def counts(world: World, cause: str | None) -> bool:
    """§ 6: "A missing or unknown cause counts against the model"."""
    return cause not in world.settings.ignored


def is_unknown(world: World, cause: str | None) -> bool:
    """§ 6: "(unknown: flagged)"."""
    known = (*world.settings.counted, *world.settings.ignored)
    return cause is not None and cause not in known
