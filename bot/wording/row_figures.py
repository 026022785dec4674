"""Where a cell stands, in figures that fit a row: SDs with trouble, its tally by week, and the bar."""

from __future__ import annotations

from dataclasses import dataclass

from bot.calibration.chart import course, issue_gain, rework_gain
from bot.calibration.findings import Reason, Verdict
from bot.policy import Promotion
from bot.wording import figures, sentences

_MOST_WEEKS = 13
"""Of a sparkline: as many as a phone has room for beside the rest of its row."""


@dataclass(frozen=True)
class RowFigures:
    """One row's figures, each a short text of our own or numbers."""

    count: str
    """SDs that speak for the tally, of all that the rule takes its rate from: `3/5`."""
    of_what: str
    """What those had, in words: `reworked`."""
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
    judged = sentences.judged(verdict, promotion)
    return RowFigures(
        f"{verdict.troubled if of_issues else judged.rework}/{judged.sds}",
        "reworked or with an issue" if of_issues else "reworked",
        figures.sparkline(tallies, bar) if tallies else "",
        f"{figures.tally_words(tally)}/{figures.tally_words(bar)}",
    )
