"""A rung that has meant several models over time: which version an SD ran, and what is evidence of it."""

from __future__ import annotations

import pytest

from bot.allocation.ladder import Ladder, Rung
from bot.evidence.records import Evidence
from tests.support.logs import TESTING, evidence, rework, tokens

W49, W50, W51 = "2025-W49", "2025-W50", "2025-W51"
OLD, NEW, NEWEST = "claude-sonnet-4-5", "claude-sonnet-5", "claude-sonnet-6"
VERSIONED = Ladder(
    (
        Rung("haiku", ("claude-haiku-*",)),
        Rung(
            "sonnet",
            ("claude-sonnet-*",),
            ("claude-sonnet-4*", "claude-sonnet-5*", "claude-sonnet-6*"),
        ),
        Rung("opus", ("claude-opus-*",)),
    )
)


def told(found: Evidence) -> list[tuple[str, int, int, int, bool]]:
    """Week, SDs, rework, epoch and whether it is an old version, of the one cell on sonnet."""
    return [
        (row.week, row.sds, row.rework, row.epoch, row.old_version)
        for row in found.cell_weeks
        if (row.cell, row.model) == (TESTING, "sonnet")
    ]


def test_evidence_starts_anew_with_the_first_week_in_which_two_sds_ran_a_later_version(tmp_path):
    found = evidence(
        tmp_path,
        [
            *(tokens(f"A-{n}", 1, model=OLD) for n in range(3)),
            tokens("A-9", 2, model=NEW),
            *(tokens(f"B-{n}", 8, model=NEW) for n in range(2)),
            tokens("B-9", 9, model=OLD),
            tokens("C-1", 15, model=NEW),
            tokens("C-2", 15, model=OLD),
        ],
        [rework("A-9", 3), rework("B-9", 10), rework("C-1", 16)],
        week=W51,
        ladder=VERSIONED,
    )
    assert told(found) == [
        (W49, 4, 1, 0, False),
        (W50, 2, 0, 1, False),
        (W50, 1, 1, 1, True),
        (W51, 1, 1, 1, False),
        (W51, 1, 0, 1, True),
    ]
    assert all(sds.drifted == 0 for sds in found.cell_sds)


def test_the_first_version_ever_seen_is_nothing_new(tmp_path):
    rows = [tokens(f"A-{n}", 1, model=NEW) for n in range(2)]
    assert told(evidence(tmp_path, rows, ladder=VERSIONED)) == [(W49, 2, 0, 0, False)]


def test_one_sd_on_a_later_version_starts_nothing_and_is_evidence(tmp_path):
    rows = [tokens("A-1", 1, model=OLD), tokens("A-2", 8, model=NEW)]
    found = evidence(tmp_path, rows, ladder=VERSIONED, week=W50)
    assert told(found) == [(W49, 1, 0, 0, False), (W50, 1, 0, 0, False)]


def test_of_several_later_versions_the_highest_that_two_sds_ran_or_passed_is_the_start(tmp_path):
    rows = [
        tokens("A-1", 1, model=OLD),
        tokens("B-1", 8, model=NEW),
        tokens("B-2", 8, model=NEWEST),
        tokens("B-3", 8, model=OLD),
    ]
    found = evidence(tmp_path, rows, ladder=VERSIONED, week=W50)
    assert told(found) == [(W49, 1, 0, 0, False), (W50, 2, 0, 1, False), (W50, 1, 0, 1, True)]


def test_an_sd_counts_once_on_each_version_it_ran(tmp_path):
    rows = [tokens("A-1", 1, model=OLD), tokens("A-1", 2, model=NEW), tokens("A-1", 3, model=OLD)]
    found = evidence(tmp_path, rows, ladder=VERSIONED)
    assert told(found) == [(W49, 2, 0, 0, False)]
    assert found.cell_sds[0].sds == 1


@pytest.mark.parametrize("model", [None, "sonnet"])
def test_a_run_that_names_no_version_counts_as_the_newest_seen_in_the_cell_by_then(tmp_path, model):
    rows = [
        tokens("A-1", 1, model=OLD),
        *(tokens(f"B-{n}", 8, model=NEW) for n in range(2)),
        tokens("C-1", 7.5, model=model),
        tokens("C-2", 9, model=model),
    ]
    found = evidence(tmp_path, rows, ladder=VERSIONED, week=W50)
    assert told(found) == [(W49, 1, 0, 0, False), (W50, 3, 0, 1, False), (W50, 1, 0, 1, True)]


def test_to_begin_with_naming_versions_is_nothing_new(tmp_path):
    rows = [tokens("A-1", 1), tokens("A-2", 1), *(tokens(f"B-{n}", 8, model=NEW) for n in range(2))]
    found = evidence(tmp_path, rows, ladder=VERSIONED, week=W50)
    assert told(found) == [(W49, 2, 0, 0, False), (W50, 2, 0, 0, False)]


def test_rework_without_model_blames_the_version_of_the_latest_run_by_then(tmp_path):
    rows = [
        tokens("A-1", 1, model=OLD),
        *(tokens(f"B-{n}", 8, model=NEW) for n in range(2)),
    ]
    found = evidence(tmp_path, rows, [rework("A-1", 9)], ladder=VERSIONED, week=W50)
    assert told(found) == [(W49, 1, 1, 0, False), (W50, 2, 0, 1, False)]


def test_rework_of_an_sd_without_tokens_stays_with_the_version_it_was_first_told_of(tmp_path):
    """The first such row is a run itself, and so the latest one of the second."""
    rows = [tokens("A-1", 1, model=OLD), *(tokens(f"B-{n}", 8, model=NEW) for n in range(2))]
    outcomes = [rework("C-1", 2, redone=False), rework("C-1", 9)]
    found = evidence(tmp_path, rows, outcomes, ladder=VERSIONED, week=W50)
    assert told(found) == [(W49, 2, 1, 0, False), (W50, 2, 0, 1, False)]


def test_tokens_of_all_versions_are_those_of_the_rung(tmp_path):
    rows = [
        tokens("A-1", 1, model=OLD),
        tokens("A-1", 2, model=NEW),
        tokens("A-1", 3, model="sonnet"),
    ]
    (use,) = evidence(tmp_path, rows, ladder=VERSIONED).usage
    assert (use.model, use.tokens) == ("sonnet", 300)


def test_the_ids_a_week_names_are_told_by_rung(tmp_path):
    rows = [
        tokens("A-1", 1, model=NEW),
        tokens("A-2", 1, model=OLD),
        tokens("A-3", 1, model="sonnet"),
    ]
    (named,) = evidence(tmp_path, [*rows, tokens("A-4", model="odd")]).ids
    assert (named.cell, named.week, named.model, named.ids) == (TESTING, W49, "sonnet", (OLD, NEW))
