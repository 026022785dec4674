"""The real command on real repositories against the reference: the same counts and verdicts, week by week."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference.compare import differences
from tests.reference.generate import FEATURES, world
from tests.reference.repository import build, plan
from tests.reference.verdicts import review

HELD = frozenset(FEATURES)
"""Features on which bot and reference agree: all of them."""
MIXES = {
    "plain": {"shared-sds", "unknown-model", "unknown-cause"},
    "past": {"first-table", "history", "shared-sds", "unlogged", "empty-weeks"},
    "limits": {"history", "shared-sds", "small-limits"},
    "threshold": {"threshold", "history", "small-limits"},
    "shift": {"fleet", "history", "issues", "max-promotions", "other-cause", "shared-sds"},
    "places": {"bad", "places", "respelled", "history", "shared-sds"},
    "all": {*HELD} - {"threshold", "fleet", "silence-unknown"},
    "redone": {"redo", "history", "shared-sds", "unlogged", "first-table"},
    "drift": {"redo", "drift", "history", "shared-sds", "unlogged", "unknown-model"},
    "causes": {"other-cause", "unknown-cause", "issues", "history", "small-limits"},
    "phase only": {"agentless", "history", "other-cause"},
    "silence": {"silence", "history", "shared-sds"},
    "only what is reported": {"silence-unknown", "history", "redo"},
    "versions": {"versions", "redo", "history"},
    "fleet": {"fleet", "shared-sds", "history"},
    "queue": {"max-promotions", "history", "shared-sds"},
    "unlisted": {"unlisted", "history"},
}
"""Features in company. A mix is compared once all of its features are in `HELD`."""
READY = [mix for mix, features in MIXES.items() if features <= HELD]
IN_QUICK_LOOP = [
    mix if mix in ("past", "places", "causes", "all") else pytest.param(mix, marks=pytest.mark.slow)
    for mix in READY
]


def _differences(folder: Path, seed: int, mix: str, length: int, step: int = 1) -> list[str]:
    made = world(seed, MIXES[mix], length)
    build(made, folder)
    found = []
    for label in made.weeks[::-step]:
        lines = differences(plan(folder, label), review(made, label))
        found += [f"{made.name} {label} {line}" for line in lines]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mix", IN_QUICK_LOOP)
def test_the_bot_counts_as_the_reference_does(tmp_path: Path, mix: str):
    assert _differences(tmp_path / mix, seed=1, mix=mix, length=12, step=6) == []


@pytest.mark.slow
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.stress)])
@pytest.mark.parametrize("mix", READY)
def test_every_week_is_counted_alike(tmp_path: Path, mix: str, step: int):
    """Every fourth one in CI, from the last: it looks back on all."""
    assert _differences(tmp_path / "world", 100, mix, length=12, step=step) == []


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("mix", READY)
@pytest.mark.parametrize("seed", range(1000, 1008))
def test_two_thousand_weeks_are_counted_alike(tmp_path: Path, mix: str, seed: int):
    """17 mixes × 8 seeds × 16 weeks = 2,176 weeks."""
    assert _differences(tmp_path / "world", seed, mix, length=16) == []


def test_every_feature_has_a_mix():
    assert {*FEATURES} >= HELD
    assert {name for mix in MIXES.values() for name in mix} == {*FEATURES}
