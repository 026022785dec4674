"""`collect github`: pull requests become outcomes (issue 11, item 2)."""

from __future__ import annotations

from tests.support.github_desk import GitHubDesk
from tests.support.pull_cases import CASES, build_all, reasons


def test_every_fact_and_every_combination_comes_to_exactly_its_rows(shop: GitHubDesk) -> None:
    assert len(CASES) >= 60
    expected = build_all(shop)
    document = shop.collected()
    assert shop.brief() == expected
    left = [one["reason"] for one in document["left_out"] for _ in one["places"]]
    assert sorted(left) == reasons()
