"""Rows without agent, and tokens: a rule a test."""

from __future__ import annotations

from bot.allocation.names import Cell
from bot.evidence.records import Mismatch, Usage
from tests.support.logs import TESTING, cell_week, evidence, rework, tokens

W49, W50 = "2025-W49", "2025-W50"
DESIGN = Cell("EXEC", "DESIGN")


def test_a_row_without_agent_stands_for_every_agent_with_an_entry_in_that_phase(tmp_path):
    explicit = frozenset({TESTING, DESIGN, Cell("PLAN", "API")})
    found = evidence(tmp_path, [tokens(agent=None)], explicit=explicit)
    assert [(str(row.cell), row.sds, row.assumed) for row in found.cell_weeks] == [
        ("DESIGN/EXEC", 1, 1),
        ("TESTING/EXEC", 1, 1),
    ]
    assert cell_week(found, cell=TESTING).runs[0].assumed


def test_an_agent_with_rework_rows_that_week_and_phase_ran_in_the_sds_they_name_only(tmp_path):
    api = Cell("EXEC", "API")
    found = evidence(
        tmp_path,
        [
            tokens("SD-1", 1, agent=None),
            tokens("SD-2", 1, agent=None),
            tokens("SD-1", 8, agent=None),
            tokens("SD-3", 8, agent=None),
        ],
        [rework("SD-2", 3, redone=False, agent="API"), rework("SD-9", 3, agent="API")],
        explicit=frozenset({TESTING, api}),
        week=W50,
    )
    rows = [row for row in found.cell_weeks if row.cell == api]
    assert [(row.week, row.sds, row.assumed) for row in rows] == [(W49, 2, 0), (W50, 2, 2)]
    assert cell_week(found, cell=TESTING, week=W49).sds == 2


def test_an_agent_without_entry_or_rework_row_has_no_assumed_run(tmp_path):
    found = evidence(tmp_path, [tokens(agent=None)], [rework("SD-2", 1, agent="API", phase="PLAN")])
    assert {str(row.cell) for row in found.cell_weeks} == {"TESTING/EXEC", "API/PLAN"}


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
