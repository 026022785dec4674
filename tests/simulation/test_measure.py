"""Simulated fleets: seeded, judged by the bot's own rules, and about what the exact chances say."""
# ruff: noqa: S311 (nothing secret)

from fractions import Fraction
from math import comb
from random import Random

import pytest

from bot.calibration import chart
from bot.calibration.counts import WeekCounts
from bot.policy import Promotion
from bot.simulation.draws import Drawn, Draws, Model, Plan
from bot.simulation.judge import NO_SDS, Judge, Tallies
from bot.simulation.made_up_fleet import Fleet
from bot.simulation.measure import Setting, simulate, stretches
from bot.simulation.play import label, play

COSTS = (Fraction(1, 3), Fraction(1), Fraction(5))
RULE = Promotion()


def lines(rule=RULE, runs=40, seed=1, sds=(5,), **model):
    return simulate(rule, COSTS, Setting(runs, seed, sds, Model(**model)))


# ---------------------------------------------------------------------------------------- draws


@pytest.mark.parametrize("issues", [0, 10])
def test_draws_follow_the_exact_chances(issues):
    draws = Draws(Model(sds=5, issues=issues), Random(1))
    many = 20_000
    drawn = draws.weeks(0.3, many)
    for k in range(6):
        chance = comb(5, k) * 0.3**k * 0.7 ** (5 - k)
        seen = sum(d.rework == k for d in drawn) / many
        assert abs(seen - chance) < 4 * (chance * (1 - chance) / many) ** 0.5 + 1e-9
    assert abs(sum(d.issues for d in drawn) / many - 5 * issues / 100) < 0.03


def test_poisson_weeks_have_the_mean_and_the_variance_of_arrivals():
    drawn = Draws(Model(sds=5, poisson=True), Random(1)).weeks(0.2, 20_000)
    mean = sum(d.sds for d in drawn) / 20_000
    variance = sum((d.sds - mean) ** 2 for d in drawn) / 20_000
    assert mean == pytest.approx(5, abs=0.07)
    assert variance == pytest.approx(5, abs=0.25)


def test_a_fleet_is_sixty_percent_on_the_lowest_rung_and_a_rung_up_is_better():
    model = Model()
    plans = model.plans(Random(1))
    assert [sum(plan.rung == rung for plan in plans) for rung in (0, 1)] == [24, 16]
    assert model.rate(Plan(1, [(0, 0.10), (20, 0.40)]), 1, 19) == 0.10
    assert model.rate(Plan(1, [(0, 0.10), (20, 0.40)]), 2, 20) == pytest.approx(0.16)


def test_shared_sds_are_one_in_all_cells_and_a_hard_one_fails_in_all():
    model = Model(cells=30, shared=20, hard=100, hard_rate=100)
    fleet = Fleet(model, model.plans(Random(1)), Random(1))
    drawn = fleet.week(0)
    units = fleet.units(drawn)
    assert set(drawn) == {Drawn(5, 5, 0)}
    assert {sd for cell in units for sd in cell.reworked} == set(range(20))
    own = Fleet(Model(cells=3), [Plan(0, [(0, 1.0)])] * 3, Random(1))
    assert [list(cell.reworked) for cell in own.units(own.week(0))] == [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
        [10, 11, 12, 13, 14],
    ]


# ------------------------------------------------------------------------------------- the rules


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
def test_a_simulated_cell_is_judged_as_the_rule_judges_its_weeks(rule):
    promotion = Promotion(rule=rule)
    judge, rng = Judge(promotion), Random(1)
    for _ in range(50):
        weeks = Draws(Model(sds=5, issues=20), rng).weeks(0.25, 20)
        tallies, told = Tallies(), []
        for number, drawn in enumerate(weeks, 1):
            tallies, rank = judge(tallies, drawn)
            told.append(WeekCounts("", drawn.sds, drawn.rework, drawn.rework + drawn.issues, 0))
            assert tallies.rework == chart.tally(told, promotion)
            assert tallies.issues == chart.tally(told, promotion, chart.issue_gain)
            cusum = chart.calls_for_promotion(told, promotion)
            bare = 5 * drawn.rework > drawn.sds
            assert (rank is not None) == (cusum if rule == "cusum" else bare), number


def test_a_week_without_sds_leaves_a_tally_as_it_is():
    judge = Judge(RULE)
    assert judge(Tallies(-150, 40), NO_SDS).tallies == Tallies(-150, 40)
    assert judge(Tallies(200, 200), NO_SDS).rank == 200


def test_proposals_are_merged_at_once_up_to_the_top_and_at_most_so_many_a_week():
    model = Model(cells=4, weeks=6)
    rule = Promotion(max_promotions=1)
    plans = [Plan(1, [(0, 1.0)])] * 4
    played = play(model, plans, rule, Judge(rule), 3, Random(1))
    assert [(one.week, one.cell) for one in played.promoted] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert played.cell_weeks == [0, 1 + 2 + 3 + 4, 5 + 4 + 3 + 2]


def test_a_fleet_shift_of_a_simulation_is_the_rules_own():
    model = Model(cells=40, weeks=12)
    plans = [Plan(0, [(0, 0.05), (8, 0.60)])] * 40
    played = play(model, plans, RULE, Judge(RULE), 3, Random(1))
    assert list(played.flags) == [8, 9, 10, 11]
    assert played.promoted == []
    accepted = Promotion(accepted_shifts=[f"{label(8)}..{label(11)}"])
    again = play(model, plans, accepted, Judge(accepted), 3, Random(1))
    assert [flag.accepted for flag in again.flags.values()] == [True] * 4
    assert again.promoted == []


def test_stretches_are_counted_not_their_weeks():
    assert stretches([3, 4, 5, 9, 11, 12]) == 3


# ------------------------------------------------------------------------------------- figures


def test_the_same_seed_gives_the_same_figures_and_another_one_others():
    assert lines(runs=5) == lines(runs=5)
    assert lines(runs=5) != lines(runs=5, seed=2)


@pytest.mark.slow
def test_the_rule_as_configured_stands_before_the_bare_threshold():
    assert [(line.sds, line.rule) for line in lines(runs=1, sds=(2, 5))] == [
        (2, "cusum"),
        (2, "threshold"),
        (5, "cusum"),
        (5, "threshold"),
    ]
    assert [line.rule for line in lines(Promotion(rule="threshold"), runs=1)] == ["threshold"]


def test_few_runs_show_already_what_separates_the_rules():
    chart_line, bare = lines(runs=60)
    assert chart_line.false_promotions.mean < 2
    assert 34 < bare.false_promotions.mean < 43
    assert chart_line.fresh_median <= 3
    assert bare.fresh.mean < chart_line.fresh.mean
    assert bare.over_oracle.mean > 10 * chart_line.over_oracle.mean


def test_cells_that_are_never_promoted_cost_what_the_oracles_do():
    line, _ = lines(Promotion(bar=1_000), runs=3)
    assert line.false_promotions == line.over_oracle
    assert line.false_promotions.mean == 0


def test_where_patience_ended_every_delay_none_is_measured():
    line, bare = lines(Promotion(bar=1_000), runs=3)
    assert (line.fresh_median, line.fresh, line.turned) == (None, None, None)
    assert bare.fresh_median is not None


def test_a_bad_cell_left_on_its_rung_costs_less_than_the_oracle_would_spend():
    line, _ = lines(Promotion(bar=1_000), runs=3, rates=(40,), lowest=100)
    assert line.over_oracle.mean == pytest.approx(-100 * 2 / 3)
