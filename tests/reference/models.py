"""Which model a run ran on: § 6's sentences on ids, silent rows, blame and versions, one a function.

In: runs without models. Out: the same runs, each with rung and version.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.reference.rows import Row
from tests.reference.world import Cell, World

SECOND = 1_000_000
"""Microseconds."""


@dataclass
class Run:
    """One row, read as a run of one SD in one cell."""

    row: Row
    sd: str
    cell: Cell
    at: int
    assumed: bool
    """Whether it stands for an agent that the row does not name."""
    rung: str | None = None
    """None: the model is unknown."""
    model: str = ""
    """The id as written, else the rung."""
    version: int | None = None


def rung_of(world: World, model: str) -> str | None:
    """§ 6: "`model` is the model that **really ran**, normalised by exact ids and globs, never by
    guessing at substrings". A rung's own name is an exact id; exact ids before globs; the lowest
    rung whose glob fits.
    """
    ladder = world.settings.ladder
    for rung in ladder:
        if model == rung.name:
            return rung.name
    for rung in ladder:
        if model in rung.models:
            return rung.name
    for rung in ladder:
        if any(fnmatchcase(model, pattern) for pattern in rung.models):
            return rung.name
    return None


def sd_starts(rows: list[Row]) -> dict[str, int]:
    """§ 6: "the SD's first run" (SPEC § 1: "an SD keeps the models it started with").

    Reading: the first run of the SD anywhere, not of the cell; a row without an agent is one.
    """
    starts: dict[str, int] = {}
    for row in rows:
        starts[row.sd] = min(row.at, starts.get(row.sd, row.at))
    return starts


def assigned(world: World, cell: Cell, at: int) -> str:
    """§ 6: "the assignment in force …, from git history"; "the committer time of the first-parent
    commit on base that brought the value; the first version of the table counts as assigned from
    the first row".
    """
    declared = world.tables[0].declared(cell)
    for table in world.tables:
        if table.committed * SECOND <= at:
            declared = table.declared(cell)
    return declared


def give_models(world: World, runs: list[Run], starts: dict[str, int]) -> None:
    """Every run its rung and version; rows of the rework log without a model last, in the order of time."""
    settled, open_rework = [], []
    for run in runs:
        if run.row.log == "rework" and run.row.model is None:
            open_rework.append(run)
            continue
        if run.row.model is not None and not run.assumed:
            run.model, run.rung = run.row.model, rung_of(world, run.row.model)
        else:
            as_assigned(world, run, starts)
        settled.append(run)
    for run in settled:
        give_version(world, run, settled)
    for run in sorted(open_rework, key=lambda run: run.at):
        blame(world, run, settled, starts)
        settled.append(run)


def as_assigned(world: World, run: Run, starts: dict[str, int]) -> None:
    """§ 6: "… any other row the assignment in force at the SD's first run"; of an assumed run "that
    row's `model` is ignored".
    """
    run.rung = run.model = assigned(world, run.cell, starts[run.sd])


def blame(world: World, run: Run, settled: list[Run], starts: dict[str, int]) -> None:
    """§ 6: "a rework row takes the model of that SD's latest run at or before its `ts` on the
    assignment in force for the SD, if it has one (work redone on a stronger model does not turn
    the blame), else of its latest run at or before". Without any such run it is "any other row".

    Reading: runs are those of the same cell, assumed ones and earlier rework rows included; one on
    an unknown model is a run: the row is then of an unknown model too.
    """
    before = [r for r in settled if (r.sd, r.cell) == (run.sd, run.cell) and r.at <= run.at]
    in_force = assigned(world, run.cell, starts[run.sd])
    latest = latest_of(world, [r for r in before if r.rung == in_force]) or latest_of(world, before)
    if latest is None:
        as_assigned(world, run, starts)
        give_version(world, run, settled)
    else:
        run.rung, run.model, run.version = latest.rung, latest.model, latest.version


def latest_of(world: World, runs: list[Run]) -> Run | None:
    """§ 6: "Of two runs at one instant the lower rung speaks, then the name." Reading: of a rung that
    lists versions the lower version speaks, whatever the ids' names.
    """
    if not runs:
        return None
    newest = [run for run in runs if run.at == max(r.at for r in runs)]
    names = (*world.settings.names, None)
    return min(
        newest,
        key=lambda run: (
            names.index(run.rung),
            -1 if run.version is None else run.version,
            run.model,
        ),
    )


def give_version(world: World, run: Run, others: list[Run]) -> None:
    """§ 6: "Where a rung lists `versions` …"; "a run that names no version counts as the newest
    seen in the cell by then".
    """
    if not versions_of(world, run.rung):
        return
    run.version = version_of(world, run.rung, run.model)
    if run.version is None:
        seen = [
            version_of(world, r.rung, r.model)
            for r in others
            if r.cell == run.cell and r.rung == run.rung and r.at <= run.at
        ]
        run.version = max((v for v in seen if v is not None), default=None)


def versions_of(world: World, rung: str | None) -> tuple[str, ...]:
    """The `versions` of a rung, oldest first."""
    return next((r.versions for r in world.settings.ladder if r.name == rung), ())


def version_of(world: World, rung: str | None, model: str) -> int | None:
    """The version that an id names; the newest of several patterns that fit."""
    patterns = versions_of(world, rung)
    fits = [n for n, pattern in enumerate(patterns) if fnmatchcase(model, pattern)]
    return max(fits, default=None)
