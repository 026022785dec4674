"""Which SDs count, when and against whom: SPEC § 6 "Counting", a rule a test, on logs of a few rows."""

from __future__ import annotations

import pytest

from bot.allocation.names import Cell
from bot.evidence.records import SdRun
from tests.support.logs import TESTING, cell_week, counts, evidence, rework, tokens

W49, W50, W51 = "2025-W49", "2025-W50", "2025-W51"
EDGE = "edge-case-detection"


def test_an_sd_logged_many_times_counts_once(tmp_path):
    found = evidence(
        tmp_path, [tokens("SD-1", day) for day in (1, 2, 3)], [rework(), rework(day=4)]
    )
    assert counts(found) == (1, 1)


def test_an_sd_counts_once_on_each_model_it_ran_on(tmp_path):
    found = evidence(
        tmp_path, [tokens(model="haiku"), tokens(day=2, model="opus"), tokens(day=3, model="haiku")]
    )
    assert [(row.model, row.sds) for row in found.cell_weeks] == [("haiku", 1), ("opus", 1)]


def test_an_sd_counts_once_in_each_phase_and_for_each_agent(tmp_path):
    found = evidence(tmp_path, [tokens(), tokens(phase="PLAN"), tokens(agent="API")])
    assert [(str(row.cell), row.sds) for row in found.cell_weeks] == [
        ("API/EXEC", 1),
        ("TESTING/EXEC", 1),
        ("TESTING/PLAN", 1),
    ]


def test_an_sd_counts_in_the_week_of_its_first_run(tmp_path):
    found = evidence(tmp_path, [tokens(day=8), tokens(day=6), tokens(day=15)], week=W51)
    assert [(row.week, row.sds) for row in found.cell_weeks] == [(W49, 1)]


def test_rework_reported_weeks_later_counts_in_the_week_of_the_run(tmp_path):
    found = evidence(tmp_path, [tokens(day=2)], [rework(day=15)], week=W51)
    assert [(row.week, row.sds, row.rework) for row in found.cell_weeks] == [(W49, 1, 1)]


def test_a_rework_row_that_says_false_is_a_run(tmp_path):
    found = evidence(tmp_path, [tokens(agent=None, day=0)], [rework(agent="API", redone=False)])
    assert counts(found, cell=Cell("EXEC", "API")) == (1, 0)


def test_rework_of_an_sd_the_token_log_does_not_know_counts_and_is_flagged(tmp_path):
    found = evidence(tmp_path, [tokens("SD-1")], [rework("SD-1"), rework("SD-2")])
    row = cell_week(found)
    assert (row.sds, row.rework, row.unlogged) == (2, 2, 1)
    assert [(run.sd, run.unlogged) for run in row.runs] == [("SD-1", False), ("SD-2", True)]


def test_an_sd_of_another_phase_in_the_token_log_is_known_to_it(tmp_path):
    found = evidence(tmp_path, [tokens(phase="LEAD")], [rework()])
    assert cell_week(found, cell=TESTING).unlogged == 0


def test_names_of_agents_and_phases_are_normalised(tmp_path):
    rows = [
        tokens("SD-1", agent="testing-agent", phase="exec"),
        tokens("SD-2", agent="Testing_AGENT"),
    ]
    assert counts(evidence(tmp_path, rows), cell=TESTING) == (2, 0)


def test_the_reviewed_weeks_sds_are_listed_one_by_one(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-2", 8), tokens("SD-1", 9), tokens("SD-0", 1)],
        [
            rework("SD-1", 10, cause=EDGE),
            rework("SD-1", 11, cause="flaky-test"),
            rework("SD-2", 9, redone=False, issue=True, cause="reasoning-depth"),
            rework("SD-2", 10, redone=False, cause="requirements-change"),
        ],
        week=W50,
    )
    plain = {"assumed": False, "unlogged": False}
    assert cell_week(found, week=W50).runs == (
        SdRun(
            "SD-1", rework=True, raw_rework=True, issue=False, causes=(EDGE, "flaky-test"), **plain
        ),
        SdRun(
            "SD-2", rework=False, raw_rework=False, issue=True, causes=("reasoning-depth",), **plain
        ),
    )
    assert cell_week(found, week=W49).runs == ()


@pytest.mark.parametrize(
    ("cause", "counted"),
    [
        pytest.param(EDGE, 1, id="counts"),
        pytest.param("flaky-test", 0, id="does-not-count"),
        pytest.param(None, 1, id="missing-counts"),
        pytest.param("", 1, id="empty-is-missing"),
        pytest.param("bad-weather", 1, id="unknown-counts"),
    ],
)
def test_rework_counts_against_the_model_by_its_cause(tmp_path, cause, counted):
    row = cell_week(evidence(tmp_path, [tokens()], [rework(cause=cause)]))
    assert (row.rework, row.raw_rework, row.troubled) == (counted, 1, counted)


def test_an_sd_counts_if_any_of_its_rework_counts(tmp_path):
    found = evidence(tmp_path, [tokens()], [rework(cause="flaky-test"), rework(day=2, cause=EDGE)])
    assert counts(found) == (1, 1)


@pytest.mark.parametrize(
    ("cause", "troubled"),
    [(EDGE, 1), ("flaky-test", 0), (None, 1)],
    ids=["counts", "not", "missing"],
)
def test_an_issue_without_rework_troubles_an_sd_by_its_cause(tmp_path, cause, troubled):
    row = cell_week(evidence(tmp_path, [tokens()], [rework(redone=False, issue=True, cause=cause)]))
    assert (row.rework, row.raw_rework, row.troubled) == (0, 0, troubled)


def test_causes_are_counted_by_sd_most_first_ties_by_name(tmp_path):
    found = evidence(
        tmp_path,
        [],
        [
            rework("SD-1", cause=EDGE),
            rework("SD-1", 2, cause=EDGE),
            rework("SD-2", cause="reasoning-depth"),
            rework("SD-3", cause="reasoning-depth"),
            rework("SD-3", 2, cause="odd"),
            rework("SD-4", cause="flaky-test"),
            rework("SD-4", 2, cause=None),
        ],
    )
    assert cell_week(found).causes == (("reasoning-depth", 2), (EDGE, 1), ("odd", 1))


def test_causes_the_policy_does_not_know_are_named_for_the_reviewed_week_only(tmp_path):
    found = evidence(
        tmp_path,
        [],
        [
            rework(day=1, cause="last-week"),
            rework(day=8, cause="odd"),
            rework(day=9, cause="even"),
            rework(day=9, cause=EDGE),
            rework(day=9, cause="flaky-test"),
        ],
        week=W50,
    )
    assert found.unknown_causes == ("even", "odd")


def test_of_very_many_sds_those_with_rework_are_listed_first_and_all_are_counted(tmp_path):
    names = [f"SD-{number:03}" for number in range(250)]
    found = evidence(
        tmp_path, [tokens(sd) for sd in names], [rework(sd, cause=EDGE) for sd in names[240:]]
    )
    row = cell_week(found)
    assert (row.sds, row.rework) == (250, 10)
    assert [run.sd for run in row.runs] == [*names[:190], *names[240:]]
    assert row.causes == ((EDGE, 10),)
    assert row.runs[-1].causes == (EDGE,)


def test_silence_passes_while_somebody_logs_outcomes_and_says_nothing_three_weeks_later(tmp_path):
    weeks = [tokens(f"SD-{week}", 7 * week + 1) for week in range(6)]
    found = evidence(
        tmp_path, weeks, [rework("SD-0", 2, agent="API", redone=False)], week="2026-W02"
    )
    assert found.no_outcomes == ("2026-W01", "2026-W02")
    assert [row.sds for row in found.cell_weeks if row.cell == TESTING] == [1] * 6


def test_where_silence_is_unknown_only_sds_with_a_rework_row_count(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-1"), tokens("SD-2"), tokens("SD-3"), tokens("SD-3", 2, model="opus")],
        [rework("SD-2", redone=False), rework("SD-3")],
        silence_passes=False,
    )
    assert [(row.model, row.sds, row.rework) for row in found.cell_weeks] == [("sonnet", 2, 1)]
    assert [run.sd for run in found.cell_weeks[0].runs] == ["SD-2", "SD-3"]
    assert found.cell_sds[0].sds == 3
    assert found.no_outcomes == ()


def test_a_second_run_over_thirteen_weeks_after_the_first_makes_it_an_old_first_run(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-1", 1 - 92), tokens("SD-1", 1), tokens("SD-2", 1 - 91), tokens("SD-2", 1)],
    )
    assert [(old.sd, old.first, old.again, old.reworked_on) for old in found.old_first_runs] == [
        ("SD-1", "2025-W36", W49, None)
    ]


def test_rework_in_a_later_week_than_an_old_first_run_is_told_with_its_model(tmp_path):
    runs = [tokens("SD-1", -90, model="opus"), tokens("SD-1", -80), tokens("SD-2", -80)]
    late = [rework("SD-1", -83, model="opus"), rework("SD-1", 1, model="opus"), rework("SD-2", 1)]
    found = evidence(tmp_path, runs, late, week=W49)
    assert {(old.sd, old.first, old.again, old.reworked_on) for old in found.old_first_runs} == {
        ("SD-1", "2025-W36", W49, "opus"),
    }


def test_an_unknown_cause_is_told_of_the_week_that_reports_it(tmp_path):
    found = evidence(
        tmp_path, [tokens(day=1)], [rework(day=8, cause="odd"), rework(day=9, cause=EDGE)], week=W50
    )
    assert [(sds.week, sds.sds, sds.unknown_causes) for sds in found.cell_sds] == [
        (W49, 1, ()),
        (W50, 0, ("odd",)),
    ]
