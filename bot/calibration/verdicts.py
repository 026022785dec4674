"""One cell's facts in, one verdict out: the rule, then what holds a promotion back, then the notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.calibration import chart
from bot.calibration.chart import above
from bot.calibration.checks import checks
from bot.calibration.conclusions import Afterwards
from bot.calibration.costs import TokensRatio, is_priced, sd_cost, token_cost
from bot.calibration.counts import Counts
from bot.calibration.facts import Facts
from bot.calibration.findings import CostEffect, Note, Outcome, Reason, Verdict
from bot.calibration.verdict_rules import RULES, Case
from bot.policy import Policy


def verdict_on(
    facts: Facts,
    policy: Policy,
    rises: Sequence[Afterwards] = (),
    *,
    held: bool = False,
    measured: Mapping[str, TokensRatio] = MappingProxyType({}),
) -> Verdict:
    """The verdict on one cell (SPEC § 7); `held` while a fleet shift goes on that nobody accepted.

    `rises` are those of the cell, oldest first; `measured` the tokens ratios of each rung to the next one up
    that the team's promotions tell.
    """
    case = case_of(facts, policy)
    outcome, reason = RULES[policy.promotion.rule](case, policy.promotion)
    looked_at = checks(facts, case, outcome, policy, held=held)
    against = tuple(check.reason for check in looked_at if check.holds)
    reasons = against if against and outcome is Outcome.KEEP else (*against, reason)
    outcome = Outcome.INVESTIGATE if against else outcome
    proposed = policy.rules.ladder.above(facts.model) if outcome is Outcome.PROMOTE else None
    return Verdict(
        cell=facts.cell,
        model=facts.model,
        outcome=outcome,
        proposed=proposed,
        reasons=reasons,
        notes=tuple(_notes(facts, outcome, policy)),
        gate=policy.rules.floor(facts.cell) is not None,
        tally=case.tally,
        issue_tally=case.issue_tally,
        week=facts.week,
        window=facts.window,
        raw_rework=_judged(facts, policy, raw=True).rework,
        troubled=facts.window_troubled,
        drifted=facts.drifted,
        escalated=facts.escalated,
        ran=facts.ran,
        before_assignment=facts.before_assignment,
        more_sds=_more_sds(case, reasons, policy),
        rise=_news(facts, policy, rises),
        cost=None
        if proposed is None
        else _cost(facts, proposed, policy, measured.get(facts.model)),
        spent=sd_cost(facts.costs, policy),
        causes=facts.causes,
        weeks=facts.weeks,
        runs=facts.runs,
        old_first_runs=facts.old_first_runs,
        ids=facts.ids,
    )


def case_of(facts: Facts, policy: Policy) -> Case:
    """What the rule looks at."""
    gate = policy.rules.floor(facts.cell) is not None
    return Case(
        week=facts.week,
        window=facts.window,
        tally=chart.tally(facts.weeks, policy.promotion),
        issue_tally=chart.tally(facts.weeks, policy.promotion, chart.issue_gain),
        movable=not gate and policy.rules.ladder.above(facts.model) is not None,
        stuck=Reason.GATE if gate else Reason.TOP_OF_LADDER,
    )


def _judged(facts: Facts, policy: Policy, raw: bool = False) -> Counts:
    """What the rule takes its rate from: the window, or under `threshold` the week."""
    if policy.promotion.rule == "threshold":
        return facts.week_raw if raw else facts.week
    return facts.window_raw if raw else facts.window


def _notes(facts: Facts, outcome: Outcome, policy: Policy) -> Iterator[Note]:
    expected = policy.rung(facts.model).expected_rework
    checks = {
        Note.ABOVE_EXPECTED: outcome is Outcome.KEEP
        and expected is not None
        and above(_judged(facts, policy), expected),
        Note.ASSUMED_RUNS: facts.assumed > 0,
        Note.BEFORE_ASSIGNMENT: facts.before_assignment > 0,
        Note.BUDGET_MISMATCH: facts.contradicted > 0,
        Note.ESCALATION: facts.escalated > 0,
        Note.FLEET_SHIFT: facts.shifted and facts.week.sds > 0,
        Note.MODEL_DRIFT: facts.drifted > 0,
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


def _news(facts: Facts, policy: Policy, rises: Sequence[Afterwards]) -> Afterwards | None:
    """The rise that brought the model while it is news: SDs this week, all of them in the window."""
    news = facts.week.sds and len(facts.weeks) <= policy.promotion.window_weeks
    last = rises[-1] if news and rises else None
    return last if last is not None and last.ended is None else None


def _cost(
    facts: Facts, proposed: str, policy: Policy, measured: TokensRatio | None
) -> CostEffect | None:
    """What the week's SDs would have cost more, in the one unit of all costs."""
    if not facts.tokens or facts.shifted:
        return None
    before, after = (token_cost(rung, policy) for rung in (facts.model, proposed))
    after *= measured.ratio if measured else 1
    added = facts.tokens * (after - before)
    return CostEffect(facts.tokens, after / before, added, is_priced(policy), measured)
