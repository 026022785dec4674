"""What speaks against a verdict: each hold and each doubt, with the numbers that make it hold or not.

In: a cell's facts and what the rule says of it. Out: a `Check` for every one, so that the verdict and its
explanation read the same rule. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.calibration import chart
from bot.calibration.chart import above
from bot.calibration.facts import Facts
from bot.calibration.findings import Outcome, Reason
from bot.calibration.verdict_rules import Case, grounds
from bot.policy import Policy, Promotion

MOST_ESCALATED = 20
"""Percent of a week's SDs that may also run on a stronger rung without a KEEP being doubted."""


@dataclass(frozen=True)
class Check:
    """One thing that makes a verdict INVESTIGATE, looked at."""

    reason: Reason
    asked: bool
    """Whether what the rule says lets it matter at all."""
    met: bool
    """Whether its condition holds, asked or not."""
    numbers: Mapping[str, int]
    """What the condition compares, by name: SDs, percents, 0 or 1 for no or yes, tallies in 1/100 SD."""

    @property
    def holds(self) -> bool:
        """Whether it turns the verdict."""
        return self.asked and self.met


def checks(
    facts: Facts, case: Case, outcome: Outcome, policy: Policy, *, held: bool
) -> tuple[Check, ...]:
    """Every check of SPEC § 7 in the order of its reasons; `outcome` is the rule's, `held` a fleet shift's.

    The doubts, which turn a KEEP and nothing else, are asked where nothing holds.
    """
    holds = tuple(_holds(facts, case, outcome, policy, held))
    plain = outcome is Outcome.KEEP and not any(check.holds for check in holds)
    return *holds, *_doubts(facts, plain)


def _holds(
    facts: Facts, case: Case, outcome: Outcome, policy: Policy, held: bool
) -> Iterator[Check]:
    """What makes a verdict INVESTIGATE whatever the rule says: the evidence is not about the model."""
    promotes = outcome is Outcome.PROMOTE
    yield Check(Reason.FLEET_SHIFT, promotes, held, {})
    yield _other_cause(facts, case, policy.promotion)
    # Work that already runs on the proposed rung, the next one, or above speaks for the promotion.
    speaks = facts.drifted_up if promotes else 0
    drift = {"drifted": facts.drifted, "drifted_up": speaks, "ran": facts.ran}
    yield Check(Reason.MODEL_DRIFT, True, 2 * (facts.drifted - speaks) > facts.ran, drift)
    lifted = policy.promotion.unlisted != "hold"
    entry = {"listed": int(facts.listed), "proposed_all_the_same": int(lifted)}
    yield Check(Reason.UNLISTED, promotes, not facts.listed and not lifted, entry)


def _other_cause(facts: Facts, case: Case, promotion: Promotion) -> Check:
    """Whether rework would promote had every cause counted, and what counts alone does not."""
    asked = facts.week.sds > 0
    if promotion.rule == "threshold":
        allowed, enough = promotion.promote_above, facts.week.sds >= promotion.min_sds
        met = enough and above(facts.week_raw, allowed) and not above(facts.week, allowed)
        numbers = {"any_cause": facts.week_raw.rework, "counted": facts.week.rework}
        return Check(Reason.OTHER_CAUSE, asked, met, {**numbers, "sds": facts.week.sds})
    of_any_cause = chart.tally(facts.weeks, promotion, chart.any_cause_gain)
    counted = grounds(case.tally, case.issue_tally, promotion)
    numbers = {"any_cause_tally": of_any_cause, "tally": case.tally}
    if promotion.count_issues:
        numbers["issue_tally"] = case.issue_tally
    met = chart.at_bar(of_any_cause, promotion) and counted is None
    return Check(Reason.OTHER_CAUSE, asked, met, numbers)


def _doubts(facts: Facts, asked: bool) -> Iterator[Check]:
    """What turns a KEEP, and nothing else, into INVESTIGATE: the logs do not tell the whole story."""
    more = 100 * facts.escalated > MOST_ESCALATED * facts.ran
    redone = {"escalated": facts.escalated, "ran": facts.ran}
    yield Check(Reason.ESCALATION, asked, more, redone)
    wrong = {"contradicted": facts.contradicted}
    yield Check(Reason.BUDGET_MISMATCH, asked, facts.contradicted > 0, wrong)
