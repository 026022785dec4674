"""The whole resolved table as a JSON document, for executors in any language. Pure.

In: table and rules. Out: text, as `table --format json` prints it and `[[apply]] json` holds it.
Imports nothing heavy.
"""

from __future__ import annotations

from bot.allocation.names import Cell
from bot.allocation.rules import Rules
from bot.allocation.table import Table
from bot.wording.escape import json_text


def table_json(table: Table, rules: Rules) -> str:
    """Every cell, declared and resolved, in phase order, then by agent. Ends in a line break."""
    cells = sorted((c for _, row in rows_of_table(table, rules) for c in row), key=rules.order)
    document = {
        "schema_version": 1,
        "default": table.default,
        "phases": list(rules.phases),
        "cells": [
            {
                "phase": cell.phase,
                "agent": cell.agent,
                "model": table.resolved(cell, rules),
                "declared": table.declared(cell),
                "explicit": cell in table.entries,
                "gate": rules.floor(cell) is not None,
                "floor": rules.floor(cell),
            }
            for cell in cells
        ],
    }
    return json_text(document)


def rows_of_table(table: Table, rules: Rules) -> list[tuple[str, list[Cell]]]:
    """Every agent with an entry or a gate, and its cells in phase order."""
    agents = sorted({cell.agent for cell in (*table.entries, *rules.gates())})
    return [(agent, [Cell(phase, agent) for phase in rules.phases]) for agent in agents]
