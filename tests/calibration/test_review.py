"""Verdicts of SPEC § 7, seen through the whole review."""

import pytest
from msgspec.structs import replace

from bot.allocation.names import Cell
from bot.calibration.conclusions import Conclusion
from bot.calibration.counts import Counts
from bot.calibration.findings import Change, GatedPromotion, Note, Outcome, Reason, Scope, Zone
from bot.calibration.review import review
from bot.evidence.records import NamedIds, OldFirstRun, Usage
from tests.support.facts import (
    ASSIGNED,
    TESTING,
    WEEK,
    cell_sds,
    cell_week,
    evidence,
    question,
    runs,
    shipped_policy,
)

P, K, I = Outcome.PROMOTE, Outcome.KEEP, Outcome.INVESTIGATE  # noqa: E741 (the letters of the table)
R = Reason

# SPEC § 7: k of n SDs on a fresh sonnet: verdict and reason by each rule.
TABLE = {
    (3, 5): ((P, R.ABOVE_BAR), (P, R.ABOVE_THRESHOLD)),
    (2, 5): ((I, R.THIN_EVIDENCE), (P, R.ABOVE_THRESHOLD)),
    (1, 5): ((I, R.BETWEEN_THRESHOLDS), (I, R.BETWEEN_THRESHOLDS)),
    (1, 1): ((I, R.THIN_EVIDENCE), (P, R.ABOVE_THRESHOLD)),
    (2, 2): ((I, R.THIN_EVIDENCE), (P, R.ABOVE_THRESHOLD)),
    (3, 3): ((P, R.ABOVE_BAR), (P, R.ABOVE_THRESHOLD)),
    (3, 10): ((I, R.THIN_EVIDENCE), (P, R.ABOVE_THRESHOLD)),
    (4, 10): ((P, R.ABOVE_BAR), (P, R.ABOVE_THRESHOLD)),
    (7, 30): ((I, R.THIN_EVIDENCE), (P, R.ABOVE_THRESHOLD)),
    (8, 30): ((P, R.ABOVE_BAR), (P, R.ABOVE_THRESHOLD)),
    (21, 100): ((I, R.THIN_EVIDENCE), (P, R.ABOVE_THRESHOLD)),
    (22, 100): ((P, R.ABOVE_BAR), (P, R.ABOVE_THRESHOLD)),
    (0, 5): ((K, R.WITHIN_ALLOWANCE), (K, R.WITHIN_ALLOWANCE)),
    (20, 100): ((I, R.BETWEEN_THRESHOLDS), (I, R.BETWEEN_THRESHOLDS)),
    (15, 100): ((I, R.BETWEEN_THRESHOLDS), (I, R.BETWEEN_THRESHOLDS)),
    (14, 100): ((K, R.WITHIN_ALLOWANCE), (K, R.WITHIN_ALLOWANCE)),
    (0, 0): ((K, R.NO_RUNS), (K, R.NO_RUNS)),
}


def judged(*rows, policy=None, assigned=((("sonnet"), ASSIGNED),), cell=TESTING, **more):
    """The verdict on one cell, alone in the table."""
    policy = policy or shipped_policy()
    found = review(
        evidence(*rows, **{"rows": 1, **more}), question(policy, {cell: assigned}), policy, Scope()
    )
    (verdict,) = [v for v in found.verdicts if v.cell == cell]
    return verdict


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
@pytest.mark.parametrize(("k", "n"), TABLE, ids=[f"{k} of {n}" for k, n in TABLE])
def test_a_fresh_sonnet_cell_gets_the_verdict_of_the_table(k, n, rule):
    rows = [cell_week(n, k)] if n else []
    verdict = judged(*rows, policy=shipped_policy(rule=rule))
    outcome, reason = TABLE[k, n][rule == "threshold"]
    assert (verdict.outcome, verdict.reasons) == (outcome, (reason,))
    assert verdict.proposed == ("opus" if outcome is P else None)
    assert verdict.week == Counts(n, k)


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
@pytest.mark.parametrize(
    ("k", "n", "outcome"),
    [(0, 5, K), (1, 5, K), (20, 100, K), (21, 100, I), (3, 5, I)],
    ids=["0 of 5", "1 of 5", "20 of 100", "21 of 100", "3 of 5"],
)
@pytest.mark.parametrize("gate", [False, True], ids=["top rung", "gate"])
def test_what_cannot_be_promoted_is_kept_up_to_twenty_percent(k, n, outcome, rule, gate):
    policy = shipped_policy(gates=gate, rule=rule)
    verdict = judged(cell_week(n, k, model="opus"), policy=policy, assigned=(("opus", ASSIGNED),))
    reason = R.GATE if gate else R.TOP_OF_LADDER
    assert (verdict.outcome, verdict.gate) == (outcome, gate)
    assert verdict.reasons == ((reason,) if outcome is I else (R.WITHIN_ALLOWANCE,))
    assert verdict.proposed is None


def test_a_gate_below_the_top_is_refused_not_promoted():
    """An extra gate whose floor is sonnet: the evidence asks for opus, the bot never edits a gate."""
    policy = shipped_policy(gates=True)
    gate = replace(policy.gates[1], floor="sonnet")
    policy = replace(policy, gates=[gate])
    found = review(
        evidence(cell_week(5, 3)),
        question(policy, {TESTING: (("sonnet", ASSIGNED),)}),
        policy,
        Scope(),
    )
    assert (found.verdicts[0].outcome, found.verdicts[0].reasons) == (I, (R.GATE,))
    assert found.changes == ()
    sentence = "TESTING/EXEC is a gate: the bot never edits it; opus is for people to decide"
    assert found.refused == (GatedPromotion(TESTING, sentence),)


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
@pytest.mark.parametrize("lifted", [False, True], ids=["hold", "propose"])
@pytest.mark.parametrize(
    ("cell", "k", "held"),
    [
        (Cell("EXEC", "TESTNG"), 3, True),
        (Cell("LEAD", "CODR"), 5, True),
        (Cell("PLAN", "TESTING"), 3, False),
        (Cell("EXEC", "TESTNG"), 0, False),
    ],
    ids=["typo", "invented", "listed in another phase", "typo that keeps"],
)
def test_only_an_agent_that_no_phase_lists_is_held_as_unlisted(cell, k, held, lifted, rule):
    policy = shipped_policy(rule=rule, unlisted="propose" if lifted else "hold")
    asked = question(policy, {TESTING: (("sonnet", ASSIGNED),)})
    found = review(evidence(cell_week(5, k, cell=cell)), asked, policy, Scope())
    verdict = found.verdict(cell)
    assert (R.UNLISTED in verdict.reasons) == (held and not lifted)
    expected = K if k == 0 else I if held and not lifted else P
    assert (verdict.outcome, len(found.changes)) == (expected, expected is P)


def test_a_cell_at_the_default_is_judged_and_promoted_like_any_other():
    cell = Cell("PLAN", "TESTING")
    policy = shipped_policy()
    found = review(
        evidence(cell_week(5, 3, cell=cell)),
        question(policy, {TESTING: (("sonnet", ASSIGNED),)}),
        policy,
        Scope(),
    )
    assert [v.cell for v in found.verdicts] == [cell, TESTING]
    assert found.changes == (Change(cell, "sonnet", "opus"),)


def test_several_promotions_in_one_week_come_in_phase_order_then_by_agent():
    cells = [
        Cell("EXEC", "API"),
        Cell("LEAD", "RISK"),
        Cell("EXEC", "TESTING"),
        Cell("PLAN", "UAT"),
    ]
    policy = shipped_policy()
    found = review(
        evidence(*(cell_week(5, 3, cell=cell) for cell in cells)),
        question(policy, dict.fromkeys(cells, (("sonnet", ASSIGNED),))),
        policy,
        Scope(),
    )
    assert [str(change.cell) for change in found.changes] == [
        "RISK/LEAD",
        "UAT/PLAN",
        "API/EXEC",
        "TESTING/EXEC",
    ]


def test_evidence_before_the_current_assignment_does_not_count():
    verdict = judged(
        cell_week(5, 5, spell_start=500),
        assigned=(("sonnet", 500), ("haiku", 700), ("sonnet", 900)),
    )
    assert (verdict.outcome, verdict.reasons, verdict.tally) == (K, (R.NO_RUNS,), 0)
    assert Note.BEFORE_ASSIGNMENT in verdict.notes


def test_a_quiet_week_keeps_a_proposal_alive_and_a_good_one_withdraws_it():
    bad = cell_week(5, 3, week="2025-W47")
    assert judged(bad).outcome is P
    verdict = judged(bad, cell_week(5, 0))
    assert (verdict.outcome, verdict.tally) == (I, 100)


def test_the_tally_adds_up_over_weeks_that_alone_would_not_promote():
    verdict = judged(cell_week(5, 2, week="2025-W47"), cell_week(5, 2))
    assert (verdict.outcome, verdict.tally, verdict.window) == (P, 200, Counts(10, 4))


def test_the_pooled_rate_looks_back_over_thirteen_weeks_with_sds_only():
    old = [cell_week(5, 2, week=f"2025-W{w:02}") for w in (10, 12)]
    good = [cell_week(5, 0, week=f"2025-W{w}") for w in range(30, 42)]
    verdict = judged(*old, *good, cell_week(5, 0))
    assert verdict.window == Counts(65, 0)
    assert verdict.outcome is K


def test_issues_promote_through_the_second_tally_at_half_weight():
    verdict = judged(cell_week(5, 1, troubled=5))
    assert (verdict.outcome, verdict.reasons) == (P, (R.QUALITY_ISSUES,))
    assert (verdict.tally, verdict.issue_tally) == (0, 200)
    assert judged(cell_week(5, 1, troubled=4)).issue_tally == 150
    silent = judged(cell_week(5, 1, troubled=5), policy=shipped_policy(count_issues=False))
    assert silent.outcome is I


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
def test_rework_that_no_model_could_cure_is_investigated_not_promoted(rule):
    verdict = judged(cell_week(5, 1, raw=3), policy=shipped_policy(rule=rule))
    assert (verdict.outcome, verdict.reasons[0]) == (I, R.OTHER_CAUSE)
    assert verdict.proposed is None


def test_most_sds_on_another_model_hold_a_promotion_back():
    rows = [cell_week(4, 3)]
    rows += [
        cell_week(
            5,
            5,
            model="haiku",
            spell_start=None,
            drifted=5,
            runs=tuple(run.__class__(**{**vars(run), "sd": f"X{run.sd}"}) for run in runs(5, 5)),
        )
    ]
    verdict = judged(*rows)
    assert (verdict.outcome, verdict.reasons) == (I, (R.MODEL_DRIFT, R.ABOVE_BAR))
    assert (verdict.ran, verdict.drifted) == (9, 5)
    assert Note.ESCALATION not in verdict.notes


def test_an_sd_redone_on_a_stronger_rung_is_named_apart_and_no_drift():
    row = cell_week(5, 1)
    verdict = judged(row, cell_sds=(cell_sds(row, escalated=(("sonnet", 1),)),))
    assert Note.ESCALATION in verdict.notes
    assert Note.MODEL_DRIFT not in verdict.notes


def test_a_few_sds_on_another_model_are_only_noted():
    other = cell_week(1, 0, model="haiku", spell_start=None, drifted=1)
    verdict = judged(cell_week(5, 3), other)
    assert verdict.outcome is P
    assert Note.MODEL_DRIFT in verdict.notes


def test_an_unknown_model_is_flagged_and_no_evidence():
    row = cell_week(5, 5, model=None, raw_model="gpt-9", spell_start=None, drifted=5)
    verdict = judged(row)
    assert (verdict.outcome, verdict.week) == (I, Counts(0, 0))
    assert Note.UNKNOWN_MODEL in verdict.notes


def test_a_kept_cell_above_its_expected_rate_is_noted():
    assert Note.ABOVE_EXPECTED in judged(cell_week(100, 12)).notes
    assert Note.ABOVE_EXPECTED not in judged(cell_week(100, 10)).notes


@pytest.mark.parametrize(
    ("row", "note"),
    [
        pytest.param({"assumed": 2}, Note.ASSUMED_RUNS, id="runs assumed from rows without agent"),
        pytest.param({"unlogged": 1}, Note.UNLOGGED_SDS, id="SDs the token log does not know"),
    ],
)
def test_what_a_reader_should_know_is_noted(row, note):
    assert note in judged(cell_week(5, 1, **row)).notes
    assert note not in judged(cell_week(5, 1)).notes


@pytest.mark.parametrize(
    ("said", "note"),
    [
        pytest.param({"contradicted": 1}, Note.BUDGET_MISMATCH, id="token log contradicts itself"),
        pytest.param(
            {"unknown_causes": ("moon-phase",)}, Note.UNKNOWN_CAUSE, id="unknown cause reported"
        ),
    ],
)
def test_what_a_weeks_rows_say_of_a_cell_is_noted(said, note):
    row = cell_week(5, 1)
    assert note in judged(row, cell_sds=(cell_sds(row, **said),)).notes
    assert note not in judged(row).notes


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
def test_the_second_week_of_the_worked_example_compares_sixty_with_twenty_percent(rule):
    verdict = judged(
        cell_week(5, 3, week="2025-W48", spell_start=500),
        cell_week(5, 1, model="opus"),
        assigned=(("sonnet", 500), ("opus", ASSIGNED)),
        policy=shipped_policy(rule=rule),
    )
    assert (verdict.outcome, verdict.model) == (K, "opus")
    assert verdict.rise is not None
    assert (verdict.rise.old, verdict.rise.before, verdict.rise.after) == (
        "sonnet",
        Counts(5, 3),
        Counts(5, 1),
    )
    assert verdict.rise.conclusion is Conclusion.TOO_EARLY


def test_under_the_threshold_rule_too_few_sds_are_thin_evidence():
    verdict = judged(cell_week(2, 2), policy=shipped_policy(rule="threshold", min_sds=5))
    assert (verdict.outcome, verdict.reasons, verdict.more_sds) == (I, (R.THIN_EVIDENCE,), 3)


def test_thin_evidence_says_how_many_more_sds_would_settle_it():
    assert judged(cell_week(5, 2)).more_sds == 5


def test_a_promotion_shows_what_it_would_add_in_relative_tokens():
    spent = Usage("2025-W49", "EXEC", "TESTING", "sonnet", 120_000)
    cost = judged(cell_week(5, 3), usage=(spent,)).cost
    assert cost is not None
    assert (cost.tokens, cost.factor, cost.added, cost.priced) == (120_000, 5, 480_000, False)


def test_a_promotion_shows_what_it_would_add_in_dollars_where_prices_are_known():
    policy = shipped_policy()
    priced = [
        replace(rung, usd_as_written=price)
        for rung, price in zip(policy.ladder, (1, 3, 15), strict=True)
    ]
    policy = replace(policy, ladder=priced)
    spent = Usage("2025-W49", "EXEC", "TESTING", "sonnet", 500_000)
    cost = judged(cell_week(5, 3), usage=(spent,), policy=policy).cost
    assert cost is not None
    assert (cost.factor, cost.added, cost.priced) == (5, 6, True)


def test_prices_of_some_rungs_leave_every_cost_in_tokens():
    """What an SD cost and what a promotion adds are never in two units."""
    policy = shipped_policy()
    some = [
        replace(rung, usd_as_written=3 if rung.name != "haiku" else None) for rung in policy.ladder
    ]
    spent = Usage("2025-W49", "EXEC", "TESTING", "sonnet", 120_000)
    verdict = judged(cell_week(5, 3), usage=(spent,), policy=replace(policy, ladder=some))
    assert verdict.cost is not None
    assert (verdict.cost.added, verdict.cost.priced) == (480_000, False)


def test_a_review_of_one_agent_judges_only_its_cells():
    policy = shipped_policy()
    cells = {
        Cell(phase, agent): (("sonnet", ASSIGNED),) for phase in ("PLAN", "EXEC") for agent in "AB"
    }
    ask = question(policy, cells)
    agent = review(evidence(rows=1), ask, policy, Scope("A"))
    assert [str(v.cell) for v in agent.verdicts] == ["A/PLAN", "A/EXEC"]
    cell = review(evidence(rows=1), ask, policy, Scope("A", "EXEC"))
    assert [str(v.cell) for v in cell.verdicts] == ["A/EXEC"]


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
@pytest.mark.parametrize("model", ["sonnet", "opus"])
@pytest.mark.parametrize("weeks", [(), ("2025-W48",), ("2025-W40", "2025-W41")], ids=len)
@pytest.mark.parametrize("gates", [False, True], ids=["free", "gate"])
def test_a_week_without_any_row_shows_no_verdict_and_decides_nothing(weeks, model, rule, gates):
    """Not even a PROMOTE of 0 of 0, however high the tally of the weeks before (issue 9, item 21)."""
    policy = shipped_policy(rule=rule, gates=gates)
    earlier = (cell_week(5, 5, week=week, model=model) for week in weeks)
    asked = question(policy, {TESTING: ((model, ASSIGNED),)})
    found = review(evidence(*earlier), asked, policy, Scope())
    assert found.nothing_logged
    assert (found.verdicts, found.changes, found.refused) == ((), (), ())


@pytest.mark.parametrize(
    ("used", "zone"),
    [
        (0, Zone.GREEN),
        (349_999, Zone.GREEN),
        (350_000, Zone.YELLOW),
        (424_999, Zone.YELLOW),
        (425_000, Zone.ORANGE),
        (474_999, Zone.ORANGE),
        (475_000, Zone.RED),
        (900_000, Zone.RED),
    ],
)
def test_each_budget_zone_starts_exactly_at_its_percentage(used, zone):
    policy = shipped_policy()
    spent = (
        Usage("2025-W49", "EXEC", "TESTING", "sonnet", used),
        Usage("2025-W48", "EXEC", "TESTING", "sonnet", 10**9),
    )
    budget = review(evidence(usage=spent), question(policy, {}), policy, Scope()).budget
    assert (budget.zone, budget.used, budget.limit) == (zone, used, 500_000)
    assert budget.by_phase == (("LEAD", 0), ("PLAN", 0), ("EXEC", used))


def test_usage_is_broken_down_by_agent_and_model_most_first():
    policy = shipped_policy()
    spent = (
        Usage("2025-W49", "EXEC", "API", "sonnet", 10),
        Usage("2025-W49", "EXEC", "TESTING", "opus", 30),
        Usage("2025-W49", "PLAN", None, None, 20),
    )
    budget = review(evidence(usage=spent), question(policy, {}), policy, Scope()).budget
    assert budget.by_agent == (("TESTING", 30), ("", 20), ("API", 10))
    assert budget.by_model == (("opus", 30), ("", 20), ("sonnet", 10))


def test_a_week_without_outcomes_moves_no_tally_and_says_so():
    before, now = cell_week(5, 4, week="2025-W48"), cell_week(20, 0)
    verdict = judged(before, now, no_outcomes=(WEEK,))
    assert (verdict.outcome, verdict.tally, verdict.week) == (P, 200, Counts(0, 0))
    assert Note.NO_OUTCOMES in verdict.notes
    assert judged(cell_week(5, 4), no_outcomes=(WEEK,)).outcome is K
    assert Note.NO_OUTCOMES not in judged(before, now).notes


def test_sds_with_an_old_first_run_are_named_where_it_hides_what_they_do_in_the_window():
    weeks = [f"2025-W{number}" for number in range(35, 50)]  # the window holds the last 13: W37 on
    rows = [cell_week(5, 1, week=week) for week in weeks]

    def named(*old: tuple[str, str, str | None, int | None]) -> tuple[str, ...]:
        found = tuple(OldFirstRun(TESTING, f"SD-{n}", *said) for n, said in enumerate(old))
        return judged(*rows, old_first_runs=found).old_first_runs

    early, ours = ("2024-W20", "2025-W37", None, None), ("2025-W36", "2025-W37", "sonnet", ASSIGNED)
    assert named(early, ours) == ("SD-0", "SD-1")
    assert (
        Note.OLD_FIRST_RUN
        in judged(*rows, old_first_runs=(OldFirstRun(TESTING, "A", *ours),)).notes
    )
    too_old, inside = (
        ("2024-W20", "2025-W36", None, None),
        ("2025-W37", "2025-W40", "sonnet", ASSIGNED),
    )
    other_model = ("2025-W36", "2025-W37", "haiku", None)
    assert named(too_old, inside, other_model) == ()


def test_a_later_version_starts_evidence_anew_and_older_ones_running_on_count_no_more():
    old = cell_week(5, 5, week="2025-W48")
    new = cell_week(5, 1, epoch=1)
    left = cell_week(3, 3, epoch=1, old_version=True)
    verdict = judged(old, new, left)
    assert (verdict.outcome, verdict.tally, verdict.window) == (I, 0, Counts(5, 1))
    assert {Note.NEW_VERSION, Note.OLD_VERSION} <= set(verdict.notes)
    later = judged(cell_week(5, 1, week="2025-W48", epoch=1), new)
    assert (later.window, later.notes) == (Counts(10, 2), ())


def test_a_later_version_that_began_in_a_week_without_outcomes_starts_evidence_anew_too():
    old, new = cell_week(5, 5, week="2025-W48"), cell_week(5, 0, epoch=1)
    verdict = judged(old, new, no_outcomes=(WEEK,))
    assert (verdict.outcome, verdict.tally, verdict.window) == (K, 0, Counts(0, 0))


def test_assumed_runs_are_noted_where_the_counts_shown_are_assumed():
    elsewhere = cell_week(2, 0, model="opus", spell_start=None, assumed=2)
    assert Note.ASSUMED_RUNS not in judged(cell_week(5, 1), elsewhere).notes


def test_several_ids_of_one_rung_are_named_where_its_versions_are_not_told_apart():
    both = NamedIds(TESTING, WEEK, "sonnet", ("claude-sonnet-4-5", "claude-sonnet-5"))
    other = NamedIds(TESTING, WEEK, "opus", ("claude-opus-4-5",))
    outside = NamedIds(TESTING, "2024-W01", "sonnet", ("claude-3-5-sonnet",))
    verdict = judged(cell_week(5, 0), ids=(both, other, outside))
    assert verdict.ids == both.ids
    assert Note.SEVERAL_IDS in verdict.notes
    assert Note.SEVERAL_IDS not in judged(cell_week(5, 0), ids=(other, outside)).notes
