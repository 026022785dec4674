"""What the logs of all places say already, for a collection: base, the branch of the logs, the work tree.

In: log files, and where outcomes are collected from. Out: `Logged`, and how far the last collection saw.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from bot.allocation.names import Cell
from bot.calendar import SECOND
from bot.collecting.fact_records import Origin
from bot.collecting.landed_facts import CLOCK_AHEAD
from bot.collecting.outcomes import Logged, kind_of
from bot.evidence.cursors import Cursor, cursors_of
from bot.evidence.schema import Row
from bot.git.base import Base
from bot.git.repository import Repository
from bot.inputs.places import together
from bot.inputs.work_tree import log_files, rows_in
from bot.paths import LogFile
from bot.policy import Policy


def everywhere(
    repository: Repository, base: Base, top: Path, policy: Policy, glob: str
) -> tuple[LogFile, ...]:
    """Log files of base, of the branch of the logs as the remote has it now, and of the work tree."""
    branch = repository.tip(base, policy.logs.ref)
    commits = [base.commit, *([branch] if branch else [])]
    there = (repository.logs(commit, glob) for commit in commits)
    return together(repository.folder / "places", *there, log_files(top, glob))


def newest_cursor(rework: Sequence[LogFile], origin: Origin, now: int) -> Cursor | None:
    """How far the last collection from there saw; None before the first. `now`: seconds since the epoch.

    Nobody saw the future: a cursor that says so would keep every later collection from seeing anything.
    """
    last = (now + CLOCK_AHEAD) * SECOND
    every = (cursor for cursor in cursors_of(rework) if cursor.at < last)
    found = (cursor for cursor in every if (cursor.source, cursor.repository) == origin)
    return max(found, key=lambda cursor: (cursor.at, cursor.id or ""), default=None)


def logged(
    rework: Sequence[LogFile],
    tokens: Sequence[LogFile],
    origin: Origin,
    phases: Collection[str],
    sds: Collection[str],
) -> Logged:
    """What is logged of some SDs, and every id of the rework log."""
    ids: set[str] = set()
    places: set[tuple[str, Cell, str]] = set()
    faults: dict[tuple[str, Cell], int] = {}
    for row in _rows(rework, phases, rework=True):
        cell = Cell(row.phase, row.agent or "")
        ids |= {row.id} if row.id else set()
        if row.source == origin.source and row.id:
            places.add((row.sd, cell, kind_of(origin.source, row.id)))
        if (row.rework or row.issue) and row.sd in sds:
            faults[row.sd, cell] = min(row.at, faults.get((row.sd, cell), row.at))
    ran = {
        (row.sd, Cell(row.phase, row.agent))
        for row in _rows(tokens, phases, rework=False)
        if row.agent and row.sd in sds
    }
    return Logged(frozenset(ids), frozenset(places), faults, frozenset(ran))


def _rows(files: Sequence[LogFile], phases: Collection[str], *, rework: bool) -> Iterator[Row]:
    for file in files:
        yield from rows_in(file, phases, rework=rework)
