"""Pieces of GitHub Markdown that the pull request's body and the job summary are put together from.

Each piece is a list of lines without blank lines around it, empty where there is nothing to say. Whatever
comes from logs passes `escape.markdown` or `escape.prose`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.allocation.names import LONGEST_NAME, NO_PHASES
from bot.calibration.conclusions import Afterwards, Conclusion
from bot.calibration.counts import WeekCounts
from bot.calibration.findings import (
    BudgetStatus,
    Change,
    GatedPromotion,
    Note,
    Reason,
    Review,
    Verdict,
    Zone,
)
from bot.errors import Problem
from bot.evidence.records import SdRun
from bot.wording import escape, figures, results, sentences
from bot.wording.commit_messages import budget_used
from bot.wording.cost_words import cost_of_sds
from bot.wording.escape import cell_label, markdown, prose
from bot.wording.on_top import weighed
from bot.wording.sentences import clause

Lines = list[str]
Item = TypeVar("Item")

MOST_ROWS = 40
"""Rows of a list that is not folded; the rest is counted. Keeps a body under GitHub's limit."""
MOST_FOLDED = 200
"""The same for a folded list."""
FEW = 5
"""The same for a list that has to be short."""
NO_COST = "a week of a fleet shift, accepted or not, counts for none"
"""Why no promotion of such a week has a cost effect."""
_LONGEST_CELL = 2 * LONGEST_NAME + 1
ADVICE = {
    Zone.GREEN: "use models as assigned",
    Zone.YELLOW: "watch the burn rate, upgrade cautiously",
    Zone.ORANGE: "consider deferring SDs that are not critical",
    Zone.RED: "pause, or prepare for overage",
}


def folded(summary: str, lines: Sequence[str]) -> Lines:
    """Lines behind a fold. `summary` is HTML of our own, never log text."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"]


def capped(items: Sequence[Item], row: Callable[[Item], str], most: int, noun: str) -> Lines:
    """A line an item, and how many more there are beyond `most`."""
    lines = [row(item) for item in items[:most]]
    left = len(items) - most
    return lines if left <= 0 else [*lines, "", f"… and {figures.plural(left, noun)} more."]


def opened(
    items: Sequence[Item], row: Callable[[Item], str], most: int, noun: str, first: int
) -> Lines:
    """The same with only the `first` in the open, where more than that does not decide, the rest folded."""
    rest = items[first:]
    if not rest:
        return capped(items, row, most, noun)
    said = f"{figures.plural(len(rest), noun)} more"
    return [*map(row, items[:first]), "", *folded(said, capped(rest, row, most - first, noun))]


def cost_note(review: Review, changes: Sequence[Change]) -> str:
    """What the cost figures mean."""
    costs = [review.verdict(change.cell).cost for change in changes]
    if review.accepted is not None:
        return f"Cost: {NO_COST}."
    if not any(costs):
        return "The logs name no tokens for these cells, so their cost effect is unknown."
    priced = all(cost.priced for cost in costs if cost)
    measure = "at list price" if priced else "dearer tokens counted as several"
    measured = [cost.measured is not None for cost in costs if cost]
    where = " where nothing else is said" if any(measured) else ""
    same = "" if all(measured) else f", token for token{where}"
    return f"Cost: had the SDs of {review.week} run one rung up{same}, {measure}."


def weighing(review: Review) -> Lines:
    """Why the week adds nothing to any tally, above everything else; empty where it does."""
    said = [*weighed(review)]
    return ["> [!WARNING]", *(f"> {line}" for line in ">\n".join(said).split("\n"))] if said else []


def queued(review: Review) -> Lines:
    """Promotions that wait because a week proposes only so many, a line each."""
    found = [verdict for verdict in review.verdicts if Note.QUEUED in verdict.notes]

    def row(verdict: Verdict) -> str:
        models = f"{markdown(verdict.model)} → {markdown(verdict.proposed or verdict.model)}"
        return f"- {shown_cell(verdict)} {models}: {prose(clause(verdict, review.promotion))}"

    most = figures.plural(review.promotion.max_promotions, "promotion")
    said = f"A week proposes {most} at most, the highest tallies; these wait (`max_promotions`)."
    return [said, "", *opened(found, row, MOST_ROWS, "promotion", 2)] if found else []


def earlier_calibrations(review: Review, most: int = MOST_ROWS) -> Lines:
    """What came of them, and how to take back what did not help."""

    def row(rise: Afterwards) -> str:
        models = f"{markdown(rise.old)} → {markdown(rise.new)}"
        said = f"- {shown_cell(rise)} {models} in {rise.week}: {prose(results.compared(rise))}"
        cost = results.cost_since(rise)
        said += "" if cost is None else f"; {prose(cost)}"
        edit = results.edit_back(rise)
        if edit is None:
            return said
        revert = f" or `git revert {' '.join(rise.revert)}`" if rise.revert else ""
        return f"{said}. To take it back: {markdown(edit)}{revert}"

    rises = [*results.told(review)]
    rows = capped(rises, row, most, "calibration")
    if len(rises) <= 1:
        return rows
    brief = _by_conclusion(rises)
    return [
        *brief,
        "",
        *folded("Each with its figures, and how to take back what did not help", rows),
    ]


def _by_conclusion(rises: Sequence[Afterwards]) -> Lines:
    alike: dict[Conclusion, list[Afterwards]] = {}
    for rise in rises:
        alike.setdefault(rise.conclusion, []).append(rise)
    return [
        f"- {results.WORDS[conclusion]}: {shown_cells(alike[conclusion], FEW)}"
        for conclusion in results.WORDS
        if conclusion in alike
    ]


def refusals(review: Review) -> Lines:
    """Promotions a gate forbids, why, and what asks for them."""

    def row(refusal: GatedPromotion) -> str:
        said = sentences.too_much(review.verdict(refusal.cell), review.promotion)
        why = refusal.reason.removeprefix(str(refusal.cell))
        return f"- {shown_cell(refusal)} {prose(why)}. Evidence: {prose(said)}."

    return opened(review.refused, row, MOST_ROWS, "refusal", 1)


def budget(status: BudgetStatus) -> Lines:
    """The zone as one line with a bar of text."""
    bar = figures.bar(status.used, status.limit)
    return [f"`{bar}` **{status.zone}**, {budget_used(status)}: {ADVICE[status.zone]}."]


def usage(status: BudgetStatus) -> Lines:
    """Tokens by phase, agent and model, behind a fold; empty without tokens."""
    groups = (("phase", status.by_phase), ("agent", status.by_agent), ("model", status.by_model))
    rows = [
        f"- {markdown(who) if who else '(not named)'}, {kind}: {tokens:,}"
        for kind, group in groups
        for who, tokens in group[:MOST_ROWS]
        if tokens and (kind, who) != ("phase", NO_PHASES)
    ]
    return folded("Tokens of the week by phase, agent and model", rows) if rows else []


def rejected(problems: Sequence[Problem], most: int = MOST_ROWS) -> Lines:
    """Quarantined log lines: where, and what is wrong."""
    return opened(problems, lambda problem: f"- {markdown(str(problem), 240)}", most, "line", 1)


def warnings(texts: Sequence[str], most: int = MOST_ROWS) -> Lines:
    """Warnings, a line each."""
    return opened(texts, lambda text: f"- {markdown(text, 240)}", most, "warning", 2)


def evidence(
    verdict: Verdict, review: Review, most: int = MOST_FOLDED, *, linked: bool = True
) -> Lines:
    """One promoted cell's SDs of the week and its weeks so far, behind a fold; alike SDs in one row.

    What an SD's collected rows came from is beside it if `linked`.
    """
    alike: dict[str, list[str]] = {}
    for run in verdict.runs[:most]:
        notes = review.sources.get((verdict.cell, run.sd), ()) if linked else ()
        alike.setdefault(run_words(run, markdown, "**Rework**"), []).append(
            escape.sd_link(run.sd, review.sd_link) + escape.source_links(notes, review.web)
        )
    lines = [f"- {said}: {', '.join(sds)}" for said, sds in alike.items()]
    left = verdict.week.sds - len(verdict.runs[:most])
    lines += ["", f"… and {figures.plural(left, 'SD')} more."] if lines and left > 0 else []
    if len(verdict.weeks) > 1:
        lines += ["", "Week by week:", "", *map(_week, reversed(verdict.weeks[-most:]))]
    if lines:
        lines += ["", f"Cost on {markdown(verdict.model)}: {cost_of_sds(verdict.spent)}."]
    cell = cell_label(verdict.cell)
    summary = (
        f"Evidence for <code>{cell}</code>: {figures.plural(verdict.week.sds, 'SD')} this week"
    )
    return folded(summary, lines) if lines else []


def run_words(run: SdRun, shown: Callable[[str], str], rework: str = "Rework") -> str:
    """What happened to an SD: `Rework, edge-case-detection`; `shown` makes a cause harmless."""
    said = rework if run.rework else "Rework, not counted" if run.raw_rework else ""
    told = (
        said,
        *(["an issue" if said else "An issue"] if run.issue else ["" if said else "Passed"]),
        *map(shown, run.causes[:5]),
        "assumed run" if run.assumed else "",
        "not in the token log" if run.unlogged else "",
    )
    return ", ".join(filter(None, told))


def _week(week: WeekCounts) -> str:
    more = week.troubled - week.rework
    issues = f", an issue in {more} more" if more else ""
    return f"- {week.week}: rework in {sentences.of_sds(week.rework, week.sds)}{issues}"


def all_verdicts(review: Review, most: int = MOST_FOLDED) -> Lines:
    """Every verdict with its figures, behind a fold; cells with nothing to tell are only counted."""
    told = [verdict for verdict in review.verdicts if not _quiet(verdict)]
    if not told:
        return []
    rows = capped(told, _verdict, most, "verdict")
    quiet = len(review.verdicts) - len(told)
    rest = f"{figures.plural(quiet, 'more cell')} without SDs since the model was assigned: KEEP."
    cells = figures.plural(len(review.verdicts), "cell")
    summary = f"All verdicts: {cells}, with their SDs that needed rework"
    return folded(summary, [*rows, *(["", rest] if quiet else [])])


def _quiet(verdict: Verdict) -> bool:
    return verdict.reasons == (Reason.NO_RUNS,) and not verdict.weeks and not verdict.notes


def _verdict(verdict: Verdict) -> str:
    week, window = (f"{c.rework} of {c.sds}" for c in (verdict.week, verdict.window))
    latest = "" if verdict.week == verdict.window else f", {window} in the latest weeks"
    notes = f"; {', '.join(verdict.notes)}" if verdict.notes else ""
    return (
        f"- {shown_cell(verdict)}{' (gate)' if verdict.gate else ''} on {markdown(verdict.model)}: "
        f"**{verdict.outcome}** ({', '.join(verdict.reasons)}), {week}{latest}, "
        f"T {figures.hundredths(verdict.tally)}{notes}"
    )


def shown_cell(of: Verdict | Change | GatedPromotion | Afterwards) -> str:
    """A cell as a code span: `TESTING/EXEC`."""
    return markdown(str(of.cell), _LONGEST_CELL)


def shown_cells(verdicts: Sequence[Verdict | Afterwards], most: int) -> str:
    """Several, and how many more there are beyond `most`."""
    more = len(verdicts) - most
    rest = f" and {more:,} more" if more > 0 else ""
    return ", ".join(map(shown_cell, verdicts[:most])) + rest
