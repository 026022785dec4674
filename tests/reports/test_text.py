"""The report on a terminal: whole texts as goldens, colour only on request, nothing hidden gets through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

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
    thousand_cells,
    twelve_promotions,
    verdict,
    worked_weeks,
)
from tests.support.terminals import PIPE, shown

GOLDEN = Path(__file__).parent / "golden"
COLOUR = re.compile(r"\x1b\[[0-9;]+m")
DIFF = """\
--- a/config/overrides.toml
+++ b/config/overrides.toml
@@ -50,3 +50,3 @@
 STORIES = "sonnet"            # stories kept up to date
-TESTING = "sonnet"            # edge cases decide quality
+TESTING = "opus"            # edge cases decide quality
 UAT = "sonnet"                # acceptance runs
"""


SIZES = {
    "nothing": report(worked_weeks()[1]),
    "one": report(worked_weeks()[0], diff=DIFF),
    "twelve": report(
        twelve_promotions(),
        rejected=(Problem("tokens.jsonl", "is not a number", 7, "tokens"),),
        warnings=("3 SDs are not in the token log.",),
    ),
    "thousand": report(thousand_cells()),
}


@pytest.mark.parametrize("columns", [PIPE, 80, 40], ids=["piped", "80", "40"])
@pytest.mark.parametrize("size", SIZES)
def test_the_text_at_four_sizes_in_a_pipe_and_on_two_terminals(size: str, columns: int):
    text = shown(report_text(SIZES[size]), columns)
    golden.check(GOLDEN / f"{size}{'' if columns == PIPE else f'.{columns}'}.txt", text)
    ours = [line for line in text.split("\n") if line not in DIFF.split("\n")]
    assert max(map(cell_len, ours)) <= columns


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120])
def test_no_width_loses_a_word(columns: int):
    """The diff is left whole for the terminal to break; of all else no line is wider than it is."""
    for size in SIZES.values():
        text = shown(report_text(size), columns)
        whole = shown(report_text(size))
        figures = ("2.0/2.0", "180,000", "INVESTIGATE", "calibration/weekly")
        assert [text.count(word) for word in figures] == [whole.count(word) for word in figures]
        for of in size.review.changes:
            assert str(of.cell) in "".join(text.split())


def test_a_table_has_no_room_for_the_longest_names_and_shows_them_all_the_same():
    longest = "A" * 64
    of = report(review(verdict(f"{longest}/{longest}"), verdict("API/EXEC")))
    for columns in (40, 80, PIPE):
        assert "A" * 64 + "/" + "A" * 64 in "".join(shown(report_text(of), columns).split())


def test_many_unlike_promotions_are_told_by_main_cause_and_in_full_with_details():
    """Twelve times the same sentence with other figures were three screens."""
    causes = ("edge-case-detection", "reasoning-depth", "context-loss", "\x1b[2Jfixes #1")
    own = [
        verdict(f"A{n}/EXEC", (3, 5), causes=((causes[n % 4], 3), (causes[(n + n // 4) % 4], 1)))
        for n in range(12)
    ]
    short, long = (shown(report_text(report(review(*own)), details=d), PIPE) for d in (False, True))
    assert "\n  By main cause (-v tells each in full sentences)\n" in short
    assert "\n    reasoning-depth: A1/EXEC, A5/EXEC, A9/EXEC\n" in short
    assert "\n    \\x1b[2Jfixes #1: A3/EXEC, A7/EXEC, A11/EXEC\n" in short
    assert "causes: " not in short
    assert long.count("    causes: ") == 12
    assert long.count("needed rework, 2.0 more") >= 12


@pytest.mark.slow
def test_details_end_with_the_body_and_show_every_cell():
    short = shown(report_text(SIZES["twelve"]))
    long = shown(report_text(SIZES["twelve"], details=True))
    assert long.endswith("\nThe body.\n")
    assert "GITHUB/LEAD" not in short
    assert re.search(r"GITHUB/LEAD +haiku +0/5 +▁ -1\.0/2\.0", long)
    assert "… and 228 cells more (-v shows them)" in shown(report_text(SIZES["thousand"]))
    long = shown(report_text(SIZES["thousand"], details=True))
    assert all(f"AGENT-{n}/PLAN" in long for n in range(300))


def test_a_week_without_rows_is_said_plainly():
    text = shown(report_text(report(review(nothing_logged=True, budget=budget(0)))))
    assert "Nothing to decide: the logs hold no row for week 2025-W49." in text


def test_colour_changes_no_word():
    plain, coloured = (shown(report_text(SIZES["one"]), colour=on) for on in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[32m+TESTING" in coloured
    assert [line.rstrip() for line in COLOUR.sub("", coloured).split("\n")] == plain.split("\n")


@pytest.mark.parametrize("zone", Zone)
def test_the_zone_is_named(zone):
    said = report(review(keep("A/EXEC", (0, 5)), budget=budget(zone=zone)))
    assert f" {zone}, 62.4 % of 500,000 tokens" in shown(report_text(said))


def test_a_pull_request_shows_its_address():
    request = PullRequestReport(
        "b", "t", "x", "https://github.com/o/r/pull/1", Action.CREATE, "New."
    )
    text = shown(report_text(report(worked_weeks()[0], pull_request=request)))
    assert "Pull request (create): t\n  https://github.com/o/r/pull/1\n  New.\n" in text


def test_crlf_in_the_diff_is_not_shown():
    said = report(worked_weeks()[0], diff="-a\r\n+b\r\n")
    assert "\n-a\n+b\n" in shown(report_text(said))


@pytest.mark.slow
def test_no_text_of_the_logs_moves_the_terminal_or_the_runner():
    for hostile in ALL:
        text = f"plainword {hostile}"
        request = PullRequestReport(text, text, f"x\n{text[:1000]}", None, Action.UPDATE, text)
        said = report(
            review(verdict(causes=((text, 3),))),
            diff=f"+{text[:1000]}",
            pull_request=request,
            rejected=(Problem(text, text, 1, text),),
            warnings=(text,),
        )
        printed = shown(report_text(said, details=True))
        assert printed.replace("\n", "").isprintable()
        assert printed.count("plainword") >= 8
        assert "##[" not in printed
        assert not any(line.lstrip().startswith("::") for line in printed.split("\n"))
