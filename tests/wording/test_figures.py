"""Numbers as text: exact, negative values right, nothing through a float."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bot.wording import figures


@pytest.mark.parametrize(
    ("value", "long", "short"),
    [
        pytest.param(200, "2.00", "2.0", id="two"),
        pytest.param(-150, "-1.50", "-1.5", id="negative with a fraction"),
        pytest.param(-5, "-0.05", "-0.05", id="negative below one"),
        pytest.param(0, "0.00", "0.0", id="zero"),
        pytest.param(185, "1.85", "1.85", id="two decimals where one is not exact"),
    ],
)
def test_tallies(value, long, short):
    assert (figures.hundredths(value), figures.tally_words(value)) == (long, short)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        pytest.param(3, 5, "60 %", id="whole percent"),
        pytest.param(1, 3, "33.3 %", id="rounded down"),
        pytest.param(1, 6, "16.7 %", id="rounded up"),
        pytest.param(2001, 10000, "20.0 %", id="not exactly 20"),
        pytest.param(0, 0, "0 %", id="of nothing"),
    ],
)
def test_percent(part, whole, text):
    assert figures.percent(part, whole) == text


def test_plurals_follow_the_number():
    said = [figures.plural(n, "SD") for n in (0, 1, 2, 1200)]
    assert said == ["0 SDs", "1 SD", "2 SDs", "1,200 SDs"]


def test_costs():
    assert figures.dollars(Fraction(135, 100)) == "1.35 USD"
    assert figures.dollars(Fraction(1, 1000)) == "under 0.01 USD"
    assert figures.dollars(Fraction(0)) == "0.00 USD"
    assert figures.tokens(Fraction(359_999, 2)) == "180,000"
    assert [figures.factor(Fraction(5)), figures.factor(Fraction(5, 3))] == ["5", "1.7"]
    assert figures.one_decimal(Fraction(6235, 100)) == "62.4"


@pytest.mark.parametrize(
    ("part", "full"), [(0, 0), (49, 9), (50, 10), (99, 19), (100, 20), (250, 20)]
)
def test_a_bar_is_full_only_at_the_limit_and_never_longer(part, full):
    assert figures.bar(part, 100) == "█" * full + "░" * (20 - full)
