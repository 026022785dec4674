"""What a pull request proposes, as GitHub Markdown: the line that decides, the boxes, a sentence for each.

In: a review and the changes. Out: lines without blank lines around them. Lists, never tables: a phone shows
them whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from bot.calibration.chart import calls_for_promotion, course, issue_gain, rework_gain
from bot.calibration.findings import Change, CostEffect, Reason, Review, Verdict
from bot.wording import figures, sentences
from bot.wording.checklist import box_row
from bot.wording.commit_messages import cost_effect
from bot.wording.escape import markdown, prose
from bot.wording.sections import Lines, cost_note, shown_cell, shown_cells

_MOST_WEEKS = 13
"""Of a sparkline: as many as a phone has room for beside the rest of its row."""
_MOST_NAMED = 8
"""Cells that one sentence names."""


def headline(review: Review, changes: Sequence[Change]) -> Lines:
    """The line that decides: how many, what all of it adds a week, where the budget stands after it."""
    if not changes:
        return [f"By the evidence up to week {review.week}, no assignment changes."]
    new = sum(is_new(review, change) for change in changes)
    news = "" if new == len(changes) else f", {new or 'none'} new this week"
    return [
        f"**{figures.plural(len(changes), 'promotion')}{news}: {added_words(review, changes)}.** By the "
        f"evidence up to week {review.week}; SDs that start after the merge run on it."
    ]


def added_words(review: Review, changes: Iterable[Change]) -> str:
    """What all changes add, in tokens, as the budget is: plain text, `+ 180,000 tokens a week, budget …`."""
    costs = [review.verdict(change.cell).cost for change in changes]
    known = [cost for cost in costs if cost is not None]
    if not known:
        return "cost unknown, the logs name no tokens for it"
    added = sum(map(_in_tokens, known), Fraction(0))
    percent, zone = review.budget.after(max(added, Fraction(-review.budget.used)))
    sign = "-" if added < 0 else "+"
    paid = sum((cost.added for cost in known), Fraction(0))
    money = f" ({figures.dollars(paid)})" if paid > 0 and all(c.priced for c in known) else ""
    unknown = len(costs) - len(known)
    without = f", {unknown} of unknown cost not counted" if unknown else ""
    before = figures.one_decimal(review.budget.percent)
    return (
        f"{sign} {figures.tokens(abs(added))} tokens a week{money}, budget {before} % → "
        f"{figures.one_decimal(percent)} % ({zone}){without}"
    )


def _in_tokens(cost: CostEffect) -> Fraction:
    """What a promotion adds in the budget's unit: a dearer token counts as so many of today's."""
    return cost.tokens * (cost.factor - 1) if cost.priced else cost.added


def is_new(review: Review, change: Change) -> bool:
    """Whether it is this week that asks for a change, and no week before did."""
    if review.rule == "threshold":
        return True
    earlier = [week for week in review.verdict(change.cell).weeks if week.week < review.week]
    return not calls_for_promotion(earlier, review.promotion)


def boxes(review: Review, changes: Sequence[Change], unticked: Sequence[Change] = ()) -> Lines:
    """A box a promotion, in the order of the verdicts, with its evidence; whole, however many.

    `unticked` are those that somebody turned down, which a tick brings back.
    """
    return [
        box_row(change, _row(review, change), ticked=ticked)
        for change, ticked in _ordered(review, changes, unticked)
    ]


def boxes_in_brief(changes: Sequence[Change], unticked: Sequence[Change] = ()) -> Lines:
    """The boxes without evidence: for so many that a body could not hold more of each."""
    said = [(change, True) for change in changes] + [(change, False) for change in unticked]
    return [box_row(change, _models(change), ticked=ticked) for change, ticked in said]


def plain_rows(review: Review, changes: Sequence[Change]) -> Lines:
    """The same where nothing can be ticked."""
    return [f"- {_row(review, change)}" for change, _ in _ordered(review, changes, ())]


def _ordered(
    review: Review, changes: Sequence[Change], unticked: Sequence[Change]
) -> list[tuple[Change, bool]]:
    """What is new this week first, then as the verdicts stand; with whether it is ticked."""
    place = {verdict.cell: number for number, verdict in enumerate(review.verdicts)}
    both = [*((change, True) for change in changes), *((change, False) for change in unticked)]
    return sorted(both, key=lambda one: (not is_new(review, one[0]), place[one[0].cell]))


def _models(change: Change) -> str:
    return f"{shown_cell(change)} {markdown(change.old)} → **{markdown(change.new)}**"


def _row(review: Review, change: Change) -> str:
    """`TESTING/EXEC sonnet → opus, 3/5 SDs, T 2.0/2.0`: of the tally a sparkline too, up to the bar."""
    verdict = review.verdict(change.cell)
    counts = sentences.judged(verdict, review.promotion)
    gain = issue_gain if verdict.reasons[0] is Reason.QUALITY_ISSUES else rework_gain
    tallies = course(verdict.weeks, review.promotion, gain)[-_MOST_WEEKS:]
    bar = 100 * review.promotion.bar
    tally = verdict.issue_tally if gain is issue_gain else verdict.tally
    stands = f"`{figures.sparkline(tallies, bar)}` " if tallies else ""
    stands = f"{stands}T {figures.tally_words(tally)}/{figures.tally_words(bar)}"
    counted = f"{counts.rework}/{figures.plural(counts.sds, 'SD')}"
    return f"{_models(change)}, {counted}, {stands}"


def told_why(review: Review, changes: Sequence[Change]) -> Lines:
    """A sentence for each promotion, with causes and cost; one for all that are alike."""
    alike: dict[str, list[Verdict]] = {}
    for change, _ in _ordered(review, changes, ()):
        verdict = review.verdict(change.cell)
        alike.setdefault(_sentence(review, verdict), []).append(verdict)
    lines = [
        f"- {_who(verdicts, len(changes))}: {said.format(each=' each' if len(verdicts) > 1 else '')}"
        for said, verdicts in alike.items()
    ]
    return [*lines, "", cost_note(review, changes)] if lines else []


def _who(verdicts: Sequence[Verdict], of: int) -> str:
    if len(verdicts) == of > 1:
        return f"All {of}"
    return shown_cells(verdicts, _MOST_NAMED)


def _sentence(review: Review, verdict: Verdict) -> str:
    """`{each}` stands where the cost is one of several."""
    rare = sentences.rarity(verdict, review.promotion)
    why = prose(sentences.clause(verdict, review.promotion) + (f"; {rare}" if rare else ""))
    causes = ", ".join(f"{markdown(cause, 30)} ({sds})" for cause, sds in verdict.causes[:3])
    said = f"{why}. {f'Causes: {causes}. ' if causes else ''}".replace("{", "{{").replace("}", "}}")
    each = "" if verdict.cost is None else "{each}"
    return f"{said}Cost: {cost_effect(verdict.cost)}{each}."
