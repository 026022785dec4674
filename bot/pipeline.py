"""The whole flow, one way: logs → evidence → verdicts → edit → gate check → commits → pull request.

`calibrate` is all there is to know; the functions below it each do one step. Time comes in with the
request, and what may be written is up to the forge: a rehearsing one makes the same flow a dry run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.calendar import Week
from bot.calibration.digest import digest
from bot.calibration.review import review
from bot.calibration.scope import check_agent, check_phase, read_scope
from bot.errors import InvalidInput, UsageError
from bot.evidence.question import ask
from bot.evidence.records import Evidence, Question
from bot.forge.protocol import Forge
from bot.git.base import Base
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.past_calibrations import PastCalibrations, past_calibrations
from bot.inputs.snapshot import LogFiles
from bot.inputs.taking_back import with_reverts
from bot.policy import Policy
from bot.proposal import guard_run
from bot.proposal.building import build, report_on, wanted
from bot.proposal.publishing import publish
from bot.proposal.report import Report
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
    """Seconds since the epoch: picks the last complete week, nothing else."""
    week: str | None = None
    """Label of the week to review; None for the last complete one."""
    agent: str | None = None
    """As typed; None for the whole table."""
    phase: str | None = None
    """As typed; only together with an agent."""
    take_over: bool = False
    """Whether a branch that people pushed to is to be the bot's again."""


def calibrate(
    repository: Repository, request: Request, forge_for: Callable[[Base], Forge]
) -> Report:
    """Review one week and bring the forge to what the review wants. Raises BotError, nothing half done."""
    scope = read_scope(request.agent, request.phase)
    base = snapshot.take(repository, request.policy)
    check_phase(scope.phase, base.policy.rules.phases)
    question = ask(base.policy, base.versions, _week(request, base.policy))
    latest = base.policy.week.calendar.last_complete(request.now).label
    logs = snapshot.logs(repository, base, question.week)
    evidence = _evidence(logs, question, base.policy)
    check_agent(scope.agent, question.agents | evidence.agents)
    found = review(evidence, question, base.policy, scope)
    rises = with_reverts(repository, found.afterwards, base.table_path)
    found = replace(found, afterwards=rises)
    forge = forge_for(base.base)
    observed = forge.observe(branch(scope))
    author = base.policy.pull_request.author
    found, proposed = sift(found, observed, author=author, base=base.base.name, latest=latest)
    check_changes(base, proposed.changes)
    texts, dropped = (base.policy_text, base.table_text), proposed.dropped
    inputs = digest(*texts, found.week, scope, evidence, dropped)
    built = build(repository, base, found, proposed.changes, inputs, question.week.end)
    check_commits(repository, base, [commit.sha for commit in built.commits], request.policy)
    odd = remarks(evidence, found.week, base.policy)
    told = (*odd, *guard_run.notes(observed, author))
    unticked = proposed.unticked(found)
    extras = Extras(proposed.linked, evidence.rejected, told, unticked)
    want = wanted(
        base,
        found,
        built,
        extras,
        policy_path=request.policy,
        latest=latest,
        dropped=dropped,
        take_over=request.take_over,
    )
    outcome = publish(forge, repository, base.base, want, observed, base.policy.pull_request)
    said = (*logs.warnings, *odd, *proposed.messages, *nothing_reviewed(found), *outcome.warnings)
    return report_on(base, found, built, outcome.report, evidence.rejected, said, logs.pushers)


def looked_back(repository: Repository, request: Request) -> PastCalibrations:
    """Every change of a declared value and what came of it; asks no forge. Raises as `calibrate`."""
    base = snapshot.take(repository, request.policy)
    question = ask(base.policy, base.versions, _week(request, base.policy))
    logs = snapshot.logs(repository, base, question.week)
    evidence = _evidence(logs, question, base.policy)
    path = request.policy
    return past_calibrations(repository, base, question, evidence, path, logs.warnings)


def _week(request: Request, policy: Policy) -> Week:
    calendar = policy.week.calendar
    if request.week is None:
        return calendar.last_complete(request.now)
    week = calendar.named(request.week)
    if week.end > request.now:
        raise UsageError(f"week {week.label} is not over; review it when it is complete")
    return week


def _evidence(logs: LogFiles, question: Question, policy: Policy) -> Evidence:
    from bot.evidence.read import read_evidence  # DuckDB is loaded while git works

    evidence = read_evidence(logs.tokens, logs.rework, question)
    if evidence.rejected and policy.logs.on_bad_line == "fail":
        raise InvalidInput(evidence.rejected)
    return evidence
