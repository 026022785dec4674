"""Issue 10, item 4: what models cost, exactly (SPEC § 7, "What it costs")."""

from __future__ import annotations

from fractions import Fraction

import pytest
from msgspec.structs import replace

from bot.calibration.costs import SdCost, measured_steps, price_of_avoided, sd_cost
from bot.calibration.findings import Scope
from bot.calibration.review import review
from bot.evidence.records import CellCost
from tests.support.facts import (
    ASSIGNED,
    TESTING,
    WEEK,
    cell_week,
    evidence,
    question,
    shipped_policy,
)

POLICY = shipped_policy()
PRICED = replace(
    POLICY,
    ladder=[
        replace(rung, usd_as_written=price)
        for rung, price in zip(POLICY.ladder, (1, 3, 15), strict=True)
    ],
)


def cost(
    sds: int, rework: int, model: str = "sonnet", since: int = ASSIGNED, **tokens: int
) -> CellCost:
    return CellCost(TESTING, WEEK, model, since, sds, rework, tuple(tokens.items()))


def test_an_sd_costs_its_tokens_at_relative_cost_redos_included() -> None:
    found = sd_cost([cost(5, 3, sonnet=100_000, opus=20_000)], POLICY)
    assert found is not None
    assert (found.an_sd, found.accepted, found.priced) == (40_000, 100_000, False)


def test_where_every_rung_has_a_price_it_is_dollars() -> None:
    found = sd_cost([cost(4, 0, sonnet=1_000_000, opus=200_000)], PRICED)
    assert found is not None
    assert (found.an_sd, found.accepted, found.priced) == (Fraction(3, 2), Fraction(3, 2), True)


def test_without_rows_it_is_not_known_and_without_a_pass_nothing_was_accepted() -> None:
    assert sd_cost([], POLICY) is None
    found = sd_cost([cost(2, 2, sonnet=10)], POLICY)
    assert found is not None
    assert found.accepted is None


@pytest.mark.parametrize(
    ("rates", "price"),
    [((3, 1), 50), ((1, 1), None), ((1, 3), None)],
    ids=["some avoided", "none", "more than before"],
)
def test_the_price_of_one_avoided_rework(rates: tuple[int, int], price: int | None) -> None:
    before, after = (SdCost(10, 0, (), Fraction(amount), priced=False) for amount in (100, 200))
    old, new = (Fraction(rate, 10) for rate in rates)
    assert price_of_avoided(before, after, old, new) == price


@pytest.mark.parametrize(("sds", "measured"), [(20, True), (19, False)])
def test_a_tokens_ratio_wants_twenty_sds_on_each_side(sds: int, measured: bool) -> None:
    asked = question(POLICY, {TESTING: (("sonnet", ASSIGNED), ("opus", 2_000))})
    costs = (cost(20, 4, sonnet=2_000, opus=999), cost(sds, 0, "opus", 2_000, opus=1_000))
    found = measured_steps(evidence(costs=costs), asked, ())
    assert ("sonnet" in found) is measured
    if measured:
        assert found["sonnet"].ratio == Fraction(1, 2)
    assert measured_steps(evidence(costs=costs), asked, {WEEK}) == {}


def test_a_rise_tells_what_one_avoided_rework_has_cost() -> None:
    rows = (
        cell_week(5, 3, week="2025-W48", in_force=(5, 3)),
        cell_week(5, 1, model="opus", spell_start=2_000, in_force=(5, 1)),
    )
    costs = (cost(5, 3, sonnet=50_000), cost(5, 1, "opus", 2_000, opus=40_000))
    asked = question(POLICY, {TESTING: (("sonnet", ASSIGNED), ("opus", 2_000))})
    (rise,) = review(evidence(*rows, costs=costs), asked, POLICY, Scope()).afterwards
    assert rise.avoided is not None
    # (5 × 8,000 − 10,000) / (3/5 − 1/5)
    assert rise.avoided.amount == 75_000
