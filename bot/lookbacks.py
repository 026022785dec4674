"""The flows that only look: past calibrations, past weeks by other rules, one cell's calculation, a survey.

Each reads as `bot.pipeline` does, judges, and ends there: no forge is asked and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.allocation.names import Cell
from bot.calibration.explanation import explain
from bot.calibration.overview import overview
from bot.calibration.replayed import replay
from bot.calibration.review import review
from bot.calibration.scope import read_scope
from bot.git.repository import Repository
from bot.inputs.evidence_links import with_evidence_links
from bot.inputs.past_calibrations import PastCalibrations, past_calibrations
from bot.inputs.past_weeks_request import PastReplay, RangeRequest, reread
from bot.inputs.request import Request, preview_of, read
from bot.policy.trying import tried
from bot.proposal.report import ExplanationReport, OverviewReport
from bot.wording.remarks import not_used, remarks


def looked_back(repository: Repository, request: Request) -> PastCalibrations:
    """Every change of a declared value and what came of it; asks no forge. Raises as `calibrate`."""
    base, question, logs, evidence = read(repository, request, read_scope(None, None))
    path = request.policy
    warnings = (*logs.warnings, *not_used(evidence.rejected))
    return past_calibrations(repository, base, question, evidence, path, warnings)


def replayed(
    repository: Repository,
    request: RangeRequest,
    changes: Mapping[str, object],
    begin: Callable[[int], Callable[[], None]] = lambda weeks: lambda: None,
) -> PastReplay:
    """Past weeks under the configured rule and under it with `changes`, else under the other rule.

    `begin` is told how many weeks there are, and what it returns is called after each; asks no forge. Raises
    as `calibrate` of `bot.pipeline`.
    """
    base, book, numbers, warnings = reread(repository, request)
    promotion = base.policy.promotion
    other = {"rule": "cusum" if promotion.rule == "threshold" else "threshold"}
    beside = tried(promotion, changes or other)
    rules = (promotion,) if beside == promotion else (promotion, beside)
    played = replay(map(book.at, numbers), base.policy, rules, begin(len(numbers)))
    return PastReplay(
        base=base.base,
        logs=base.base.branches.get(base.policy.logs.ref),
        first=request.first,
        last=request.last,
        rules=("configured", "tried")[: len(rules)],
        replay=played,
        assumed=book.others_assumed(numbers),
        late=book.late,
        warnings=warnings,
    )


def explained(repository: Repository, request: Request) -> ExplanationReport:
    """One cell's calculation, the one that the request names; asks no forge. Raises as `calibrate`."""
    scope = read_scope(request.agent, request.phase)
    base, question, logs, evidence = read(repository, request, scope)
    said = explain(Cell(scope.phase or "", scope.agent or ""), evidence, question, base.policy)
    odd = (*remarks(evidence, said.week, base.policy, base.table), *not_used(evidence.rejected))
    preview = preview_of(request, question, evidence)
    return ExplanationReport(
        said, base.base.name, base.base.commit, (*logs.warnings, *odd), preview
    )


def surveyed(repository: Repository, request: Request) -> OverviewReport:
    """The whole review, the weeks behind it and the table's past; asks no forge. Raises as `calibrate`."""
    base, question, logs, evidence = read(repository, request, read_scope(None, None))
    found = review(evidence, question, base.policy, read_scope(None, None))
    found = replace(found, preview=preview_of(request, question, evidence))
    found = with_evidence_links(repository, found, found.changes, base, question, logs)
    past = past_calibrations(repository, base, question, evidence, request.policy)
    odd = remarks(evidence, found.week, base.policy, base.table)
    return OverviewReport(
        overview=overview(found, evidence, question, base.policy),
        past=past,
        rejected=evidence.rejected,
        warnings=(*logs.warnings, *odd),
    )
