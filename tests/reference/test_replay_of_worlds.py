"""One reading of the logs knows every past week as a review at its own end did (issue 10, item 6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.calibration.findings import Verdict
from bot.calibration.past_weeks import Logbook
from bot.calibration.replayed import replay
from bot.calibration.review import review
from bot.calibration.scope import read_scope
from bot.evidence.question import ask
from bot.evidence.read import read_evidence, read_past
from bot.git.repository import Repository
from bot.inputs import snapshot
from tests.reference.generate import world
from tests.reference.repository import POLICY, build

MIXED = ("redo", "drift", "unknown-model", "unlogged", "other-cause", "unknown-cause", "issues")
WORLDS = {
    "history": (*MIXED, "history", "shared-sds"),
    "silence": (*MIXED, "history", "silence"),
    "silence unknown": (*MIXED, "history", "silence-unknown", "shared-sds"),
    "versions": (*MIXED, "history", "versions"),
    "threshold": (*MIXED, "history", "threshold", "small-limits", "empty-weeks"),
    "fleet": ("fleet", "issues", "redo"),
    "queue": ("history", "max-promotions", "small-limits", "unlisted", "first-table"),
}


def _brief(verdict: Verdict) -> tuple[Any, ...]:
    return (
        verdict.cell,
        verdict.model,
        verdict.outcome,
        verdict.proposed,
        verdict.reasons,
        verdict.tally,
        verdict.issue_tally,
        verdict.week,
        verdict.window,
        verdict.raw_rework,
        verdict.drifted,
        verdict.escalated,
        verdict.ran,
        verdict.weeks,
    )


DRAWN = [
    *(pytest.param(kind, 1, marks=pytest.mark.slow) for kind in WORLDS),
    *(pytest.param(kind, 2, marks=[pytest.mark.slow, pytest.mark.stress]) for kind in WORLDS),
]


@pytest.mark.parametrize(("kind", "seed"), DRAWN)
def test_every_week_is_known_as_it_was_reviewed(kind: str, seed: int, tmp_path: Path):
    made = world(seed, WORLDS[kind], 20 if kind == "fleet" else 12)
    build(made, tmp_path / "team")
    with Repository.open(tmp_path / "team") as repository:
        base = snapshot.take(repository, POLICY)
        calendar = base.policy.week.calendar
        weeks = [calendar.named(label) for label in made.weeks]
        logs = snapshot.logs(repository, base, weeks[-1])
        question = ask(base.policy, base.versions, weeks[-1])
        past = read_past(logs.tokens, logs.rework, question, len(weeks) - 1)
        book = Logbook(past, question, base.policy, base.versions)
        last = len(question.weeks)
        for number, week in enumerate(weeks, last - len(weeks)):
            known = [v for v in base.versions if v.committed < week.end] or base.versions[:1]
            asked = ask(base.policy, known, week)
            evidence = read_evidence(logs.tokens, logs.rework, asked)
            meant = review(evidence, asked, base.policy, read_scope(None, None))
            (lane,) = replay([book.at(number)], base.policy, [base.policy.promotion]).lanes
            (said,) = lane.weeks
            assert said.logged is not meant.nothing_logged
            assert list(map(_brief, said.verdicts)) == list(map(_brief, meant.verdicts)), week
