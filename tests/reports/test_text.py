"""The report on a terminal: whole texts as goldens, colour only on request, nothing hidden gets through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.calibration.findings import Zone
from bot.errors import Problem
from bot.proposal.report import Action, PullRequestReport
from bot.reports.text import report_text
from tests.support import golden
from tests.support.hostile import ALL
from tests.support.reviews import (
    budget,
    keep,
    report,
    review,
    twelve_promotions,
    verdict,
    worked_weeks,
)

GOLDEN = Path(__file__).parent / "golden"
COLOUR = re.compile(r"\x1b\[[0-9]+m")
DIFF = """\
--- a/config/overrides.toml
+++ b/config/overrides.toml
@@ -50,3 +50,3 @@
 STORIES = "sonnet"            # stories kept up to date
-TESTING = "sonnet"            # edge cases decide quality
+TESTING = "opus"            # edge cases decide quality
 UAT = "sonnet"                # acceptance runs
"""


def test_the_text_of_one_promotion():
    said = report(worked_weeks()[0], diff=DIFF)
    golden.check(GOLDEN / "one.txt", report_text(said))


def test_the_text_of_one_promotion_in_detail_ends_with_the_body():
    said = report(worked_weeks()[0], diff=DIFF)
    short, long = report_text(said), report_text(said, details=True)
    assert long == short + "\nThe body.\n"


def test_the_text_with_nothing_to_do():
    golden.check(GOLDEN / "nothing.txt", report_text(report(worked_weeks()[1])))


def test_the_text_of_twelve_promotions_in_detail():
    said = report(
        twelve_promotions(),
        rejected=(Problem("tokens.jsonl", "is not a number", 7, "tokens"),),
        warnings=("3 SDs are not in the token log.",),
    )
    golden.check(GOLDEN / "twelve.txt", report_text(said, details=True))


def test_a_week_without_rows_is_said_plainly():
    text = report_text(report(review(nothing_logged=True, budget=budget(0))))
    assert "Nothing to decide: the logs hold no row for week 2025-W49." in text


def test_colour_is_only_put_on_when_asked_and_changes_no_word():
    said = report(worked_weeks()[0], diff=DIFF)
    plain, coloured = report_text(said), report_text(said, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[32m+TESTING" in coloured
    assert COLOUR.sub("", coloured) == plain


@pytest.mark.parametrize("zone", Zone)
def test_the_zone_is_named(zone):
    said = report(review(keep("A/EXEC", (0, 5)), budget=budget(zone=zone)))
    assert f" {zone}, 62.4 % of 500,000 tokens" in report_text(said)


def test_a_pull_request_shows_its_address():
    request = PullRequestReport(
        "b", "t", "x", "https://github.com/o/r/pull/1", Action.CREATE, "New."
    )
    text = report_text(report(worked_weeks()[0], pull_request=request))
    assert "Pull request (create): t\n  https://github.com/o/r/pull/1\n  New.\n" in text


def test_crlf_in_the_diff_is_not_shown():
    said = report(worked_weeks()[0], diff="-a\r\n+b\r\n")
    assert "\n-a\n+b\n" in report_text(said)


def test_no_text_of_the_logs_moves_the_terminal_or_the_runner():
    for text in ALL:
        text = f"plainword {text}"
        request = PullRequestReport(text, text, f"x\n{text[:1000]}", None, Action.UPDATE, text)
        said = report(
            review(verdict(causes=((text, 3),))),
            diff=f"+{text[:1000]}",
            pull_request=request,
            rejected=(Problem(text, text, 1, text),),
            warnings=(text,),
        )
        shown = report_text(said, details=True)
        assert shown.replace("\n", "").isprintable()
        assert shown.count("plainword") >= 8
        assert "##[" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
