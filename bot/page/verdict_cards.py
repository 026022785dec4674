"""One cell's verdict as the page tells it: a row of the table, and a card with chart, figures and SDs.

In: an overview. Out: text only. What machines and strangers wrote is cut and made visible; then escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.calibration.findings import Outcome, Review, Verdict
from bot.calibration.overview import Overview
from bot.evidence.records import SdRun
from bot.page.control_charts import ControlChart, control_chart
from bot.page.cost_chart import accepted_cost
from bot.wording import figures, sentences
from bot.wording.commit_messages import cost_effect
from bot.wording.cost_words import amount, cost_of_sds
from bot.wording.escape import name, page_text, sd_address, source_addresses
from bot.wording.sections import run_words
from bot.wording.to_investigate import NEXT_STEPS

_MOST_SDS = 200
_MOST_OF_KEPT = 20
"""SDs of a kept cell, where only those that did not simply pass are named."""
_MOST_CAUSES = 8
_MOST_FIGURES = 8
"""Weeks in numbers; the chart shows all of them."""


@dataclass(frozen=True)
class ShownSd:
    """One SD."""

    said: str
    address: str | None
    """Where it can be looked up, of URL characters only."""
    sources: tuple[tuple[str, str], ...]
    """What its collected rows came from: (`review`, address, of URL characters only)."""


@dataclass(frozen=True)
class AlikeSds:
    """SDs that came to the same."""

    said: str
    sds: tuple[ShownSd, ...]


@dataclass(frozen=True)
class Card:
    """Everything about one cell."""

    number: int
    """Counted from 1."""
    cell: str
    model: str
    proposed: str
    """The next rung up where it is promoted, else empty."""
    outcome: str
    gate: bool
    week: str
    """`3 of 5`, of the reviewed week."""
    rate: str
    counts: str
    """What it is the rate of; empty without SDs."""
    rate_key: int
    """The rate in 1/10,000; -1 without SDs: to sort by."""
    tally: str
    cost: str
    """Of an SD accepted at once; empty where it is not known."""
    cost_key: int
    """The same as a whole number; -1 where it is not known: to sort by."""
    reasons: str
    why: str
    """The verdict's sentence."""
    details: tuple[str, ...]
    """What else is told, a sentence each."""
    chart: ControlChart | None
    weeks: tuple[str, ...]
    """The newest weeks in numbers, the newest first."""
    evidence: tuple[AlikeSds, ...]
    unnamed: str
    """How many SDs of the week are not named, in words; empty for none."""


def cards(of: Overview) -> tuple[Card, ...]:
    """A card for each verdict, in the review's order."""
    return tuple(_card(number, v, of) for number, v in enumerate(of.review.verdicts, 1))


def _card(number: int, verdict: Verdict, of: Overview) -> Card:
    promotion = of.review.promotion
    judged = sentences.judged(verdict, promotion)
    cost, shown = accepted_cost(verdict), [*_told(verdict)]
    priced = verdict.spent is not None and verdict.spent.priced
    return Card(
        number=number,
        cell=sentences.cell_name(verdict),
        model=name(verdict.model),
        proposed=name(verdict.proposed or ""),
        outcome=verdict.outcome.value,
        gate=verdict.gate,
        week=f"{verdict.week.rework} of {verdict.week.sds}" if verdict.week.sds else "none",
        rate=figures.percent(judged.rework, judged.sds) if judged.sds else "no SDs",
        counts=f"{judged.rework} of {judged.sds}" if judged.sds else "",
        rate_key=10_000 * judged.rework // judged.sds if judged.sds else -1,
        tally=figures.hundredths(verdict.tally),
        cost="" if cost is None else amount(cost, priced=priced),
        cost_key=-1 if cost is None else int(cost * 100),
        reasons=", ".join(reason.replace("-", " ") for reason in verdict.reasons),
        why=page_text(sentences.clause(verdict, promotion), 400),
        details=tuple(_details(verdict, of)),
        chart=control_chart(of, verdict),
        weeks=tuple(_weeks(verdict, of)),
        evidence=tuple(_alike(shown, verdict, of.review)),
        unnamed=_unnamed(verdict, len(shown)),
    )


def _details(verdict: Verdict, of: Overview) -> Iterator[str]:
    rare = sentences.rarity(verdict, of.review.promotion)
    if rare:
        yield f"Strength: {rare}."
    if verdict.outcome is Outcome.INVESTIGATE:
        yield f"Next step: {NEXT_STEPS[verdict.reasons[0]]}."
    if verdict.proposed is not None:
        yield f"Cost of the change: {cost_effect(verdict)}."
    yield f"Cost on {name(verdict.model)}: {cost_of_sds(verdict.spent)}."
    if verdict.causes:
        told = (f"{page_text(cause, 50)} ({sds})" for cause, sds in verdict.causes[:_MOST_CAUSES])
        yield f"Causes of rework: {', '.join(told)}."
    if verdict.notes:
        yield f"Notes: {', '.join(note.replace('-', ' ') for note in verdict.notes)}."


def _weeks(verdict: Verdict, of: Overview) -> Iterator[str]:
    tenure = of.tenures[verdict.cell][-1]
    rows = [*zip(tenure.weeks, tenure.tallies, strict=True)][-_MOST_FIGURES:]
    for week, tally in reversed(rows):
        issues = week.troubled - week.rework
        more = f", {issues} with an issue" if issues else ""
        yield f"{week.week}: {week.rework}/{week.sds}{more}, T {figures.hundredths(tally)}"


def _told(verdict: Verdict) -> Iterable[SdRun]:
    """The SDs that are named: all of them, but of a kept cell only those with something to tell."""
    if verdict.outcome is not Outcome.KEEP:
        return verdict.runs[:_MOST_SDS]
    told = [run for run in verdict.runs if run.raw_rework or run.issue or run.rework]
    return told[:_MOST_OF_KEPT]


def _alike(runs: Iterable[SdRun], verdict: Verdict, review: Review) -> Iterator[AlikeSds]:
    groups: dict[str, list[ShownSd]] = {}
    for run in runs:
        notes = review.sources.get((verdict.cell, run.sd), ())
        sources = source_addresses(notes, review.web)
        shown = ShownSd(page_text(run.sd), sd_address(run.sd, review.sd_link), sources)
        groups.setdefault(run_words(run, page_text), []).append(shown)
    yield from (AlikeSds(said, tuple(sds)) for said, sds in groups.items())


def _unnamed(verdict: Verdict, named: int) -> str:
    left = figures.plural(verdict.week.sds - named, "SD")
    if verdict.week.sds <= named:
        return ""
    every_told = verdict.outcome is Outcome.KEEP and named < _MOST_OF_KEPT
    known = len(verdict.runs) == verdict.week.sds
    return f"Passed: {left}" if every_told and known else f"{left} more this week"
