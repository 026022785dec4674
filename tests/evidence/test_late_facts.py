"""Issue 10, item 3: what later weeks told of a cell's week, so that a report can say what it was."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bot.calibration.afterwards import afterwards
from bot.calibration.conclusions import FINAL, Afterwards, Earlier
from bot.calibration.review import judging_by
from bot.evidence.records import Late
from tests.support.facts import shipped_policy
from tests.support.logs import TESTING, Row, cell_week, evidence, rework, spells, tokens

OPUS_SINCE_DAY_7 = {TESTING: spells((-100, "sonnet"), (7, "opus"))}


def test_rework_that_a_later_week_reports_is_late_by_the_first_row_that_reports_it(tmp_path: Path):
    rows = [rework(day=1, redone=False), rework(day=9), rework(day=16)]
    found = evidence(tmp_path, [tokens(day=1)], rows, week="2025-W52")
    assert cell_week(found, week="2025-W49").late == (Late("2025-W50", 1, 0),)


def test_rework_of_the_same_week_and_from_a_cause_that_does_not_count_is_not_late(tmp_path: Path):
    rows = [rework(day=1), rework("SD-2", day=9, cause="flaky-test"), rework(day=9)]
    runs = [tokens(day=1), tokens("SD-2", day=1)]
    found = evidence(tmp_path, runs, rows, week="2025-W50")
    assert cell_week(found, week="2025-W49").late == ()


def test_where_only_reported_sds_count_they_count_late_too(tmp_path: Path):
    rows = [rework(day=9, redone=False), rework("SD-2", day=9)]
    runs = [tokens(day=1), tokens("SD-2", day=1)]
    found = evidence(tmp_path, runs, rows, week="2025-W50", silence_passes=False)
    assert cell_week(found, week="2025-W49").late == (Late("2025-W50", 1, 2),)


def test_runs_on_a_model_that_was_no_longer_assigned_are_told_apart(tmp_path: Path):
    runs = [tokens(day=1), tokens("SD-2", day=8, model="sonnet"), tokens("SD-3", day=8)]
    moved = [rework("SD-2", day=8, model="sonnet")]
    found = evidence(tmp_path, runs, moved, week="2025-W50", spells=OPUS_SINCE_DAY_7)
    assert cell_week(found, week="2025-W49", model="sonnet").in_force == (1, 0)
    assert cell_week(found, week="2025-W50", model="sonnet").in_force == (0, 0)
    assert cell_week(found, week="2025-W50", model="opus").in_force == (1, 0)


# ----------------------------------------------------------- what it was, as the review before said


def made_up(random: Random) -> tuple[list[Row], list[Row]]:
    """Ten weeks of seven SDs, much rework in the first; later most of it is told one to three weeks late."""
    runs, said = [], []
    for week in range(10):
        for number in range(7):
            sd, day = f"SD-{week}-{number}", 7 * week + 1
            runs.append(tokens(sd, day=day))
            late = 7 * random.randint(1, 3) if random.random() < 0.4 else 0
            bad = random.random() < (0.6 if week == 0 else 0.6 if late else 0.05)
            said.append(rework(sd, day=day + 1 + late, redone=bad))
    return runs, said


def judged(
    folder: Path, rows: tuple[list[Row], list[Row]], week: str, silence_passes: bool
) -> Afterwards:
    asked = {"week": week, "spells": OPUS_SINCE_DAY_7, "silence_passes": silence_passes}
    found = evidence(folder, *rows, **asked)
    judging = judging_by(shipped_policy(), found.no_outcomes)
    (rise,) = afterwards(TESTING, found.cell_weeks, OPUS_SINCE_DAY_7[TESTING], judging)
    return rise


@pytest.mark.slow
@pytest.mark.parametrize("silence_passes", [True, False], ids=["silence passes", "silence unknown"])
@pytest.mark.parametrize(("seed", "moves"), [(0, False), (1, True), (10, True)])
def test_what_it_was_is_what_the_review_of_the_week_before_said(
    tmp_path: Path, seed: int, moves: bool, silence_passes: bool
):
    rows = made_up(Random(seed))  # noqa: S311 (nothing secret)
    weeks = [f"2025-W{number}" for number in (50, 51, 52)]
    weeks += [f"2026-W{number:02}" for number in range(1, 8)]
    moved = 0
    before = judged(tmp_path, rows, weeks[0], silence_passes)
    for week in weeks[1:]:
        now = judged(tmp_path, rows, week, silence_passes)
        if before.conclusion in FINAL and now.conclusion is not before.conclusion:
            moved += 1
            assert now.was == Earlier(before.conclusion, week)
        elif now.was is not None:
            assert now.was.moved != week
        before = now
    assert (moved > 0) is moves
