"""Cells that might do with a weaker model: advice to people, never a proposal. Pure.

In: verdicts and the past of the table. Out: a `Trial` for each cell that has done well for long (SPEC § 7,
"Trial downgrade"). What a weaker model does instead shows only when somebody tries it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from bot.allocation.names import Cell
from bot.calibration.afterwards import step_on
from bot.calibration.facts import spells_of
from bot.calibration.findings import Trial, Verdict
from bot.evidence.records import Question
from bot.policy import Policy

WHOLE_WEEKS, LEAST_SDS, MOST_REWORK, TRIED_WEEKS = 8, 40, 5, 26
"""Weeks and SDs on the rung, percent of rework, and weeks in which a rise means that less was tried."""
_LOWEST_LEFT = 2
"""So many of the lowest rungs are cheap enough as they are."""


def trials(verdicts: Iterable[Verdict], question: Question, policy: Policy) -> Iterator[Trial]:
    """The cells to try, in the order of the verdicts."""
    rules = policy.rules
    for verdict in verdicts:
        rank = rules.ladder.rank(verdict.model)
        if verdict.gate or rank < _LOWEST_LEFT or _was_tried(verdict.cell, question, policy):
            continue
        sds = sum(week.sds for week in verdict.weeks)
        rework = sum(week.rework for week in verdict.weeks)
        weeks, lower = _whole_weeks(verdict, question), rules.ladder.names[rank - 1]
        well = sds >= LEAST_SDS and 100 * rework <= MOST_REWORK * sds
        if well and weeks >= WHOLE_WEEKS and rules.allows(verdict.cell, lower):
            yield Trial(verdict.cell, verdict.model, lower, sds, rework, weeks)


def _was_tried(cell: Cell, question: Question, policy: Policy) -> bool:
    """Whether the cell was raised within the last weeks: then it ran on less, and that did not do."""
    since = question.weeks[-TRIED_WEEKS:][0].start
    step = step_on(*policy.rules.ladder.names)
    pairs = pairwise(spells_of(question, cell))
    return any(new.start >= since and (step(old, new) or 0) > 0 for old, new in pairs)


def _whole_weeks(verdict: Verdict, question: Question) -> int:
    """Since the assignment; the first table counts as assigned from the first row."""
    spells = spells_of(question, verdict.cell)
    if len(spells) > 1:
        return sum(week.start >= spells[-1].start for week in question.weeks)
    first = verdict.weeks[0].week if verdict.weeks else question.week.label
    return sum(week.label >= first for week in question.weeks)
