"""SPEC § 7: what holds a promotion back, and what only turns a KEEP into INVESTIGATE."""

import pytest

from bot.calibration.findings import Note, Outcome, Reason
from bot.evidence.records import SdRun
from tests.calibration.test_review import judged
from tests.support.facts import cell_sds, cell_week, shipped_policy

P, K, I = Outcome.PROMOTE, Outcome.KEEP, Outcome.INVESTIGATE  # noqa: E741 (the letters of the table)
R = Reason
OTHER = tuple(SdRun(f"X-{i}", False, False, False, (), False, False) for i in range(9))
"""SDs that ran on no other row's model."""


def elsewhere(sds, model):
    """SDs that drifted to a model."""
    return cell_week(sds, 0, model=model, spell_start=None, drifted=sds, runs=OTHER[:sds])


# ------------------------------------------------------------------------------------ other-cause


def test_any_cause_at_the_bar_and_counted_causes_below_it_is_investigated():
    verdict = judged(cell_week(5, 1, raw=3))
    assert (verdict.outcome, verdict.reasons) == (I, (R.OTHER_CAUSE, R.BETWEEN_THRESHOLDS))


def test_a_keep_with_rework_from_other_causes_at_the_bar_becomes_investigate():
    verdict = judged(cell_week(10, 1, raw=4))
    assert (verdict.outcome, verdict.reasons) == (I, (R.OTHER_CAUSE,))
    assert judged(cell_week(10, 1, raw=3)).outcome is K


def test_other_causes_add_up_over_weeks_like_any_tally():
    weeks = [cell_week(10, 0, raw=3, week=f"2025-W{week}") for week in (47, 48)]
    assert judged(weeks[0], cell_week(10, 0, raw=2)).outcome is K
    assert judged(*weeks, cell_week(10, 0, raw=2)).reasons == (R.OTHER_CAUSE,)


@pytest.mark.parametrize("raw", [3, 4, 5])
def test_what_counted_causes_justify_alone_is_never_held_back(raw):
    assert judged(cell_week(5, 3, raw=raw)).outcome is P
    by_issues = judged(cell_week(5, 1, troubled=5, raw=raw))
    assert (by_issues.outcome, by_issues.reasons) == (P, (R.QUALITY_ISSUES,))


def test_a_tally_at_the_bar_promotes_though_the_pooled_rate_is_mostly_other_causes():
    """The pooled counted rate may be at most 20 % while the tally stands at the bar."""
    good = [cell_week(20, 2, raw=8, week=f"2025-W{week}") for week in range(10, 20)]
    bad = [cell_week(5, 4, week=f"2025-W{week}") for week in (46, 47, 48)]
    verdict = judged(*good, *bad, cell_week(5, 4))
    assert (verdict.outcome, verdict.reasons) == (P, (R.ABOVE_BAR,))


def test_a_week_without_sds_repeats_no_question_about_causes():
    verdict = judged(cell_week(5, 0, raw=3, week="2025-W48"))
    assert (verdict.outcome, verdict.reasons) == (K, (R.NO_RUNS,))


@pytest.mark.parametrize(("raw", "outcome"), [(20, K), (21, I)], ids=["20 %", "21 %"])
def test_under_the_threshold_rule_the_raw_rate_of_the_week_decides(raw, outcome):
    rows = cell_week(100, 5, raw=raw), cell_week(5, 0, raw=5, week="2025-W48")
    verdict = judged(*rows, policy=shipped_policy(rule="threshold"))
    assert verdict.outcome is outcome
    few = judged(*rows, policy=shipped_policy(rule="threshold", min_sds=101))
    assert few.reasons == (R.THIN_EVIDENCE,)


# ------------------------------------------------------------------------------------ model-drift


@pytest.mark.parametrize("model", ["haiku", None], ids=["a weaker rung", "an unknown model"])
def test_most_sds_on_another_model_hold_a_promotion_back(model):
    verdict = judged(cell_week(4, 3), elsewhere(5, model))
    assert (verdict.outcome, verdict.reasons) == (I, (R.MODEL_DRIFT, R.ABOVE_BAR))


def test_drift_to_the_proposed_rung_lets_the_promotion_stand():
    verdict = judged(cell_week(4, 3), elsewhere(5, "opus"))
    assert (verdict.outcome, verdict.reasons) == (P, (R.ABOVE_BAR,))
    assert Note.MODEL_DRIFT in verdict.notes


def test_redoing_every_failure_one_rung_up_delays_no_promotion():
    """Issue 9: 5 of 5 SDs reworked and redone on opus for four weeks were INVESTIGATE at T = 8.00."""
    labels = [f"2025-W{week}" for week in (46, 47, 48, 49)]
    for last in range(1, 5):
        failed = [cell_week(5, 5, week=label) for label in labels[-last:]]
        redone = [
            cell_week(5, 0, week=label, model="opus", spell_start=None) for label in labels[-last:]
        ]
        week = cell_sds(failed[-1], redone[-1], escalated=(("sonnet", 5),))
        verdict = judged(*failed, *redone, cell_sds=(week,))
        assert (verdict.outcome, verdict.tally) == (P, 200 * last)


def test_drift_above_the_proposed_rung_lets_the_promotion_stand():
    rows = cell_week(4, 3, model="haiku"), elsewhere(5, "opus")
    verdict = judged(*rows, assigned=(("haiku", 1_000),))
    assert (verdict.outcome, verdict.proposed) == (P, "sonnet")


def test_drift_upwards_still_turns_a_keep_into_investigate():
    assert judged(cell_week(4, 0), elsewhere(5, "opus")).reasons[0] is R.MODEL_DRIFT


def test_exactly_half_the_sds_on_another_model_are_not_most():
    assert judged(cell_week(4, 3), elsewhere(4, "haiku")).outcome is P


# --------------------------------------------------------------------- escalation, budget-mismatch


@pytest.mark.parametrize(("stronger", "outcome"), [(1, K), (2, I)], ids=["20 %", "40 %"])
def test_a_keep_with_more_than_a_fifth_also_on_a_stronger_rung_is_investigated(stronger, outcome):
    row = cell_week(5, 0)
    verdict = judged(row, cell_sds=(cell_sds(row, escalated=(("sonnet", stronger),)),))
    assert verdict.outcome is outcome
    assert verdict.reasons == ((R.ESCALATION,) if outcome is I else (R.WITHIN_ALLOWANCE,))
    assert Note.ESCALATION in verdict.notes


def test_whether_a_fifth_escalated_is_asked_of_all_of_the_weeks_sds_whatever_was_in_force_for_them():
    row, kept = cell_week(5, 0), cell_week(5, 0, model="haiku", spell_start=1)
    for stronger, outcome in ((2, K), (3, I)):
        week = cell_sds(row, kept, sds=10, escalated=(("haiku", stronger),))
        verdict = judged(row, kept, cell_sds=(week,))
        assert (verdict.outcome, verdict.escalated) == (outcome, stronger)


def test_escalation_holds_no_promotion_back():
    row = cell_week(5, 3)
    verdict = judged(row, cell_sds=(cell_sds(row, escalated=(("sonnet", 3),)),))
    assert (verdict.outcome, verdict.reasons) == (P, (R.ABOVE_BAR,))


def test_a_keep_on_a_token_log_that_contradicts_itself_is_investigated():
    row = cell_week(5, 0)
    verdict = judged(row, cell_sds=(cell_sds(row, contradicted=1),))
    assert (verdict.outcome, verdict.reasons) == (I, (R.BUDGET_MISMATCH,))
    assert Note.BUDGET_MISMATCH in verdict.notes


def test_a_token_log_that_contradicts_itself_holds_no_promotion_back():
    row = cell_week(5, 3)
    verdict = judged(row, cell_sds=(cell_sds(row, contradicted=1),))
    assert (verdict.outcome, verdict.reasons) == (P, (R.ABOVE_BAR,))
    assert Note.BUDGET_MISMATCH in verdict.notes


# --------------------------------------------------------------------------------- above-expected


def test_a_rate_above_the_one_to_expect_is_a_note_and_no_more():
    verdict = judged(cell_week(100, 12))
    assert (verdict.outcome, verdict.reasons) == (K, (R.WITHIN_ALLOWANCE,))
    assert Note.ABOVE_EXPECTED in verdict.notes
