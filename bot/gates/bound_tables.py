"""Gates in the table that executors read as JSON (`[[apply]] json`): none is lowered there by hand. Pure.

In: the file's bytes on both sides, and base's rules. Out: refusals. What the change leaves as it was is not
its doing; that the file is not the table as it resolves now is told elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.allocation.names import Cell
from bot.allocation.rules import Rules
from bot.gates.refusals import Document, Refusal, Weakening


def lowered_in_table(
    rules: Rules, path: str, before: bytes | None, now: bytes
) -> Iterator[Refusal]:
    """Every gate that the change lowers or leaves out in the file, or that it makes unreadable."""
    if before == now:
        return
    said = _models(now)
    if said is None:
        why = (
            "is no table as `calibration-bot apply` writes it; what its gates say cannot be judged"
        )
        yield Refusal(Weakening.BOUND_UNREADABLE, why, document=Document.BOUND, file=path)
        return
    known = _models(before or b"") or {}
    for cell in rules.gates():
        yield from _lowered(rules, path, cell, known.get(cell), said.get(cell))


def _lowered(
    rules: Rules, path: str, cell: Cell, before: Sequence[str] | None, now: Sequence[str] | None
) -> Iterator[Refusal]:
    floor = rules.floor(cell)
    if floor is None or before == now:
        return
    lowest = rules.ladder.rank(floor)
    below = [model for model in now or () if _rank(rules, model) < lowest]
    was = None if not before else before[0]
    if now is None:
        text = f"the gate {cell} is in it no more; run `calibration-bot apply`"
        yield Refusal(Weakening.BOUND_REMOVED, text, cell, was, None, Document.BOUND, file=path)
    elif below:
        text = (
            f"the gate {cell} is {below[0]}, below its floor {floor}; run `calibration-bot apply`"
        )
        yield Refusal(
            Weakening.BOUND_BELOW_FLOOR, text, cell, was, below[0], Document.BOUND, file=path
        )


def _rank(rules: Rules, model: str) -> int:
    """An unknown model is below everything."""
    names = rules.ladder.names
    return names.index(model) if model in names else -1


def _models(data: bytes) -> Mapping[Cell, list[str]] | None:
    """What each cell is said to run on, as often as it is said; None for what is no such table."""
    found: dict[Cell, list[str]] = {}
    try:
        document = json.loads(data, object_pairs_hook=_each_once)
        for row in document["cells"]:
            if not all(isinstance(row[key], str) for key in ("phase", "agent", "model")):
                return None
            found.setdefault(Cell(row["phase"], row["agent"]), []).append(row["model"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return found


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError for a key twice: readers differ in which they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found
