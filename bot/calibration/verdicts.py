"""One cell's facts in, one verdict out: the rule, then what holds a promotion back, then the notes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from bot.calibration import chart
from bot.calibration.chart import above
from bot.calibration.facts import Facts
from bot.calibration.findings import (
    CostEffect,
    Counts,
    Improvement,
    Note,
    Outcome,
    Reason,
    Verdict,
)
from bot.calibration.verdict_rules import RULES, Case
from bot.policy import Policy

MILLION = 1_000_000


def verdict_on(facts: Facts, policy: Policy) -> Verdict:
    """The verdict on one cell (SPEC § 7)."""
    case = _case(facts, policy)
    outcome, reason = RULES[policy.promotion.rule](case, policy.promotion)
    held = tuple(_holds(facts, case, outcome, policy))
    reasons = held + ((reason,) if outcome is not Outcome.KEEP or not held else ())
    outcome = Outcome.INVESTIGATE if held else outcome
    proposed = policy.rules.ladder.above(facts.model) if outcome is Outcome.PROMOTE else None
    return Verdict(
        cell=facts.cell,
        model=facts.model,
        outcome=outcome,
        proposed=proposed,
        reasons=reasons,
        notes=tuple(_notes(facts, outcome, reasons, policy)),
        gate=policy.rules.floor(facts.cell) is not None,
        tally=case.tally,
        issue_tally=case.issue_tally,
        week=facts.week,
        window=facts.window,
        raw_rework=_judged(facts, policy, raw=True).rework,
        troubled=facts.window_troubled,
        drifted=facts.drifted,
        ran=facts.ran,
        before_assignment=facts.before_assignment,
        more_sds=_more_sds(case, reasons, policy),
        improvement=_improvement(facts, policy),
        cost=None if proposed is None else _cost(facts, proposed, policy),
        causes=facts.causes,
        weeks=facts.weeks,
        runs=facts.runs,
        old_first_runs=facts.old_first_runs,
        ids=facts.ids,
    )


def _case(facts: Facts, policy: Policy) -> Case:
    gate = policy.rules.floor(facts.cell) is not None
    return Case(
        week=facts.week,
        window=facts.window,
        tally=chart.tally(chart.rework_counts(facts.weeks), policy.promotion),
        issue_tally=chart.tally(chart.issue_counts(facts.weeks), policy.promotion),
        movable=not gate and policy.rules.ladder.above(facts.model) is not None,
        stuck=Reason.GATE if gate else Reason.TOP_OF_LADDER,
    )


def _judged(facts: Facts, policy: Policy, raw: bool = False) -> Counts:
    """What the rule takes its rate from: the window, or under `threshold` the week."""
    if policy.promotion.rule == "threshold":
        return facts.week_raw if raw else facts.week
    return facts.window_raw if raw else facts.window


def _holds(facts: Facts, case: Case, outcome: Outcome, policy: Policy) -> Iterator[Reason]:
    """What makes a verdict INVESTIGATE whatever the rule says: the evidence is not about the model."""
    fresh = bool(facts.week.sds) or outcome is Outcome.PROMOTE
    allowed = policy.promotion.promote_above
    raw, counted = _judged(facts, policy, raw=True), _judged(facts, policy)
    if case.movable and fresh and above(raw, allowed) and not above(counted, allowed):
        yield Reason.OTHER_CAUSE
    if 2 * facts.drifted > facts.ran:
        yield Reason.MODEL_DRIFT
    if outcome is Outcome.PROMOTE and not facts.listed and policy.promotion.unlisted == "hold":
        yield Reason.UNLISTED


def _notes(
    facts: Facts, outcome: Outcome, reasons: tuple[Reason, ...], policy: Policy
) -> Iterator[Note]:
    expected = policy.rung(facts.model).expected_rework
    checks = {
        Note.ABOVE_EXPECTED: outcome is Outcome.KEEP
        and expected is not None
        and above(_judged(facts, policy), expected),
        Note.ASSUMED_RUNS: facts.assumed > 0,
        Note.BEFORE_ASSIGNMENT: facts.before_assignment > 0,
        Note.BUDGET_MISMATCH: facts.mismatch,
        Note.ESCALATION: facts.escalated > 0,
        Note.MODEL_DRIFT: facts.drifted > 0 and Reason.MODEL_DRIFT not in reasons,
        Note.NEW_VERSION: facts.new_version,
        Note.NO_OUTCOMES: facts.no_outcomes,
        Note.OLD_FIRST_RUN: bool(facts.old_first_runs),
        Note.OLD_VERSION: facts.old_version,
        Note.SEVERAL_IDS: len(facts.ids) > 1,
        Note.UNKNOWN_CAUSE: bool(facts.unknown_causes),
        Note.UNKNOWN_MODEL: facts.unknown_model,
        Note.UNLOGGED_SDS: facts.unlogged > 0,
    }
    return (note for note, holds in checks.items() if holds)


def _more_sds(case: Case, reasons: tuple[Reason, ...], policy: Policy) -> int | None:
    if Reason.THIN_EVIDENCE not in reasons:
        return None
    if policy.promotion.rule == "threshold":
        return policy.promotion.min_sds - case.week.sds
    return chart.more_sds(case.tally, case.window, policy.promotion)


def _improvement(facts: Facts, policy: Policy) -> Improvement | None:
    """A comparison while it is news: the current model has SDs this week, all of them in the window."""
    news = facts.week.sds and len(facts.weeks) <= policy.promotion.window_weeks
    return Improvement(*facts.previous) if news and facts.previous is not None else None


def _cost(facts: Facts, proposed: str, policy: Policy) -> CostEffect | None:
    """What the week's tokens would have cost more, by price where both rungs have one."""
    if not facts.tokens:
        return None
    old, new = policy.rung(facts.model), policy.rung(proposed)
    if old.usd_per_million_tokens is not None and new.usd_per_million_tokens is not None:
        before, after = old.usd_per_million_tokens, new.usd_per_million_tokens
        added = facts.tokens * (after - before) / MILLION
        return CostEffect(facts.tokens, Fraction(after, before), added, priced=True)
    before, after = old.relative_cost, new.relative_cost
    added = facts.tokens * (after - before)
    return CostEffect(facts.tokens, Fraction(after, before), added, priced=False)
