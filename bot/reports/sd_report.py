"""Everything known of one SD in order of time, with sources, as text, Markdown and JSON.

In: its rows, placed, and the lines left out. Out: the three forms. Hostile text is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.allocation.names import Cell
from bot.evidence.events import stamp
from bot.evidence.sd_rows import PlacedRow, RowsOfSd
from bot.reports.budget_report import rejected_lines
from bot.wording.escape import json_text, markdown, terminal
from bot.wording.figures import plural

_HEADS = ("When", "Who", "What", "Says", "Where")
_PEOPLE = "people"
"""Who says what no source says."""


def sd_text(sd: str, found: RowsOfSd) -> Group:
    """The rows for a terminal."""
    parts = _table(sd, found.rows)
    if found.rejected:
        parts += [Text(), Text(f"Log lines not counted ({len(found.rejected)})", style="yellow")]
    return Group(*parts, *(Text(f"  {terminal(str(problem))}") for problem in found.rejected))


def _table(sd: str, rows: Sequence[PlacedRow]) -> list[Text | Table]:
    if not rows:
        return [Text(f"The logs hold no row for SD {terminal(sd)}.")]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in _HEADS:
        table.add_column(column, overflow="fold")
    for placed in rows:
        table.add_row(*(Text(terminal(field)) for field in _fields(placed)))
    head = Text(f"SD {terminal(sd)}: {plural(len(rows), 'row')}", style="bold")
    return [head, Text(), table]


def sd_markdown(sd: str, found: RowsOfSd) -> str:
    """The rows as a GitHub table, ending in a line break."""
    rows, rejected = found
    lines = [f"## SD {markdown(sd)}", "", f"{plural(len(rows), 'row')}."]
    if rows:
        lines += ["", f"| {' | '.join(_HEADS)} |", "|---" * len(_HEADS) + "|"]
    lines += [f"| {' | '.join(markdown(field, 600) for field in _fields(row))} |" for row in rows]
    lines += ["", f"Log lines not counted: {len(rejected)}.", ""] if rejected else []
    lines += [f"- {markdown(str(problem), 400)}" for problem in rejected]
    return "\n".join(lines) + "\n"


def sd_json(sd: str, found: RowsOfSd) -> str:
    """The rows as a document."""
    document = {
        "schema_version": 1,
        "sd": sd,
        "rows": [_document(row) for row in found.rows],
        "rejected_lines": rejected_lines(found.rejected),
    }
    return json_text(document)


def _fields(placed: PlacedRow) -> tuple[str, ...]:
    row = placed.row
    who = str(Cell(row.phase, row.agent)) if row.agent else row.phase
    says = _PEOPLE if row.source is None else row.source
    return _seconds(row.at), who, _what(placed), says, f"{placed.file}:{placed.line}"


def _seconds(at: int) -> str:
    return f"{stamp(at)[:19]}Z"


def _what(placed: PlacedRow) -> str:
    row = placed.row
    outcome = _outcome(placed)
    said = plural(row.tokens or 0, "token") if outcome is None else outcome
    on = f" on {row.model}" if row.model else ""
    cause = f", {row.cause}" if row.cause else ""
    return f"{said}{on}{cause}" + (f": {row.note}" if row.note else "")


def _outcome(placed: PlacedRow) -> str | None:
    """What came of it, None for a row of the token log."""
    if placed.row.rework is None:
        return None
    return "rework" if placed.row.rework else "issue" if placed.row.issue else "passed"


def _document(placed: PlacedRow) -> dict[str, object]:
    row = placed.row
    return {
        "ts": stamp(row.at),
        "log": "tokens" if row.rework is None else "rework",
        "phase": row.phase,
        "agent": row.agent,
        "model": row.model,
        "tokens": row.tokens,
        "outcome": _outcome(placed),
        "cause": row.cause,
        "note": row.note,
        "source": row.source,
        "id": row.id,
        "file": placed.file,
        "line": placed.line,
    }
