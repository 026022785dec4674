"""Issue 10: the stretch K0/N0 a promotion stands on, shared by `Strength` and `Afterwards`."""

from __future__ import annotations

import pytest

from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.stretch import stretch
from bot.policy import Promotion

CUSUM = Promotion()


def weeks(*counts: tuple[int, int]) -> list[WeekCounts]:
    return [WeekCounts(f"2025-W{10 + n}", sds, k, k, k) for n, (k, sds) in enumerate(counts)]


@pytest.mark.parametrize(
    ("past", "found"),
    [
        pytest.param([(3, 5)], Counts(5, 3), id="the assignment's 0 is the lowest"),
        pytest.param([(0, 5), (3, 5), (2, 5)], Counts(10, 5), id="the lowest week is excluded"),
        pytest.param(
            [(1, 5), (3, 5)], Counts(5, 3), id="of equals, the assignment among them, the last"
        ),
        pytest.param(
            [(0, 5), (2, 5), (0, 5), (3, 5)], Counts(5, 3), id="of equals among weeks the last"
        ),
        pytest.param(
            [(0, 5)] * 6 + [(5, 5)] * 3, Counts(15, 15), id="at the floor the last week there"
        ),
        pytest.param(
            [(3, 5), (0, 5)], Counts(10, 3), id="what came down from above 0 is part of it"
        ),
        pytest.param([(3, 5), (0, 5), (0, 5)], Counts(0, 0), id="nothing after a lowest last week"),
        pytest.param([], Counts(0, 0), id="nothing of nothing"),
    ],
)
def test_the_stretch_is_what_came_after_the_lowest_tally(
    past: list[tuple[int, int]], found: Counts
) -> None:
    assert stretch(weeks(*past), CUSUM) == found


def test_under_the_bare_threshold_the_stretch_is_the_deciding_week() -> None:
    threshold = Promotion(rule="threshold")
    assert stretch(weeks((5, 5), (2, 5)), threshold) == Counts(5, 2)
    assert stretch([], threshold) == Counts(0, 0)
