"""Gates: rules in code that no table and no policy can weaken. Pure.

In: two worlds, the table and rules of base and those of the result of a change. Out: every violation.
Judged is what is *declared*: a declared value below its floor is an error, not something to paper over.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.allocation.names import Cell
from bot.allocation.rules import Rules
from bot.allocation.table import Table


@dataclass(frozen=True)
class World:
    """A table and the rules it is read by."""

    table: Table
    rules: Rules


@dataclass(frozen=True)
class Violation:
    """One way in which a change weakens a gate."""

    cell: Cell
    before: str | None
    """Declared rung at base, None where base had no table."""
    after: str
    """Declared rung in the result."""
    how: str
    """Reason code: `below-floor`, `entry-lowered`, …"""
    message: str
    """One plain sentence."""


def below_floor(world: World) -> tuple[Violation, ...]:
    """Gates of a world that are declared below their floor, in the rules' order."""
    found = []
    for cell in world.rules.gates():
        floor, declared = world.rules.floor(cell), world.table.declared(cell)
        if floor is not None and world.rules.ladder.rank(declared) < world.rules.ladder.rank(floor):
            message = f"{cell} is declared {declared}, below its floor {floor}"
            found.append(Violation(cell, None, declared, "below-floor", message))
    return tuple(found)
