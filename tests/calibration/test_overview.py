"""The weeks behind a review: every model a cell had with its own T, and what each week spent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.calendar import Week
from bot.calibration.findings import Scope
from bot.calibration.overview import MOST_WEEKS, overview
from bot.calibration.review import review
from bot.evidence.records import Usage
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
START = 1_733_097_600  # Monday, 2024-12-02
A_WEEK = 7 * 86_400
CALENDAR = tuple(
    POLICY.week.calendar.week_of(START + number * A_WEEK + 43_200) for number in range(60)
)
RAISED = CALENDAR[-2].start + 100


def surveyed(*rows, spells=(("sonnet", ASSIGNED),), weeks=CALENDAR, policy=POLICY, **more):
    """The overview of one cell up to the last of some weeks."""
    told = evidence(*rows, **{"rows": 1, **more})
    asked = replace(question(policy, {TESTING: spells}), weeks=weeks, week=weeks[-1])
    return overview(review(told, asked, policy, Scope()), told, asked, policy)


def in_week(place: int, sds: int, rework: int, **more):
    return cell_week(sds, rework, week=CALENDAR[place].label, runs=(), **more)


def test_t_of_the_model_in_force_ends_where_the_verdict_stands():
    found = surveyed(in_week(-3, 30, 0), in_week(-2, 5, 4), in_week(-1, 5, 3, troubled=4))
    (tenure,) = found.tenures[TESTING]
    (verdict,) = found.review.verdicts
    assert tenure.tallies == (-400, -200, 0)
    assert (tenure.tallies[-1], tenure.issue_tallies[-1]) == (verdict.tally, verdict.issue_tally)
    assert tenure.weeks == verdict.weeks
    assert tenure.since is None


def test_each_model_starts_at_0_in_the_week_that_brought_it():
    found = surveyed(
        in_week(-3, 5, 3),
        in_week(-2, 5, 1, model="opus", spell_start=RAISED),
        spells=(("sonnet", ASSIGNED), ("opus", RAISED)),
    )
    first, second = found.tenures[TESTING]
    assert (first.model, first.since, first.tallies) == ("sonnet", None, (200,))
    assert (second.model, second.since) == ("opus", CALENDAR[-2].label)
    assert second.tallies == (0,)


def test_weeks_that_are_no_evidence_are_no_points():
    silent = CALENDAR[-2].label
    rows = [in_week(-3, 5, 1), in_week(-2, 5, 5), in_week(-1, 5, 1)]
    (tenure,) = surveyed(*rows, no_outcomes=(silent,)).tenures[TESTING]
    assert [week.week for week in tenure.weeks] == [CALENDAR[-3].label, CALENDAR[-1].label]


def test_charts_show_a_year_at_most_from_the_first_week_that_the_logs_tell_of():
    labels = [week.label for week in CALENDAR]
    assert surveyed(in_week(0, 5, 1)).weeks == tuple(labels[-MOST_WEEKS:])
    assert surveyed(in_week(-4, 5, 1)).weeks == tuple(labels[-4:])
    spent = Usage(labels[-6], "EXEC", None, None, 10)
    assert surveyed(in_week(-4, 5, 1), usage=(spent,)).weeks == tuple(labels[-6:])


@pytest.mark.parametrize("weeks", [CALENDAR, (Week(10_000, 20_000, WEEK),)], ids=["many", "one"])
def test_without_anything_logged_the_reviewed_week_is_there(weeks):
    found = surveyed(weeks=weeks, rows=0)
    assert found.weeks == (weeks[-1].label,)
    assert (dict(found.tenures), dict(found.spend)) == ({}, {})


def test_spend_is_summed_by_week_and_model():
    week, before = CALENDAR[-1].label, CALENDAR[-2].label
    usage = (
        Usage(before, "EXEC", "TESTING", "sonnet", 10),
        Usage(week, "EXEC", "TESTING", "sonnet", 20),
        Usage(week, "PLAN", "API", "sonnet", 5),
        Usage(week, "PLAN", None, None, 7),
    )
    found = surveyed(in_week(-1, 5, 1), usage=usage)
    assert {week: dict(of) for week, of in found.spend.items()} == {
        before: {"sonnet": 10},
        week: {"sonnet": 25, "": 7},
    }
