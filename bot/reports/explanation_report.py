"""What `plan --explain` prints: one cell's whole calculation as text, Markdown and JSON.

In: an `Explanation` and the commit it was read from. Out: whole texts, each ending in a line break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.calibration.checks import Check
from bot.calibration.explanation import Explanation, Fold, FoldedWeek
from bot.policy import Promotion
from bot.proposal.report import ExplanationReport
from bot.reports.document import preview_document, spent_document
from bot.wording import calculation, on_top, sentences
from bot.wording.cost_words import cost_of_sds
from bot.wording.escape import cell_label, json_text, markdown, prose, terminal
from bot.wording.figures import hundredths, instant
from bot.wording.remarks import still_open

_TALLIES = ("tally", "issue_tally", "any_cause_tally")
_YES_OR_NO = ("listed", "proposed_all_the_same")


def explanation_text(report: ExplanationReport) -> str:
    """For a terminal or a job's log."""
    of = report.explanation
    base = f"{terminal(report.base)} at {report.base_sha[:12]}"
    lines = [f"{_title(of)} · {base}", *_on_top(report), *_opening(of), ""]
    lines += ["Weeks", f"  {calculation.formula(of.promotion)}"]
    lines += _weeks(of, calculation.filled_in)
    if of.promotion.count_issues:
        lines += ["", "Second tally, with issues", f"  {calculation.issue_formula(of.promotion)}"]
        lines += _weeks(of, calculation.issues_filled_in)
    if not calculation.undecided(of):
        reading = (f"  {line}" for line in calculation.reading(of))
        lines += ["", f"Rule {of.promotion.rule}", *reading, "", "What could turn it"]
        lines += [f"  {_mark(check)} {_checked(check, of)}" for check in of.checks]
        lines += [f"  {line}" for line in _turn(of)]
    warnings = on_top.not_on_top(report.warnings, of)
    if warnings:
        lines += ["", "Warnings", *(f"  {text}" for text in warnings)]
    return "\n".join(map(terminal, lines)) + "\n"


def _title(of: Explanation) -> str:
    cell = cell_label(of.cell)
    return f"{cell} on {of.verdict.model} in {of.week}"


def _on_top(report: ExplanationReport) -> Iterator[str]:
    """As of a whole review: how everything below is to be read."""
    of = report.explanation
    if report.preview is not None:
        yield still_open(of.week, report.preview)
    yield from on_top.weighed(of)


def _opening(of: Explanation) -> Iterator[str]:
    """The verdict, or why there is none, and what it is about."""
    yield calculation.undecided(of) or calculation.verdict_in_words(of)
    if of.verdict.notes and not calculation.undecided(of):
        yield f"notes: {', '.join(of.verdict.notes)}"
    yield calculation.assigned(of)
    yield f"cost: {cost_of_sds(of.verdict.spent)}"


def _weeks(of: Explanation, filled_in: Callable[[FoldedWeek, Promotion], str]) -> Iterator[str]:
    for step in of.steps:
        yield f"  {step.counts.week}  {filled_in(step, of.promotion)}"
    yield from (f"  {line}" for line in _silent_week(of))


def _silent_week(of: Explanation) -> Iterator[str]:
    """What is said of a reviewed week without SDs on the model."""
    if of.week not in {step.counts.week for step in of.steps}:
        yield f"{of.week}  no SDs on {of.verdict.model}: every tally stays as it is"


def _mark(check: Check) -> str:
    return "turned by" if check.holds else "not by   "


def _checked(check: Check, of: Explanation) -> str:
    return f"{check.reason}: {calculation.checked(check, of)}"


def _turn(of: Explanation) -> Iterator[str]:
    said = calculation.in_turn_for(of)
    if said:
        yield f"max_promotions: {said}"


def explanation_markdown(report: ExplanationReport) -> str:
    """As GitHub Markdown."""
    of = report.explanation
    steps = [_row(step, of.promotion) for step in of.steps]
    lines = [f"## {_title(of)}", ""]
    lines += [each for line in _on_top(report) for each in ("> [!WARNING]", f"> {line}", "")]
    lines += [each for line in _opening(of) for each in (prose(line, 1000), "")]
    lines += [f"{markdown(calculation.formula(of.promotion), 400)}", ""]
    if of.promotion.count_issues:
        lines += [f"Second tally: {markdown(calculation.issue_formula(of.promotion), 400)}", ""]
    heads = ("Week", "SDs", "Rework", "Rework or issue", "T", "Second tally")
    lines += [f"| {' | '.join(heads)} |", "|---|---:|---:|---:|---|---|", *steps, ""]
    lines += [line for said in _silent_week(of) for line in (prose(said), "")]
    if not calculation.undecided(of):
        lines += [f"### Rule {of.promotion.rule}", ""]
        lines += [*(f"- {prose(line)}" for line in calculation.reading(of)), ""]
        lines += ["### What could turn it", "", *(_item(check, of) for check in of.checks)]
        lines += [f"- {prose(line)}" for line in _turn(of)]
    warnings = on_top.not_on_top(report.warnings, of)
    if warnings:
        lines += ["", "### Warnings", "", *(f"- {markdown(text, 240)}" for text in warnings)]
    return "\n".join(lines) + "\n"


def _item(check: Check, of: Explanation) -> str:
    lead = f"**{check.reason} turns it**" if check.holds else f"{check.reason} does not"
    return f"- {lead}: {prose(calculation.checked(check, of))}"


def _row(step: FoldedWeek, promotion: Promotion) -> str:
    counts = step.counts
    tallies = [calculation.filled_in(step, promotion)]
    tallies.append(calculation.issues_filled_in(step, promotion) if promotion.count_issues else "-")
    columns = (counts.week, counts.sds, counts.rework, counts.troubled)
    return f"| {' | '.join([*map(str, columns), *(markdown(text, 200) for text in tallies)])} |"


def explanation_document(report: ExplanationReport) -> dict[str, Any]:
    """As plain values, true to `explanation.schema.json` beside this file."""
    of, promotion = report.explanation, report.explanation.promotion
    verdict, preview = of.verdict, report.preview
    outcome, reason = of.ruled
    because = [*calculation.reading(of)]
    ruled = {"verdict": outcome.value, "reason": reason.value, "because": because}
    decided = not calculation.undecided(of)
    return {
        "schema_version": 1,
        "week": of.week,
        "rule": promotion.rule,
        "preview": preview and preview_document(of.week, preview),
        "base": {"branch": report.base, "commit": report.base_sha},
        "phase": of.cell.phase,
        "agent": of.cell.agent,
        "model": verdict.model,
        "above": of.above,
        "gate": of.gate,
        "since": None if of.since is None else instant(of.since),
        "verdict": verdict.outcome.value if decided else None,
        "proposed": verdict.proposed if decided else None,
        "reasons": [r.value for r in verdict.reasons] if decided else [],
        "notes": [note.value for note in verdict.notes] if decided else [],
        "sentence": calculation.undecided(of) or sentences.sentence(verdict, promotion),
        "fleet_shift": None if of.shift is None else on_top.shift(of.shift),
        "accepted_shift": of.accepted and on_top.accepted(of.accepted),
        "no_outcomes": of.no_outcomes,
        "formula": calculation.formula(promotion),
        "steps": [_step(step, promotion) for step in of.steps],
        "tally": hundredths(verdict.tally),
        "issue_tally": hundredths(verdict.issue_tally),
        "bar": hundredths(100 * promotion.bar),
        "ruled": ruled if decided else None,
        "checks": [_check(check, of) for check in of.checks] if decided else [],
        "spent": spent_document(verdict.spent),
        "turn": None if of.turn is None else {"place": of.turn.place, "of": of.turn.of},
        "warnings": list(report.warnings),
    }


def explanation_json(report: ExplanationReport) -> str:
    """The document as indented ASCII JSON, its strings harmless in a workflow's log."""
    return json_text(explanation_document(report))


def _step(step: FoldedWeek, promotion: Promotion) -> dict[str, Any]:
    counts = step.counts
    return {
        "week": counts.week,
        "sds": counts.sds,
        "rework": counts.rework,
        "troubled": counts.troubled,
        "any_cause": counts.raw_rework,
        "set_aside": None if step.aside is None else step.aside.value,
        "tally": _fold(step.rework, calculation.filled_in(step, promotion)),
        "issue_tally": _fold(step.issues, calculation.issues_filled_in(step, promotion)),
    }


def _fold(fold: Fold, said: str) -> dict[str, str]:
    figures = {"before": fold.before, "gain": fold.gain, "after": fold.after}
    return {**{key: hundredths(value) for key, value in figures.items()}, "formula": said}


def _check(check: Check, of: Explanation) -> dict[str, Any]:
    return {
        "reason": check.reason.value,
        "asked": check.asked,
        "met": check.met,
        "holds": check.holds,
        "numbers": _numbers(check.numbers),
        "sentence": calculation.checked(check, of),
    }


def _numbers(numbers: Mapping[str, int]) -> dict[str, Any]:
    """Tallies as every document writes them, yes and no as such."""
    return {
        key: hundredths(value) if key in _TALLIES else bool(value) if key in _YES_OR_NO else value
        for key, value in numbers.items()
    }
