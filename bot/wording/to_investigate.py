"""What people should look into, as GitHub Markdown: by reason, with the next step, alike cells in one row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from bot.calibration.chart import below
from bot.calibration.counts import pool
from bot.calibration.findings import Outcome, Reason, Review, Verdict
from bot.policy import Promotion
from bot.wording import figures
from bot.wording.escape import markdown, prose
from bot.wording.sections import MOST_FOLDED, Lines, folded, shown_cells
from bot.wording.sentences import clause

MOST_OPEN = 8
"""Rows that a terminal shows unasked."""
_BEFORE_FOLD = 3
"""Rows that a body tells in full before its fold."""
_MOST_NAMED = 12
_NAMED_IN_BRIEF = 3
NEXT_STEPS: Mapping[Reason, str] = {
    Reason.THIN_EVIDENCE: "wait, more SDs will settle it",
    Reason.BETWEEN_THRESHOLDS: "read the reworked SDs for what they have in common",
    Reason.TOP_OF_LADDER: "no model is stronger: change the prompt, the tools or the size of the work",
    Reason.GATE: "people decide: change the prompt, or raise the entry by hand",
    Reason.OTHER_CAUSE: "cure the cause itself, a stronger model would not",
    Reason.MODEL_DRIFT: "find out why the executor runs another model",
    Reason.UNLISTED: "correct the agent's name in the logs, or add an entry",
    Reason.FLEET_SHIFT: "find out what changed for everybody",
    Reason.ESCALATION: "log the rework that led to the stronger model",
    Reason.BUDGET_MISMATCH: "correct what writes the token log",
}
"""What to do, by the reason that stands first."""
_OF_THE_RATE = frozenset(
    {
        Reason.THIN_EVIDENCE,
        Reason.BETWEEN_THRESHOLDS,
        Reason.TOP_OF_LADDER,
        Reason.GATE,
        Reason.OTHER_CAUSE,
    }
)

Alike = tuple[Reason, bool, str, str]
"""First reason, whether it is new this week, model, what is said."""
AlikeCells = tuple[Alike, list[Verdict]]


def alike(review: Review, say: Callable[[Verdict, Promotion], str] = clause) -> list[AlikeCells]:
    """Cells to look into, those that are alike in one row, by reason, what is new this week first.

    What `say` says of them is not escaped yet. Not the refusals again.
    """
    refused = {refusal.cell for refusal in review.refused}
    rows: dict[Alike, list[Verdict]] = {}
    for verdict in review.verdicts:
        if verdict.outcome is Outcome.INVESTIGATE and verdict.cell not in refused:
            said = say(verdict, review.promotion)
            key = (verdict.reasons[0], _is_new(review, verdict), verdict.model, said)
            rows.setdefault(key, []).append(verdict)
    return sorted(rows.items(), key=_place)


def investigations(rows: Sequence[AlikeCells], most: int = MOST_FOLDED) -> Lines:
    """The rows below their reasons and what to do next.

    Where they are many only the reasons, with whom they concern, stand before a fold: nothing here decides
    about a promotion. Behind it are at most `most` rows.
    """
    news = not all(new for (_, new, _, _), _ in rows)  # else there is nothing to tell it from
    if len(rows) <= _BEFORE_FOLD:
        return [*_listed(rows, news)]
    left = _count(rows[most:])
    more = ["", f"… and {figures.plural(left, 'cell')} more."] if left else []
    said = f"Evidence of {figures.plural(_count(rows), 'cell')} to investigate"
    return [*_in_brief(rows, news), "", *folded(said, [*_listed(rows[:most], news), *more])]


def _is_new(review: Review, verdict: Verdict) -> bool:
    """Whether the weeks before gave nothing to look into."""
    if review.rule == "threshold" or verdict.reasons[0] not in _OF_THE_RATE:
        return True
    weeks = [week for week in verdict.weeks if week.week < review.week]
    window = weeks[-review.promotion.window_weeks :]
    pooled = pool(window)
    return not pooled.sds or below(pooled, review.promotion.keep_below)


def _place(row: AlikeCells) -> tuple[int, bool]:
    (reason, new, _, _), _ = row
    return [*NEXT_STEPS].index(reason), not new


def _count(rows: Sequence[AlikeCells]) -> int:
    return sum(len(verdicts) for _, verdicts in rows)


def _in_brief(rows: Sequence[AlikeCells], news: bool) -> Iterator[str]:
    """A line a reason: whom it concerns, how many of them are new this week, what to do."""
    for reason, of_reason in groupby(rows, key=lambda row: row[0][0]):
        alike_cells = [*of_reason]
        new = _count([row for row in alike_cells if row[0][1]])
        cells = [verdict for _, verdicts in alike_cells for verdict in verdicts]
        marked = f"; new: {new:,}" if news and new else ""
        who = f"{shown_cells(cells, _NAMED_IN_BRIEF)}{marked}"
        yield f"- **{reason}** ({who}): {NEXT_STEPS[reason]}."


def _listed(rows: Sequence[AlikeCells], news: bool) -> Iterator[str]:
    before = None
    for (reason, new, model, said), verdicts in rows:
        if reason is not before:
            yield f"- **{reason}**: {NEXT_STEPS[reason]}."
        before = reason
        cells = shown_cells(verdicts, _MOST_NAMED)
        yield f"  - {'New: ' if new and news else ''}{cells} on {markdown(model)}: {prose(said)}"
