"""Which cell is meant, by what somebody typed: for everybody who asks for a model. Pure.

In: names as typed, table and rules. Out: the cell, or UsageError in words; and what is odd about it.
"""

from __future__ import annotations

from bot.allocation.names import (
    SPELLING,
    Cell,
    agent_name,
    listed,
    no_phase,
    phase_name,
    sole_phase,
)
from bot.allocation.rules import SECURITY, Rules
from bot.allocation.table import Table
from bot.errors import UsageError


def names_asked(agent: str, phase: str | None) -> tuple[str, str | None]:
    """Canonical names, told from their spelling alone; no phase for SECURITY anywhere else than in one."""
    name, known = agent_name(agent), phase and phase_name(phase)
    if name is None:
        raise UsageError(f"{agent!r} is no agent name; use {SPELLING}")
    if phase is not None and known is None and name != SECURITY:
        raise UsageError(f"{phase!r} is no phase name; use {SPELLING}")
    return name, known or None


def cell_asked(agent: str, phase: str | None, rules: Rules) -> Cell:
    """The cell of an agent in a phase, as typed; without one, in the only phase there is.

    Raises UsageError for a phase the policy does not know, except of SECURITY, whose floor holds anywhere.
    """
    name, known = names_asked(agent, phase)
    known = sole_phase(rules.phases) if phase is None else known
    if known not in rules.phases and name != SECURITY:
        if phase is None:
            raise UsageError(f"PHASE is missing; known are {listed(rules.phases)}")
        raise UsageError(f"{phase!r} {no_phase(rules.phases)}")
    return Cell(known or "", name)


def is_listed(agent: str, table: Table) -> bool:
    """Whether any phase of the table lists an agent."""
    return any(entry.agent == agent for entry in table.entries)


def unlisted_warning(cell: Cell, table: Table, rules: Rules) -> str | None:
    """What to say of an agent that the table does not list, None of one that it does."""
    if is_listed(cell.agent, table):
        return None
    raised = table.resolved(cell, rules) != table.declared(cell)
    what = "its floor, as it is a gate" if raised else "the default"
    return f"{cell.agent} is not in the table; using {what}"
