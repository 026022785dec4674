"""The control chart: exact steps, cap, floor and bar."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calibration.chart import above, at_bar, below, issue_gain, more_sds, tally
from bot.calibration.counts import Counts, WeekCounts
from bot.policy import Promotion

RULE = Promotion()


def week(sds, rework, troubled=None, raw=None):
    """A week; troubled and raw SDs equal the reworked ones unless said."""
    return WeekCounts(
        "2025-W49",
        sds,
        rework,
        rework if troubled is None else troubled,
        rework if raw is None else raw,
    )


weeks = st.lists(
    st.integers(0, 40).flatmap(
        lambda n: st.builds(week, st.just(n), *[st.integers(0, n)] * 2).filter(
            lambda w: w.rework <= w.troubled
        )
    )
)


@pytest.mark.parametrize(
    ("history", "total"),
    [
        pytest.param([], 0, id="starts at zero"),
        pytest.param([(5, 3)], 200, id="3 of 5 is 2.0 above the allowance of 1.0"),
        pytest.param([(5, 1)], 0, id="exactly the allowance adds nothing"),
        pytest.param([(5, 0)], -100, id="a good week saves credit"),
        pytest.param([(5, 0)] * 9, -400, id="credit is floored at four SDs"),
        pytest.param([(100, 100)], 200, id="one week adds at most the cap"),
        pytest.param([(5, 0), (5, 3)], 100, id="credit is spent first"),
        pytest.param([(0, 0)] * 3, 0, id="weeks without SDs change nothing"),
        pytest.param([(3, 1), (3, 1), (3, 1)], 120, id="small excesses add up"),
    ],
)
def test_the_tally_folds_weeks_in_order(history, total):
    assert tally([week(*counts) for counts in history], RULE) == total


@given(weeks)
def test_the_tally_equals_the_formula_in_exact_fractions(history):
    expected = Fraction(0)
    for one in history:
        expected = max(Fraction(-4), expected + min(Fraction(2), one.rework - Fraction(one.sds, 5)))
    assert Fraction(tally(history, RULE), 100) == expected


@given(weeks)
def test_an_issue_without_rework_is_exactly_half_an_sd_in_the_second_tally(history):
    expected = Fraction(0)
    for one in history:
        issues = Fraction(one.troubled - one.rework, 2)
        gain = one.rework + issues - Fraction(one.sds, 5)
        expected = max(Fraction(-4), expected + min(Fraction(2), gain))
    assert Fraction(tally(history, RULE, issue_gain), 100) == expected


@given(weeks)
def test_the_tally_never_leaves_its_range(history):
    assert tally(history, RULE) >= -400
    assert not history or tally(history, RULE) <= tally(history[:-1], RULE) + 200


def test_the_bar_itself_promotes():
    assert at_bar(200, RULE)
    assert not at_bar(199, RULE)


@pytest.mark.parametrize(("sds", "rework"), [(5, 1), (10, 2), (100, 20), (0, 0)])
def test_exactly_twenty_percent_is_not_above(sds, rework):
    assert not above(Counts(sds, rework), 20)


@pytest.mark.parametrize(("sds", "rework"), [(20, 3), (100, 15), (0, 0)])
def test_exactly_fifteen_percent_is_not_below(sds, rework):
    assert not below(Counts(sds, rework), 15)


@given(
    st.integers(1, 60).flatmap(lambda n: st.builds(Counts, st.just(n), st.integers(0, n))),
    st.data(),
)
def test_so_many_more_sds_at_the_same_rate_reach_the_bar_and_no_fewer(pooled, data):
    gain = Fraction(pooled.rework) - Fraction(pooled.sds, 5)
    if gain <= 0:
        return
    total = data.draw(st.integers(-400, 199))
    needed = more_sds(total, pooled, RULE)
    reached = Fraction(total, 100) + needed * gain / pooled.sds
    assert reached >= 2
    assert needed == 1 or reached - gain / pooled.sds < 2
