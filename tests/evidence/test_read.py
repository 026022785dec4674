"""What the logs say, counted: every rule of SPEC § 6 "Counting" by itself, on a log of a few rows."""

from __future__ import annotations

import pytest

from bot.allocation.names import Cell
from bot.errors import InvalidInput
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence, LogFile, Mismatch, SdRun, Usage
from tests.support.logs import (
    TESTING,
    cell_week,
    evidence,
    lines,
    log,
    moment,
    question,
    rework,
    spells,
    stamp,
    tokens,
)

W49, W50, W51 = "2025-W49", "2025-W50", "2025-W51"
DESIGN = Cell("EXEC", "DESIGN")
EDGE = "edge-case-detection"


def counts(found: Evidence, **wanted: object) -> tuple[int, int]:
    row = cell_week(found, **wanted)
    return row.sds, row.rework


# ------------------------------------------------------------------------------------------ units


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


# ----------------------------------------------------------------------------------------- causes


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


# ----------------------------------------------------------------------------------------- models


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


def test_a_row_without_model_ran_on_the_assignment_in_force_at_the_sds_first_run(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-1", 1, phase="LEAD"), tokens("SD-1", 5), tokens("SD-2", 5)],
        spells={TESTING: spells(TESTING, (-9, "haiku"), (3, "opus"))},
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
        spells={TESTING: spells(TESTING, (-9, "haiku"), (3, "opus"))},
    )
    assert [(row.model, row.runs[0].sd) for row in found.cell_weeks] == [
        ("haiku", "SD-1"),
        ("opus", "SD-2"),
    ]


def test_before_the_first_assignment_the_first_one_stands_in(tmp_path):
    found = evidence(tmp_path, [tokens(day=1)], spells={TESTING: spells(TESTING, (3, "opus"))})
    row = cell_week(found)
    assert (row.model, row.spell_start, row.drifted) == ("opus", None, 0)


def test_an_assignment_that_lasted_no_time_was_never_in_force(tmp_path):
    past = spells(TESTING, (-9, "haiku"), (1, "opus"), (1, "sonnet"))
    found = evidence(tmp_path, [tokens(day=2)], spells={TESTING: past})
    assert cell_week(found).model == "sonnet"


def test_a_cell_no_table_listed_ran_on_the_default_in_force(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(agent="DESIGN", day=5)],
        default_spells=spells(Cell("", ""), (-9, "haiku"), (3, "opus")),
    )
    row = cell_week(found, cell=DESIGN)
    assert (row.model, row.spell_start) == ("opus", moment(3))


def test_a_rung_of_the_past_is_read_by_todays_ladder(tmp_path):
    past = {TESTING: spells(TESTING, (-9, "best"))}
    row = cell_week(evidence(tmp_path, [tokens()], spells=past))
    assert (row.model, row.spell_start, row.drifted) == ("opus", moment(-9), 0)


def test_a_rung_todays_ladder_does_not_know_is_no_evidence_and_no_drift(tmp_path):
    past = {TESTING: spells(TESTING, (-9, "gone"))}
    row = cell_week(evidence(tmp_path, [tokens()], spells=past))
    assert (row.model, row.raw_model, row.drifted) == (None, "gone", 0)


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


def test_of_two_runs_at_one_instant_the_token_row_says_the_model(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(day=1, model="haiku")],
        [rework(day=1, redone=False, model="opus"), rework(day=2)],
    )
    assert counts(found, model="haiku") == (1, 1)


def test_an_sd_that_keeps_its_starting_model_has_not_drifted(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens(day=1, model="haiku"),
            tokens(day=5, model="haiku"),
            tokens("SD-2", 5, model="haiku"),
        ],
        spells={TESTING: spells(TESTING, (-9, "haiku"), (3, "sonnet"))},
    )
    row = cell_week(found)
    assert (row.sds, row.drifted, row.spell_start) == (2, 1, moment(-9))


def test_evidence_carries_the_start_of_the_spell_of_its_model(tmp_path):
    past = spells(TESTING, (-50, "sonnet"), (-20, "opus"), (-10, "sonnet"))
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


def test_one_week_on_two_spells_of_a_model_is_two_rows_of_evidence(tmp_path):
    past = spells(TESTING, (-50, "sonnet"), (2, "opus"), (4, "sonnet"))
    rows = [tokens("SD-1", 1, model="sonnet"), tokens("SD-2", 5, model="sonnet")]
    found = evidence(tmp_path, rows, [rework("SD-2", 6)], spells={TESTING: past})
    assert [(row.spell_start, row.sds, row.rework) for row in found.cell_weeks] == [
        (moment(-50), 1, 0),
        (moment(4), 1, 1),
    ]


# ------------------------------------------------------------------------------ rows without agent


def test_a_row_without_agent_stands_for_every_agent_with_an_entry_in_that_phase(tmp_path):
    explicit = frozenset({TESTING, DESIGN, Cell("PLAN", "API")})
    found = evidence(tmp_path, [tokens(agent=None)], explicit=explicit)
    assert [(str(row.cell), row.sds, row.assumed) for row in found.cell_weeks] == [
        ("DESIGN/EXEC", 1, 1),
        ("TESTING/EXEC", 1, 1),
    ]
    assert cell_week(found, cell=TESTING).runs[0].assumed


def test_a_row_without_agent_stands_for_agents_with_a_rework_row_that_week(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-1", 1, agent=None), tokens("SD-2", 8, agent=None)],
        [rework("SD-9", 3, redone=False, agent="API")],
        week=W50,
    )
    api = [row for row in found.cell_weeks if row.cell.agent == "API"]
    assert [(row.week, row.sds, row.assumed) for row in api] == [(W49, 2, 1)]


def test_a_token_row_of_any_sd_that_names_the_agent_ends_the_assumption_for_that_week(tmp_path):
    found = evidence(
        tmp_path,
        [tokens("SD-1", 1, agent=None), tokens("SD-2", 2), tokens("SD-3", 8, agent=None)],
        week=W50,
    )
    assert [(row.week, row.sds, row.assumed) for row in found.cell_weeks] == [
        (W49, 1, 0),
        (W50, 1, 1),
    ]


def test_a_token_row_of_another_phase_does_not_end_the_assumption(tmp_path):
    found = evidence(tmp_path, [tokens("SD-1", agent=None), tokens("SD-2", phase="PLAN")])
    assert cell_week(found, cell=TESTING).assumed == 1


def test_a_unit_is_assumed_only_if_all_its_runs_are(tmp_path):
    found = evidence(tmp_path, [tokens(agent=None)], [rework(redone=False)])
    assert cell_week(found).assumed == 0


def test_the_model_of_a_row_without_agent_is_ignored(tmp_path):
    found = evidence(tmp_path, [tokens(agent=None, model="opus")])
    assert cell_week(found).model == "sonnet"
    assert found.usage == (Usage(W49, "EXEC", None, None, 100),)


# ----------------------------------------------------------------------------------------- tokens


def test_tokens_are_summed_by_week_phase_agent_and_model(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens(day=1, model="claude-opus-4-5"),
            tokens("SD-2", 2, model="opus"),
            tokens("SD-3", 2, model="odd"),
            tokens("SD-3", 2),
            tokens("SD-3", 8),
            tokens("SD-4", 2, tokens=0, agent="API"),
        ],
        week=W50,
    )
    assert found.usage == (
        Usage(W49, "EXEC", "TESTING", None, 100),
        Usage(W49, "EXEC", "TESTING", "odd", 100),
        Usage(W49, "EXEC", "TESTING", "opus", 200),
        Usage(W50, "EXEC", "TESTING", None, 100),
    )


def test_a_total_adds_only_what_exceeds_its_agents_sum(tmp_path):
    found = evidence(tmp_path, [tokens(), tokens(agent="API"), tokens(agent=None, tokens=250)])
    assert [(use.agent, use.tokens) for use in found.usage] == [
        (None, 50),
        ("API", 100),
        ("TESTING", 100),
    ]
    assert found.mismatches == ()


def test_a_total_below_its_agents_sum_is_a_mismatch_and_adds_nothing(tmp_path):
    found = evidence(tmp_path, [tokens(), tokens(agent="API"), tokens(agent=None, tokens=150)])
    assert sum(use.tokens for use in found.usage) == 200
    assert found.mismatches == (Mismatch(W49, "SD-1", "EXEC", stated=150, summed=200),)


def test_totals_are_compared_sd_by_sd_phase_by_phase_and_week_by_week(tmp_path):
    found = evidence(
        tmp_path,
        [
            tokens("SD-1", 1),
            tokens("SD-2", 1, agent=None),
            tokens("SD-1", 1, phase="PLAN", agent=None),
            tokens("SD-1", 8, agent=None),
        ],
        week=W50,
    )
    assert sum(use.tokens for use in found.usage) == 400
    assert found.mismatches == ()


def test_the_largest_counts_add_up_exactly(tmp_path):
    rows = [tokens(f"SD-{i}", tokens=2**53) for i in range(2000)]
    assert evidence(tmp_path, rows).usage[0].tokens == 2000 * 2**53


# ------------------------------------------------------------------------------------ rows and ids


def test_rows_at_or_after_the_end_of_the_week_are_ignored(tmp_path):
    before = evidence(tmp_path, [tokens("SD-1", 6.999)], [rework("SD-1", 6.9999)])
    after = evidence(
        tmp_path,
        [tokens("SD-1", 6.999), tokens("SD-2", 7), tokens("SD-1", 7, model="opus")],
        [rework("SD-1", 6.9999), rework("SD-1", 20), rework("SD-3", 7)],
    )
    assert after == before


def test_a_rows_week_is_its_time_in_its_own_offset_not_its_file(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(ts="2025-12-08T01:00:00+02:00"), tokens("SD-2", ts="2025-12-07T23:00:00-02:00")],
        week=W50,
    )
    assert [(row.week, row.sds) for row in found.cell_weeks] == [(W49, 1), (W50, 1)]


def test_rows_of_the_reviewed_week_are_counted_in_both_logs(tmp_path):
    found = evidence(
        tmp_path, [tokens(day=1), tokens(day=8), tokens(day=9)], [rework(day=10)], week=W50
    )
    assert found.rows == 3


def test_one_id_twice_with_the_same_content_counts_once(tmp_path):
    row = tokens(id="a1", model="opus", note="retry")
    shuffled = {key: row[key] for key in reversed(row)} | {"extra": 1}
    other_spelling = row | {"ts": "2025-12-02T01:00:00+01:00", "agent": "testing-agent"}
    found = evidence(tmp_path, [row, shuffled, other_spelling], [rework(id="a1", model="opus")])
    assert found.rejected == ()
    assert found.usage[0].tokens == 100
    assert found.rows == 2


def test_rows_without_id_count_each_time(tmp_path):
    found = evidence(tmp_path, [tokens(id=""), tokens(), tokens()])
    assert found.usage[0].tokens == 300


def test_no_logs_at_all_are_no_evidence():
    assert read_evidence([], [], question()) == Evidence((), (), (), 0, (), ())


def test_empty_and_blank_files_are_no_evidence(tmp_path):
    files = [log(tmp_path, "a.jsonl", b""), log(tmp_path, "b.jsonl", b"\n \r\n\t\n")]
    assert read_evidence(files, [], question()) == Evidence((), (), (), 0, (), ())


def test_a_token_log_alone_and_a_rework_log_alone_are_read(tmp_path):
    some = log(tmp_path, "a.jsonl", lines([tokens()]))
    other = log(tmp_path, "b.jsonl", lines([rework()]))
    assert counts(read_evidence([some], [], question())) == (1, 0)
    assert counts(read_evidence([], [other], question())) == (1, 1)


def test_log_files_of_any_name_are_read(tmp_path):
    folder = tmp_path / "we'ird [1]*?{a},b" / "week=2025-W49"
    folder.mkdir(parents=True)
    (tmp_path / "we'ird 1").mkdir()
    content = lines([tokens("SD-1")])
    files = [log(folder, name, content) for name in ("a[b].jsonl", "tokens.jsonl.gz", "*.jsonl")]
    found = read_evidence(files, [], question())
    assert found.usage[0].tokens == 300


def test_a_missing_file_and_a_folder_are_named_as_the_user_knows_them(tmp_path):
    files = [
        LogFile("logs/gone.jsonl", tmp_path / "0"),
        LogFile("logs/here.jsonl", tmp_path),
    ]
    with pytest.raises(InvalidInput) as caught:
        read_evidence(files, [], question())
    assert str(caught.value).splitlines() == [
        "logs/gone.jsonl: cannot be read: No such file or directory; "
        "make it a readable file or remove it",
        "logs/here.jsonl: cannot be read: Is a directory; make it a readable file or remove it",
    ]


def test_reading_writes_nothing_beside_the_logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evidence(tmp_path, [tokens(), {"sd": 5}])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rework.jsonl", "tokens.jsonl"]


def test_hostile_text_comes_through_as_it_is(tmp_path):
    text = "\x00'; DROP TABLE line; --\u202e\U0001f600\"\\\n$x"
    found = evidence(
        tmp_path, [tokens(text, model=text)], [rework(text, model=text, cause=text, note=text)]
    )
    row = cell_week(found)
    assert (row.raw_model, row.runs[0].sd, row.runs[0].causes) == (text, text, (text,))
    assert found.unknown_causes == (text,)


def test_times_are_written_in_every_way_rfc_3339_allows(tmp_path):
    written = [
        stamp(1),
        "2025-12-02t00:00:00z",
        "2025-12-02 00:00:00Z",
        "2025-12-02T00:00:00.5Z",
        "2025-12-02T00:00:00.123456789123Z",
        "2025-12-02T00:00:00-00:00",
        "2025-12-02T23:59:59+23:59",
        "2025-12-02T00:00:00-23:59",
    ]
    found = evidence(tmp_path, [tokens(f"SD-{i}", ts=ts) for i, ts in enumerate(written)])
    assert found.rejected == ()
    assert counts(found) == (len(written), 0)
