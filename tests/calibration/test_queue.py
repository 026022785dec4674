"""SPEC § 7, `max_promotions`: no week asks a person for forty decisions."""

import pytest

from bot.allocation.names import Cell
from bot.calibration.findings import Note, Outcome, Scope
from bot.calibration.queue import admit
from bot.calibration.review import review
from tests.support.facts import ASSIGNED, cell_week, evidence, question, shipped_policy

CELLS = {name: Cell("EXEC", name) for name in "ABCDE"}


def reviewed(limit, **promotion):
    """Five cells at the bar; C and E with the highest tallies."""
    policy = shipped_policy(max_promotions=limit, bar=2, cap=9, **promotion)
    rework = {"A": 3, "B": 4, "C": 5, "D": 3, "E": 5}
    rows = [cell_week(5, k, cell=CELLS[name]) for name, k in rework.items()]
    asked = question(policy, dict.fromkeys(CELLS.values(), (("sonnet", ASSIGNED),)))
    return review(evidence(*rows), asked, policy, Scope())


def names(changes):
    return "".join(change.cell.agent for change in changes)


@pytest.mark.parametrize(
    ("limit", "proposed"),
    [(0, "ABCDE"), (1, "C"), (2, "CE"), (3, "BCE"), (4, "ABCE"), (5, "ABCDE"), (10, "ABCDE")],
)
def test_the_highest_tallies_are_proposed_ties_by_name_in_the_order_of_the_table(limit, proposed):
    found = reviewed(limit)
    told, changes = admit(found, found.changes)
    assert names(changes) == proposed
    waiting = {v.cell.agent for v in told.verdicts if Note.QUEUED in v.notes}
    assert waiting == set("ABCDE") - set(proposed)
    assert all(v.outcome is Outcome.PROMOTE for v in told.verdicts)


def test_what_people_turned_down_keeps_no_place():
    found = reviewed(2)
    told, changes = admit(found, [c for c in found.changes if c.cell.agent in "ABD"])
    assert names(changes) == "AB"
    assert [v.cell.agent for v in told.verdicts if Note.QUEUED in v.notes] == ["D"]


def test_a_promotion_for_issues_waits_by_the_tally_that_promotes_it():
    policy = shipped_policy(max_promotions=1, cap=9)
    rows = [
        cell_week(5, 3, cell=CELLS["A"]),
        cell_week(9, 2, troubled=9, cell=CELLS["B"]),  # T 0.20, second tally 3.70
    ]
    asked = question(policy, {CELLS[name]: (("sonnet", ASSIGNED),) for name in "AB"})
    found = review(evidence(*rows), asked, policy, Scope())
    assert names(admit(found, found.changes)[1]) == "B"
