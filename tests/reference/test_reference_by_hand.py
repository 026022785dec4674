"""The reference on worlds that fit on a page: the SPEC's own table, and each rule of § 7 alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.reference.evidence import SD
from tests.reference.verdicts import Verdict, review
from tests.reference.world import Cell, Settings, Table, World

MONDAY = datetime(2025, 12, 1, tzinfo=UTC)
CELL = ("EXEC", "TESTING")
WEEKS = [f"2025-W{number}" for number in (49, 50, 51, 52)] + [f"2026-W0{n}" for n in range(1, 10)]
SETTINGS = Settings()


class Logs:
    """Rows of tiny worlds; days count from the start of 2025-W49."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {"tokens": "", "rework": ""}

    def row(self, log: str, sd: str, day: float, cell: Cell = CELL, **fields: Any) -> Logs:
        row = {"ts": (MONDAY + timedelta(days=day)).isoformat(), "sd": sd, "phase": cell[0]}
        row |= {"agent": cell[1], **fields}
        self.files[log] += json.dumps(row) + "\n"
        return self

    def week(self, number: int, n: int, k: int, cell: Cell = CELL, **fields: Any) -> Logs:
        """`n` SDs that ran in a week, `k` of them with rework, the others without."""
        for index in range(n):
            sd = f"{cell}-{number}-{index}"
            self.row("tokens", sd, 7 * number, cell, tokens=1)
            self.row("rework", sd, 7 * number + 1, cell, rework=index < k, **fields)
        return self

    def verdict(self, number: int, settings: Settings = SETTINGS, cell: Cell = CELL) -> Verdict:
        """What is said of the cell in a week."""
        return review(self.world(settings), WEEKS[number]).verdicts[cell]

    def world(self, settings: Settings = SETTINGS) -> World:
        table = Table(int(MONDAY.timestamp()) - 1, "sonnet", {CELL: "sonnet"})
        base = {f".calibration/logs/x/{log}.jsonl": text for log, text in self.files.items()}
        return World("by hand", settings, [table], base, weeks=WEEKS)


SHOWN = "3/5 2/5 1/5 1/1 2/2 3/3 3/10 4/10 7/30 8/30 21/100 22/100 0/5"


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
def test_the_table_of_fresh_cells_holds(rule: str) -> None:
    shown = SHOWN.split()
    meant = {"cusum": "P I I I I P I P I P I P K", "threshold": "P P I P P P P P P P P P K"}[rule]
    found = []
    for each in shown:
        k, n = map(int, each.split("/"))
        verdict = Logs().week(0, n, k).verdict(0, replace(SETTINGS, rule=rule))
        found.append(verdict.verdict[0])
    assert " ".join(found) == meant


def test_an_issue_without_rework_is_half_an_sd() -> None:
    logs = Logs().week(0, 4, 0, issue=True).week(1, 4, 0, issue=True)
    assert logs.verdict(1).issue_tally == 2 * (2 * SD - 4 * SD // 5)
    assert logs.verdict(1).reasons == {"quality-issues"}


def test_four_weeks_after_the_last_outcome_nothing_is_told_any_more() -> None:
    logs = Logs().week(0, 5, 2)
    for number in range(1, 6):
        logs.row("tokens", f"quiet-{number}", 7 * number, tokens=1)
    tallies = [logs.verdict(number).tally for number in range(6)]
    assert tallies == [SD, *(SD - SD // 5 * n for n in (1, 2, 3, 3, 3))]
    assert "no-outcomes" in logs.verdict(4).reasons
    assert "no-outcomes" not in logs.verdict(3).reasons


def test_with_unknown_silence_only_reported_sds_count() -> None:
    logs = Logs().week(0, 3, 1).row("tokens", "silent", 2, tokens=1)
    assert logs.verdict(0, replace(SETTINGS, silence="unknown")).week == (3, 1)
    assert logs.verdict(0).week == (4, 1)


VERSIONS = ("claude-sonnet-4-5*", "claude-sonnet-5*")


def test_a_later_version_starts_anew_in_the_first_week_with_two_of_its_sds() -> None:
    sonnet = replace(SETTINGS.ladder[1], versions=VERSIONS)
    settings = replace(SETTINGS, ladder=(SETTINGS.ladder[0], sonnet, SETTINGS.ladder[2]))
    old, new = "claude-sonnet-4-5-x", "claude-sonnet-5-x"
    logs = Logs().week(0, 5, 2, model=old)
    logs.row("tokens", "first", 8, tokens=1, model=new)
    assert logs.verdict(1, settings).window == (6 + 5, 2), "reports name the old one, rows none"
    for sd in ("second", "third"):
        logs.row("tokens", sd, 15, tokens=1, model=new)
    logs.row("rework", "second", 15, rework=True)
    logs.row("tokens", "behind", 15, tokens=1, model=old)
    logs.row("tokens", "nameless", 16, tokens=1, model="sonnet")
    assert logs.verdict(2, settings).window == (3, 1)


CELLS = [("EXEC", f"AGENT-{letter}") for letter in "ABCDEFGHIJ"]


def _fleet(last: int, bad: int) -> Logs:
    logs = Logs()
    for cell in CELLS:
        for number in range(last):
            logs.week(number, 5, number % 10 == CELLS.index(cell), cell)
        logs.week(last, 5, bad, cell)
    return logs


def test_a_fleet_that_jumps_at_once_is_flagged_and_nothing_of_that_week_counts() -> None:
    found = review(_fleet(6, 2).world(), WEEKS[6])
    assert found.flagged == {WEEKS[6]}
    assert found.changes == []
    assert {v.tally for v in found.verdicts.values() if v.cell in CELLS} <= {-4 * SD, -3 * SD}


def test_one_bad_cell_is_no_shift_and_four_weeks_of_baseline_are_needed() -> None:
    assert review(_fleet(3, 2).world(), WEEKS[3]).flagged == set()
    assert review(_fleet(6, 0).week(6, 5, 5, CELLS[0]).world(), WEEKS[6]).flagged == set()


def test_an_accepted_week_enters_the_baseline_and_no_tally() -> None:
    settings = replace(SETTINGS, accepted_shifts=(WEEKS[6],), unlisted="propose")
    found = review(_fleet(6, 2).world(settings), WEEKS[6])
    assert found.flagged == {WEEKS[6]}
    assert {v.tally for v in found.verdicts.values() if v.cell in CELLS} <= {-4 * SD, -3 * SD}


def test_of_too_many_the_highest_tallies_are_proposed_and_the_others_wait() -> None:
    logs = Logs()
    for index, cell in enumerate(CELLS[:4]):
        logs.week(0, 5, 3, cell).week(1, 5, 1 + index % 2, cell)
    settings = replace(SETTINGS, max_promotions=2, unlisted="propose")
    found = review(logs.world(settings), WEEKS[1])
    assert [change[0] for change in found.changes] == [CELLS[1], CELLS[3]]
    assert {v.cell for v in found.verdicts.values() if "queued" in v.notes} == {CELLS[0], CELLS[2]}


def test_a_name_without_any_entry_is_not_promoted() -> None:
    logs = Logs().week(0, 5, 3, CELLS[0])
    assert logs.verdict(0, cell=CELLS[0]).reasons == {"unlisted"}
