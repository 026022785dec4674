"""The weekly budget as text for a terminal, and as JSON.

In: the week's status, its projection, and what contradicts itself. Out: a rich renderable, or a document.
Every text that a log holds passes `escape.terminal` first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.allocation.names import NO_PHASES
from bot.calendar import Week
from bot.calibration.findings import BudgetStatus, Zone
from bot.calibration.projection import Projection
from bot.errors import Problem
from bot.evidence.records import Mismatch
from bot.wording import figures
from bot.wording.escape import terminal
from bot.wording.sections import ADVICE

STYLES = {Zone.GREEN: "green", Zone.YELLOW: "yellow", Zone.ORANGE: "dark_orange", Zone.RED: "red"}
_UNNAMED_AGENT = "(no agent named)"
_UNNAMED_MODEL = "(no model named)"


@dataclass(frozen=True)
class BudgetReport:
    """Everything `budget` has to say about one week."""

    week: Week
    time_zone: str
    """IANA name; times for people are shown in it."""
    status: BudgetStatus
    projection: Projection
    projected_zone: Zone | None
    """Zone at the week's end if it goes on like this; None before the week has begun."""
    mismatches: tuple[Mismatch, ...]
    """Contradictions of the week's token log."""
    rejected: tuple[Problem, ...]
    """Bad lines; what they say is not counted."""


def budget_text(report: BudgetReport) -> Group:
    """The report for a terminal: zone, bar, where it leads, who spent it."""
    status = report.status
    head = Text(f"Budget {report.week}  ", style="bold")
    head.append(status.zone, style=STYLES[status.zone])
    head.append(f"  {ADVICE[status.zone]}", style="not bold")
    by_phase = [(name, tokens) for name, tokens in status.by_phase if name != NO_PHASES]
    tables = (
        _table("Phase", by_phase, status.used, ""),
        _table("Agent", status.by_agent, status.used, _UNNAMED_AGENT),
        _table("Model", status.by_model, status.used, _UNNAMED_MODEL),
    )
    used = f"{status.used:,} of {status.limit:,} tokens ({figures.one_decimal(status.percent)} %)"
    bar = Text(f"{figures.bar(status.used, status.limit)} ", style=STYLES[status.zone])
    lines = [head, bar.append(used, style="default"), *map(Text, _forecast(report))]
    return Group(
        *lines,
        *(part for table in tables if table.row_count for part in (Text(), table)),
        *_doubts(report),
    )


def _forecast(report: BudgetReport) -> Iterator[str]:
    ahead = report.projection
    if ahead.per_day is None or ahead.by_end is None:
        yield f"The week has not begun: it starts {_local(report.week.start, report)}."
        return
    yield f"Burn rate: {figures.tokens(ahead.per_day)} tokens a day"
    if ahead.complete:
        yield f"The week ended {_local(report.week.end, report)}."
        return
    share = figures.one_decimal(Fraction(100 * ahead.by_end, report.status.limit))
    until = f"{ahead.by_end:,} tokens ({share} %), {report.projected_zone}"
    yield f"Projection to {_local(report.week.end, report)}: {until}"
    if ahead.over:
        yield "The budget is used up."
    elif ahead.exhausted is None:
        yield "At this rate the budget lasts the week."
    else:
        yield f"At this rate the budget is used up {_local(ahead.exhausted, report)}."


def _local(at: int, report: BudgetReport) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(report.time_zone)).strftime("%a %Y-%m-%d %H:%M %Z")


def _table(title: str, rows: Sequence[tuple[str, int]], used: int, unnamed: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title, overflow="fold")
    table.add_column("Tokens", justify="right", no_wrap=True)
    table.add_column("Share", justify="right", no_wrap=True)
    for name, tokens in rows:
        shown = Text(terminal(name) or unnamed)
        table.add_row(shown, f"{tokens:,}", figures.percent(tokens, used))
    return table


def _doubts(report: BudgetReport) -> Iterator[Text]:
    if report.mismatches:
        yield Text()
        yield Text("The token log contradicts itself: verify the burn rate", style="yellow")
    for found in report.mismatches:
        where = "all of it" if found.phase == NO_PHASES else found.phase
        said = f"{where} is logged with {found.stated:,}, its agents with {found.summed:,}"
        yield Text(f"  {terminal(found.sd)}: {said}")
    if report.rejected:
        yield Text()
        yield Text(f"Log lines not counted ({len(report.rejected)})", style="yellow")
    for problem in report.rejected:
        yield Text(f"  {terminal(str(problem))}")


def budget_json(report: BudgetReport) -> str:
    """The report as a document; numbers of tokens are whole, percents text with one decimal."""
    status, ahead = report.status, report.projection
    document = {
        "schema_version": 1,
        "week": report.week.label,
        "start": _utc(report.week.start),
        "end": _utc(report.week.end),
        "complete": ahead.complete,
        "zone": status.zone,
        "guidance": ADVICE[status.zone],
        "used": status.used,
        "limit": status.limit,
        "percent": figures.one_decimal(status.percent),
        "tokens_per_day": None if ahead.per_day is None else int((2 * ahead.per_day + 1) // 2),
        "projected": ahead.by_end,
        "projected_zone": report.projected_zone,
        "used_up": ahead.over,
        "exhausted_at": None if ahead.exhausted is None else _utc(ahead.exhausted),
        "by_phase": _named(status.by_phase, "phase"),
        "by_agent": _named(status.by_agent, "agent"),
        "by_model": _named(status.by_model, "model"),
        "mismatches": [
            {"sd": m.sd, "phase": m.phase, "stated": m.stated, "summed": m.summed}
            for m in report.mismatches
        ],
        "rejected_lines": rejected_lines(report.rejected),
    }
    return json.dumps(document, indent=2) + "\n"


def rejected_lines(rejected: Sequence[Problem]) -> list[dict[str, object]]:
    """Bad lines as documents list them."""
    return [{"file": p.file, "line": p.line, "problem": p.message} for p in rejected]


def _named(rows: Sequence[tuple[str, int]], key: str) -> list[dict[str, object]]:
    return [{key: name or None, "tokens": tokens} for name, tokens in rows]


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
