"""Where a cell stands, in figures that fit a row: SDs with rework, its tally by week, and the bar."""

from __future__ import annotations

from dataclasses import dataclass

from bot.calibration.chart import course, issue_gain, rework_gain
from bot.calibration.counts import Counts
from bot.calibration.findings import Reason, Verdict
from bot.policy import Promotion
from bot.wording import figures, sentences

_MOST_WEEKS = 13
"""Of a sparkline: as many as a phone has room for beside the rest of its row."""


@dataclass(frozen=True)
class RowFigures:
    """One row's figures, each a short text of our own or numbers."""

    counts: Counts
    """What the rule takes its rate from."""
    weeks: str
    """The tally week by week as blocks, the highest at the bar; empty without weeks."""
    tally: str
    """The tally and the bar: `2.0/2.0`."""


def row_figures(verdict: Verdict, promotion: Promotion) -> RowFigures:
    """The figures of a cell, by the tally that its first reason is about."""
    of_issues = verdict.reasons[0] is Reason.QUALITY_ISSUES
    gain, tally = (issue_gain, verdict.issue_tally) if of_issues else (rework_gain, verdict.tally)
    bar = 100 * promotion.bar
    tallies = course(verdict.weeks, promotion, gain)[-_MOST_WEEKS:]
    return RowFigures(
        sentences.judged(verdict, promotion),
        figures.sparkline(tallies, bar) if tallies else "",
        f"{figures.tally_words(tally)}/{figures.tally_words(bar)}",
    )
