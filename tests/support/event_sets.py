"""Good rows and a question for them, from the reference's worlds: what every engine is to count alike.

In: a seed and features of a world. Out: its good rows as they were written (spellings, offsets, nulls and
all), each once, and what the bot would ask of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.allocation.assignments import read_version
from bot.evidence.question import ask
from bot.evidence.records import Question
from bot.policy import read_policy
from tests.reference.repository import policy_text, table_text
from tests.reference.rows import instant, read
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


def moment(row: dict[str, Any]) -> int:
    """Microseconds since the epoch."""
    return instant(row["ts"])


def _good_rows(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each good row of either log once, of one `id` the first."""
    _, rejected = read(world)
    seen: set[tuple[str, object]] = set()
    for place in (world.base, world.branch):
        for path in sorted(place):
            text = place[path]
            log = "tokens" if path.rpartition("/")[2].startswith("tokens") else "rework"
            if (path, text) in seen:
                continue
            seen.add((path, text))
            for number, line in enumerate(text.split("\n"), 1):
                if not line.strip() or (path, number) in rejected:
                    continue
                row = json.loads(line)
                if row.get("id") and (log, row["id"]) in seen:
                    continue
                seen.add((log, row.get("id")))
                yield log, row
