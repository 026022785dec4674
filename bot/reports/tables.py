"""The resolved table as text and Markdown, for the `table` command. Imports nothing heavy."""

from __future__ import annotations

from bot.allocation.names import NO_PHASES, Cell
from bot.allocation.rules import Rules
from bot.allocation.table import Table
from bot.binding.table_document import rows_of_table
from bot.wording.escape import markdown, terminal

_LEGEND = "[gate] never goes below its floor · (default) has no entry of its own"


def table_text(table: Table, rules: Rules) -> str:
    """Agents down, phases across, resolved models; gates and defaults marked. Ends in a line break."""
    rows = [["AGENT", *_heads(rules)]]
    rows += [
        [agent, *(_marked(c, table, rules) for c in cells)]
        for agent, cells in rows_of_table(table, rules)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*map(terminal, lines), "", f"default: {table.default} · {_LEGEND}"]) + "\n"


def table_markdown(table: Table, rules: Rules) -> str:
    """The same as a GitHub table; gates bold. Ends in a line break."""
    lines = [
        f"| Agent | {' | '.join(map(markdown, _heads(rules)))} |",
        f"|---|{'---|' * len(rules.phases)}",
    ]
    for agent, cells in rows_of_table(table, rules):
        shown = (_marked_markdown(cell, table, rules) for cell in cells)
        lines.append(f"| {markdown(agent)} | {' | '.join(shown)} |")
    legend = f"Default: {markdown(table.default)}. Bold: a gate. In brackets: no entry of its own."
    return "\n".join([*lines, "", legend]) + "\n"


def _heads(rules: Rules) -> tuple[str, ...]:
    return ("MODEL",) if rules.phases == (NO_PHASES,) else rules.phases


def _marked(cell: Cell, table: Table, rules: Rules) -> str:
    model = table.resolved(cell, rules)
    if rules.floor(cell) is not None:
        return f"{model} [gate]"
    return model if cell in table.entries else f"{model} (default)"


def _marked_markdown(cell: Cell, table: Table, rules: Rules) -> str:
    model = markdown(table.resolved(cell, rules))
    if rules.floor(cell) is not None:
        return f"**{model}**"
    return model if cell in table.entries else f"({model})"
