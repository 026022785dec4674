"""Phase by agent: model, rate, SDs and verdict of every cell at a glance.

In: a review. Out: a row an agent, by name, with a field for each phase that has cells. How much rework it had
is a shade, and a number beside it; the verdict is a word: nobody needs to tell colours apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.allocation.names import NO_PHASES
from bot.calibration.chart import above, below
from bot.calibration.counts import Counts
from bot.calibration.findings import Outcome, Verdict
from bot.calibration.overview import Overview
from bot.policy import Promotion
from bot.wording import figures
from bot.wording.escape import name
from bot.wording.sentences import judged


@dataclass(frozen=True)
class Field:
    """One cell of the map."""

    number: int
    """Of the cell, counted from 1: where the page tells of it."""
    shade: int
    """0 without SDs, then 1 to 4 for rising rework."""
    rate: str
    counts: str
    """Empty without SDs."""
    model: str
    outcome: str
    kept: bool


@dataclass(frozen=True)
class HeatMap:
    """What the template draws."""

    phases: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Field | None, ...]], ...]
    """Agent, and a field for each phase; None where the cell is not in the review."""


def heat_map(of: Overview) -> HeatMap:
    """The map of a review's cells."""
    numbered = {v.cell: (n, v) for n, v in enumerate(of.review.verdicts, 1)}
    there = {cell.phase for cell in numbered}
    phases = tuple(phase for phase in of.phases if phase in there)
    rows: dict[str, dict[str, Field]] = {}
    for cell, (number, verdict) in numbered.items():
        rows.setdefault(cell.agent, {})[cell.phase] = _field(number, verdict, of.review.promotion)
    return HeatMap(
        phases=tuple("All work" if phase == NO_PHASES else name(phase) for phase in phases),
        rows=tuple((name(agent), tuple(map(rows[agent].get, phases))) for agent in sorted(rows)),
    )


def _field(number: int, verdict: Verdict, promotion: Promotion) -> Field:
    counts = judged(verdict, promotion)
    arrow = "" if verdict.proposed is None else f" → {name(verdict.proposed)}"
    return Field(
        number=number,
        shade=_shade(counts, promotion),
        rate=figures.percent(counts.rework, counts.sds) if counts.sds else "no SDs",
        counts=f"{counts.rework} of {counts.sds}" if counts.sds else "",
        model=f"{name(verdict.model)}{arrow}",
        outcome=verdict.outcome.value,
        kept=verdict.outcome is Outcome.KEEP,
    )


def _shade(counts: Counts, promotion: Promotion) -> int:
    if not counts.sds:
        return 0
    if below(counts, promotion.keep_below):
        return 1
    if not above(counts, promotion.promote_above):
        return 2
    return 4 if above(counts, 2 * promotion.promote_above) else 3
