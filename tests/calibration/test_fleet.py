"""SPEC § 7, fleet shift: each condition at its boundary, on weeks made of plain counts."""

from fractions import Fraction
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calibration.fleet import CellUnits, Chain, rest_of
from bot.policy import Promotion

RULE = Promotion()


def week(*rework, sds=5, shared=False):
    """One cell a number of reworked SDs; each SD is one cell's own unless they are shared."""
    fresh = count()
    cells = []
    for index, k in enumerate(rework):
        ids = list(range(sds) if shared else islice(fresh, sds))
        cells.append(CellUnits(f"A{index:02}/EXEC", sds, k, ids[k:], ids[:k]))
    return cells


def quiet(cells=40, every=4, sds=5):
    """A week in which one SD of every fourth cell needed rework: 5 %."""
    return week(*(int(index % every == 0) for index in range(cells)), sds=sds)


def jump(cells=40, rework=2):
    """A week with much more rework in every cell; SDs scatter little."""
    return week(*([rework] * cells))


def folded(*weeks, rule=RULE, **judged):
    """Flags of some weeks in order; labels are W01, W02 and so on."""
    chain = Chain(rule)
    return [chain.add(f"2025-W{n:02}", cells, **judged) for n, cells in enumerate(weeks, 1)]


def flagged(*weeks, rule=RULE):
    """Numbers of the flagged weeks."""
    return [n for n, flag in enumerate(folded(*weeks, rule=rule), 1) if flag is not None]


# ------------------------------------------------------------------------------------- the rest


def test_the_worst_quarter_is_left_out_rounded_up():
    assert [len(rest_of(week(*[0] * cells)).kept) for cells in (1, 4, 5, 8, 9, 40)] == [
        0,
        3,
        3,
        6,
        6,
        30,
    ]


def test_worst_is_most_rework_then_fewer_sds_then_name():
    cells = [
        CellUnits("D/EXEC", 5, 2),
        CellUnits("C/EXEC", 4, 2),
        CellUnits("B/EXEC", 4, 1),
        CellUnits("A/EXEC", 4, 1),
        CellUnits("E/EXEC", 9, 0),
    ]
    assert [cell.name[0] for cell in rest_of(cells).kept] == ["A", "B", "E"]
    assert [cell.name[0] for cell in rest_of(cells[:4]).kept] == ["D", "A", "B"]
    assert [cell.name[0] for cell in rest_of(cells[2:4]).kept] == ["B"]


# ---------------------------------------------------------------------------------- conditions


def test_a_jump_across_the_fleet_is_flagged_with_its_counts():
    *usual, flag = folded(*[quiet()] * 5, jump())
    assert usual == [None] * 5
    assert flag is not None
    assert (flag.week, flag.cells, flag.left_out) == ("2025-W06", 40, 10)
    assert (flag.rework, flag.units, flag.sds) == (60, 150, 150)
    assert flag.before == (0, 750, 5)  # the ten cells with rework are the worst of their weeks
    assert not flag.accepted


@pytest.mark.parametrize(("cells", "expected"), [(7, []), (8, [21])])
def test_fewer_than_eight_cells_are_silent(cells, expected):
    assert flagged(*[quiet(cells)] * 20, jump(cells)) == expected


@pytest.mark.parametrize(("sds", "expected"), [(3, []), (4, [21])])
def test_fewer_than_twenty_units_are_silent(sds, expected):
    """Eight cells without the worst two are six: 18 units of three SDs, 24 of four."""
    weeks = [quiet(8, sds=5)] * 20
    assert flagged(*weeks, week(*[2] * 8, sds=sds)) == expected


@pytest.mark.parametrize(("weeks", "expected"), [(3, []), (4, [5])])
def test_fewer_than_four_weeks_before_are_silent(weeks, expected):
    assert flagged(*[quiet()] * weeks, jump()) == expected


@pytest.mark.parametrize(("units", "expected"), [(79, []), (80, [5])])
def test_fewer_than_eighty_units_before_are_silent(units, expected):
    """Of nine cells six are kept: 18 units a week, and the last one makes up the sum."""
    sizes = [18, 18, 18, units - 54]
    before = [[CellUnits(f"C{i}", 9, 9) for i in range(3)] + _of(size) for size in sizes]
    assert flagged(*before, jump(9, 3)) == expected


def _of(units):
    """Six cells without rework that have so many units between them."""
    return [CellUnits(f"A{i}", units // 6 + (i < units % 6), 0) for i in range(6)]


@pytest.mark.parametrize(("rework", "expected"), [(14, []), (15, [6])], ids=["9.3 %", "10 %"])
def test_below_half_the_allowance_nothing_is_flagged(rework, expected):
    """150 units are kept: the worst ten cells have rework too, so the others have what is said."""
    now = week(*([1] * (rework + 10) + [0] * (30 - rework)))
    assert flagged(*[week(*[0] * 40)] * 5, now) == expected


@pytest.mark.parametrize(("rework", "expected"), [(29, []), (30, [6])], ids=["under", "exactly"])
def test_less_than_twice_the_rate_before_is_not_flagged(rework, expected):
    """Before: 15 of 150 kept units in every week, 10 %."""
    before = week(*[1] * 25, *[0] * 15)
    now = week(*[3] * 10, *[1] * rework, *[0] * (30 - rework))
    kept = rest_of(now)
    assert (kept.rework, kept.units) == (rework, 150)
    assert flagged(*[before] * 5, now) == expected


def test_rework_of_one_bad_sd_in_every_cell_is_no_shift():
    """Twenty per cent of units, but of one SD out of five that all cells share."""
    calm = week(*[0] * 40, shared=True)
    assert flagged(*[calm] * 5, week(*[1] * 40, shared=True)) == []
    assert flagged(*[calm] * 5, week(*[1] * 40)) == [6]


def test_a_single_sd_in_all_cells_is_no_shift():
    before = [week(*[0] * 40)] * 5
    assert flagged(*before, week(*[1] * 40, sds=1, shared=True)) == []


def test_after_a_flagged_week_significance_is_not_asked_for_again():
    shared = week(*[1] * 40, shared=True)
    calm = [week(*[0] * 40, shared=True)] * 5
    assert flagged(*calm, shared) == []
    assert flagged(*calm, jump(), shared, shared) == [6, 7, 8]
    assert flagged(*calm, jump(), [], shared) == [6, 8]  # a week without units is no week
    assert flagged(*calm, jump(), calm[0], shared) == [6]


@given(
    st.lists(st.integers(0, 5), min_size=8, max_size=16),
    st.lists(st.integers(0, 5), min_size=8, max_size=16),
    st.booleans(),
)
def test_a_flag_is_what_the_formulas_say_in_exact_fractions(now, before, shared):
    then, today = week(*before, shared=shared), week(*now, shared=shared)
    kept, was = rest_of(today), rest_of(then)
    k, n, k0, n0 = kept.rework, kept.units, 5 * was.rework, 5 * was.units
    rate, rate0 = Fraction(k, n), Fraction(k0, n0)
    sds = {sd for cell in kept.kept for sd in (*cell.passed, *cell.reworked)}
    residuals = [
        sum(sd in c.reworked for c in kept.kept)
        - rate * sum(sd in (*c.passed, *c.reworked) for c in kept.kept)
        for sd in sds
    ]
    variance = Fraction(len(sds), len(sds) - 1) * sum(r * r for r in residuals) / n**2
    asked = (
        n >= 20
        and n0 >= 80
        and rate >= Fraction(1, 10)
        and rate > rate0
        and rate >= 2 * rate0
        and (rate - rate0) ** 2 >= 6 * variance
    )
    assert (flagged(*[then] * 5, today) == [6]) == asked


# ----------------------------------------------------------------------------- baseline, chain


def test_flagged_weeks_stay_out_of_the_baseline():
    *_, last = folded(*[quiet()] * 5, jump(), jump(), jump())
    assert last is not None
    assert last.before.weeks == 5


def test_accepted_weeks_enter_the_baseline_and_end_the_shift():
    accepting = Promotion(accepted_shifts=["2025-W06..2025-W07"])
    weeks = [*[quiet()] * 5, jump(), jump(), jump(), jump()]
    flags = folded(*weeks, rule=accepting)
    assert [flag and flag.accepted for flag in flags[5:7]] == [True, True]
    assert flags[7] is None or flags[7].before.weeks == 7
    assert flagged(*[quiet()] * 5, *[jump()] * 8) == list(range(6, 14))


def test_the_baseline_is_the_newest_thirteen_weeks():
    *_, flag = folded(*[jump()] * 4, *[week(*[0] * 40)] * 13, jump())
    assert flag is not None
    assert flag.before == (0, 13 * 150, 13)


def test_weeks_before_the_chain_are_baseline_and_never_flagged():
    chain = Chain(RULE)
    weeks = [*[quiet()] * 5, jump()]
    assert [chain.add(f"2025-W{n:02}", w, judged=False) for n, w in enumerate(weeks)] == [None] * 6
