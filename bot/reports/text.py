"""The report of a `plan` or `run` as plain text for a terminal or a job's log.

Promotions first, then what people should look into, the refusals and the budget; the diff, the commits and
the pull request where they are asked for. Every line passes `escape.terminal` before colour is put on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.calibration.findings import BudgetStatus, Note, Outcome, Review, Verdict, Zone
from bot.policy import Promotion
from bot.proposal.report import PullRequestReport, Report
from bot.wording import figures, results, sentences
from bot.wording.body import MOST_BYTES
from bot.wording.commit_messages import budget_used, cost_effect
from bot.wording.cost_words import cost_of_sds, trial_words
from bot.wording.escape import terminal
from bot.wording.on_top import not_on_top, on_top
from bot.wording.sections import MOST_ROWS
from bot.wording.sentences import cell_name, clause

_BOLD, _GREEN, _YELLOW, _RED, _DIM = "1", "32", "33", "31", "2"
_ZONES = {Zone.GREEN: _GREEN, Zone.YELLOW: _YELLOW, Zone.ORANGE: _YELLOW, Zone.RED: _RED}


@dataclass(frozen=True)
class _Paint:
    """Puts colour on text that is already safe to print."""

    on: bool

    def __call__(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text


def report_text(report: Report, *, colour: bool = False, details: bool = False) -> str:
    """The report, ending in a line break. `details` adds the kept cells and the pull request's body."""
    paint = _Paint(colour)
    review = report.review
    promotion = review.promotion
    lines = [paint(_BOLD, _heading(report)), ""]
    lines += [line for said in on_top(review) for line in (paint(_YELLOW, terminal(said)), "")]
    if review.nothing_logged:
        lines += [f"Nothing to decide: the logs hold no row for week {review.week}.", ""]
    lines += _promotions(report, promotion, paint)
    waiting = [v for v in review.verdicts if Note.QUEUED in v.notes]
    if waiting:
        title = f"PROMOTE, queued ({len(waiting)}; max_promotions = {promotion.max_promotions})"
        lines += _section(paint(_YELLOW, title), waiting, promotion, paint)
    asked = [v for v in review.verdicts if v.outcome is Outcome.INVESTIGATE]
    if asked:
        lines += _section(paint(_YELLOW, f"INVESTIGATE ({len(asked)})"), asked, promotion, paint)
    lines += _refused(review, paint)
    kept = [v for v in review.verdicts if v.outcome is Outcome.KEEP]
    shown = [v for v in kept if details or v.rise is not None]
    if kept:
        lines += _section(paint(_DIM, f"KEEP ({len(kept)})"), shown, promotion, paint)
    lines += _earlier(review, paint)
    lines += _listed(
        "To try on the rung below, if you like", map(trial_words, review.trials), paint
    )
    lines += [_budget(review.budget, paint), ""]
    lines += _listed("Log lines not used", map(str, report.rejected), paint)
    lines += _listed("Warnings", not_on_top(report.warnings, review), paint)
    lines += _diff(report.diff, paint)
    lines += _pull_request(report.pull_request, details, paint)
    return "\n".join(lines).rstrip("\n") + "\n"


def _heading(report: Report) -> str:
    review = report.review
    base = terminal(report.base)
    return f"Calibration {review.week} · rule {review.rule} · {base} at {report.base_sha[:12]}"


def _promotions(report: Report, promotion: Promotion, paint: _Paint) -> Iterator[str]:
    if not report.commits:
        return
    yield paint(_GREEN, f"PROMOTE ({len(report.commits)})")
    for commit in report.commits:
        change = commit.change
        verdict = report.review.verdict(change.cell)
        yield f"  {paint(_BOLD, cell_name(verdict))} {change.old} → {change.new}"
        yield f"      {terminal(clause(verdict, promotion))}"
        rare = sentences.rarity(verdict, promotion)
        if rare:
            yield f"      strength: {rare}"
        yield f"      cost: {cost_effect(verdict.cost)}; so far {cost_of_sds(verdict.spent)}"
        yield f"      {terminal(commit.message.partition(chr(10))[0])}"
    yield ""


def _section(
    title: str, verdicts: Sequence[Verdict], promotion: Promotion, paint: _Paint
) -> Iterator[str]:
    yield title
    for verdict in verdicts:
        yield f"  {paint(_BOLD, cell_name(verdict))} on {verdict.model}: {_said(verdict, promotion)}"
    yield ""


def _said(verdict: Verdict, promotion: Promotion) -> str:
    notes = f" [{', '.join(verdict.notes)}]" if verdict.notes else ""
    return terminal(clause(verdict, promotion)) + notes


def _refused(review: Review, paint: _Paint) -> list[str]:
    return _listed("Refused by a gate", (refusal.reason for refusal in review.refused), paint)


def _earlier(review: Review, paint: _Paint) -> Iterator[str]:
    rises = [*results.told(review)]
    if not rises:
        return
    yield paint(_BOLD, f"What earlier calibrations did ({len(rises)})")
    for rise in rises[:MOST_ROWS]:
        yield f"  {terminal(results.result(rise))}"
        cost = results.cost_since(rise)
        if cost is not None:
            yield f"      {cost}"
        edit = results.edit_back(rise)
        if edit is not None:
            yield f"      to take it back: {terminal(edit)}"
        if edit is not None and rise.revert:
            yield f"      or: git revert {' '.join(rise.revert)}"
    yield ""


def _budget(status: BudgetStatus, paint: _Paint) -> str:
    bar = figures.bar(status.used, status.limit)
    return f"Budget {bar} {paint(_ZONES[status.zone], status.zone)}, {budget_used(status)}"


def _listed(
    title: str, texts: Iterator[str] | Sequence[str] | map[str], paint: _Paint
) -> list[str]:
    lines = [f"  {terminal(text)}" for text in texts]
    return [paint(_YELLOW, f"{title} ({len(lines)})"), *lines, ""] if lines else []


def _diff(diff: str, paint: _Paint) -> Iterator[str]:
    if not diff:
        return
    codes = {"+": _GREEN, "-": _RED, "@": _DIM}
    for line in diff.rstrip("\n").split("\n"):
        shown = terminal(line.removesuffix("\r"))
        yield paint(codes[line[0]], shown) if line[:1] in codes else shown
    yield ""


def _pull_request(request: PullRequestReport | None, details: bool, paint: _Paint) -> Iterator[str]:
    if request is None:
        return
    yield f"Pull request ({request.action}): {paint(_BOLD, terminal(request.title))}"
    yield f"  {terminal(request.url or request.branch)}"
    yield f"  {terminal(request.reason)}"
    if details:
        yield ""
        # The marker's line names every change: it must not be cut, as others may be.
        yield from (terminal(line, MOST_BYTES) for line in request.body.rstrip("\n").split("\n"))
