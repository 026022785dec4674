"""Good rows and a question for them, from the reference's worlds: what every engine is to count alike.

In: a seed and features of a world. Out: its good rows as they were written (spellings, offsets, nulls and
all), each once, and what the bot would ask of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from bot.allocation.assignments import Spell, read_version
from bot.allocation.names import Cell, agent_name, phase_name
from bot.evidence.question import ask
from bot.evidence.records import Question
from bot.policy import read_policy
from tests.reference.repository import policy_text, table_text
from tests.reference.rows import Bad, instant, row_of
from tests.reference.world import World


class EventSet(NamedTuple):
    """What one review reads and asks."""

    name: str
    tokens: list[dict[str, Any]]
    """Rows of the token log, keys as written."""
    rework: list[dict[str, Any]]
    question: Question
    most: int
    """SDs told one by one."""
    again: int
    """Weeks reviewed again."""


def event_set(world: World, label: str, most: int = 200, again: int = 0) -> EventSet:
    """The rows of a world, and the question of one of its weeks."""
    versions = [read_version(t.committed, table_text(world, t).encode()) for t in world.tables]
    assert all(versions)
    asked = ask(
        read_policy(policy_text(world.settings), "policy"),
        [version for version in versions if version],
        world.settings.calendar.named(label),
    )
    rows: dict[str, list[dict[str, Any]]] = {"tokens": [], "rework": []}
    for log, row in _good_rows(world):
        rows[log].append(row)
    return EventSet(f"{world.name} {label}", **rows, question=asked, most=most, again=again)


def alike(asked: Question) -> tuple[object, ...]:
    """What questions that are asked together have in common."""
    rungs = tuple(map(repr, asked.ladder.rungs))
    return asked.weeks, rungs, asked.ignored_causes, asked.silence_passes


def together(sets: Sequence[EventSet]) -> EventSet:
    """Several sets as one that asks the same of each: their phases and SDs are told apart by name.

    All of them are `alike`.
    """
    first = sets[0]
    phases: list[str] = []
    explicit: set[Cell] = set()
    past: dict[Cell, tuple[Spell, ...]] = {}
    tokens: list[dict[str, Any]] = []
    rework: list[dict[str, Any]] = []
    for number, each in enumerate(sets):
        asked = each.question
        assert alike(asked) == alike(first.question), each.name

        def apart(cell: Cell, number: int = number) -> Cell:
            return Cell(f"{cell.phase}-{number}", cell.agent)

        phases += (f"{phase}-{number}" for phase in asked.phases)
        explicit |= {*map(apart, asked.explicit)}
        # Cells that no table listed have the defaults of their own set.
        cells = {*asked.spells, *_cells([*each.tokens, *each.rework])}
        past |= {apart(cell): asked.spells.get(cell, asked.default_spells) for cell in cells}
        tokens += (_apart(row, number) for row in each.tokens)
        rework += (_apart(row, number) for row in each.rework)
    asked = replace(first.question, phases=tuple(phases), explicit=frozenset(explicit), spells=past)
    return first._replace(name="together", tokens=tokens, rework=rework, question=asked)


def _cells(rows: Iterable[dict[str, Any]]) -> set[Cell]:
    named = ((phase_name(row["phase"]), agent_name(row.get("agent") or "")) for row in rows)
    return {Cell(phase, agent) for phase, agent in named if phase and agent}


def _apart(row: dict[str, Any], number: int) -> dict[str, Any]:
    named = {key: f"{row[key]} {number}" for key in ("sd", "id") if row.get(key)}
    return {**row, **named, "phase": f"{row['phase']}-{number}"}


def moment(row: dict[str, Any]) -> int:
    """Microseconds since the epoch."""
    return instant(row["ts"])


def _good_rows(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each good row of either log once, of one `id` the first; read as the reference reads."""
    seen: set[tuple[str, str]] = set()
    read_before: set[tuple[str, str]] = set()
    for place in (world.base, world.branch):
        for path, text in sorted(place.items()):
            log = "tokens" if path.rpartition("/")[2].startswith("tokens") else "rework"
            if (path, text) in read_before:
                continue
            read_before.add((path, text))
            for line in filter(str.strip, text.split("\n")):
                try:
                    id_ = row_of(line, log, world.settings.phases).id
                except Bad:
                    continue
                if id_ is None or (log, id_) not in seen:
                    seen |= {(log, id_)} if id_ else set()
                    yield log, json.loads(line)
