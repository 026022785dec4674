"""Issue 10, item 4: trial downgrades, advice to people at exact bounds (SPEC § 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.allocation.names import Cell
from bot.calibration.findings import Review, Scope
from bot.calibration.review import review
from tests.support.facts import TESTING, cell_week, evidence, question, shipped_policy

CALENDAR = shipped_policy().week.calendar
WEEKS = CALENDAR.until(CALENDAR.named("2025-W49"))


def start(weeks: int) -> int:
    """When the week began that is so many whole weeks before the end of the reviewed one."""
    return WEEKS[-weeks].start


def reviewed(
    *spells: tuple[str, int],
    sds: int = 40,
    rework: int = 2,
    cell: Cell = TESTING,
    gates: bool = False,
) -> Review:
    """A cell with these assignments, with SDs in the reviewed week on the last one."""
    policy = shipped_policy(gates=gates)
    model, since = spells[-1]
    row = cell_week(sds, rework, cell=cell, model=model, spell_start=since)
    asked = replace(question(policy, {cell: spells}), week=WEEKS[-1], weeks=WEEKS)
    return review(evidence(row), asked, policy, Scope())


LONG = ("opus", start(30))
FIRST = ("opus", 1_000)


def test_a_cell_that_did_well_for_long_may_be_tried_one_rung_down() -> None:
    found = reviewed(("haiku", 1_000), LONG)
    (trial,) = found.trials
    assert (trial.cell, trial.model, trial.lower) == (TESTING, "opus", "sonnet")
    assert (trial.sds, trial.rework, trial.weeks) == (40, 2, 30)
    assert found.changes == ()


@pytest.mark.parametrize(
    ("sds", "rework", "tried"), [(40, 2, 1), (39, 0, 0), (40, 3, 0), (60, 3, 1), (59, 3, 0)]
)
def test_forty_sds_and_at_most_five_percent(sds: int, rework: int, tried: int) -> None:
    assert len(reviewed(("haiku", 1_000), LONG, sds=sds, rework=rework).trials) == tried


@pytest.mark.parametrize(("weeks", "tried"), [(27, 1), (26, 0), (10, 0)])
def test_a_rise_in_the_last_26_weeks_was_a_trial_of_less(weeks: int, tried: int) -> None:
    assert len(reviewed(("haiku", 1_000), ("opus", start(weeks))).trials) == tried


@pytest.mark.parametrize(("weeks", "tried"), [(8, 1), (7, 0)])
def test_eight_whole_weeks_on_the_rung(weeks: int, tried: int) -> None:
    """Here by way of a model that the ladder does not know: no rise."""
    assert len(reviewed(("gone", 1_000), ("opus", start(weeks))).trials) == tried


def test_the_first_table_counts_from_the_first_row() -> None:
    assert reviewed(FIRST).trials == ()  # its only row is of this week


@pytest.mark.parametrize("model", ["haiku", "sonnet"])
def test_the_two_lowest_rungs_are_cheap_enough(model: str) -> None:
    assert reviewed(("gone", 1_000), (model, start(30)), rework=0).trials == ()


@pytest.mark.parametrize(
    ("cell", "gates"),
    [
        (Cell("EXEC", "SECURITY"), False),
        (Cell("EXEC", "VALIDATION"), False),
        (Cell("LEAD", "VALIDATION"), False),
        (TESTING, True),
    ],
    ids=str,
)
def test_no_gate_and_nothing_that_may_never_be_lowered(cell: Cell, gates: bool) -> None:
    assert reviewed(("gone", 1_000), LONG, cell=cell, gates=gates).trials == ()
