"""When was each model assigned: the table's past, as spells of one model on one cell. Pure.

In: the versions of the table along the base branch's first-parent line. Out: spells, and the model in
force at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.allocation.names import Cell, agent_name, phase_name
from bot.allocation.toml import decode, parse
from bot.errors import InvalidInput


@dataclass(frozen=True)
class Version:
    """The table as one first-parent commit on base left it."""

    committed: int
    """Committer time, seconds since the epoch."""
    default: str
    """Declared rung of every cell without an entry."""
    entries: Mapping[Cell, str]
    """Declared rung of each explicit cell."""
    commit: str = ""
    """Full SHA; empty for a table of no commit."""

    def declared(self, cell: Cell) -> str:
        """The entry of a cell, else the default."""
        return self.entries.get(cell, self.default)


@dataclass(frozen=True)
class Spell:
    """One stretch of time in which a cell kept one declared model, up to the start of the next spell."""

    model: str
    """Rung name as the table of that time wrote it."""
    start: int
    """Committer time of the commit that brought the value, seconds since the epoch."""
    commit: str = ""
    """Its full SHA; empty for a table of no commit."""


def read_version(committed: int, data: bytes, commit: str = "") -> Version | None:
    """A past version of the table, read leniently: its phases and rungs need not be those of today.

    None where it does not parse or has no default: what nobody could look up assigned nothing.
    """
    try:
        document = parse(decode(data, ""), "")
    except InvalidInput:
        return None
    default = document.get("default")
    if not isinstance(default, str):
        return None
    return Version(committed, default, dict(_entries(document)), commit)


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[Cell, str]]:
    for key, table in document.items():
        phase = phase_name(key)
        for spelling, model in table.items() if isinstance(table, dict) else ():
            agent = agent_name(spelling)
            if phase is not None and agent is not None and isinstance(model, str):
                yield Cell(phase, agent), model


def spells(versions: Sequence[Version], cells: Iterable[Cell]) -> dict[Cell, tuple[Spell, ...]]:
    """The spells of each cell, oldest first, back to back; the last is in force.

    `versions` are oldest first, at least one. Times follow the committer clock, but never contradict
    the order of the commits: a version cannot outlast the one that replaced it, so a commit from a
    clock running ahead loses its time to its successor. A value that
    comes back in the second in which it was replaced was never gone: a rebased pull request is one second.
    """
    starts = starts_of(versions)
    return {cell: tuple(_of_cell(cell, versions, starts)) for cell in cells}


def starts_of(versions: Sequence[Version]) -> list[int]:
    """From when on each version was in force, seconds since the epoch, never falling."""
    starts = [version.committed for version in versions]
    for index in range(len(starts) - 2, -1, -1):
        starts[index] = min(starts[index], starts[index + 1])
    return starts


def _of_cell(cell: Cell, versions: Sequence[Version], starts: Sequence[int]) -> list[Spell]:
    found: list[Spell] = []
    for version, start in zip(versions, starts, strict=True):
        model, last = version.declared(cell), len(found) - 1
        while last >= 0 and found[last].model != model and found[last].start == start:
            last -= 1
        if last >= 0 and found[last].model == model:
            del found[last + 1 :]
        else:
            found.append(Spell(model, start, version.commit))
    return found


def in_force(of_cell: Sequence[Spell], at: int) -> Spell:
    """The spell in force at a time; before the first one the first stands in, there is no older table."""
    return next((spell for spell in reversed(of_cell) if spell.start <= at), of_cell[0])
