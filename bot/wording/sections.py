"""Pieces of GitHub Markdown that the pull request's body and the job summary are put together from.

Each piece is a list of lines without blank lines around it, empty where there is nothing to say. Whatever
comes from logs passes `escape.markdown` or `escape.prose`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.allocation.names import LONGEST_NAME
from bot.calibration.conclusions import Afterwards
from bot.calibration.costs import ENOUGH_SDS
from bot.calibration.findings import (
    BudgetStatus,
    Change,
    GatedPromotion,
    Note,
    Outcome,
    Reason,
    Review,
    Verdict,
    Zone,
)
from bot.errors import Problem
from bot.evidence.records import SdRun
from bot.wording import figures, results, sentences
from bot.wording.commit_messages import budget_used, cost_effect
from bot.wording.cost_words import cost_of_sds
from bot.wording.escape import markdown, name, prose
from bot.wording.sentences import clause

Lines = list[str]
Item = TypeVar("Item")

MOST_ROWS = 40
"""Rows of a list that is not folded; the rest is counted. Keeps a body under GitHub's limit."""
MOST_OPEN = 8
"""Cells to investigate before the fold."""
MOST_FOLDED = 200
"""The same for a folded list."""
FEW = 5
"""The same for a list that has to be short."""
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


def promotions_in_brief(changes: Sequence[Change]) -> Lines:
    """The table of what changes, without why: for so many that a body could not hold more of each."""
    rows = (f"| {_cell(c)} | {markdown(c.old)} → **{markdown(c.new)}** |" for c in changes)
    return ["| Cell | Model |", "|---|---|", *rows]


def promotions(review: Review, changes: Sequence[Change]) -> Lines:
    """The table of what changes and why, and what the cost figures mean; whole, however long."""
    if not changes:
        return []

    def row(change: Change) -> str:
        verdict = review.verdict(change.cell)
        models = f"{markdown(change.old)} → **{markdown(change.new)}**"
        rare = sentences.rarity(verdict, review.promotion)
        why = prose(clause(verdict, review.promotion) + (f"; {rare}" if rare else ""))
        cost = cost_effect(verdict.cost)
        return f"| {_cell(verdict)} | {models} | {why} | {_causes(verdict)} | {cost} |"

    head = ["| Cell | Model | Evidence | Causes (SDs) | Cost |", "|---|---|---|---|---|"]
    return [*head, *map(row, changes), "", _cost_note(review, changes)]


def _causes(verdict: Verdict) -> str:
    return ", ".join(f"{markdown(cause, 30)} ({sds})" for cause, sds in verdict.causes[:3])


def _cost_note(review: Review, changes: Sequence[Change]) -> str:
    costs = [review.verdict(change.cell).cost for change in changes]
    if not any(costs):
        return "The logs name no tokens for these cells, so their cost effect is unknown."
    measure = (
        "at list price" if all(c.priced for c in costs if c) else "in tokens at relative cost 1"
    )
    same = (
        "" if all(c.measured for c in costs if c) else _as_many(any(c.measured for c in costs if c))
    )
    return f"Cost: had the SDs of {review.week} run one rung up{same}, {measure}."


def _as_many(some_measured: bool) -> str:
    """What is assumed where too few of the team's own promotions tell how many tokens an SD then takes."""
    where = " where nothing else is said" if some_measured else ""
    return f" with as many tokens{where} (fewer than {ENOUGH_SDS} SDs before and after such promotions)"


def shift_warning(review: Review) -> Lines:
    """A fleet shift, above everything else; empty without one."""
    if review.shift is None:
        return []
    return [
        "> [!WARNING]",
        f"> {sentences.shift(review.shift)}",
    ]  # weeks and counts, nothing of the logs


def queued(review: Review) -> Lines:
    """Promotions that wait because a week proposes only so many, a line each."""
    found = [verdict for verdict in review.verdicts if Note.QUEUED in verdict.notes]

    def row(verdict: Verdict) -> str:
        models = f"{markdown(verdict.model)} → {markdown(verdict.proposed or verdict.model)}"
        return f"- {_cell(verdict)} {models}: {prose(clause(verdict, review.promotion))}"

    most = figures.plural(review.promotion.max_promotions, "promotion")
    said = f"A week proposes {most} at most, the highest tallies; these wait (`max_promotions`)."
    return [said, "", *capped(found, row, MOST_ROWS, "promotion")] if found else []


def investigations(review: Review, most: int = MOST_FOLDED) -> Lines:
    """What people should look into, a line each; beyond `MOST_OPEN` at `most` so many, behind a fold.

    Not the refusals again.
    """
    refused = {refusal.cell for refusal in review.refused}
    asked = [verdict for verdict in review.verdicts if verdict.outcome is Outcome.INVESTIGATE]
    found = [verdict for verdict in asked if verdict.cell not in refused]
    shown, rest = found[:MOST_OPEN], found[MOST_OPEN:]

    def row(verdict: Verdict) -> str:
        said = prose(clause(verdict, review.promotion))
        return f"- {_cell(verdict)} on {markdown(verdict.model)}: {said}"

    more = folded(f"{len(rest)} more", capped(rest, row, most, "cell")) if rest else []
    return [*map(row, shown), *([""] if more else []), *more]


def earlier_calibrations(review: Review, most: int = MOST_ROWS) -> Lines:
    """What came of them, and how to take back what did not help."""

    def row(rise: Afterwards) -> str:
        models = f"{markdown(rise.old)} → {markdown(rise.new)}"
        said = f"- {_cell(rise)} {models} in {rise.week}: {prose(results.compared(rise))}"
        edit = results.edit_back(rise)
        if edit is None:
            return said
        revert = f" or `git revert {' '.join(rise.revert)}`" if rise.revert else ""
        return f"{said}. To take it back: {markdown(edit)}{revert}"

    return capped([*results.told(review)], row, most, "calibration")


def refusals(review: Review) -> Lines:
    """Promotions a gate forbids, why, and what asks for them."""

    def row(refusal: GatedPromotion) -> str:
        said = clause(review.verdict(refusal.cell), review.promotion)
        why = refusal.reason.removeprefix(str(refusal.cell))
        return f"- {_cell(refusal)} {prose(why)}. Evidence: {prose(said)}."

    return capped(review.refused, row, MOST_ROWS, "refusal")


def budget(status: BudgetStatus) -> Lines:
    """The zone as one line with a bar of text."""
    bar = figures.bar(status.used, status.limit)
    return [f"`{bar}` **{status.zone}**, {budget_used(status)}: {ADVICE[status.zone]}."]


def usage(status: BudgetStatus) -> Lines:
    """Tokens by phase, agent and model, behind a fold; empty without tokens."""
    groups = (("phase", status.by_phase), ("agent", status.by_agent), ("model", status.by_model))
    rows = [
        f"| {kind} | {markdown(who) if who else '(not named)'} | {tokens:,} |"
        for kind, group in groups
        for who, tokens in group[:MOST_ROWS]
        if tokens
    ]
    head = ["| By | Name | Tokens |", "|---|---|---:|"]
    return folded("Tokens of the week by phase, agent and model", [*head, *rows]) if rows else []


def rejected(problems: Sequence[Problem], most: int = MOST_ROWS) -> Lines:
    """Quarantined log lines: where, and what is wrong."""
    return capped(problems, lambda problem: f"- {markdown(str(problem), 240)}", most, "line")


def warnings(texts: Sequence[str], most: int = MOST_ROWS) -> Lines:
    """Warnings, a line each."""
    return capped(texts, lambda text: f"- {markdown(text, 240)}", most, "warning")


def evidence(verdict: Verdict, most: int = MOST_FOLDED) -> Lines:
    """One promoted cell's SDs of the week and its weeks so far, behind a fold."""
    lines: Lines = []
    if verdict.runs:
        head = ["| SD | Rework | Issue | Causes | Remarks |", "|---|---|---|---|---|"]
        lines += [*head, *map(_run, verdict.runs[:most])]
        left = verdict.week.sds - len(verdict.runs[:most])
        lines += ["", f"… and {figures.plural(left, 'SD')} more."] if left > 0 else []
    if len(verdict.weeks) > 1:
        head = ["", "| Week | SDs | Rework | Rework or issue |", "|---|---:|---:|---:|"]
        weeks = [
            f"| {week.week} | {week.sds} | {week.rework} | {week.troubled} |"
            for week in reversed(verdict.weeks[-most:])
        ]
        lines += [*head, *weeks]
    if lines:
        lines += ["", f"Cost on {markdown(verdict.model)}: {cost_of_sds(verdict.spent)}."]
    cell = f"{name(verdict.cell.agent)}/{name(verdict.cell.phase)}"
    summary = (
        f"Evidence for <code>{cell}</code>: {figures.plural(verdict.week.sds, 'SD')} this week"
    )
    return folded(summary, lines) if lines else []


def _run(run: SdRun) -> str:
    rework = "yes" if run.rework else "yes, not counted" if run.raw_rework else "no"
    causes = ", ".join(map(markdown, run.causes[:5]))
    remarks = ", ".join(
        text
        for text, holds in (("assumed run", run.assumed), ("not in the token log", run.unlogged))
        if holds
    )
    issue = "yes" if run.issue else "no"
    return f"| {markdown(run.sd)} | {rework} | {issue} | {causes} | {remarks} |"


def all_verdicts(review: Review, most: int = MOST_FOLDED) -> Lines:
    """Every verdict with its figures, behind a fold; cells with nothing to tell are only counted."""
    head = [
        "| Cell | Model | Verdict | Reasons | Week | Latest weeks | Tally | Notes |",
        "|---|---|---|---|---|---|---:|---|",
    ]
    told = [verdict for verdict in review.verdicts if not _quiet(verdict)]
    if not told:
        return []
    rows = capped(told, _verdict, most, "verdict")
    quiet = len(review.verdicts) - len(told)
    rest = f"{figures.plural(quiet, 'more cell')} without SDs since the model was assigned: KEEP."
    cells = figures.plural(len(review.verdicts), "cell")
    summary = f"All verdicts: {cells}, with their SDs that needed rework"
    return folded(summary, [*head, *rows, *(["", rest] if quiet else [])])


def _quiet(verdict: Verdict) -> bool:
    return verdict.reasons == (Reason.NO_RUNS,) and not verdict.weeks and not verdict.notes


def _verdict(verdict: Verdict) -> str:
    counts = (f"{c.rework} of {c.sds}" for c in (verdict.week, verdict.window))
    columns = (
        _cell(verdict) + (" (gate)" if verdict.gate else ""),
        markdown(verdict.model),
        verdict.outcome,
        ", ".join(verdict.reasons),
        *counts,
        figures.hundredths(verdict.tally),
        ", ".join(verdict.notes),
    )
    return f"| {' | '.join(columns)} |"


def _cell(of: Verdict | Change | GatedPromotion | Afterwards) -> str:
    return markdown(str(of.cell), _LONGEST_CELL)
