"""Issue 10, item 4: the strength of a proposal, exactly (SPEC § 7)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import msgspec
import pytest

from bot.calibration.counts import Counts
from bot.calibration.findings import Reason
from bot.calibration.strength import RAREST, chance, strength
from bot.policy import Promotion
from bot.wording.sentences import rarity
from tests.support.reviews import keep, verdict

CUSUM = Promotion()


def enumerated(counts: Counts, percent: int) -> Fraction:
    """The same chance by going through every outcome of every SD."""
    rate, total = Fraction(percent, 100), Fraction(0)
    for failed in product((False, True), repeat=counts.sds):
        if sum(failed) >= counts.rework:
            total += rate ** sum(failed) * (1 - rate) ** (counts.sds - sum(failed))
    return total


@pytest.mark.parametrize("percent", [0, 1, 20, 35, 100])
@pytest.mark.parametrize(("k", "n"), [(0, 0), (0, 5), (1, 1), (3, 5), (5, 5), (4, 9)])
def test_the_chance_is_the_binomials_upper_tail(k: int, n: int, percent: int) -> None:
    assert Fraction(*chance(Counts(n, k), percent)) == enumerated(Counts(n, k), percent)


def test_three_of_five_at_20_percent_is_181_in_3125() -> None:
    assert Fraction(*chance(Counts(5, 3), 20)) == Fraction(181, 3125)


def test_a_proposal_stands_on_what_came_after_its_lowest_tally() -> None:
    found = strength(verdict("TESTING/EXEC", (0, 5), (0, 5), (3, 5), (3, 5)), CUSUM)
    assert found is not None
    assert found.over == Counts(10, 6)


def test_under_the_bare_threshold_it_stands_on_its_week() -> None:
    """Also where an accepted fleet shift keeps that week out of the tallies."""
    threshold = Promotion(rule="threshold")
    decided = replace(verdict("TESTING/EXEC", (5, 5), (2, 5)), weeks=())
    found = strength(decided, threshold)
    assert found is not None
    assert found.over == Counts(5, 2)


def test_a_promotion_by_issues_and_what_is_no_promotion_have_none() -> None:
    by_issues = verdict("TESTING/EXEC", reasons=(Reason.QUALITY_ISSUES,))
    assert [strength(v, CUSUM) for v in (by_issues, keep("TESTING/EXEC", (0, 5)))] == [None, None]
    assert rarity(by_issues, CUSUM) == ""


@pytest.mark.parametrize(
    ("weeks", "percent", "said"),
    [
        pytest.param(
            ((3, 5),), 20, "shows this by chance once in 17 stretches of 5 SDs", id="3 of 5"
        ),
        pytest.param(
            ((2, 2),), 50, "shows this by chance once in 4 stretches of 2 SDs", id="exact"
        ),
        pytest.param(
            ((3, 5),), 40, "shows this by chance once in 3.2 stretches of 5 SDs", id="often"
        ),
        pytest.param(
            ((3, 3),), 10, "shows this by chance once in 1,000 stretches of 3 SDs", id="thousands"
        ),
        pytest.param(
            ((40, 40),),
            20,
            "shows this by chance less than once in 1,000,000 stretches of 40 SDs",
            id="no end",
        ),
        pytest.param(((3, 5),), 0, "never shows this", id="at nothing allowed"),
    ],
)
def test_it_is_told_in_words(weeks: tuple[tuple[int, int], ...], percent: int, said: str) -> None:
    promotion = msgspec.structs.replace(CUSUM, promote_above=percent)
    told = rarity(verdict("TESTING/EXEC", *weeks), promotion)
    assert told == f"a cell at exactly {percent} % {said}"


def test_thousands_of_sds_do_not_overflow_what_is_written() -> None:
    found = strength(verdict("TESTING/EXEC", (2000, 2000)), CUSUM)
    assert found is not None
    assert found.tenths == 10 * RAREST
