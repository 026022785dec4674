"""One cell's whole calculation, for people who ask how a verdict came to be. Pure.

In: the evidence, the question it answers and the policy. Out: every week of the cell's model with what it did
to each tally, what the rule made of them, and every check with its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calibration import chart
from bot.calibration.checks import Check, checks
from bot.calibration.costs import measured_steps
from bot.calibration.counts import WeekCounts
from bot.calibration.facts import OfCell, by_cell, counts_of, gather, of_spell, spells_of
from bot.calibration.findings import Outcome, Reason, Review, Scope, Verdict
from bot.calibration.fleet import Flag, FleetShift
from bot.calibration.queue import in_turn, ranks
from bot.calibration.review import review, shifts_in
from bot.calibration.verdict_rules import RULES
from bot.calibration.verdicts import case_of, verdict_on
from bot.evidence.records import CellWeek, Evidence, Question
from bot.policy import Policy, Promotion


class Aside(StrEnum):
    """Why a week of the cell's model is no evidence: machine-readable, stable."""

    NO_OUTCOMES = "no-outcomes"
    FLEET_SHIFT = "fleet-shift"
    ACCEPTED_SHIFT = "accepted-shift"
    OLD_VERSION = "old-version"


@dataclass(frozen=True)
class Fold:
    """What one week did to one tally, in 1/100 SD."""

    before: int
    gain: int
    """What the week has above the allowance, before the cap."""
    after: int


@dataclass(frozen=True)
class FoldedWeek:
    """One week of the calculation."""

    counts: WeekCounts
    aside: Aside | None
    """Why the week leaves every tally as it is; None where it counts."""
    rework: Fold
    issues: Fold
    """Of the second tally."""


@dataclass(frozen=True)
class Turn:
    """A promotion's place among those of a week that proposes only so many."""

    place: int
    """From 1 on."""
    of: int
    """How many ask."""


@dataclass(frozen=True)
class Explanation:
    """Everything one cell's verdict stands on."""

    week: str
    """Label of the reviewed week."""
    promotion: Promotion
    cell: Cell
    gate: str | None
    """The rung the cell may not go below, where it is a gate."""
    above: str | None
    """The next rung up."""
    since: int | None
    """When the model was assigned, seconds since the epoch; None for the first table: from the first row."""
    bystander: bool
    """Whether the agent stands for sessions of people: no verdict is shown, whatever its rows say."""
    verdict: Verdict
    """What the review says; in a week without any row nothing is decided, and this is as if it were."""
    nothing_logged: bool
    """Whether the reviewed week has no row at all: then nothing is decided."""
    ruled: tuple[Outcome, Reason]
    """What the rule says before any check."""
    steps: tuple[FoldedWeek, ...]
    """Every week with SDs on the model since it was assigned, oldest first."""
    checks: tuple[Check, ...]
    turn: Turn | None
    """Set where the outcome is PROMOTE."""
    shift: FleetShift | None
    """The fleet shift that goes on in the reviewed week, if one does."""
    accepted: Flag | None
    """That of the reviewed week, where the policy accepts it."""
    no_outcomes: bool
    """Whether nobody logged outcomes in the reviewed week nor shortly before."""


def explain(cell: Cell, evidence: Evidence, question: Question, policy: Policy) -> Explanation:
    """The calculation of one cell, be it in the table or not, with rows or without."""
    said = by_cell(evidence, question).get(cell)
    shifts = shifts_in(evidence, question, policy)
    held = shifts.running is not None
    aside = {*evidence.no_outcomes, *shifts.left_out}
    measured = measured_steps(evidence, question, aside)
    window = policy.promotion.window_weeks
    facts = gather(cell, said, question, window, evidence.no_outcomes, shifts.left_out)
    case = case_of(facts, policy)
    outcome, reason = RULES[policy.promotion.rule](case, policy.promotion)
    spells = spells_of(question, cell)
    return Explanation(
        week=question.week.label,
        promotion=policy.promotion,
        cell=cell,
        gate=policy.rules.floor(cell),
        above=policy.rules.ladder.above(facts.model),
        since=spells[-1].start if spells[1:] else None,
        bystander=cell.agent == question.bystander,
        verdict=verdict_on(facts, policy, held=held, measured=measured),
        nothing_logged=evidence.rows == 0,
        ruled=(outcome, reason),
        steps=tuple(_steps(_weeks(said, spells[-1], evidence, shifts.left_out, policy), policy)),
        checks=checks(facts, case, outcome, policy, held=held),
        turn=_turn(cell, review(evidence, question, policy, Scope())),
        shift=shifts.running,
        accepted=shifts.accepted(question.week.label),
        no_outcomes=question.week.label in evidence.no_outcomes,
    )


def _weeks(
    said: OfCell | None,
    spell: Spell,
    evidence: Evidence,
    left_out: frozenset[str],
    policy: Policy,
) -> Iterator[tuple[WeekCounts, Aside | None]]:
    """The weeks of the spell, oldest first, each with why it is set aside."""
    rows = () if said is None else said.weeks
    evident = of_spell(rows, spell)

    def aside(row: CellWeek) -> Aside | None:
        if row.week in evidence.no_outcomes:
            return Aside.NO_OUTCOMES
        if row not in evident:
            return Aside.OLD_VERSION
        if row.week not in left_out:
            return None
        accepted = policy.promotion.accepts(row.week)
        return Aside.ACCEPTED_SHIFT if accepted else Aside.FLEET_SHIFT

    own = [row for row in rows if (row.model, row.spell_start) == (spell.model, spell.start)]
    for row in sorted(own, key=lambda row: (row.week, not row.old_version)):
        yield counts_of(row), aside(row)


def _steps(
    weeks: Iterator[tuple[WeekCounts, Aside | None]], policy: Policy
) -> Iterator[FoldedWeek]:
    rework = issues = Fold(0, 0, 0)
    for counts, aside in weeks:
        rework = _fold(rework, counts, aside, chart.rework_gain, policy.promotion)
        issues = _fold(issues, counts, aside, chart.issue_gain, policy.promotion)
        yield FoldedWeek(counts, aside, rework, issues)


def _fold(
    last: Fold, counts: WeekCounts, aside: Aside | None, gain: chart.Gain, promotion: Promotion
) -> Fold:
    if aside is not None:
        return Fold(last.after, 0, last.after)
    gained = gain(counts, promotion)
    return Fold(last.after, gained, chart.step(last.after, gained, promotion))


def _turn(cell: Cell, found: Review) -> Turn | None:
    asked: Sequence[Cell] = in_turn(ranks(found, found.changes))
    return Turn(asked.index(cell) + 1, len(asked)) if cell in asked else None
