"""The words of commits, branches and titles: named, pure builders. Log text passes the escaper first."""

from __future__ import annotations

import textwrap

from bot.calendar import CURRENT
from bot.calibration.findings import (
    BudgetStatus,
    Change,
    CostEffect,
    Note,
    Reason,
    Review,
    Scope,
    Verdict,
)
from bot.policy.own_branches import ADHOC_PREFIX, WEEKLY_BRANCH
from bot.wording import figures
from bot.wording.cost_words import amount
from bot.wording.escape import branch_part, name, trailer_value
from bot.wording.escape import plain_words as words
from bot.wording.sentences import of_sds

MOST_IN_TITLE = 256
"""GitHub's limit for a title, in characters; only the longest names there can be go beyond it."""
_WIDTH = 72


def reason(verdict: Verdict) -> str:
    """The cause of most SDs in words, ties alphabetical; without one the rate: `rework 60 %`."""
    if verdict.causes:
        cause, _ = min(verdict.causes, key=lambda item: (-item[1], item[0]))
        return words(cause)
    counts = verdict.week if verdict.week.sds else verdict.window
    if not counts.rework and verdict.reasons[0] is Reason.QUALITY_ISSUES:
        return f"issues {figures.percent(verdict.troubled, verdict.window.sds)}"
    return f"rework {figures.percent(counts.rework, counts.sds)}"


def subject(change: Change, verdict: Verdict) -> str:
    """`calibration: testing-agent exec upgraded to opus (edge case detection)`."""
    agent, *phase = (name(part).lower() for part in change.cell.shown)
    who = " ".join([f"{agent}-agent", *phase])
    return f"calibration: {who} upgraded to {change.new} ({reason(verdict)})"


def commit_message(change: Change, verdict: Verdict, review: Review, inputs: str) -> str:
    """Subject, a paragraph in plain words, and the git trailers; ends in a line break.

    `inputs` is the SHA-256 (hex) of all the review derives from. The same arguments give the same bytes.
    """
    body = textwrap.fill(_paragraph(change, verdict, review), _WIDTH, break_on_hyphens=False)
    trailers = {
        "Week": review.week,
        "Change": change_label(change),
        "Evidence": _evidence(verdict),
        "Rule": review.rule,
        "Inputs": inputs,
    }
    lines = [f"Calibration-{key}: {trailer_value(value)}" for key, value in trailers.items()]
    return f"{subject(change, verdict)}\n\n{body}\n\n" + "\n".join(lines) + "\n"


def change_label(change: Change) -> str:
    """`EXEC/TESTING sonnet -> opus`, as the trailer `Calibration-Change` names a change."""
    return f"{name(change.cell.phase)}/{name(change.cell.agent)} {change.old} -> {change.new}"


def _paragraph(change: Change, verdict: Verdict, review: Review) -> str:
    who = f"{' in '.join(map(name, change.cell.shown))} on {change.old}"
    if verdict.week.sds:
        week = f"In week {review.week}, {of_sds(verdict.week.rework, verdict.week.sds)} of {who}"
        said = f"{week} needed rework."
    else:
        said = f"Week {review.week} brought no SDs of {who}; the evidence is from the weeks before."
    if verdict.week != verdict.window:
        counts = of_sds(verdict.window.rework, verdict.window.sds)
        said += f" Over the latest weeks on that model it was {counts}."
    if verdict.causes:
        said += f" Most common cause: {reason(verdict)}."
    if review.rule == "cusum":
        said += f" {_tally(verdict)}"
    return f"{said} The change applies to SDs that start after it is merged."


def _tally(verdict: Verdict) -> str:
    if verdict.reasons[0] is Reason.QUALITY_ISSUES:
        tally = figures.tally_words(verdict.issue_tally)
        return f"The tally of SDs with rework or an issue stands at {tally}."
    return (
        f"The tally of rework above the allowance stands at {figures.tally_words(verdict.tally)}."
    )


def _evidence(verdict: Verdict) -> str:
    week, window = verdict.week, verdict.window
    said = f"{week.rework}/{week.sds} SDs with rework"
    if week != window:
        said += f" in the week, {window.rework}/{window.sds} in the latest weeks"
    return f"{said}, tally {figures.hundredths(verdict.tally)}"


def branch(scope: Scope) -> str:
    """`calibration/weekly`, or `calibration/adhoc-<agent>[.<phase>]` in lower case."""
    if scope.agent is None:
        return WEEKLY_BRANCH
    phase = "" if scope.phase is None else f".{branch_part(scope.phase)}"
    return f"{ADHOC_PREFIX}{branch_part(scope.agent)}{phase}"


def title(review: Review, changes: tuple[Change, ...]) -> str:
    """The commit's subject where there is one promotion, else how many there are in which week."""
    if len(changes) == 1:
        said = subject(changes[0], review.verdict(changes[0].cell))
        if len(said) <= MOST_IN_TITLE:
            return said
    count = figures.plural(len(changes), "assignment") if changes else "no assignments"
    return f"calibration: {count} upgraded ({review.week})"


def cost_effect(verdict: Verdict) -> str:
    r"""What a promotion adds: `+ 180,000 tokens a week (5\u00d7)`; it may be less than now."""
    cost = verdict.cost
    if cost is None:
        shifted = Note.FLEET_SHIFT in verdict.notes
        return "not counted in the week of a fleet shift" if shifted else "no tokens logged"
    added, factor = added_by(cost), figures.factor(cost.factor)
    if cost.measured is None:
        return f"{added} a week ({factor}\u00d7)"
    ratio = figures.hundredths(int((cost.measured.ratio * 200 + 1) // 2))
    return f"{added} a week ({factor}\u00d7, an SD taking {ratio}\u00d7 the tokens as measured)"


def added_by(cost: CostEffect) -> str:
    """`+ 180,000 tokens`, with a minus sign where it is less than now."""
    return f"{'-' if cost.added < 0 else '+'} {amount(abs(cost.added), priced=cost.priced)}"


def budget_used(status: BudgetStatus) -> str:
    """`62.4 % of 500,000 tokens`."""
    return f"{figures.one_decimal(status.percent)} % of {figures.plural(status.limit, 'token')}"


def plan_command(review: Review) -> str:
    """The command that shows this review again: `calibration-bot plan --week 2025-W49`."""
    scope = review.scope
    agent = "" if scope.agent is None else f" --agent {name(scope.agent)}"
    phase = "" if scope.phase is None else f" --phase {name(scope.phase)}"
    week = review.week if review.preview is None else CURRENT
    return f"calibration-bot plan --week {week}{agent}{phase}"
