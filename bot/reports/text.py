"""The report of a `plan` or `run` for a terminal or a job's log, as a rich renderable.

Promotions first, then what people should look into, the refusals and the budget; the diff and the pull
request after them. Every text passes `escape.terminal` before it is styled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from bot.calibration.findings import BudgetStatus, Change, Note, Outcome, Review, Verdict
from bot.policy import Promotion
from bot.proposal.report import PullRequestReport, Report
from bot.reports.budget_report import STYLES
from bot.reports.fitted import Fitted, indented
from bot.wording import figures, results, sentences
from bot.wording.body import MOST_BYTES
from bot.wording.commit_messages import added_by, budget_used, cost_effect
from bot.wording.cost_words import cost_of_sds, trial_words
from bot.wording.escape import terminal
from bot.wording.on_top import not_on_top, on_top
from bot.wording.proposed import MOST_SENTENCES, added, by_main_cause, told_alike
from bot.wording.remedies import NO_ROWS_LOGGED
from bot.wording.row_figures import row_figures
from bot.wording.sections import MOST_ROWS
from bot.wording.sentences import cell_name, clause
from bot.wording.to_investigate import MOST_OPEN, NEXT_STEPS, alike

_HEADS = ("Cell", "Model", "SDs", "Tally/bar", "Adds a week")
_KEPT = ("Cell", "Model", "Notes", "SDs", "Tally/bar")
_MOST_NAMED = 12
_DIFF_STYLES = {"+": "green", "-": "red", "@": "dim"}


def report_text(report: Report, *, details: bool = False) -> Group:
    """The report. `details` adds the kept cells, all there is to look into, and the pull request's body."""
    review = report.review
    sections = (
        [Text(_heading(report), style="bold")],
        _above_all(review),
        _promotions(report, details),
        _waiting(review),
        _to_investigate(review, details),
        _listed("Refused by a gate", _refusals(review)),
        _kept(review, details),
        _earlier(review),
        _listed("To try on the rung below, if you like", map(trial_words, review.trials)),
        [_budget(review.budget)],
        _listed("Log lines not used", map(str, report.rejected)),
        _listed("Warnings", not_on_top(report.warnings, review)),
        _diff(report.diff),
        _pull_request(report.pull_request, details),
    )
    told = [part for part in map(list, sections) if part]
    spaced = (line for part in told for line in (Text(), *part))
    return Group(*list(spaced)[1:])


def _heading(report: Report) -> str:
    review = report.review
    base = terminal(report.base)
    return f"Calibration {review.week} · rule {review.rule} · {base} at {report.base_sha[:12]}"


def _above_all(review: Review) -> Iterator[RenderableType]:
    """What a reader has to know before anything else."""
    for said in on_top(review):
        yield Text(terminal(said), style="yellow")
    if review.nothing_logged:
        yield Text(f"Nothing to decide: the logs hold no row for week {review.week}.")
        yield Text(f"Next: {NO_ROWS_LOGGED}")


def _promotions(report: Report, details: bool) -> Iterator[RenderableType]:
    review, changes = report.review, [commit.change for commit in report.commits]
    if not changes:
        return
    yield Text.assemble((f"PROMOTE ({len(changes)})", "green"), f": {added(review, changes)}")
    yield Fitted(_HEADS, [_row(review.verdict(change.cell), review, change) for change in changes])
    yield Text()
    told = told_alike(review, changes, _why)
    if len(told) > MOST_SENTENCES and not details:
        yield Text("  By main cause (-v tells each in full sentences)")
        for cause, verdicts in by_main_cause(review, changes, terminal):
            yield indented(Text(f"{cause}: {_cells(verdicts)}"), 4)
        return
    for said, verdicts in told.items():
        who = f"All {len(changes)}" if len(told) == 1 < len(changes) else _cells(verdicts)
        first, *more = said.split("\n")
        yield indented(Text(f"{who}: {first}"), 2)
        yield from (indented(Text(line), 4) for line in more)


def _row(verdict: Verdict, review: Review, change: Change) -> tuple[str, ...]:
    adds = "not known" if verdict.cost is None else added_by(verdict.cost)
    models = f"{terminal(change.old)} → {terminal(change.new)}"
    return cell_name(verdict), models, *_figures(verdict, review.promotion), adds


def _figures(verdict: Verdict, promotion: Promotion) -> tuple[str, str]:
    """SDs with rework of all, and the tally by week with the bar."""
    stands = row_figures(verdict, promotion)
    return stands.count, f"{stands.weeks} {stands.tally}".lstrip()


def _why(review: Review, verdict: Verdict) -> str:
    """Lines that are safe to print."""
    causes = ", ".join(f"{terminal(cause, 30)} ({sds})" for cause, sds in verdict.causes[:3])
    lines = (
        terminal(_said(verdict, review.promotion)),
        sentences.rarity(verdict, review.promotion),
        f"causes: {causes}" if causes else "",
        f"cost: {cost_effect(verdict)}; so far {cost_of_sds(verdict.spent)}",
    )
    return "\n".join(filter(None, lines))


def _waiting(review: Review) -> Iterator[RenderableType]:
    waiting = [verdict for verdict in review.verdicts if Note.QUEUED in verdict.notes]
    if waiting:
        most = f"max_promotions = {review.promotion.max_promotions}"
        yield Text(f"PROMOTE, queued ({len(waiting)}; {most})", style="yellow")
        rows = ((v, Change(v.cell, v.model, v.proposed or v.model)) for v in waiting)
        yield Fitted(_HEADS, [_row(verdict, review, change) for verdict, change in rows])


def _to_investigate(review: Review, details: bool) -> Iterator[RenderableType]:
    """By reason, with the next step; cells that are alike in one row."""
    rows = alike(review, _said)
    if not rows:
        return
    yield Text(f"INVESTIGATE ({sum(len(verdicts) for _, verdicts in rows)})", style="yellow")
    shown = rows if details else rows[:MOST_OPEN]
    before = None
    for (reason, _, model, said), verdicts in shown:
        if reason is not before:
            yield indented(Text.assemble((reason, "bold"), f": {NEXT_STEPS[reason]}"), 2)
        before = reason
        who = _cells(verdicts, len(verdicts) if details else _MOST_NAMED)
        yield indented(Text(f"{who} on {terminal(model)}: {terminal(said)}"), 4)
    left = sum(len(verdicts) for _, verdicts in rows[len(shown) :])
    if left:
        yield indented(Text(f"… and {figures.plural(left, 'cell')} more (-v shows them)"), 2)


def _refusals(review: Review) -> Iterator[str]:
    for refusal in review.refused:
        said = sentences.too_much(review.verdict(refusal.cell), review.promotion)
        yield f"{refusal.reason}. Evidence: {said}"


def _kept(review: Review, details: bool) -> Iterator[RenderableType]:
    kept = [verdict for verdict in review.verdicts if verdict.outcome is Outcome.KEEP]
    shown = [verdict for verdict in kept if details or verdict.rise is not None]
    if kept:
        yield Text(f"KEEP ({len(kept)})", style="dim")
    if shown:
        yield Fitted(
            _KEPT,
            [
                (
                    cell_name(verdict),
                    terminal(verdict.model),
                    ", ".join(verdict.notes),
                    *_figures(verdict, review.promotion),
                )
                for verdict in shown
            ],
        )


def _said(verdict: Verdict, promotion: Promotion) -> str:
    notes = f" [{', '.join(verdict.notes)}]" if verdict.notes else ""
    return clause(verdict, promotion) + notes


def _cells(verdicts: Sequence[Verdict], most: int = _MOST_NAMED) -> str:
    more = f" and {len(verdicts) - most:,} more" if len(verdicts) > most else ""
    return ", ".join(map(cell_name, verdicts[:most])) + more


def _earlier(review: Review) -> Iterator[RenderableType]:
    rises = [*results.told(review)]
    if rises:
        yield Text(f"What earlier calibrations did ({len(rises)})", style="bold")
    for rise in rises[:MOST_ROWS]:
        yield indented(Text(terminal(results.result(rise))), 2)
        cost = results.cost_since(rise)
        if cost is not None:
            yield indented(Text(cost), 4)
        edit = results.edit_back(rise)
        if edit is not None:
            yield indented(Text(f"to take it back: {terminal(edit)}"), 4)
        if edit is not None and rise.revert:
            yield indented(Text(f"or: git revert {' '.join(rise.revert)}"), 4)


def _budget(status: BudgetStatus) -> Text:
    bar = figures.bar(status.used, status.limit)
    zone = (status.zone.value, STYLES[status.zone])
    return Text.assemble(f"Budget {bar} ", zone, f", {budget_used(status)}")


def _listed(title: str, texts: Iterable[str]) -> Iterator[RenderableType]:
    lines = [indented(Text(terminal(text)), 2) for text in texts]
    return iter([Text(f"{title} ({len(lines)})", style="yellow"), *lines] if lines else [])


def _diff(diff: str) -> Iterator[RenderableType]:
    for line in diff.rstrip("\n").split("\n") if diff else ():
        shown = terminal(line.removesuffix("\r"))
        yield _whole(shown, style=_DIFF_STYLES.get(line[:1], ""))


def _pull_request(request: PullRequestReport | None, details: bool) -> Iterator[RenderableType]:
    if request is None:
        return
    yield Text.assemble(f"Pull request ({request.action}): ", (terminal(request.title), "bold"))
    yield indented(Text(terminal(request.url or request.branch)), 2)
    yield indented(Text(terminal(request.reason)), 2)
    if details:
        yield Text()
        # The marker's line names every change: it must not be cut, as others may be.
        for line in request.body.rstrip("\n").split("\n"):
            yield _whole(terminal(line, MOST_BYTES))


def _whole(text: str, style: str = "") -> Text:
    """A line that is copied elsewhere, and therefore never broken by us."""
    return Text(text, style=style, no_wrap=True, overflow="ignore")
