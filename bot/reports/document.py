"""The document of `--format json`: SPEC § 11, described by `document.schema.json` beside this file.

Log text stands in it as it is: JSON is data, and its reader escapes for its own target.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bot.calendar import SECOND
from bot.calibration.conclusions import Afterwards
from bot.calibration.costs import SdCost
from bot.calibration.counts import Counts
from bot.calibration.findings import BudgetStatus, CostEffect, Preview, Trial, Verdict
from bot.calibration.fleet import FleetShift
from bot.calibration.strength import Strength, strength
from bot.policy import Promotion
from bot.proposal.report import CommitReport, PullRequestReport, Report
from bot.wording import figures, on_top, results
from bot.wording.escape import json_text
from bot.wording.remarks import still_open
from bot.wording.sentences import sentence

SCHEMA_VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """The report as plain values: strings, whole numbers, booleans, None, lists and dictionaries."""
    review = report.review
    promotion = review.promotion
    request = report.pull_request
    return {
        "schema_version": SCHEMA_VERSION,
        "week": review.week,
        "rule": review.rule,
        "scope": {"agent": review.scope.agent, "phase": review.scope.phase},
        "base": {"branch": report.base, "commit": report.base_sha},
        "inputs": report.inputs,
        "nothing_logged": review.nothing_logged,
        "preview": None
        if review.preview is None
        else preview_document(review.week, review.preview),
        "fleet_shift": None if review.shift is None else _shift(review.shift),
        "accepted_shift": review.accepted and on_top.accepted(review.accepted),
        "no_outcomes": review.no_outcomes,
        "verdicts": [_verdict(verdict, promotion) for verdict in review.verdicts],
        "afterwards": [rise_document(rise) for rise in review.afterwards],
        "trials": [_trial(trial) for trial in review.trials],
        "changes": [_change(commit) for commit in report.commits],
        "refused": [
            {"phase": r.cell.phase, "agent": r.cell.agent, "reason": r.reason}
            for r in review.refused
        ],
        "rejected_lines": [
            {"file": p.file, "line": p.line, "key": p.key, "problem": p.message}
            for p in report.rejected
        ],
        "warnings": list(report.warnings),
        "budget": _budget(review.budget),
        "diff": report.diff,
        "pull_request": None if request is None else _pull_request(request),
    }


def dumps(report: Report) -> str:
    """The document as JSON, ending in a line break."""
    return json_text(document(report))


def preview_document(week: str, preview: Preview) -> dict[str, Any]:
    """That the week is open, for every document."""
    newest = preview.newest
    return {
        "open_until": figures.instant(preview.until),
        "newest_row": None if newest is None else figures.instant(newest // SECOND),
        "sentence": still_open(week, preview),
    }


def _shift(shift: FleetShift) -> dict[str, Any]:
    flag, before = shift.flag, shift.flag.before
    return {
        "since": shift.since,
        "sentence": on_top.shift(shift),
        "accept": shift.accepting,
        "cells": flag.cells,
        "left_out": flag.left_out,
        "sds": flag.sds,
        "units": flag.units,
        "rework": flag.rework,
        "before": {"weeks": before.weeks, "units": before.units, "rework": before.rework},
    }


def _verdict(verdict: Verdict, promotion: Promotion) -> dict[str, Any]:
    return {
        "phase": verdict.cell.phase,
        "agent": verdict.cell.agent,
        "model": verdict.model,
        "verdict": verdict.outcome.value,
        "proposed": verdict.proposed,
        "reasons": [reason.value for reason in verdict.reasons],
        "notes": [note.value for note in verdict.notes],
        "old_first_runs": list(verdict.old_first_runs),
        "ids": list(verdict.ids),
        "sentence": sentence(verdict, promotion),
        "gate": verdict.gate,
        "tally": figures.hundredths(verdict.tally),
        "issue_tally": figures.hundredths(verdict.issue_tally),
        "week": _counts(verdict.week),
        "window": _counts(verdict.window),
        "more_sds": verdict.more_sds,
        "strength": _strength(strength(verdict, promotion)),
        "cost": _cost(verdict.cost),
        "spent": spent_document(verdict.spent),
        "causes": [{"cause": cause, "sds": sds} for cause, sds in verdict.causes],
    }


def rise_document(rise: Afterwards) -> dict[str, Any]:
    """What came of one rise, as plain values; `history` shows the same."""
    was, edit = rise.was, results.edit_back(rise)
    back = {"edit": edit, "revert": f"git revert {' '.join(rise.revert)}" if rise.revert else None}
    return {
        "phase": rise.cell.phase,
        "agent": rise.cell.agent,
        "from": rise.old,
        "to": rise.new,
        "week": rise.week,
        "commit": rise.commit,
        "committed": rise.raised,
        "before": _counts(rise.before),
        "after": _counts(rise.after),
        "tally": figures.hundredths(rise.tally),
        "conclusion": rise.conclusion.value,
        "since": rise.since,
        "ended": None if rise.ended is None else rise.ended.value,
        "was": None if was is None else {"conclusion": was.conclusion.value, "moved": was.moved},
        "avoided_rework": None
        if rise.avoided is None
        else {
            "price": None if rise.avoided.amount is None else _rounded(rise.avoided.amount),
            "unit": "usd" if rise.avoided.priced else "tokens",
        },
        "take_back": None if edit is None else back,
        "sentence": results.result(rise),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "phase": trial.cell.phase,
        "agent": trial.cell.agent,
        "from": trial.model,
        "to": trial.lower,
        "weeks": trial.weeks,
        **_counts(Counts(trial.sds, trial.rework)),
    }


def _counts(counts: Counts) -> dict[str, int]:
    return {"sds": counts.sds, "rework": counts.rework}


def _cost(cost: CostEffect | None) -> dict[str, Any] | None:
    if cost is None:
        return None
    added = _rounded(cost.added)
    unit = "usd" if cost.priced else "tokens"
    measured = cost.measured
    return {
        "tokens": cost.tokens,
        "factor": str(cost.factor),
        "added": added,
        "unit": unit,
        "tokens_ratio": "1" if measured is None else str(measured.ratio),
        "measured_on": None
        if measured is None
        else {"before": measured.before, "after": measured.after},
    }


def spent_document(spent: SdCost | None) -> dict[str, Any] | None:
    """What SDs have cost, for every document."""
    if spent is None:
        return None
    accepted = spent.accepted
    return {
        "sds": spent.sds,
        "rework": spent.rework,
        "tokens": dict(spent.tokens),
        "an_sd": _rounded(spent.an_sd),
        "accepted_at_once": None if accepted is None else _rounded(accepted),
        "unit": "usd" if spent.priced else "tokens",
    }


def _rounded(value: Fraction) -> str:
    """To 1/100, half up."""
    return figures.hundredths(int((value * 200 + 1) // 2))


def _strength(found: Strength | None) -> dict[str, Any] | None:
    if found is None:
        return None
    tenths = found.tenths
    rarity = None if tenths is None else f"{tenths // 10}.{tenths % 10}"
    return {"over": _counts(found.over), "once_in": rarity}


def _change(commit: CommitReport) -> dict[str, Any]:
    change = commit.change
    return {
        "phase": change.cell.phase,
        "agent": change.cell.agent,
        "from": change.old,
        "to": change.new,
        "subject": commit.message.partition("\n")[0],
        "commit": commit.sha,
    }


def _budget(status: BudgetStatus) -> dict[str, Any]:
    return {
        "zone": status.zone.value,
        "used": status.used,
        "limit": status.limit,
        "percent": figures.one_decimal(status.percent),
    }


def _pull_request(request: PullRequestReport) -> dict[str, Any]:
    return {
        "branch": request.branch,
        "title": request.title,
        "body": request.body,
        "url": request.url,
        "action": request.action.value,
        "reason": request.reason,
    }
