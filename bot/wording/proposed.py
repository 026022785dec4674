"""What a pull request proposes, as GitHub Markdown: the line that decides, the boxes, a sentence for each.

In: a review and the changes. Out: lines without blank lines around them. Lists, never tables: a phone shows
them whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from bot.calibration.chart import calls_for_promotion
from bot.calibration.findings import Change, CostEffect, Reason, Review, Verdict
from bot.wording import figures, sentences
from bot.wording.checklist import box_row
from bot.wording.commit_messages import added_by, cost_effect
from bot.wording.escape import markdown, prose
from bot.wording.row_figures import row_figures
from bot.wording.sections import NO_COST, Lines, cost_note, folded, shown_cell, shown_cells

REFUSING = "Untick what you refuse: the next run drops it."
REFUSING_BY_HAND = "Merge without the line of what you refuse."
LEGEND = "Blocks: T (rework above allowance) by week; then T/bar."
MOST_SENTENCES = 3
"""What a reader of a minute takes in."""
_MOST_NAMED = 8
"""Cells that one sentence names."""


def headline(review: Review, changes: Sequence[Change]) -> Lines:
    """The line that decides: how many, what all of it adds a week, where the budget stands after it."""
    if not changes:
        return [f"By the evidence up to week {review.week}, no assignment changes."]
    new = sum(is_new(review, change) for change in changes)
    news = "" if new == len(changes) else f", {new or 'none'} new this week"
    return [
        f"**{figures.plural(len(changes), 'promotion')}{news}: {added(review, changes)}.** Evidence up to "
        f"week {review.week}; SDs (work items) that start after the merge run on the new model."
    ]


def added(review: Review, changes: Iterable[Change]) -> str:
    """What all changes add, in tokens, as the budget is, and where that stands then: the sum that decides."""
    costs = [review.verdict(change.cell).cost for change in changes]
    known = [cost for cost in costs if cost is not None]
    if not known:
        return f"cost unknown, {NO_COST if review.accepted else 'the logs name no tokens for it'}"
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
    ordered = _ordered(review, changes, unticked)
    told = _rows(review, [change for change, _ in ordered])
    return [
        box_row(change, said, ticked=ticked)
        for (change, ticked), said in zip(ordered, told, strict=True)
    ]


def boxes_in_brief(changes: Sequence[Change], unticked: Sequence[Change] = ()) -> Lines:
    """The boxes without evidence: for so many that a body could not hold more of each."""
    said = [(change, True) for change in changes] + [(change, False) for change in unticked]
    return [box_row(change, _models(change), ticked=ticked) for change, ticked in said]


def plain_rows_in_brief(changes: Sequence[Change]) -> Lines:
    """The same where nothing can be ticked."""
    return [f"- {_models(change)}" for change in changes]


def plain_rows(review: Review, changes: Sequence[Change]) -> Lines:
    """The boxes' rows with their evidence, where nothing can be ticked."""
    ordered = [change for change, _ in _ordered(review, changes, ())]
    return [f"- {said}" for said in _rows(review, ordered)]


def _ordered(
    review: Review, changes: Sequence[Change], unticked: Sequence[Change]
) -> list[tuple[Change, bool]]:
    """What is new this week first, then as the verdicts stand; with whether it is ticked."""
    place = {verdict.cell: number for number, verdict in enumerate(review.verdicts)}
    both = [*((change, True) for change in changes), *((change, False) for change in unticked)]
    return sorted(both, key=lambda one: (not is_new(review, one[0]), place[one[0].cell]))


def _models(change: Change) -> str:
    return f"{shown_cell(change)} {markdown(change.old)} → **{markdown(change.new)}**"


def _rows(review: Review, changes: Sequence[Change]) -> Lines:
    """A row each, and which of them are new this week where others are not."""
    new = [is_new(review, change) for change in changes]
    marked = not all(new)
    return [
        _row(review, change) + (", new" if marked and of_now else "")
        for change, of_now in zip(changes, new, strict=True)
    ]


def _row(review: Review, change: Change) -> str:
    """`TESTING/EXEC sonnet → opus, 3/5 reworked, █ 2.0/2.0`: the tally by week up to the bar, and both."""
    verdict = review.verdict(change.cell)
    stands = row_figures(verdict, review.promotion)
    drawn = f"`{stands.weeks}` " if stands.weeks else ""
    return f"{_models(change)}, {stands.count} {stands.of_what}, {drawn}{stands.tally}"


def told_why(review: Review, changes: Sequence[Change]) -> Lines:
    """What reads in a minute: a sentence for each promotion; many of them by their main causes."""
    lines = why_in_full(review, changes)
    if len(lines) > MOST_SENTENCES:
        return _in_brief(review, changes)
    return [*lines, "", cost_note(review, changes)] if lines else []


def why_in_full(review: Review, changes: Sequence[Change]) -> Lines:
    """A sentence for each promotion, with causes and cost; one for all that are alike."""
    return [
        f"- {_who(verdicts, len(changes))}: {said.format(each=' each' if len(verdicts) > 1 else '')}"
        for said, verdicts in told_alike(review, changes, _sentence).items()
    ]


def why_folded(review: Review, changes: Sequence[Change]) -> Lines:
    """The sentences behind a fold, where they are too many for a minute; empty else."""
    lines = why_in_full(review, changes)
    if len(lines) <= MOST_SENTENCES:
        return []
    return folded("Why, in full sentences", [*lines, "", cost_note(review, changes)])


def by_main_cause(
    review: Review, changes: Sequence[Change], shown: Callable[[str, int], str]
) -> Sequence[tuple[str, Sequence[Verdict]]]:
    """The main causes with their promotions, the cause of most first; `shown` makes a cause harmless."""

    def main_cause(_: Review, verdict: Verdict) -> str:
        if Reason.QUALITY_ISSUES in verdict.reasons:
            return "Quality issues"
        return shown(verdict.causes[0][0], 30) if verdict.causes else "No cause named"

    told = told_alike(review, changes, main_cause)
    return sorted(told.items(), key=lambda one: -len(one[1]))


def _in_brief(review: Review, changes: Sequence[Change]) -> Lines:
    """A line a main cause, with its promotions and what each adds."""

    def of_one(verdict: Verdict) -> str:
        adds = "cost unknown" if verdict.cost is None else added_by(verdict.cost)
        # No space in it: on a phone its sign would end the line before.
        return f"{shown_cell(verdict)} {adds.removesuffix(' tokens').replace('+ ', '+')}"

    lines = [
        f"- {cause}: {', '.join(map(of_one, verdicts))}"
        for cause, verdicts in by_main_cause(review, changes, markdown)
    ]
    costs = [review.verdict(change.cell).cost for change in changes]
    unit = " in tokens" if any(cost and not cost.priced for cost in costs) else ""
    return [f"By main cause, with what each adds a week{unit}:", "", *lines]


def told_alike(
    review: Review, changes: Sequence[Change], said: Callable[[Review, Verdict], str]
) -> Mapping[str, Sequence[Verdict]]:
    """Each thing to say and all the cells it is said of, what is new this week first."""
    alike: dict[str, list[Verdict]] = {}
    for change, _ in _ordered(review, changes, ()):
        verdict = review.verdict(change.cell)
        alike.setdefault(said(review, verdict), []).append(verdict)
    return alike


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
    return f"{said}Cost: {cost_effect(verdict)}{each}."
