"""The real command on real repositories against the reference: the same counts and verdicts, week by week."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.reference.compare import differences
from tests.reference.generate import FEATURES, world
from tests.reference.repository import build, plan
from tests.reference.verdicts import review

HELD = frozenset(
    {
        "bad",
        "empty-weeks",
        "fleet",
        "history",
        "issues",
        "max-promotions",
        "other-cause",
        "places",
        "respelled",
        "shared-sds",
        "small-limits",
        "threshold",
        "unlogged",
    }
)
"""Features on which bot and reference agree. The others of `FEATURES` have worlds too: add what is built."""
MIXES = {
    "plain": {"shared-sds"},
    "past": {"history", "shared-sds", "unlogged", "empty-weeks"},
    "limits": {"history", "shared-sds", "small-limits"},
    "threshold": {"threshold", "history", "small-limits"},
    "shift": {"fleet", "history", "issues", "max-promotions", "other-cause", "shared-sds"},
    "places": {"bad", "places", "respelled", "history", "shared-sds"},
    "all": {*HELD} - {"threshold"},
}
"""Features in company; `HELD` says which of them a mix may use."""


def _differences(folder: Path, seed: int, mix: str, length: int, step: int = 1) -> list[str]:
    made = world(seed, MIXES[mix] & HELD, length)
    build(made, folder)
    found = []
    for label in made.weeks[::-step]:
        lines = differences(plan(folder, label), review(made, label))
        found += [f"{made.name} {label} {line}" for line in lines]
    return found


@pytest.mark.parametrize("mix", MIXES)
def test_the_bot_counts_as_the_reference_does(tmp_path: Path, mix: str):
    assert _differences(tmp_path / mix, seed=1, mix=mix, length=12, step=6) == []


@pytest.mark.slow
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("seed", range(100, 103))
def test_every_week_is_counted_alike(tmp_path: Path, mix: str, seed: int):
    assert _differences(tmp_path / "world", seed, mix, length=12) == []


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("seed", range(1000, 1021))
def test_two_thousand_weeks_are_counted_alike(tmp_path: Path, mix: str, seed: int):
    """7 mixes × 21 seeds × 16 weeks = 2,352 weeks."""
    assert _differences(tmp_path / "world", seed, mix, length=16) == []


def test_every_feature_has_a_name_that_a_mix_may_use():
    assert {*FEATURES} >= HELD
    assert Counter(name for mix in MIXES.values() for name in mix).keys() == HELD
