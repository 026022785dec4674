"""The whole flow, one way: logs → evidence → verdicts → edit → gate check → commits → pull request.

`calibrate` is all there is to know; the functions below it each do one step. Time comes in with the
request, and what may be written is up to the forge: a rehearsing one makes the same flow a dry run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.allocation.names import agent_name, phase_name
from bot.allocation.table import read_table
from bot.calendar import Week
from bot.calibration.chart import calls_for_promotion
from bot.calibration.digest import digest
from bot.calibration.records import Change, Review, Scope
from bot.calibration.review import review
from bot.errors import InvalidInput, UsageError
from bot.evidence.question import ask, calendar_of
from bot.evidence.records import Evidence, Question
from bot.forge.protocol import Forge
from bot.git.base import Base
from bot.git.diff import unified
from bot.git.history import Identity
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.snapshot import Logs, Snapshot
from bot.policy import Policy
from bot.proposal import guard_run as checks
from bot.proposal.lifecycle import Wanted
from bot.proposal.marker import Marker, render
from bot.proposal.publishing import Extras, Outcome, publish
from bot.proposal.report import Action, CommitReport, Report
from bot.proposal.screening import Screened, screen
from bot.proposal.self_check import check_changes, check_commits
from bot.wording.body import Extras as BodyExtras
from bot.wording.body import Linked, pull_request_body
from bot.wording.commits import branch, commit_message, title, verdict_of


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
    base = snapshot.take(repository, request.policy)
    scope = _scope(request, base.policy)
    question = ask(base.policy, base.versions, _week(request, base.policy))
    logs = snapshot.logs(repository, base)
    evidence = _evidence(logs, question, base.policy)
    found = review(evidence, question, base.policy, scope)
    forge = forge_for(base.base)
    observed = forge.observe(branch(scope))
    screened = screen(
        found.changes,
        observed,
        author=base.policy.pull_request.author,
        base=base.base.name,
        again=lambda change, week: _asked_again(found, change, week, base.policy),
    )
    check_changes(base, screened.changes)
    steps = _edit(base, screened.changes)
    inputs = digest(base.policy_text, base.table_text, found.week, scope, evidence)
    commits = _commit(repository, base, found, steps, inputs, question.week)
    check_commits(repository, base, [commit.sha or "" for commit in commits], request.policy)
    notes = checks.notes(observed, base.policy.pull_request.author)
    wanted = _wanted(base, found, screened, steps, commits, inputs, evidence, notes)
    wanted = replace(wanted, take_over=request.take_over)
    outcome = publish(forge, repository, base.base, wanted, observed, _extras(base.policy))
    return _report(base, found, steps, commits, inputs, outcome, evidence, logs, screened)


@dataclass(frozen=True)
class Step:
    """The table after one more change."""

    change: Change
    text: str


def _scope(request: Request, policy: Policy) -> Scope:
    if request.agent is None:
        if request.phase is not None:
            raise UsageError(
                "--phase goes with --agent: a review is of all cells or of one agent's"
            )
        return Scope()
    agent = agent_name(request.agent)
    if agent is None:
        raise UsageError(
            f"--agent {request.agent!r} is no agent name; use letters, digits, _ and -"
        )
    if request.phase is None:
        return Scope(agent)
    phase = phase_name(request.phase)
    if phase not in policy.rules.phases:
        known = ", ".join(policy.rules.phases)
        raise UsageError(f"--phase {request.phase!r} is no phase of the policy; known are {known}")
    return Scope(agent, phase)


def _week(request: Request, policy: Policy) -> Week:
    calendar = calendar_of(policy.week)
    if request.week is None:
        return calendar.last_complete(request.now)
    week = calendar.named(request.week)
    if week.end > request.now:
        raise UsageError(f"week {week.label} is not over; review it when it is complete")
    return week


def _evidence(logs: Logs, question: Question, policy: Policy) -> Evidence:
    from bot.evidence.read import read_evidence  # DuckDB is loaded while git works

    evidence = read_evidence(logs.tokens, logs.rework, question)
    if evidence.rejected and policy.logs.on_bad_line == "fail":
        raise InvalidInput(evidence.rejected)
    return evidence


def _asked_again(found: Review, change: Change, week: str, policy: Policy) -> bool:
    """Whether the evidence after a week, on its own, asks for a change that people turned down then."""
    if policy.promotion.rule == "threshold":
        return found.week > week
    later = [w for w in verdict_of(found, change.cell).weeks if w.week > week]
    return calls_for_promotion(later, policy.promotion)


def _edit(base: Snapshot, changes: tuple[Change, ...]) -> tuple[Step, ...]:
    """One change after the other, so that each gets a commit of its own."""
    from bot.allocation.edit import edit  # so is tomlkit

    steps: list[Step] = []
    text = base.table_text
    for change in changes:
        table = read_table(text, base.table_path, base.policy.rules)
        text = edit(text, table, {change.cell: change.new}, base.table_path)
        steps.append(Step(change, text))
    return tuple(steps)


def _commit(
    repository: Repository,
    base: Snapshot,
    found: Review,
    steps: tuple[Step, ...],
    inputs: str,
    week: Week,
) -> tuple[CommitReport, ...]:
    """One commit a change, on base's newest commit, dated by the inputs alone."""
    identity = _identity(base.policy)
    parent, at = base.base.commit, max(week.end, base.base.committed)
    commits: list[CommitReport] = []
    for step in steps:
        verdict = verdict_of(found, step.change.cell)
        message = commit_message(step.change, verdict, found, inputs)
        content = step.text.encode()
        parent = repository.commit(parent, base.table_path, content, message, identity, at)
        commits.append(CommitReport(step.change, message, parent))
    return tuple(commits)


def _identity(policy: Policy) -> Identity:
    commits = policy.pull_request.commits
    return Identity(commits.name, commits.email)


def _wanted(
    base: Snapshot,
    found: Review,
    screened: Screened,
    steps: tuple[Step, ...],
    commits: tuple[CommitReport, ...],
    inputs: str,
    evidence: Evidence,
    notes: tuple[str, ...],
) -> Wanted:
    linked = tuple(Linked(held.change, held.message, held.number) for held in screened.held)
    warnings = (*_contradictions(evidence, found.week), *notes)
    extras = BodyExtras(linked, evidence.rejected, warnings)

    def body_for(head: str) -> str:
        marker = Marker(
            found.week, found.scope, screened.changes, inputs, head, closed_by_bot=False
        )
        return pull_request_body(
            found, screened.changes, base.policy, inputs, render(marker), extras
        )

    return Wanted(
        week=found.week,
        scope=found.scope,
        changes=screened.changes,
        inputs=inputs,
        branch=branch(found.scope),
        base=base.base.name,
        head=commits[-1].sha if commits else None,
        path=base.table_path,
        table=_edited(base, steps).encode(),
        base_table=base.table_text.encode(),
        title=title(found, screened.changes),
        body_for=body_for,
        author=base.policy.pull_request.author,
        identity=_identity(base.policy),
        nothing_logged=found.nothing_logged,
    )


def _edited(base: Snapshot, steps: tuple[Step, ...]) -> str:
    return steps[-1].text if steps else base.table_text


def _contradictions(evidence: Evidence, week: str) -> tuple[str, ...]:
    return tuple(
        f"{wrong.sd}, {wrong.phase}: {wrong.stated} tokens logged for the phase, "
        f"{wrong.summed} for its agents; verify the burn rate"
        for wrong in evidence.mismatches
        if wrong.week == week
    )


def _extras(policy: Policy) -> Extras:
    asked = policy.pull_request
    return Extras(asked.labels, asked.reviewers, asked.draft)


def _report(
    base: Snapshot,
    found: Review,
    steps: tuple[Step, ...],
    commits: tuple[CommitReport, ...],
    inputs: str,
    outcome: Outcome,
    evidence: Evidence,
    logs: Logs,
    screened: Screened,
) -> Report:
    uncommitted = (
        f"{path} holds rows that are not on the branches the bot reads; run `log sync`, or commit and push"
        for path in logs.uncommitted
    )
    warnings = (
        *uncommitted,
        *_contradictions(evidence, found.week),
        *(held.message for held in screened.held),
        *outcome.warnings,
    )
    edited = _edited(base, steps)
    return Report(
        review=found,
        promotion=base.policy.promotion,
        base=base.base.name,
        base_sha=base.base.commit,
        inputs=inputs,
        diff=unified(base.table_text.encode(), edited.encode(), base.table_path),
        commits=commits,
        pull_request=outcome.report if steps or outcome.report.action is not Action.NONE else None,
        rejected=evidence.rejected,
        warnings=warnings,
    )
