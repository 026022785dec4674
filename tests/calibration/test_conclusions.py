"""Issue 10, item 3: the conclusions of "Afterwards", at the exact edges of both tests (SPEC § 7)."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calibration.afterwards import stand_after
from bot.calibration.binomials import lower_tail, upper_tail
from bot.calibration.conclusions import conclude, did_not_help, helped
from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.rare_tails import lower_tail_is_rare, upper_tail_is_rare
from bot.policy import Promotion

CUSUM, BARE = Promotion(), Promotion(rule="threshold")
HELPED, WITHOUT, ABOVE, WITHIN, EARLY = (
    "helped",
    "did-not-help",
    "still-above",
    "within-allowance",
    "too-early",
)


def counts(text: str) -> Counts:
    """`3/5`: 3 of 5 SDs with rework."""
    rework, sds = map(int, text.split("/"))
    return Counts(sds, rework)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # 3 of 5: C(5,3)/C(15,3) = 10/455 = 2.2 %, and with 1 of 10 after it 100/1365 + 5/1365 = 7.7 %
        pytest.param("3/5", "0/10", True, id="2.2 % is rare"),
        pytest.param("3/5", "1/10", False, id="7.7 % is not"),
        pytest.param("3/5", "0/9", False, id="9 SDs are too few whatever they show"),
        # 4 of 16: C(20,4)/… with 0 of 20: C(16,4)/C(36,4) = 1820/58905 = 3.1 %
        pytest.param("4/16", "0/20", True, id="3.1 %"),
        # exactly 5 %: C(1,1)·C(19,0)/C(20,1) = 1/20
        pytest.param("1/1", "0/19", True, id="exactly one in twenty is enough"),
        pytest.param("1/1", "0/18", False, id="one in nineteen is not"),
        pytest.param("0/0", "0/100", False, id="nothing to compare with"),
        pytest.param("0/20", "0/20", False, id="nothing to be better than"),
        pytest.param("20/20", "20/20", False, id="all of all"),
    ],
)
def test_helped_is_fishers_exact_test_from_ten_sds_on(before: str, after: str, expected: bool):
    assert helped(counts(before), counts(after)) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # halved, a share N1/(N1+2·N0) of all rework would be after: the rest by the binomial
        pytest.param("8/20", "8/20", False, id="16 SDs, 8 of them after: 1/3 each, 12.7 %"),
        pytest.param("12/20", "15/20", True, id="27 SDs, 15 of them after: 1/3 each, 1.2 %"),
        pytest.param("12/20", "13/20", True, id="25 SDs, 13: 1/3 each, 4.2 %"),
        pytest.param("12/20", "12/20", False, id="24 SDs, 12: 1/3 each, 6.8 %"),
        pytest.param("12/20", "14/19", False, id="19 SDs are too few whatever they show"),
        pytest.param("0/0", "20/20", False, id="nothing to compare with"),
        pytest.param("0/20", "3/20", True, id="exactly what was never seen before: 1/27"),
        pytest.param("0/20", "2/20", False, id="1/9"),
        # exactly 5 %: N1 = 20, N0 = 190, K1 = 1 of K = 1: 20/(20 + 380) = 1/20
        pytest.param("0/190", "1/20", True, id="exactly one in twenty is enough"),
        pytest.param("0/189", "1/20", False, id="a little more is not"),
        # 3/4 of the rate before: 4·K1·N0 ≥ 3·K0·N1
        pytest.param("400/1000", "300/1000", True, id="exactly three quarters"),
        pytest.param("400/1000", "299/1000", False, id="a little less"),
    ],
)
def test_it_did_not_help_if_half_the_rework_would_hardly_show_as_much(
    before: str, after: str, expected: bool
):
    assert did_not_help(counts(before), counts(after)) is expected


@pytest.mark.parametrize(
    ("before", "after", "tally", "rule", "expected"),
    [
        pytest.param("3/5", "1/5", 0, CUSUM, EARLY, id="the worked example"),
        pytest.param("3/5", "0/10", -200, CUSUM, HELPED, id="helped speaks before the allowance"),
        pytest.param("3/5", "0/9", -180, CUSUM, EARLY, id="a little above minus the bar"),
        pytest.param("2/5", "0/10", -200, CUSUM, WITHIN, id="at minus the bar"),
        pytest.param("2/5", "0/10", -199, CUSUM, EARLY, id="short of it"),
        pytest.param("12/20", "15/20", 200, CUSUM, WITHOUT, id="at the bar, and no better"),
        pytest.param("12/20", "15/20", 199, CUSUM, EARLY, id="no better, short of the bar"),
        pytest.param("12/20", "12/20", 200, CUSUM, ABOVE, id="at the bar, perhaps a little better"),
        pytest.param("3/5", "4/5", 200, CUSUM, ABOVE, id="too few to say that it did not help"),
        pytest.param(
            "2/5", "1/5", 200, BARE, EARLY, id="bare threshold: exactly 20 % is not above"
        ),
        pytest.param("2/5", "2/9", -50, BARE, ABOVE, id="bare threshold: the rate says it"),
        pytest.param(
            "12/20", "15/20", 199, BARE, ABOVE, id="did-not-help asks for the bar there too"
        ),
        pytest.param("0/0", "0/0", 0, CUSUM, EARLY, id="nothing yet"),
    ],
)
def test_conclusions(before: str, after: str, tally: int, rule: Promotion, expected: str):
    assert conclude(counts(before), counts(after), tally, rule) == expected


def test_a_promotion_by_issues_is_never_said_to_have_helped():
    assert conclude(counts("3/5"), counts("0/10"), -200, CUSUM, by_issues=True) == WITHIN
    assert conclude(counts("12/20"), counts("15/20"), 200, CUSUM, by_issues=True) == WITHOUT


SDS = st.integers(0, 40)


@given(SDS, SDS, st.data())
def test_both_tails_are_the_sums_of_the_specification(n0: int, n1: int, data: st.DataObject):
    k0, k1 = data.draw(st.integers(0, n0)), data.draw(st.integers(0, n1))
    k = k0 + k1
    seen, all_ = lower_tail(Counts(n0, k0), Counts(n1, k1))
    assert all_ == comb(n0 + n1, k)
    assert seen == sum(comb(n1, x) * comb(n0, k - x) for x in range(k1 + 1))
    if n0 or n1:
        total = (n1 + 2 * n0) ** k
        sum_ = sum(comb(k, x) * n1**x * (2 * n0) ** (k - x) for x in range(k1, k + 1))
        assert Fraction(*upper_tail(k, k1, n1, 2 * n0)) == Fraction(sum_, total)


MANY = st.integers(0, 400)


@given(MANY, MANY, st.data(), st.integers(2, 30))
def test_a_tail_is_rare_if_its_whole_sum_says_so(
    n0: int, n1: int, data: st.DataObject, one_in: int
):
    before = Counts(n0, data.draw(st.integers(0, n0)))
    after = Counts(n1, data.draw(st.integers(0, n1)))
    seen, all_ = lower_tail(before, after)
    assert lower_tail_is_rare(before, after, one_in) is (one_in * seen <= all_)
    trials = before.rework + after.rework
    seen, all_ = upper_tail(trials, after.rework, n1, 2 * n0)
    said = upper_tail_is_rare(trials, after.rework, n1, 2 * n0, one_in)
    assert said is (one_in * seen <= all_)


def test_three_years_of_thousands_of_sds_are_judged_at_once():
    """All sums of it took more than two minutes: of numbers with a hundred thousand digits, each week."""
    weeks = [WeekCounts(f"{week}", 5_000, 995, 995, 995) for week in range(156)]
    began = process_time()
    stand = stand_after(weeks, Counts(5_000, 1_000), CUSUM)
    assert process_time() - began < 5
    assert stand.conclusion == "within-allowance"
