"""The table's past as the page tells it: every change of a declared value, and what came of it.

In: past calibrations, as `history` shows them. Out: a row each, the newest first.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.inputs.past_calibrations import PastCalibrations, PastChange
from bot.reports.history_report import changed_cell, result_words, who_words
from bot.wording import results
from bot.wording.escape import page_text

_MOST_ROWS = 500
_SHORT = 12


@dataclass(frozen=True)
class PastRow:
    """One change."""

    week: str
    cell: str
    models: str
    who: str
    commit: str
    conclusion: str
    """In words; empty for what was no rise of a cell."""
    result: str
    back: str
    """The edit that takes it back, where it did not help; else empty."""


def past_rows(past: PastCalibrations) -> tuple[PastRow, ...]:
    """The newest changes."""
    return tuple(map(_row, past.changes[::-1][:_MOST_ROWS]))


def _row(change: PastChange) -> PastRow:
    rise = change.rise
    edit = None if rise is None else results.edit_back(rise)
    revert = f" or git revert {' '.join(rise.revert)}" if rise is not None and rise.revert else ""
    return PastRow(
        week=change.week,
        cell=page_text(changed_cell(change), 140),
        models=f"{page_text(change.old, 40)} → {page_text(change.new, 40)}",
        who=page_text(who_words(change), 120),
        commit=change.commit[:_SHORT],
        conclusion="" if rise is None else results.WORDS[rise.conclusion],
        result=page_text(result_words(change), 400),
        back="" if edit is None else f"{edit}{revert}",
    )
