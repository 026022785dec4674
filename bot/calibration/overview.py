"""What a review stands on, over time: T of every cell on each model it had, what each week spent. Pure.

In: the evidence, the question it answers and the policy. Out: the review with the weeks behind it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calibration import chart
from bot.calibration.counts import WeekCounts
from bot.calibration.facts import OfCell, by_cell, counts_of, of_spell, spells_of
from bot.calibration.findings import Review
from bot.evidence.records import Evidence, Question, Usage
from bot.policy import Policy, Promotion

MOST_WEEKS = 52
"""Weeks of a chart, the newest."""


@dataclass(frozen=True)
class Tenure:
    """One stretch of time on one model, in which T starts at 0."""

    model: str
    """As the table of that time wrote it. Hostile."""
    since: str | None
    """Label of the week it was assigned in; None for the first model a cell had."""
    weeks: tuple[WeekCounts, ...]
    """Weeks with SDs that count, oldest first."""
    tallies: tuple[int, ...]
    """T after each of them, in 1/100 SD."""
    issue_tallies: tuple[int, ...]
    """The same of the second tally, with issues."""


@dataclass(frozen=True)
class Overview:
    """A review and the weeks behind it."""

    review: Review
    rungs: tuple[str, ...]
    """The ladder, the lowest first."""
    phases: tuple[str, ...]
    """Canonical names, in the policy's order."""
    weeks: tuple[str, ...]
    """Labels of the weeks that charts show, without gaps, the reviewed one last; at least one."""
    tenures: Mapping[Cell, tuple[Tenure, ...]]
    """Of every cell of the review, oldest first; the last is that of the model in force."""
    spend: Mapping[str, Mapping[str, int]]
    """Tokens by week (label), then by model; `""` where none was named. Models are hostile."""


def overview(found: Review, evidence: Evidence, question: Question, policy: Policy) -> Overview:
    """The weeks behind a review of that evidence."""
    rows = by_cell(evidence, question)
    aside = {*evidence.no_outcomes, *found.left_out}
    cells = [verdict.cell for verdict in found.verdicts]
    tenures = {
        cell: tuple(
            tenure_of(spell.model, since, _counted(rows.get(cell), spell, aside), policy.promotion)
            for spell, since in _dated(spells_of(question, cell), policy)
        )
        for cell in cells
    }
    spend = by_week(evidence.usage)
    return Overview(
        review=found,
        rungs=policy.rules.ladder.names,
        phases=policy.rules.phases,
        weeks=_shown(question, [*spend, *_with_sds(tenures.values())]),
        tenures=tenures,
        spend=spend,
    )


def tenure_of(
    model: str, since: str | None, weeks: tuple[WeekCounts, ...], promotion: Promotion
) -> Tenure:
    """A stretch on one model with both tallies after each of its weeks."""
    rework, issues = (
        tuple(chart.course(weeks, promotion, gain))
        for gain in (chart.rework_gain, chart.issue_gain)
    )
    return Tenure(model, since, weeks, rework, issues)


def by_week(usage: Iterable[Usage]) -> Mapping[str, Mapping[str, int]]:
    """Tokens by week, then by model."""
    spend: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for use in usage:
        spend[use.week][use.model or ""] += use.tokens
    return spend


def _dated(spells: Sequence[Spell], policy: Policy) -> Iterable[tuple[Spell, str | None]]:
    calendar = policy.week.calendar
    for place, spell in enumerate(spells):
        yield spell, calendar.week_of(spell.start).label if place else None


def _counted(said: OfCell | None, spell: Spell, aside: set[str]) -> tuple[WeekCounts, ...]:
    rows = of_spell(said.weeks, spell) if said else []
    return tuple(counts_of(row) for row in rows if row.week not in aside)


def _with_sds(tenures: Iterable[Iterable[Tenure]]) -> Iterable[str]:
    return (week.week for of in tenures for tenure in of for week in tenure.weeks)


def _shown(question: Question, with_rows: Iterable[str]) -> tuple[str, ...]:
    """The newest weeks, from the first that the logs tell of on."""
    labels = [week.label for week in question.weeks][-MOST_WEEKS:]
    first = min(with_rows, default=labels[-1])
    return tuple(label for label in labels if label >= first) or (labels[-1],)
