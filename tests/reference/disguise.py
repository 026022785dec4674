"""Puts rows into files in a way that changes nothing: order, folders, repeats, places, and lines
that are no rows.

In: a builder with its rows, and the world to fill. The rejected lines are written down while they
are made.
"""

from __future__ import annotations

import json
from typing import Any

from tests.reference.builder import SECOND, Builder
from tests.reference.world import World

Line = tuple[str, bool]
"""Text, and whether it is no row."""


def into_files(b: Builder, world: World) -> None:
    """Fill `base`, `branch` and `rejected`."""
    base: dict[str, list[Line]] = {}
    branch: dict[str, list[Line]] = {}
    for log, at, row in sorted(b.rows, key=lambda _: b.rng.random()):
        line: Line = (b.line(row), False)
        path = _path(b, log, at)
        place = branch if "places" in b.features and "id" in row and b.rng.random() < 0.3 else base
        place.setdefault(path, []).append(line)
        if "id" in row and b.rng.random() < 0.15:  # the same once more, perhaps somewhere else
            other = branch if "places" in b.features and b.rng.random() < 0.5 else base
            again = b.respelled(row, at) if "respelled" in b.features else row
            other.setdefault(_path(b, log, at), []).append((b.line(again), False))
    if "bad" in b.features:
        _spoil(b, base)
        _conflict(b, base, branch if "places" in b.features else base)
        world.truth = b.truth()
    if "places" in b.features:
        _copy_one(b, base, branch)
    for into, place in ((world.base, base), (world.branch, branch)):
        for path, lines in place.items():
            into[path] = "".join(text + "\n" for text, _ in lines)
            world.rejected |= {(path, n) for n, (_, bad) in enumerate(lines, 1) if bad}


def _path(b: Builder, log: str, at: int) -> str:
    """A folder, often of another week than the row's."""
    label = b.week_at(at) if b.rng.random() < 0.8 else None
    return f".calibration/logs/{label or '1999-W01'}/{log}{b.rng.choice(('', '-a', '-b1'))}.jsonl"


def _copy_one(b: Builder, base: dict[str, list[Line]], branch: dict[str, list[Line]]) -> None:
    """The same path with the same content in both places: read once, also what has no id.

    Where a path has other content in both places, the branch's rows all have ids.
    """
    path = b.rng.choice(sorted({*base} - {*branch}) or ["none"])
    if path in base:
        branch[path] = [*base[path]]


def _spoil(b: Builder, base: dict[str, list[Line]]) -> None:
    for path in b.rng.sample(sorted(base), min(3, len(base))):
        log = "tokens" if "/tokens" in path else "rework"
        base[path].insert(b.rng.randrange(len(base[path]) + 1), (_bad_line(b, log), True))


def _bad_line(b: Builder, log: str) -> str:
    good: dict[str, Any] = {
        "ts": b.stamp(b.weeks[2].start * SECOND),
        "sd": "SD-bad",
        "phase": "EXEC",
        "agent": "TESTING",
    }
    good |= {"tokens": 5} if log == "tokens" else {"rework": True}
    wrong: list[tuple[str, Any]] = [
        ("ts", "2025-02-30T00:00:00Z"),
        ("ts", "2025-03-01T00:00:00"),
        ("sd", ""),
        ("sd", 7),
        ("phase", "DREAM"),
        ("agent", "no name"),
    ]
    wrong += (
        [
            ("tokens", "42,000"),
            ("tokens", "58000"),
            ("tokens", None),
            ("tokens", -1),
            ("tokens", 1.5),
            ("tokens", True),
        ]
        if log == "tokens"
        else [
            ("rework", "true"),
            ("rework", 1),
            ("rework", None),
            ("issue", "no"),
            ("cause", 3),
            ("agent", None),
        ]
    )
    key, value = b.rng.choice(wrong)
    text = json.dumps({**good, key: value})
    return b.rng.choice((text, text, text, text[:-4], '{"tokens": NaN}', "[]", "null"))


def _conflict(b: Builder, base: dict[str, list[Line]], there: dict[str, list[Line]]) -> None:
    """One id with two contents: the line read second is bad, the first one stands."""
    cell = sorted(b.tables[-1].entries)[0]
    at = b.weeks[1].start * SECOND
    sd = b.sd(at)
    row = {"sd": sd.name, "phase": cell[0], "agent": cell[1], "id": "twice", "ts": b.stamp(at)}
    good, other = b.line({**row, "tokens": 11}), b.line({**row, "tokens": 12})
    base[".calibration/logs/1999-W02/tokens.jsonl"] = [(good, False)]
    there[".calibration/logs/1999-W03/tokens.jsonl"] = [(other, True), (good, False)]
    b.ran(sd, cell, at, b.in_force(sd, cell))
