"""Builders for the allocation room: rules with the shipped phases and ladder, tables by hand."""

from __future__ import annotations

from bot.allocation.ladder import Ladder, Rung
from bot.allocation.names import Cell
from bot.allocation.rules import Rules
from bot.allocation.table import Table

PHASES = ("LEAD", "PLAN", "EXEC")
LADDER = Ladder((Rung("haiku"), Rung("sonnet"), Rung("opus")))
RULES = Rules(PHASES, LADDER, {})


def cell(text: str) -> Cell:
    """`TESTING/EXEC` as a cell."""
    agent, phase = text.split("/")
    return Cell(phase, agent)


def table_of(entries: dict[str, str], default: str = "sonnet") -> Table:
    """A table of `{"TESTING/EXEC": "opus"}`, each key spelled canonically."""
    cells = {cell(name): model for name, model in entries.items()}
    return Table(default, cells, {c: (c.phase, c.agent) for c in cells})
