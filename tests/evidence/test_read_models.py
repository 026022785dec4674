"""Which model an SD ran on, and which assignment that is evidence of: a rule a test."""

from __future__ import annotations

import pytest

from bot.allocation.names import Cell
from tests.support.logs import TESTING, cell_week, counts, evidence, moment, rework, spells, tokens

W49, W50 = "2025-W49", "2025-W50"
DESIGN = Cell("EXEC", "DESIGN")


@pytest.mark.parametrize(
    ("model", "rung", "raw"),
    [
        pytest.param("opus", "opus", None, id="rung"),
        pytest.param("claude-opus-4-5", "opus", None, id="glob"),
        pytest.param("best", "opus", None, id="exact"),
        pytest.param("claude-opus-mini", "sonnet", None, id="exact-before-glob"),
        pytest.param("gpt-opus", None, "gpt-opus", id="unknown-is-not-guessed"),
        pytest.param("OPUS", None, "OPUS", id="case-matters"),
        pytest.param("", "sonnet", None, id="empty-is-missing"),
    ],
)
def test_the_model_that_really_ran_is_placed_on_the_ladder(tmp_path, model, rung, raw):
    row = cell_week(evidence(tmp_path, [tokens(model=model)]))
    assert (row.model, row.raw_model) == (rung, raw)
    assert row.drifted == (rung != "sonnet")


NONE = pytest.mark.parametrize("label", ["<synthetic>", "<none>", "<>"])


@NONE
def test_what_names_no_model_is_no_run_in_any_number(tmp_path, label):
    """`<synthetic>` was a model that drifts and blocks promotions (issue 9, item 24)."""
    real = [
        tokens("SD-1", 3),
        tokens("SD-2", 1),
        tokens("SD-2", 4, model="gpt-5"),
        tokens("SD-3", 1),
    ]
    said = [tokens(f"SD-{n}", 5, model=label, tokens=0) for n in (1, 2, 3, 4)]
    left = {"spells": {TESTING: spells((-9, "opus"))}}
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    with_it = evidence(tmp_path / "with", [*real, *said], **left)
    without = evidence(tmp_path / "without", real, **left)
    assert (with_it.cell_weeks, with_it.cell_sds) == (without.cell_weeks, without.cell_sds)


@NONE
def test_an_sd_that_drifts_to_a_model_nobody_knows_still_drifts_beside_what_names_none(
    tmp_path, label
):
    found = evidence(tmp_path, [tokens(model=label), tokens(model="gpt-5")])
    (sds,) = found.cell_sds
    assert (sds.sds, sds.drifted, sds.drifted_to) == (1, 1, (("gpt-5", 1),))


@NONE
def test_rework_blames_the_last_model_that_was_one(tmp_path, label):
    rows = [tokens("SD-1", 1, model="haiku"), tokens("SD-1", 2, model=label)]
    for outcome in (rework("SD-1", 3), rework("SD-1", 3, model=label)):
        found = evidence(tmp_path, rows, [outcome])
        assert cell_week(found, model="haiku").rework == 1


def test_a_row_without_model_ran_on_the_assignment_in_force_at_the_sds_first_run(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-1", 1, phase="LEAD"), tokens("SD-1", 5), tokens("SD-2", 5)],
        spells={TESTING: spells((-9, "haiku"), (3, "opus"))},
    )
    assert cell_week(found, cell=TESTING, model="haiku").runs[0].sd == "SD-1"
    assert cell_week(found, cell=TESTING, model="opus").runs[0].sd == "SD-2"
    assert all(row.drifted == 0 for row in found.cell_weeks)


def test_an_assignment_is_in_force_from_the_second_of_its_commit(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens("SD-1", ts="2025-12-03T23:59:59.999999Z"),
            tokens("SD-2", ts="2025-12-04T00:00:00Z"),
        ],
        spells={TESTING: spells((-9, "haiku"), (3, "opus"))},
    )
    assert [(row.model, row.runs[0].sd) for row in found.cell_weeks] == [
        ("haiku", "SD-1"),
        ("opus", "SD-2"),
    ]


def test_before_the_first_assignment_the_first_one_stands_in_and_has_the_evidence(tmp_path):
    found = evidence(tmp_path, [tokens(day=1)], spells={TESTING: spells((3, "opus"))})
    row = cell_week(found)
    assert (row.model, row.spell_start, row.drifted) == ("opus", moment(3), 0)


def test_an_assignment_that_lasted_no_time_was_never_in_force(tmp_path):
    past = spells((-9, "haiku"), (1, "opus"), (1, "sonnet"))
    found = evidence(tmp_path, [tokens(day=2)], spells={TESTING: past})
    assert cell_week(found).model == "sonnet"


def test_a_cell_no_table_listed_ran_on_the_default_in_force(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(agent="DESIGN", day=5)],
        default_spells=spells((-9, "haiku"), (3, "opus")),
    )
    row = cell_week(found, cell=DESIGN)
    assert (row.model, row.spell_start) == ("opus", moment(3))


def test_a_rung_of_the_past_is_read_by_todays_ladder(tmp_path):
    past = {TESTING: spells((-9, "best"))}
    row = cell_week(evidence(tmp_path, [tokens()], spells=past))
    assert (row.model, row.spell_start, row.drifted) == ("opus", moment(-9), 0)


def test_a_rung_todays_ladder_does_not_know_is_no_evidence_and_no_drift(tmp_path):
    past = {TESTING: spells((-9, "gone"))}
    row = cell_week(evidence(tmp_path, [tokens()], spells=past))
    assert (row.model, row.raw_model, row.drifted) == (None, "gone", 0)


@pytest.mark.slow
def test_rework_without_model_takes_the_latest_run_at_or_before_it(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(day=1, model="haiku"), tokens(day=3, model="opus"), tokens(day=5, model="haiku")],
        [rework(day=4)],
    )
    assert counts(found, model="opus") == (1, 1)
    assert counts(found, model="haiku") == (1, 0)


def test_rework_of_the_same_instant_as_a_run_belongs_to_it(tmp_path):
    found = evidence(
        tmp_path, [tokens(day=1, model="haiku"), tokens(day=3, model="opus")], [rework(day=3)]
    )
    assert counts(found, model="opus") == (1, 1)


def test_runs_within_a_second_keep_their_order(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens(ts="2025-12-02T00:00:00.100Z", model="haiku"),
            tokens(ts="2025-12-02T00:00:00.100002Z", model="opus"),
        ],
        [rework(ts="2025-12-02T01:00:00.100001+01:00")],
    )
    assert counts(found, model="haiku") == (1, 1)


def test_rework_without_model_follows_a_rework_row_that_names_one(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(day=1, model="haiku")],
        [rework(day=2, redone=False, model="opus"), rework(day=3)],
    )
    assert counts(found, model="opus") == (1, 1)


def test_rework_without_model_does_not_follow_another_agent_phase_or_sd(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens(agent="API", model="opus"),
            tokens(phase="PLAN", model="opus"),
            tokens("SD-2", model="opus"),
        ],
        [rework(day=2)],
    )
    assert counts(found, cell=TESTING, model="sonnet") == (1, 1)


def test_rework_before_any_run_takes_the_assignment_in_force(tmp_path):
    found = evidence(tmp_path, [tokens(day=3, model="opus")], [rework(day=2)])
    assert counts(found, model="sonnet") == (1, 1)


def test_rework_without_model_follows_an_assumed_run_later_than_a_named_one(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(day=1, model="opus"), tokens(day=8, agent=None)],
        [rework(day=9)],
        week=W50,
    )
    assert counts(found, model="sonnet") == (1, 1)
    assert counts(found, model="opus") == (1, 0)


@pytest.mark.parametrize(
    ("token_row", "rework_row", "blamed"),
    [
        ("haiku", "opus", "haiku"),
        ("opus", "haiku", "haiku"),
        ("opus", "odd", "opus"),
        ("b", "a", "a"),
    ],
    ids=" and ".join,
)
def test_of_two_runs_at_one_instant_the_lower_rung_then_the_name_is_blamed(
    tmp_path, token_row, rework_row, blamed
):
    found = evidence(
        tmp_path,
        [tokens(day=1, model=token_row)],
        [rework(day=1, redone=False, model=rework_row), rework(day=2)],
    )
    assert [row.model or row.raw_model for row in found.cell_weeks if row.rework] == [blamed]


def test_rework_of_an_sd_redone_on_a_stronger_model_blames_the_assignment(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(day=1, model="sonnet"), tokens(day=2, model="opus")],
        [rework(day=3)],
    )
    assert counts(found, model="sonnet") == (1, 1)
    assert counts(found, model="opus") == (1, 0)


def test_a_rework_row_before_every_other_run_is_a_run_on_the_assignment_itself(tmp_path):
    found = evidence(
        tmp_path, [tokens(day=2, model="opus")], [rework(day=1, redone=False), rework(day=3)]
    )
    assert counts(found, model="sonnet") == (1, 1)
    assert counts(found, model="opus") == (1, 0)


def test_an_sd_drifts_only_without_any_run_on_its_assignment(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens("SD-1", 1, model="sonnet"),
            tokens("SD-1", 2, model="opus"),
            tokens("SD-2", 1, model="opus"),
            tokens("SD-2", 2, model="haiku"),
            tokens("SD-3", 1, model="odd"),
            tokens("SD-4", 8, model="sonnet"),
            tokens("SD-4", 2, model="haiku"),
        ],
        week=W50,
    )
    drifted = {(row.week, row.model or row.raw_model): row.drifted for row in found.cell_weeks}
    assert drifted == {
        (W49, "haiku"): 1,
        (W49, "sonnet"): 0,
        (W49, "opus"): 1,
        (W49, "odd"): 1,
        (W50, "sonnet"): 0,
    }
    one, two = found.cell_sds
    assert (one.week, one.sds, one.drifted, one.escalated) == (W49, 4, 2, (("sonnet", 1),))
    assert one.drifted_to == (("haiku", 1), ("odd", 1))
    assert (two.week, two.sds, two.drifted, two.escalated) == (W50, 1, 0, ())


def test_an_sd_that_keeps_its_starting_model_has_not_drifted(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens(day=1, model="haiku"),
            tokens(day=5, model="haiku"),
            tokens("SD-2", 5, model="haiku"),
        ],
        spells={TESTING: spells((-9, "haiku"), (3, "sonnet"))},
    )
    row = cell_week(found)
    assert (row.sds, row.drifted, row.spell_start) == (2, 1, moment(-9))


def test_evidence_carries_the_start_of_the_spell_of_its_model(tmp_path):
    past = spells((-50, "sonnet"), (-20, "opus"), (-10, "sonnet"))
    found = evidence(
        tmp_path,
        [
            tokens("SD-1", -30, model="sonnet"),
            tokens("SD-2", 1, model="sonnet"),
            tokens("SD-3", 1, model="opus"),
            tokens("SD-4", 1, model="haiku"),
        ],
        spells={TESTING: past},
    )
    starts = {(row.week, row.model): row.spell_start for row in found.cell_weeks}
    assert starts == {
        ("2025-W44", "sonnet"): moment(-50),
        (W49, "sonnet"): moment(-10),
        (W49, "opus"): moment(-20),
        (W49, "haiku"): None,
    }


def test_rows_from_before_the_first_table_are_evidence_of_its_assignment(tmp_path):
    past = spells((1, "sonnet"), (3, "opus"))
    rows = [tokens("SD-1", -30, model="sonnet"), tokens("SD-2", -30, model="opus")]
    found = evidence(tmp_path, rows, spells={TESTING: past})
    assert {row.model: row.spell_start for row in found.cell_weeks} == {
        "sonnet": moment(1),
        "opus": None,
    }


def test_one_week_on_two_spells_of_a_model_is_two_rows_of_evidence(tmp_path):
    past = spells((-50, "sonnet"), (2, "opus"), (4, "sonnet"))
    rows = [tokens("SD-1", 1, model="sonnet"), tokens("SD-2", 5, model="sonnet")]
    found = evidence(tmp_path, rows, [rework("SD-2", 6)], spells={TESTING: past})
    assert [(row.spell_start, row.sds, row.rework) for row in found.cell_weeks] == [
        (moment(-50), 1, 0),
        (moment(4), 1, 1),
    ]
