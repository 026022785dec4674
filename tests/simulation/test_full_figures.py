"""The figures of SPEC § 7 and issue 10, from as many runs as they ask for; a few of each come quickly."""

from __future__ import annotations

from fractions import Fraction
from statistics import fmean

import pytest

from bot.policy import Promotion
from bot.simulation.measure import Line, Setting, simulate
from bot.simulation.model import Model
from tests.simulation import scenarios
from tests.simulation.scenarios import LINES

COSTS = (Fraction(1, 3), Fraction(1), Fraction(5))
FULL, FLEETS = 2_000, 400


def figures(runs: int, sds: int, **model: int) -> tuple[Line, Line]:
    chart, bare = simulate(Promotion(), COSTS, Setting(runs, 1, (sds,), Model(**model)))
    return chart, bare


def test_a_shift_of_forty_cells_is_flagged_at_once_and_promotes_nobody():
    for run in range(5):
        played = scenarios.lasting(LINES["40 x 5"], run)
        assert {*range(scenarios.QUIET, scenarios.QUIET + 8)} <= played.flags.keys()
        assert not [one for one in played.promoted if one.week >= scenarios.QUIET]


def test_a_small_team_never_hears_of_fleet_shifts():
    assert not [run for run in range(5) if scenarios.lasting(LINES["3 x 2"], run).flags]


def test_one_bad_cell_among_good_ones_is_promoted_all_the_same():
    assert all((scenarios.alone(LINES["40 x 5"], run) or 99) <= 6 for run in range(5))


# ---------------------------------------------------------------------------- the full figures


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize(("sds", "most"), [(2, 1.2), (5, 1.5), (10, 1.2), (30, 0.6)])
def test_false_promotions_a_year_of_forty_capable_cells(sds: int, most: float):
    """Seen with seed 1: 0.93, 1.14, 0.79 and 0.32 (each ± 0.02); the bare threshold 60, 38, 31 and 16."""
    chart, bare = figures(FULL, sds)
    assert chart.false_promotions.mean <= most
    assert chart.false_promotions.error <= 0.03
    assert bare.false_promotions.mean >= 15


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize(("issues", "most"), [(3, 1.7), (5, 2.2)])
def test_harmless_issues_do_not_promote_by_themselves(issues: int, most: float):
    """Seen with seed 1: 1.52 and 2.04, each ± 0.03."""
    assert figures(FULL, 5, issues=issues)[0].false_promotions.mean <= most


@pytest.mark.slow
@pytest.mark.stress
def test_delays_at_five_sds_a_week():
    """Seen with seed 1: median 2, mean 2.53 ± 0.04; after twenty good weeks 6.77 ± 0.06.

    At 2 SDs 6.06 and 14.5, at 10 1.57 and 4.52; Poisson weeks of 2, 5 and 10: 6.37, 2.96, 1.87 and 15.3,
    7.59, 4.98.
    """
    chart, _ = figures(FULL, 5)
    assert chart.fresh_median <= 2
    assert chart.fresh.mean <= 3
    assert chart.turned is not None
    assert chart.turned.mean <= 7


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("line", LINES)
def test_false_alarms_in_five_years_are_rare(line: str):
    """Seen in 400 runs: 0, 0, .30, .05, 0, .01 and 0 in the order of the table."""
    assert fmean(scenarios.false_alarms(LINES[line], run) for run in range(FLEETS)) <= 0.5


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize(
    ("line", "least", "most_promoting"),
    [
        ("40 x 5", 0.95, 0),
        ("40 x 5 over 20 shared SDs", 0.95, 0),
        ("the same, 10 % hard SDs", 0.95, 0),
        ("15 x 5 shared", 0.93, 0.01),
        ("40 x 2", 0.90, 0.06),
        ("8 x 5", 0.55, 0.11),
    ],
)
def test_a_jump_from_five_to_thirty_percent_is_flagged_in_its_first_week(
    line: str, least: float, most_promoting: float
):
    """Seen in 400 runs: 1, 1, 1, .97, .95 and .62; runs with a promotion in 8 weeks 0, 0, 0, 0, 0 and .04."""
    played = [scenarios.lasting(LINES[line], run) for run in range(FLEETS)]
    assert fmean(scenarios.QUIET in one.flags for one in played) >= least
    late = [any(p.week >= scenarios.QUIET for p in one.promoted) for one in played]
    assert fmean(late) <= most_promoting


@pytest.mark.slow
@pytest.mark.stress
def test_three_cells_are_silent():
    assert not [run for run in range(FLEETS) if scenarios.lasting(LINES["3 x 2"], run).flags]


@pytest.mark.slow
@pytest.mark.stress
def test_one_bad_cell_is_promoted_within_six_weeks():
    weeks = [scenarios.alone(LINES["40 x 5"], run) for run in range(FLEETS)]
    assert fmean(week is not None and week <= 6 for week in weeks) >= 0.99


@pytest.mark.slow
@pytest.mark.stress
def test_after_acceptance_cells_promote_one_by_one_and_never_more_than_the_policy_says():
    weeks = [scenarios.accepted(LINES["40 x 5"], run) for run in range(FLEETS)]
    assert max(max(run) for run in weeks) <= Promotion().max_promotions
    # Seen in 400 runs: 1.1, 12.5 and 25.0 of 40 cells in 4, 8 and 12 weeks.
    within = [fmean(sum(run[:n]) for run in weeks) for n in (4, 8, 12)]
    assert within == sorted(within)
    assert within[2] > 0
