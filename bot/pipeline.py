"""The whole flow, one way: logs → evidence → verdicts → edit → gate check → commits → pull request.

`calibrate` is all there is to know; the functions below it each do one step. Time comes in with the
request, and what may be written is up to the forge: a rehearsing one makes the same flow a dry run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.allocation.names import Cell
from bot.calendar import CURRENT, Week
from bot.calibration.digest import digest
from bot.calibration.explanation import explain
from bot.calibration.findings import Preview, Scope
from bot.calibration.review import review
from bot.calibration.scope import check_agent, check_phase, read_scope
from bot.errors import InvalidInput, UsageError
from bot.evidence.question import ask
from bot.evidence.records import Evidence, Question
from bot.forge.protocol import Forge
from bot.git.base import Base
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.snapshot import LogFiles, Snapshot
from bot.policy import Policy
from bot.proposal import guard_run
from bot.proposal.building import build, report_on, wanted
from bot.proposal.publishing import publish
from bot.proposal.report import ExplanationReport, Report
from bot.proposal.screening import sift
from bot.proposal.self_check import check_changes, check_commits
from bot.wording.body import Extras
from bot.wording.commit_messages import branch
from bot.wording.remarks import nothing_reviewed, remarks


@dataclass(frozen=True)
class Request:
    """What one run is asked to do."""

    policy: str
    """Path of the policy in the repository; the table lies beside it."""
    now: int
    """Seconds since the epoch: picks the last complete week or the open one, nothing else."""
    week: str | None = None
    """Label of the week to review; None for the last complete one, `current` to preview the open one."""
    agent: str | None = None
    """As typed; None for the whole table."""
    phase: str | None = None
    """As typed; only together with an agent."""
    take_over: bool = False
    """Whether a branch that people pushed to is to be the bot's again."""


class Read(NamedTuple):
    """What a request reads before anything is judged."""

    base: Snapshot
    question: Question
    logs: LogFiles
    evidence: Evidence


def calibrate(
    repository: Repository, request: Request, forge_for: Callable[[Base], Forge]
) -> Report:
    """Review one week and bring the forge to what the review wants. Raises BotError, nothing half done."""
    scope = read_scope(request.agent, request.phase)
    base, question, logs, evidence = _read(repository, request, scope)
    latest = base.policy.week.calendar.last_complete(request.now).label
    found = review(evidence, question, base.policy, scope)
    found = replace(found, preview=_preview(request, question, evidence))
    forge = forge_for(base.base)
    observed = forge.observe(branch(scope))
    author = base.policy.pull_request.author
    found, proposed = sift(found, observed, author=author, base=base.base.name, latest=latest)
    check_changes(base, proposed.changes)
    inputs = digest(base.policy_text, base.table_text, found.week, scope, evidence)
    built = build(repository, base, found, proposed.changes, inputs, question.week.end)
    check_commits(repository, base, [commit.sha for commit in built.commits], request.policy)
    odd = remarks(evidence, found.week, base.policy)
    told = (*odd, *guard_run.notes(observed, author))
    extras = Extras(proposed.linked, evidence.rejected, told)
    want = wanted(
        base,
        found,
        built,
        extras,
        policy_path=request.policy,
        latest=latest,
        take_over=request.take_over,
    )
    outcome = publish(forge, repository, base.base, want, observed, base.policy.pull_request)
    said = (*logs.warnings, *odd, *proposed.messages, *nothing_reviewed(found), *outcome.warnings)
    return report_on(base, found, built, outcome.report, evidence.rejected, said, logs.pushers)


def explained(repository: Repository, request: Request) -> ExplanationReport:
    """One cell's calculation, the one that the request names; asks no forge. Raises as `calibrate`."""
    scope = read_scope(request.agent, request.phase)
    base, question, logs, evidence = _read(repository, request, scope)
    said = explain(Cell(scope.phase or "", scope.agent or ""), evidence, question, base.policy)
    odd = remarks(evidence, said.week, base.policy)
    preview = _preview(request, question, evidence)
    return ExplanationReport(
        said, base.base.name, base.base.commit, (*logs.warnings, *odd), preview
    )


def _read(repository: Repository, request: Request, scope: Scope) -> Read:
    base = snapshot.take(repository, request.policy)
    check_phase(scope.phase, base.policy.rules.phases)
    question = ask(base.policy, base.versions, _week(request, base.policy))
    logs = snapshot.logs(repository, base, question.week)
    evidence = _evidence(logs, question, base.policy)
    check_agent(scope.agent, question.agents | evidence.agents)
    return Read(base, question, logs, evidence)


def _week(request: Request, policy: Policy) -> Week:
    calendar = policy.week.calendar
    if request.week is None:
        return calendar.last_complete(request.now)
    if request.week == CURRENT:
        return calendar.week_of(request.now)
    week = calendar.named(request.week)
    if week.end > request.now:
        raise UsageError(f"week {week.label} is not over; review it when it is complete")
    return week


def _preview(request: Request, question: Question, evidence: Evidence) -> Preview | None:
    until = question.week.end
    return Preview(until, evidence.newest) if request.week == CURRENT else None


def _evidence(logs: LogFiles, question: Question, policy: Policy) -> Evidence:
    from bot.evidence.read import read_evidence  # DuckDB is loaded while git works

    evidence = read_evidence(logs.tokens, logs.rework, question)
    if evidence.rejected and policy.logs.on_bad_line == "fail":
        raise InvalidInput(evidence.rejected)
    return evidence
