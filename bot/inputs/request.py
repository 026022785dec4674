"""What one run is asked to do, and everything it reads before anything is judged.

In: a repository and a request. Out: base, the question it asks, and what the logs answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bot.calendar import CURRENT, Week
from bot.calibration.findings import Preview, Scope
from bot.calibration.scope import check_agent, check_phase
from bot.errors import InvalidInput, UsageError
from bot.evidence.limits import MOST_RUNS
from bot.evidence.question import ask
from bot.evidence.records import Evidence, Question
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.kept_evidence import evidence_of_logs
from bot.inputs.snapshot import LogFiles, Snapshot
from bot.inputs.warehouse_evidence import no_log_files, past_in_warehouse
from bot.policy import Policy


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
    page: str | None = None
    """Where people find the page of `report`, where a workflow keeps one: harmless in Markdown."""


class Read(NamedTuple):
    """What a request reads before anything is judged."""

    base: Snapshot
    question: Question
    logs: LogFiles
    evidence: Evidence


def read(repository: Repository, request: Request, scope: Scope) -> Read:
    """Read base, then the logs up to the end of the week asked for.

    Raises InvalidInput for a policy, table or logs that are wrong; UsageError for a week, phase or agent that
    is none.
    """
    base = snapshot.take(repository, request.policy)
    check_phase(scope.phase, base.policy.rules.phases)
    question = ask(base.policy, base.versions, _week(request, base.policy))
    if base.policy.logs.source is None:
        logs = snapshot.logs(repository, base, question.week)
    else:
        logs = no_log_files(base.policy)
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


def preview_of(request: Request, question: Question, evidence: Evidence) -> Preview | None:
    """How far an open week is known; None for a week that is over."""
    until = question.week.end
    return Preview(until, evidence.newest) if request.week == CURRENT else None


def _evidence(logs: LogFiles, question: Question, policy: Policy) -> Evidence:
    found = past_in_warehouse(policy, question, MOST_RUNS)
    evidence = found.evidence if found else evidence_of_logs(logs, question)
    check_lines(evidence, policy)
    return evidence


def check_lines(evidence: Evidence, policy: Policy) -> None:
    """Raise InvalidInput for bad lines, unless the policy lets the others be used."""
    if evidence.rejected and policy.logs.on_bad_line == "fail":
        raise InvalidInput(evidence.rejected)
