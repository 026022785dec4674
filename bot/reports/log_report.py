"""One week of the logs at a glance: by phase, agent and model, as text, Markdown and JSON.

In: the evidence of a week. Out: `Summary` and its three forms. Hostile names are escaped here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.allocation.names import NO_PHASES
from bot.errors import Problem
from bot.evidence.records import CellWeek, Evidence, SdRun, Usage
from bot.reports.budget_report import rejected_lines
from bot.wording import figures
from bot.wording.escape import markdown, terminal

_HEADS = {"phase": "Phase", "agent": "Agent", "model": "Model"}
# Rework: from causes that count. Other: rework from causes that do not.
_COLUMNS = ("Tokens", "SDs", "Rework", "Other", "Issues")
_UNNAMED = {"phase": "", "agent": "(no agent named)", "model": "(no model named)"}


@dataclass(frozen=True)
class Line:
    """What one phase, agent or model did."""

    name: str
    """Its name; `""` where the log names none. Hostile."""
    tokens: int
    sds: int
    """Distinct SDs."""
    rework: int
    """Of these, with rework from a cause that counts."""
    raw_rework: int
    """Of these, with rework from any cause."""
    issues: int
    """Of these, with an issue from a cause that counts."""


@dataclass(frozen=True)
class Summary:
    """One week of both logs."""

    week: str
    """Label."""
    rows: int
    """Rows in both logs."""
    total: Line
    by_phase: tuple[Line, ...]
    """Policy order."""
    by_agent: tuple[Line, ...]
    """Most tokens first, then by name."""
    by_model: tuple[Line, ...]
    """Most tokens first, then by name."""
    rejected: tuple[Problem, ...]
    """Bad lines; what they say is not counted."""

    @property
    def sections(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """(what the lines are by, the lines)."""
        return ("phase", self.by_phase), ("agent", self.by_agent), ("model", self.by_model)

    @property
    def shown_sections(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """Those for people: a team without phases has nothing by phase."""
        phased = any(line.name != NO_PHASES for line in self.by_phase)
        return self.sections if phased or not self.by_phase else self.sections[1:]


def summarise(evidence: Evidence, week: str, phases: Sequence[str]) -> Summary:
    """The summary of a week that the evidence was asked about, by label."""
    uses = [use for use in evidence.usage if use.week == week]
    cells = [cell for cell in evidence.cell_weeks if cell.week == week]
    # What a row without agent stands for says nothing about who did the work.
    known = [replace(cell, runs=_known(cell.runs)) for cell in cells]
    by_phase = _lines(uses, cells, lambda use: use.phase, lambda cell: cell.cell.phase)
    return Summary(
        week=week,
        rows=evidence.rows,
        total=_line("", uses, cells),
        by_phase=tuple(sorted(by_phase, key=lambda line: phases.index(line.name))),
        by_agent=_lines(uses, known, lambda use: use.agent or "", lambda cell: cell.cell.agent),
        by_model=_lines(
            uses,
            known,
            lambda use: use.model or "",
            lambda cell: cell.model or cell.raw_model or "",
        ),
        rejected=evidence.rejected,
    )


def _known(runs: Iterable[SdRun]) -> tuple[SdRun, ...]:
    return tuple(run for run in runs if not run.assumed)


def _lines(
    uses: Sequence[Usage],
    cells: Sequence[CellWeek],
    of_use: Callable[[Usage], str],
    of_cell: Callable[[CellWeek], str],
) -> tuple[Line, ...]:
    names = {*map(of_use, uses), *map(of_cell, cells)}
    lines = (
        _line(
            name, [u for u in uses if of_use(u) == name], [c for c in cells if of_cell(c) == name]
        )
        for name in names
    )
    told = (line for line in lines if line.tokens or line.sds)
    return tuple(sorted(told, key=lambda line: (-line.tokens, line.name)))


def _line(name: str, uses: Iterable[Usage], cells: Iterable[CellWeek]) -> Line:
    runs = [run for cell in cells for run in cell.runs]

    def sds(which: Callable[[SdRun], bool]) -> int:
        return len({run.sd for run in runs if which(run)})

    return Line(
        name=name,
        tokens=sum(use.tokens for use in uses),
        sds=sds(lambda run: True),
        rework=sds(lambda run: run.rework),
        raw_rework=sds(lambda run: run.raw_rework),
        issues=sds(lambda run: run.issue),
    )


def summary_text(summary: Summary) -> Group:
    """The summary for a terminal."""
    if not summary.rows and not summary.rejected:
        return Group(Text(f"The logs hold no row for week {summary.week}."))
    head = Text(f"Log {summary.week}", style="bold")
    parts: list[Text | Table] = [head, Text(_said(summary.total))]
    for kind, lines in summary.shown_sections:
        parts += [Text(), _table(kind, lines)]
    if summary.rejected:
        parts += [Text(), Text(f"Log lines not counted ({len(summary.rejected)})", style="yellow")]
    parts += [Text(f"  {terminal(str(problem))}") for problem in summary.rejected]
    return Group(*parts)


def _said(total: Line) -> str:
    sds = figures.plural(total.sds, "SD")
    return f"{figures.plural(total.tokens, 'token')}, {sds}, {total.rework} with rework"


def _table(kind: str, lines: Sequence[Line]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_HEADS[kind], overflow="fold")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        shown = Text(terminal(line.name) or _UNNAMED[kind])
        table.add_row(shown, *_figures(line))
    return table


def _figures(line: Line) -> Iterator[str]:
    yield f"{line.tokens:,}"
    yield str(line.sds)
    yield str(line.rework)
    yield str(line.raw_rework - line.rework)
    yield str(line.issues)


def summary_markdown(summary: Summary) -> str:
    """The summary as GitHub tables, ending in a line break."""
    lines = [f"## Log {summary.week}", "", f"{_said(summary.total)}."]
    for kind, rows in summary.shown_sections:
        lines += [
            "",
            f"| {' | '.join((_HEADS[kind], *_COLUMNS))} |",
            f"|---|{'--:|' * len(_COLUMNS)}",
        ]
        for row in rows:
            name = markdown(row.name) if row.name else _UNNAMED[kind]
            lines.append(f"| {name} | {' | '.join(_figures(row))} |")
    if summary.rejected:
        lines += ["", f"Log lines not counted: {len(summary.rejected)}.", ""]
    lines += [f"- {markdown(str(problem), 400)}" for problem in summary.rejected]
    return "\n".join(lines) + "\n"


def summary_json(summary: Summary) -> str:
    """The summary as a document."""
    document = {
        "schema_version": 1,
        "week": summary.week,
        "rows": summary.rows,
        "total": _document(summary.total),
        **{
            f"by_{kind}": [{kind: line.name or None, **_document(line)} for line in lines]
            for kind, lines in summary.sections
        },
        "rejected_lines": rejected_lines(summary.rejected),
    }
    return json.dumps(document, indent=2) + "\n"


def _document(line: Line) -> dict[str, int]:
    return {
        "tokens": line.tokens,
        "sds": line.sds,
        "rework": line.rework,
        "raw_rework": line.raw_rework,
        "issues": line.issues,
    }
