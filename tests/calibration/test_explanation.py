"""`plan --explain` reads what the verdict reads: its steps end at its tally, its checks are its reasons."""

from __future__ import annotations

import pytest

from bot.allocation.names import Cell
from bot.calibration.explanation import Aside, Fold, Turn, explain
from bot.calibration.findings import Outcome, Reason, Scope
from bot.calibration.review import review
from tests.calibration.test_review import TABLE
from tests.support.facts import (
    ASSIGNED,
    TESTING,
    WEEK,
    cell_sds,
    cell_week,
    evidence,
    question,
    shipped_policy,
)


def explained(*rows, policy=None, cell=TESTING, model="sonnet", **more):
    """The calculation of one cell of a table that lists TESTING/EXEC, and the review's verdict on it."""
    policy = policy or shipped_policy()
    told = evidence(*rows, **{"rows": 1, **more})
    asked = question(policy, {TESTING: ((model, ASSIGNED),)})
    said = explain(cell, told, asked, policy)
    verdicts = review(told, asked, policy, Scope()).verdicts
    assert said.verdict in verdicts or cell not in {v.cell for v in verdicts}
    return said


def held_by(said):
    return [check.reason for check in said.checks if check.holds]


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
@pytest.mark.parametrize(("k", "n"), [pair for pair in TABLE if pair[1]])
def test_the_calculation_ends_at_the_tally_and_the_ruling_of_the_verdict(k, n, rule):
    said = explained(cell_week(n, k), policy=shipped_policy(rule=rule))
    (step,) = said.steps
    assert step.rework.after == said.verdict.tally
    assert step.issues.after == said.verdict.issue_tally
    assert said.ruled == (said.verdict.outcome, said.verdict.reasons[0])
    assert held_by(said) == []


def test_every_week_is_a_step_from_the_tally_of_the_one_before():
    weeks = [(47, 0, 30), (48, 4, 5), (49, 3, 5)]
    rows = [cell_week(n, k, week=f"2025-W{w}", troubled=k + 1) for w, k, n in weeks]
    said = explained(*rows)
    assert [step.rework for step in said.steps] == [
        Fold(0, -600, -400),
        Fold(-400, 300, -200),
        Fold(-200, 200, 0),
    ]
    assert [step.issues for step in said.steps] == [
        Fold(0, -550, -400),
        Fold(-400, 350, -200),
        Fold(-200, 250, 0),
    ]


def test_what_holds_is_a_reason_and_what_does_not_is_shown_with_its_numbers_too():
    drift = cell_week(5, 0, model="haiku", spell_start=None, drifted=5)
    said = explained(cell_week(4, 3), drift, cell_sds=(cell_sds(cell_week(4, 3), drift, sds=9),))
    assert held_by(said) == [Reason.MODEL_DRIFT]
    assert said.verdict.reasons == (Reason.MODEL_DRIFT, Reason.ABOVE_BAR)
    assert said.ruled == (Outcome.PROMOTE, Reason.ABOVE_BAR)
    numbers = {check.reason: dict(check.numbers) for check in said.checks}
    assert numbers == {
        Reason.FLEET_SHIFT: {},
        Reason.OTHER_CAUSE: {"any_cause_tally": 200, "tally": 200, "issue_tally": 200},
        Reason.MODEL_DRIFT: {"drifted": 5, "drifted_up": 0, "ran": 9},
        Reason.UNLISTED: {"listed": 1, "proposed_all_the_same": 0},
        Reason.ESCALATION: {"escalated": 0, "ran": 9},
        Reason.BUDGET_MISMATCH: {"contradicted": 0},
    }


def test_a_doubt_that_is_met_but_not_asked_turns_nothing():
    row = cell_week(5, 3)
    said = explained(row, cell_sds=(cell_sds(row, escalated=(("sonnet", 3),), contradicted=1),))
    met = [(check.reason, check.asked) for check in said.checks if check.met]
    assert met == [(Reason.ESCALATION, False), (Reason.BUDGET_MISMATCH, False)]
    assert said.verdict.outcome is Outcome.PROMOTE


def test_doubts_are_not_asked_where_a_hold_turns_the_keep():
    row = cell_week(10, 1, raw=4)
    said = explained(row, cell_sds=(cell_sds(row, contradicted=1),))
    assert held_by(said) == [Reason.OTHER_CAUSE] == list(said.verdict.reasons)


def test_weeks_that_are_no_evidence_leave_the_tally_and_say_why():
    rows = [
        cell_week(5, 4, week="2025-W40", old_version=True),
        cell_week(5, 4, week="2025-W45", epoch=1),
        cell_week(5, 0, week="2025-W46", epoch=1),
        cell_week(5, 5, week="2025-W47", epoch=1),
        cell_week(5, 2, epoch=1),
    ]
    accepting = shipped_policy(accepted_shifts=["2025-W47"])
    said = explained(*rows, policy=accepting, no_outcomes=("2025-W46",))
    assert [(step.aside, step.rework.after) for step in said.steps] == [
        (Aside.OLD_VERSION, 0),
        (None, 200),
        (Aside.NO_OUTCOMES, 200),
        (Aside.ACCEPTED_SHIFT, 200),
        (None, 300),
    ]
    assert said.verdict.tally == 300


def test_of_one_week_in_two_versions_only_the_later_counts():
    rows = [cell_week(5, 4, old_version=True), cell_week(3, 3, epoch=1)]
    said = explained(*rows)
    assert [(step.aside, step.counts.sds) for step in said.steps] == [
        (Aside.OLD_VERSION, 5),
        (None, 3),
    ]
    assert said.verdict.tally == 200


def test_a_gate_the_top_rung_and_a_cell_without_rows_have_a_calculation():
    gated = explained(cell_week(5, 3), policy=shipped_policy(gates=True))
    assert (gated.gate, gated.verdict.reasons) == ("opus", (Reason.GATE,))
    top = explained(cell_week(5, 3, model="opus"), model="opus")
    assert (top.above, top.verdict.reasons) == (None, (Reason.TOP_OF_LADDER,))
    empty = explained(cell_week(5, 3), cell=Cell("LEAD", "TESTING"))
    assert (empty.steps, empty.verdict.reasons) == ((), (Reason.NO_RUNS,))


def test_an_agent_that_no_phase_lists_is_held_by_that():
    cell = Cell("EXEC", "TESTNG")
    said = explained(cell_week(5, 3, cell=cell), cell=cell)
    assert held_by(said) == [Reason.UNLISTED]


def test_a_promotion_knows_its_place_among_those_of_the_week():
    other = Cell("LEAD", "TESTING")
    rows = (
        cell_week(5, 3),
        cell_week(5, 3, cell=other, week="2025-W48"),
        cell_week(5, 3, cell=other),
    )
    assert explained(*rows).turn == Turn(2, 2)
    assert explained(*rows, cell=other).turn == Turn(1, 2)
    assert explained(cell_week(5, 0)).turn is None
    assert explained(*rows).week == WEEK
