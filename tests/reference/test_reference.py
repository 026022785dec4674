"""The reference's own test: it finds what the generator knows it did."""

from __future__ import annotations

import pytest

from tests.reference import counting, flags
from tests.reference.generate import world
from tests.reference.world import TrueUnit, World

SIMPLE = ("redo", "drift", "unknown-model", "unlogged", "other-cause", "unknown-cause", "issues")
KINDS = {
    "plain": (),
    "blame": (*SIMPLE, "shared-sds"),
    "history": (*SIMPLE, "history", "shared-sds"),
    "phase only": ("agentless", "history", "other-cause"),
    "bad lines in two places": (*SIMPLE, "history", "bad", "places", "empty-weeks"),
    "silence": (*SIMPLE, "history", "silence"),
}


def _found(of: World) -> dict[tuple[str, str, str, str], TrueUnit]:
    counted = counting.count(of, of.weeks[-1])
    return {
        (unit.sd, *unit.cell, unit.rung): TrueUnit(
            unit.week, unit.rework, unit.any_rework, unit.issue and not unit.rework
        )
        for unit in counted.units.values()
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_the_reference_counts_what_was_done(kind: str, seed: int) -> None:
    made = world(seed, KINDS[kind])
    assert _found(made) == made.truth


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_names_every_line_that_is_no_row(seed: int) -> None:
    made = world(seed, ("bad", "places"))
    assert counting.count(made, made.weeks[-1]).rejected == made.rejected


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_knows_the_weeks_in_which_nobody_has_reported_for_long(seed: int) -> None:
    made = world(seed, ("silence", "history"), length=16)
    counted = counting.count(made, made.weeks[-1])
    silent = {label for label in made.weeks if flags.without_outcomes(counted, label)}
    assert silent == made.quiet
