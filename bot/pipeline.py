"""The whole flow, one way: logs → evidence → verdicts → edit → gate check → commits → pull request.

`calibrate` is all there is to know; the functions below it each do one step. Time comes in with the
request, and what may be written is up to the forge: a rehearsing one makes the same flow a dry run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.calendar import Week
from bot.calibration.digest import digest
from bot.calibration.findings import Review
from bot.calibration.queue import admit
from bot.calibration.review import review
from bot.calibration.scope import check_agent, check_phase, read_scope
from bot.errors import InvalidInput, UsageError
from bot.evidence.question import ask
from bot.evidence.records import Evidence, Question
from bot.forge.protocol import Forge
from bot.git.base import Base
from bot.git.diff import unified
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.snapshot import LogFiles, Snapshot
from bot.policy import Policy
from bot.proposal import guard_run
from bot.proposal.building import Built, build, wanted
from bot.proposal.publishing import Published, publish
from bot.proposal.report import Action, Report
from bot.proposal.screening import Parted, asked_again, hold_back, within_one_body
from bot.proposal.self_check import check_changes, check_commits
from bot.wording.body import Extras, Linked
from bot.wording.commit_messages import branch
from bot.wording.remarks import remarks


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
    check_agent(scope.agent, _agents(base, evidence))
    found = review(evidence, question, base.policy, scope)
    forge = forge_for(base.base)
    observed = forge.observe(branch(scope))
    author = base.policy.pull_request.author
    screened = hold_back(
        found.changes,
        observed,
        author=author,
        base=base.base.name,
        latest=latest,
        again=partial(asked_again, found),
    )
    screened = within_one_body(screened, found.week, scope)
    found, changes = admit(found, screened.changes)
    check_changes(base, changes)
    inputs = digest(base.policy_text, base.table_text, found.week, scope, evidence)
    built = build(repository, base, found, changes, inputs, question.week.end)
    check_commits(repository, base, [commit.sha for commit in built.commits], request.policy)
    told = (*remarks(evidence, found.week, base.policy), *guard_run.notes(observed, author))
    extras = Extras(_linked(screened), evidence.rejected, told)
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
    return _report(base, found, built, outcome, evidence, logs, screened)


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


def _agents(base: Snapshot, evidence: Evidence) -> frozenset[str]:
    """Every agent that the table or the logs name."""
    counted = (of.cell.agent for of in evidence.cell_weeks)
    spent = (of.agent for of in evidence.usage if of.agent is not None)
    return frozenset((*(cell.agent for cell in base.table.entries), *counted, *spent))


def _linked(screened: Parted) -> tuple[Linked, ...]:
    waits = "waits, as this pull request has no room for more"
    return (
        *(Linked(held.change, held.message, held.number) for held in screened.held),
        *(Linked(change, waits, None) for change in screened.waiting),
    )


def _nothing_reviewed(found: Review) -> tuple[str, ...]:
    scope = found.scope
    if scope.agent is None or found.verdicts or found.nothing_logged:
        return ()
    where = "" if scope.phase is None else f" in phase {scope.phase}"
    return (f"{scope.agent} has no entry in the table{where} and no rows in the logs",)


def _report(
    base: Snapshot,
    found: Review,
    built: Built,
    outcome: Published,
    evidence: Evidence,
    logs: LogFiles,
    screened: Parted,
) -> Report:
    uncommitted = (
        f"{path} holds rows that are not on the branches the bot reads; run `log sync`, or commit and push"
        for path in logs.uncommitted
    )
    warnings = (
        *uncommitted,
        *remarks(evidence, found.week, base.policy),
        *screened.messages,
        *_nothing_reviewed(found),
        *outcome.warnings,
    )
    return Report(
        review=found,
        base=base.base.name,
        base_sha=base.base.commit,
        inputs=built.inputs,
        diff=unified(base.table_text.encode(), built.table.encode(), base.table_path),
        commits=built.commits,
        pull_request=outcome.report
        if built.commits or outcome.report.action is not Action.NONE
        else None,
        rejected=evidence.rejected,
        warnings=warnings,
        pushers=logs.pushers,
    )
