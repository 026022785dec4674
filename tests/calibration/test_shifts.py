"""SPEC § 7, fleet shift, seen through the whole review: what a flagged week does and does not do."""

from dataclasses import replace

import pytest

from bot.allocation.names import Cell
from bot.calendar import Week
from bot.calibration.counts import Counts
from bot.calibration.findings import Note, Outcome, Reason, Scope
from bot.calibration.review import review
from tests.support.facts import ASSIGNED, cell_week, evidence, question, shipped_policy

P, K, I = Outcome.PROMOTE, Outcome.KEEP, Outcome.INVESTIGATE  # noqa: E741 (the letters of the table)
CELLS = [Cell("EXEC", f"A{number:02}") for number in range(12)]
LABELS = [f"2025-W{number}" for number in range(30, 50)]


def rows(label, rework, cells=CELLS, **more):
    """A week of five SDs a cell, each SD one cell's own."""
    found = []
    for number, cell in enumerate(cells):
        sds = tuple(range(5 * number + 1, 5 * number + 6))
        k = rework[number] if isinstance(rework, list) else rework
        row = cell_week(5, k, week=label, cell=cell, **more)
        found.append(replace(row, passed=sds[k:], reworked=sds[:k]))
    return found


def asked(policy, assigned):
    """The question for the last of LABELS."""
    spans = tuple(Week(10_000 * n, 10_000 * n + 10_000, label) for n, label in enumerate(LABELS, 1))
    return replace(question(policy, assigned), week=spans[-1], weeks=spans)


def reviewed(weeks, assigned=None, scope=None, **promotion):
    """The review of the last of some weeks, given as what each cell had in it."""
    policy = shipped_policy(**promotion)
    asking = asked(policy, dict.fromkeys(CELLS, assigned or (("sonnet", ASSIGNED),)))
    labels = LABELS[-len(weeks) :]
    found = [row for label, week in zip(labels, weeks, strict=True) for row in rows(label, week)]
    return review(evidence(*found), asking, policy, scope or Scope())


QUIET = [0] * 6


def test_a_flagged_week_promotes_nothing_and_adds_nothing_to_any_tally():
    found = reviewed([*QUIET, 4])
    assert found.shift is not None
    assert (found.changes, found.refused) == ((), ())
    assert {v.tally for v in found.verdicts} == {-400}
    assert {v.window for v in found.verdicts} == {Counts(30, 0)}
    assert {v.week for v in found.verdicts} == {Counts(5, 4)}
    assert {v.outcome for v in found.verdicts} == {K}
    assert all(Note.FLEET_SHIFT in v.notes for v in found.verdicts)


def test_the_sessions_of_people_are_no_cells_of_the_fleet():
    policy = shipped_policy()
    asking = asked(policy, dict.fromkeys(CELLS[1:], (("sonnet", ASSIGNED),)))
    asking = replace(asking, bystander=CELLS[0].agent)
    weeks = [*QUIET, 4]
    labels = LABELS[-len(weeks) :]
    for cells, flagged in ((CELLS[:8], False), (CELLS[:9], True)):  # eight cells are the least
        found = [
            row
            for label, week in zip(labels, weeks, strict=True)
            for row in rows(label, week, cells)
        ]
        assert (review(evidence(*found), asking, policy, Scope()).shift is not None) is flagged


def test_what_was_to_be_promoted_before_is_held_for_as_long_as_the_shift_goes_on():
    bad = [3] + [0] * 11
    found = reviewed([*QUIET, bad, bad, bad, 4])
    first = found.verdicts[0]
    assert (first.outcome, first.reasons) == (I, (Reason.FLEET_SHIFT, Reason.ABOVE_BAR))
    assert first.proposed is None
    assert found.changes == ()


def test_a_cell_that_failed_alone_is_promoted_as_ever():
    bad = [3] + [0] * 11
    found = reviewed([*QUIET, bad, bad, bad])
    assert found.shift is None
    assert [change.cell for change in found.changes] == CELLS[:1]


def test_the_running_stretch_is_told_with_one_entry_that_accepts_it():
    found = reviewed([*QUIET, 4, 4, 4])
    assert found.shift is not None
    assert (found.shift.since, found.shift.accepting) == ("2025-W47", "2025-W47..2025-W49")
    assert (found.shift.flag.rework, found.shift.flag.units) == (36, 45)
    assert (found.shift.flag.left_out, found.shift.flag.cells) == (3, 12)
    one = reviewed([*QUIET, 4])
    assert one.shift is not None
    assert one.shift.accepting == "2025-W49"


def test_acceptance_ends_the_hold_and_cells_promote_from_the_weeks_after():
    accepted = {"accepted_shifts": ["2025-W42..2025-W46"]}
    weeks = [*[0] * 4, *[4] * 8]
    held = reviewed(weeks)
    assert held.shift is not None
    assert held.changes == ()
    found = reviewed(weeks, **accepted)
    assert found.shift is None
    assert {v.tally for v in found.verdicts} == {200}
    assert len(found.changes) == len(CELLS)


def test_an_accepted_week_enters_no_tally_and_holds_nothing():
    bad = [3] + [0] * 11
    found = reviewed([*QUIET, bad, bad, bad, 4], accepted_shifts=["2025-W49"])
    assert found.shift is None
    assert [change.cell for change in found.changes] == CELLS[:1]
    assert {v.tally for v in found.verdicts[1:]} == {-400}


def test_after_the_shift_its_weeks_stay_out_of_every_tally():
    found = reviewed([*QUIET, 4, 4, 0])
    assert found.shift is None
    assert {v.tally for v in found.verdicts} == {-400}
    assert found.changes == ()


def test_the_shift_is_the_fleets_whatever_cells_are_reviewed():
    found = reviewed([*QUIET, 4], scope=Scope("A00"))
    assert found.shift is not None
    assert len(found.verdicts) == 1


def test_under_the_threshold_rule_a_flagged_week_promotes_nothing_either():
    found = reviewed([*QUIET, 4], rule="threshold")
    assert {v.outcome for v in found.verdicts} == {I}
    assert found.verdicts[0].reasons == (Reason.FLEET_SHIFT, Reason.ABOVE_THRESHOLD)
    accepted = reviewed([*QUIET, 4], rule="threshold", accepted_shifts=["2025-W49"])
    assert accepted.shift is None
    assert len(accepted.changes) == len(CELLS)  # acceptance ends the hold


def test_gates_and_the_top_rung_are_units_like_others():
    policy = shipped_policy(gates=True)
    weeks = [row for label in LABELS[-7:-1] for row in rows(label, 0, model="opus")]
    gates = [Cell("EXEC", "TESTING"), *CELLS[1:]]
    found = review(
        evidence(*weeks, *rows(LABELS[-1], 4, gates, model="opus")),
        asked(policy, dict.fromkeys(gates, (("opus", ASSIGNED),))),
        policy,
        Scope(),
    )
    assert found.shift is not None
    assert found.shift.flag.cells == 12


def test_a_cell_with_two_models_in_a_week_is_one_cell_and_an_sd_on_both_one_unit():
    policy = shipped_policy()
    weeks = [row for label in LABELS[-7:-1] for row in rows(label, 0, CELLS[:8])]
    now = rows(LABELS[-1], 4, CELLS[:8])
    twice = replace(now[0], model="opus", passed=now[0].reworked, reworked=())
    found = review(
        evidence(*weeks, *now, twice),
        asked(policy, dict.fromkeys(CELLS, (("sonnet", ASSIGNED),))),
        policy,
        Scope(),
    )
    assert found.shift is not None
    assert (found.shift.flag.cells, found.shift.flag.units, found.shift.flag.rework) == (8, 30, 24)


@pytest.mark.parametrize("cells", [7, 8])
def test_a_cell_that_first_ran_in_the_flagged_week_is_kept(cells):
    policy = shipped_policy()
    before = [row for label in LABELS[-7:-1] for row in rows(label, 0, CELLS[:cells])]
    found = review(
        evidence(*before, *rows(LABELS[-1], 4)),
        asked(policy, dict.fromkeys(CELLS, (("sonnet", ASSIGNED),))),
        policy,
        Scope(),
    )
    assert found.shift is not None
    assert (found.verdicts[-1].outcome, found.verdicts[-1].reasons) == (
        K,
        (Reason.WITHIN_ALLOWANCE,),
    )
