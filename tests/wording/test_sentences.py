"""Every outcome and reason has its sentence."""

from __future__ import annotations

import pytest

from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.findings import Note, Outcome, Reason
from bot.policy import Promotion
from bot.wording.on_top import shift
from bot.wording.sentences import _CLAUSES, sentence
from tests.support.reviews import PROMOTION, investigate, keep, shifted, verdict, worked_weeks

THRESHOLD = Promotion(rule="threshold", min_sds=3)
TROUBLED = (WeekCounts("2025-W49", 5, 1, 5, 1),)
ISSUES = {"reasons": (Reason.QUALITY_ISSUES,)}
AT_BAR_NO_SDS = {"outcome": Outcome.PROMOTE, "proposed": "opus", "reasons": (Reason.ABOVE_BAR,)}


CASES = {
    "fresh promotion": (
        verdict(),
        "TESTING/EXEC on sonnet: 3 of 5 SDs needed rework, 2.0 more than the 20 % allowance of 1.0 "
        "(bar 2.0) → opus",
    ),
    "promotion over several weeks": (
        verdict("A/EXEC", (2, 5), (2, 5), (1, 4)),
        "A/EXEC on sonnet: 1 of 4 SDs needed rework this week; the tally over 3 weeks is 2.2 (bar 2.0, "
        "allowance 20 %) → opus",
    ),
    "promotion beyond what one week adds": (
        verdict("A/EXEC", (4, 5)),
        "A/EXEC on sonnet: 4 of 5 SDs needed rework, 3.0 more than the 20 % allowance of 1.0 "
        "(bar 2.0; a week adds at most 2.0) → opus",
    ),
    "promotion after a week beyond what one adds": (
        verdict("A/EXEC", (0, 5), (5, 5), (2, 5)),
        "A/EXEC on sonnet: 2 of 5 SDs needed rework this week; the tally over 3 weeks is 2.0 (bar 2.0, "
        "allowance 20 %; a week adds at most 2.0) → opus",
    ),
    "promotion for issues beyond what one week adds": (
        verdict(
            "A/EXEC",
            (0, 10),
            weeks=(WeekCounts("2025-W49", 10, 0, 10, 0),),
            issue_tally=200,
            **ISSUES,
        ),
        "A/EXEC on sonnet: 0 of 10 SDs needed rework and 10 had an issue, half an SD each, 3.0 more than the "
        "20 % allowance of 2.0 (bar 2.0; a week adds at most 2.0) → opus",
    ),
    "some SDs set aside": (
        keep("A/EXEC", (0, 5), before_assignment=2),
        "A/EXEC on sonnet: 0 of 5 SDs needed rework (0 %), tally -1.0 (bar 2.0); 2 SDs that ran on sonnet "
        "before it was assigned set aside",
    ),
    "all SDs set aside": (
        keep("A/EXEC", (0, 0), reasons=(Reason.NO_RUNS,), weeks=(), before_assignment=1),
        "A/EXEC on sonnet: no SDs on this model yet; 1 SD that ran on sonnet before it was assigned set "
        "aside",
    ),
    "unlisted": (
        investigate(
            "CODR/EXEC", Reason.UNLISTED, (3, 5), reasons=(Reason.UNLISTED, Reason.ABOVE_BAR)
        ),
        "CODR/EXEC on sonnet: 3 of 5 SDs needed rework, 2.0 more than the 20 % allowance of 1.0 (bar 2.0); "
        "but no phase of the table lists CODR: correct its spelling, or add an entry",
    ),
    "promotion still due in a week without SDs": (
        keep("A/EXEC", (3, 5), (0, 0), **AT_BAR_NO_SDS),
        "A/EXEC on sonnet: no SDs this week; the tally stays at 2.0 (bar 2.0) → opus",
    ),
    "promotion for quality issues": (
        verdict("A/EXEC", (1, 5), weeks=TROUBLED, issue_tally=200, **ISSUES),
        "A/EXEC on sonnet: 1 of 5 SDs needed rework and 4 had an issue, half an SD each, 2.0 more than the "
        "20 % allowance of 1.0 (bar 2.0) → opus",
    ),
    "promotion for quality issues without SDs this week": (
        keep("A/EXEC", (1, 5), (0, 0), issue_tally=200, **{**AT_BAR_NO_SDS, **ISSUES}),
        "A/EXEC on sonnet: no SDs this week; the tally stays at 2.0 (bar 2.0) → opus",
    ),
    "keep": (
        keep("A/EXEC", (0, 5)),
        "A/EXEC on sonnet: 0 of 5 SDs needed rework (0 %), tally -1.0 (bar 2.0)",
    ),
    "keep of a single SD": (
        keep("A/EXEC", (0, 1)),
        "A/EXEC on sonnet: 0 of 1 SD needed rework (0 %), tally -0.2 (bar 2.0)",
    ),
    "keep over several weeks": (
        keep("A/EXEC", (1, 5), (0, 5)),
        "A/EXEC on sonnet: 1 of 10 SDs needed rework over 2 weeks (10 %), tally -1.0 (bar 2.0)",
    ),
    "keep without any SDs to judge": (
        keep("A/EXEC", (0, 0), weeks=()),
        "A/EXEC on sonnet: no SDs on this model yet",
    ),
    "no runs this week": (
        keep("A/EXEC", (2, 5), (0, 0), reasons=(Reason.NO_RUNS,)),
        "A/EXEC on sonnet: no SDs this week; the tally stays at 1.0 (bar 2.0)",
    ),
    "no runs ever": (
        keep("A/EXEC", (0, 0), reasons=(Reason.NO_RUNS,), weeks=()),
        "A/EXEC on sonnet: no SDs on this model yet",
    ),
    "thin evidence": (
        investigate("A/EXEC", Reason.THIN_EVIDENCE, (2, 5), more_sds=5),
        "A/EXEC on sonnet: 2 of 5 SDs needed rework (40 %), above 20 % but thin evidence: tally 1.0 "
        "(bar 2.0); 5 more SDs at this rate would settle it",
    ),
    "thin evidence of one SD": (
        investigate("A/EXEC", Reason.THIN_EVIDENCE, (1, 1), more_sds=1),
        "A/EXEC on sonnet: 1 of 1 SD needed rework (100 %), above 20 % but thin evidence: tally 0.8 "
        "(bar 2.0); 1 more SD at this rate would settle it",
    ),
    "between the thresholds": (
        investigate("A/EXEC", Reason.BETWEEN_THRESHOLDS, (1, 5)),
        "A/EXEC on sonnet: 1 of 5 SDs needed rework (20 %), between 15 % and 20 %",
    ),
    "top of the ladder": (
        investigate("A/EXEC", Reason.TOP_OF_LADDER, (3, 5), model="opus"),
        "A/EXEC on opus: 3 of 5 SDs needed rework (60 %), above 20 %, and opus is the top of the ladder",
    ),
    "top of the ladder by the tally": (
        investigate("A/EXEC", Reason.TOP_OF_LADDER, (0, 15), (4, 5), model="opus", tally=220),
        "A/EXEC on opus: 4 of 20 SDs needed rework over 2 weeks (20 %), tally 2.2 (bar 2.0), and opus is "
        "the top of the ladder",
    ),
    "gate": (
        investigate("A/EXEC", Reason.GATE, (4, 5), gate=True),
        "A/EXEC on sonnet: 4 of 5 SDs needed rework (80 %), above 20 %, and the bot never edits a gate: "
        "people decide",
    ),
    "other cause": (
        investigate("A/EXEC", Reason.OTHER_CAUSE, (1, 5), raw_rework=3),
        "A/EXEC on sonnet: 3 of 5 SDs needed rework, only 1 for a cause that a stronger model could cure",
    ),
    "other cause only, over several weeks": (
        investigate("A/EXEC", Reason.OTHER_CAUSE, (0, 5), (0, 5), raw_rework=3),
        "A/EXEC on sonnet: 3 of 10 SDs needed rework over 2 weeks, none for a cause that a stronger model "
        "could cure",
    ),
    "drift": (
        investigate("A/EXEC", Reason.MODEL_DRIFT, (1, 5), drifted=4),
        "A/EXEC on sonnet: 4 of 5 SDs ran on another model than the one assigned, so this week says little "
        "about sonnet",
    ),
    "escalation": (
        investigate("A/EXEC", Reason.MODEL_DRIFT, (1, 5), drifted=4, escalated=2),
        "A/EXEC on sonnet: 4 of 5 SDs ran on another model than the one assigned (some on a stronger one), "
        "so this week says little about sonnet",
    ),
    "promotion held by a fleet shift": (
        investigate("A/EXEC", Reason.FLEET_SHIFT, (3, 5), (4, 5), tally=200),
        "A/EXEC on sonnet: the tally from the weeks before stands at 2.0 (bar 2.0), and rework jumped across "
        "the fleet at once, so nothing is promoted this week",
    ),
    "kept in a fleet shift": (
        keep("A/EXEC", (0, 5), (4, 5), window=Counts(5, 0), tally=-100, notes=(Note.FLEET_SHIFT,)),
        "A/EXEC on sonnet: 0 of 5 SDs needed rework over 2 weeks without this one (0 %), tally -1.0 "
        "(bar 2.0)",
    ),
    "first seen in a fleet shift": (
        keep("A/EXEC", (4, 5), weeks=(), window=Counts(0, 0), notes=(Note.FLEET_SHIFT,)),
        "A/EXEC on sonnet: 4 of 5 SDs needed rework in a week that counts for no cell (fleet shift)",
    ),
    "some SDs redone on a stronger model": (
        investigate("A/EXEC", Reason.ESCALATION, (0, 5), escalated=2),
        "A/EXEC on sonnet: 2 of 5 SDs also ran on a stronger model: rework that nobody logged, or sonnet "
        "is not enough for them",
    ),
    "token log that contradicts itself": (
        investigate("A/EXEC", Reason.BUDGET_MISMATCH, (0, 5)),
        "A/EXEC on sonnet: 0 of 5 SDs needed rework (0 %), but the token log contradicts itself on this "
        "week's SDs: verify the burn rate",
    ),
    "the last rise is news": (
        worked_weeks()[1].verdicts[0],
        "TESTING/EXEC on opus: 1 of 5 SDs needed rework (20 %), tally 0.0 (bar 2.0); 60 % before (3 of 5 on "
        "sonnet), 20 % now (1 of 5): too early to tell",
    ),
}

THRESHOLD_CASES = {
    "promotion": (
        verdict("A/EXEC", (0, 9), (2, 5), reasons=(Reason.ABOVE_THRESHOLD,)),
        "A/EXEC on sonnet: 2 of 5 SDs needed rework (40 %), above 20 % → opus",
    ),
    "keep at exactly 20 % on a gate": (
        keep("A/EXEC", (1, 5), gate=True),
        "A/EXEC on sonnet: 1 of 5 SDs needed rework (20 %), not above 20 %",
    ),
    "too few SDs": (
        investigate("A/EXEC", Reason.THIN_EVIDENCE, (1, 2), more_sds=1),
        "A/EXEC on sonnet: 1 of 2 SDs needed rework, and a week with fewer than 3 decides nothing",
    ),
    "no runs": (
        keep("A/EXEC", (1, 5), (0, 0), reasons=(Reason.NO_RUNS,)),
        "A/EXEC on sonnet: no SDs this week",
    ),
}


@pytest.mark.parametrize(("of", "said"), CASES.values(), ids=CASES.keys())
def test_the_sentence_under_cusum(of, said):
    assert sentence(of, PROMOTION) == said


@pytest.mark.parametrize(("of", "said"), THRESHOLD_CASES.values(), ids=THRESHOLD_CASES.keys())
def test_the_sentence_under_threshold(of, said):
    assert sentence(of, THRESHOLD) == said


def test_every_reason_has_a_clause():
    assert set(_CLAUSES) == set(Reason)


def test_odd_thresholds_are_shown_exactly():
    policy = Promotion(promote_above=17, keep_below=10)
    assert "2.15 more than the 17 % allowance of 0.85 (bar 2.0; " in sentence(verdict(), policy)


def test_a_fleet_shift_is_told_with_its_counts_and_the_entry_that_accepts_it():
    found = shifted().shift
    assert found is not None
    assert shift(found) == (
        "Rework jumped across the fleet in 2025-W49, as in every week since 2025-W47: 43 of 150 (28.7 %), "
        "after 61 of 1,950 (3.1 %) in the 13 weeks before (148 SDs, each counted once a cell, the worst 10 "
        "of 40 cells left out). That is a change of process rather than of so many models: the week adds "
        "nothing to any tally and nothing is promoted. If this is how things are now, put "
        '"2025-W47..2025-W49" into accepted_shifts of [promotion].'
    )
