"""The whole table's review: evidence and policy in, every verdict and the decided changes out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bot.calibration import zones
from bot.calibration.afterwards import Judging, Step, step_on
from bot.calibration.avoided import rises_of
from bot.calibration.chart import above, calls_for_promotion
from bot.calibration.costs import measured_steps
from bot.calibration.facts import by_cell, gather, spells_of
from bot.calibration.findings import Change, GatedPromotion, Outcome, Reason, Review, Scope, Verdict
from bot.calibration.shifts import Shifts, find
from bot.calibration.trials import trials
from bot.calibration.verdicts import verdict_on
from bot.evidence.records import Evidence, Question
from bot.policy import Policy


def review(evidence: Evidence, question: Question, policy: Policy, scope: Scope) -> Review:
    """Judge every explicit cell and every cell with rows that the scope covers."""
    rows = by_cell(evidence, question)
    shifts = shifts_in(evidence, question, policy)
    nothing_logged = evidence.rows == 0  # then nothing is decided, and no verdict is shown
    cells = () if nothing_logged else question.explicit | rows.keys()
    covered = sorted(filter(scope.covers, cells), key=policy.rules.order)
    window = policy.promotion.window_weeks
    aside = {*evidence.no_outcomes, *shifts.left_out}
    measured = measured_steps(evidence, question, aside)
    judging = judging_by(policy, aside)
    past = filter(scope.covers, () if nothing_logged else question.spells.keys() | rows.keys())
    rises = {
        cell: rises_of(cell, rows.get(cell), spells_of(question, cell), judging, policy)
        for cell in sorted(past, key=policy.rules.order)
    }
    verdicts = [
        verdict_on(
            gather(cell, rows.get(cell), question, window, evidence.no_outcomes, shifts.left_out),
            policy,
            rises.get(cell, ()),
            held=shifts.running is not None,
            measured=measured,
        )
        for cell in covered
    ]
    return Review(
        week=question.week.label,
        promotion=policy.promotion,
        scope=scope,
        verdicts=tuple(verdicts),
        changes=tuple(_changes(verdicts)),
        refused=() if shifts.running else tuple(_refused(verdicts, policy)),
        budget=zones.status(
            evidence.usage, question.week.label, policy.rules.phases, policy.budget
        ),
        nothing_logged=nothing_logged,
        afterwards=tuple(rise for of_cell in rises.values() for rise in of_cell),
        trials=tuple(trials(verdicts, rises, question, policy)),
        shift=shifts.running,
        accepted=shifts.accepted(question.week.label),
        no_outcomes=question.week.label in evidence.no_outcomes,
        left_out=shifts.left_out,
        sd_link=policy.links.sd,
    )


def judging_by(policy: Policy, aside: Collection[str], step: Step | None = None) -> Judging:
    """What rises are judged by: today's policy, without the weeks (labels) that enter nothing.

    `step` is that of today's ladder unless given.
    """
    step = step or step_on(*policy.rules.ladder.names)
    return Judging(policy.promotion, step, policy.week.calendar, policy.rules.allows, aside)


def shifts_in(evidence: Evidence, question: Question, policy: Policy) -> Shifts:
    """The fleet shifts of the weeks with outcomes, of versions and agents that are evidence."""
    silent = {*evidence.no_outcomes}
    evident = [
        row
        for row in evidence.cell_weeks
        if row.week not in silent and not row.old_version and row.cell.agent != question.bystander
    ]
    return find(evident, question, policy.promotion)


def _changes(verdicts: Sequence[Verdict]) -> Iterator[Change]:
    for verdict in verdicts:
        if verdict.outcome is Outcome.PROMOTE and verdict.proposed is not None:
            yield Change(verdict.cell, verdict.model, verdict.proposed)


def _refused(verdicts: Sequence[Verdict], policy: Policy) -> Iterator[GatedPromotion]:
    """Gate cells that the rule would have promoted: asked for by the evidence, forbidden by the gate."""
    for verdict in verdicts:
        higher = policy.rules.ladder.above(verdict.model)
        if Reason.GATE in verdict.reasons and higher is not None and _asked(verdict, policy):
            sentence = f"{verdict.cell} is a gate: the bot never edits it; {higher} is for people to decide"
            yield GatedPromotion(verdict.cell, sentence)


def _asked(verdict: Verdict, policy: Policy) -> bool:
    if policy.promotion.rule == "threshold":
        return above(verdict.week, policy.promotion.promote_above)
    return calls_for_promotion(verdict.weeks, policy.promotion)
