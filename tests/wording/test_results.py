"""Issue 10, item 3: what earlier calibrations did, in words, in the text, the body and the document."""

from __future__ import annotations

import pytest

from bot.allocation.names import Cell
from bot.calibration.conclusions import Conclusion, Earlier, Ended
from bot.calibration.counts import Counts
from bot.reports.document import document
from bot.reports.text import report_text
from bot.wording.results import WORDS, compared, edit_back, result, told
from bot.wording.sections import earlier_calibrations
from tests.support.reviews import RISE_SHA, keep, report, review, rise
from tests.support.terminals import shown

WEAK = {"conclusion": Conclusion.DID_NOT_HELP, "before": Counts(20, 8), "after": Counts(40, 16)}
REVERT = ("-m", "1", RISE_SHA)

SAID = {
    "worked example": (
        rise(),
        "60 % before (3 of 5 on sonnet), 20 % now (1 of 5): too early to tell",
    ),
    "helped": (
        rise(conclusion=Conclusion.HELPED, before=Counts(20, 12), after=Counts(20, 2)),
        "60 % before (12 of 20 on sonnet), 10 % now (2 of 20): helped",
    ),
    "did not help": (
        rise(**WEAK),
        "40 % before (8 of 20 on sonnet), 40 % now (16 of 40): did not help",
    ),
    "nothing before": (
        rise(before=Counts(0, 0)),
        "nothing to compare with on sonnet, 20 % now (1 of 5): too early to tell",
    ),
    "nothing since": (
        rise(after=Counts(0, 0), since=None),
        "60 % before (3 of 5 on sonnet), no SDs since: too early to tell",
    ),
    "taken back before it was clear": (
        rise(conclusion=Conclusion.SUPERSEDED, ended=Ended.LOWERED),
        "60 % before (3 of 5 on sonnet), 20 % now (1 of 5): superseded by a lower value",
    ),
    "clear before the model changed": (
        rise(conclusion=Conclusion.HELPED, ended=Ended.NEW_VERSION),
        "60 % before (3 of 5 on sonnet), 20 % now (1 of 5): helped, superseded since by a new version",
    ),
    "raised again": (
        rise(conclusion=Conclusion.STILL_ABOVE, ended=Ended.RAISED_AGAIN),
        "60 % before (3 of 5 on sonnet), 20 % now (1 of 5): still above the allowance, raised again since",
    ),
    "moved by late facts": (
        rise(was=Earlier(Conclusion.HELPED, "2025-W50")),
        "60 % before (3 of 5 on sonnet), 20 % now (1 of 5): too early to tell (helped, as it seemed until "
        "rows of 2025-W50)",
    ),
}


@pytest.mark.parametrize(("of", "said"), SAID.values(), ids=SAID.keys())
def test_both_counts_are_shown_and_the_conclusion_named(of, said):
    assert compared(of) == said
    assert "improved" not in said


def test_every_conclusion_has_words():
    assert set(WORDS) == set(Conclusion)


def test_what_did_not_help_comes_with_the_edit_and_the_revert_that_take_it_back():
    of = review(keep("TESTING/EXEC", (1, 5)), afterwards=(rise(**WEAK, revert=REVERT),))
    assert earlier_calibrations(of) == [
        "- `TESTING/EXEC` `sonnet` → `opus` in 2025-W50: 40 % before (8 of 20 on sonnet), 40 % now "
        "(16 of 40): did not help. "
        f'To take it back: `[EXEC] TESTING = "sonnet"` or `git revert -m 1 {RISE_SHA}`'
    ]
    text = shown(report_text(report(of)))
    assert '\n    to take it back: [EXEC] TESTING = "sonnet"\n' in text
    assert f"\n    or: git revert -m 1 {RISE_SHA}\n" in text
    assert document(report(of))["afterwards"][0]["take_back"] == {
        "edit": '[EXEC] TESTING = "sonnet"',
        "revert": f"git revert -m 1 {RISE_SHA}",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"lowerable": False},
        {"ended": Ended.RAISED_AGAIN},
        {"conclusion": Conclusion.STILL_ABOVE},
    ],
    ids=["a gate", "no longer in force", "nothing wrong with it"],
)
def test_nothing_else_is_advised_to_be_taken_back(more):
    assert edit_back(rise(**{**WEAK, **more})) is None


def test_only_news_and_what_stands_is_told_and_all_of_it_is_in_the_document():
    old = rise("API/EXEC", conclusion=Conclusion.HELPED)
    stands, news = rise("RISK/EXEC", **WEAK), rise()
    moved = rise("UAT/EXEC", was=Earlier(Conclusion.HELPED, "2025-W49"))
    of = review(keep("TESTING/EXEC", (1, 5), rise=news), afterwards=(old, stands, news, moved))
    assert list(told(of)) == [stands, news, moved]
    assert len(document(report(of))["afterwards"]) == 4


def test_nothing_is_said_where_nothing_was_raised():
    of = review(keep("TESTING/EXEC", (1, 5)))
    assert earlier_calibrations(of) == []
    assert "earlier calibrations" not in shown(report_text(report(of)))


def test_names_stay_harmless():
    of = rise(cell=Cell("EXEC", "GH-1"))
    assert result(of).startswith("GH_1/EXEC sonnet")
