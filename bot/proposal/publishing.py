"""The shell around the decision: looks at the branch, lets `lifecycle` decide, carries it out.

A push comes first and the pull request second: whatever ends a run in between, the next one finds the
branch and goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import BotError, PublicationRefused
from bot.forge.protocol import Forge, Observed, Opened, Proposal, PullRequest, State
from bot.git.base import Base
from bot.git.repository import Repository
from bot.policy import PullRequestPolicy
from bot.proposal.guard_run import start_checks
from bot.proposal.lifecycle import (
    HANDS_OFF_TAG,
    Decision,
    Wanted,
    decide,
    hands_off_comment,
    in_the_way,
)
from bot.proposal.ownership import BranchState
from bot.proposal.report import Action, PullRequestReport
from bot.proposal.takeover import Keeping, keeping

_WRITING = (Action.CREATE, Action.UPDATE, Action.CLOSE)


@dataclass(frozen=True)
class Published:
    """What publishing came to."""

    report: PullRequestReport
    """Its action is REFUSED where the branch is pushed and the forge would not open the pull request."""
    warnings: tuple[str, ...]
    """Plain sentences."""


def publish(
    forge: Forge,
    repository: Repository,
    base: Base,
    wanted: Wanted,
    observed: Observed,
    asked: PullRequestPolicy,
) -> Published:
    """Bring the forge to what is wanted, by the one action `lifecycle.decide` names.

    Raises BotError where the branch moved meanwhile, its name is taken, or the remote or forge fails.
    """
    branch = look(repository, base, wanted, observed)
    decision = decide(wanted, observed, branch)
    kept = _kept(base, wanted, branch, decision)
    said = () if kept is None else (kept.sentence(),)
    if decision.action in _WRITING:
        forge.ready(wanted.author, opening=decision.action is Action.CREATE)
    _push(forge, base, wanted, observed, decision, kept)
    try:
        opened = _propose(forge, wanted, observed, decision, asked)
    except PublicationRefused as err:
        return Published(_report(wanted, decision, Action.REFUSED, str(err), None), said)
    told = _tell(forge, decision, kept)
    if decision.delete and branch is not None:
        forge.delete_branch(wanted.branch, branch.head)
    checks = start_checks(forge, repository, wanted, observed, decision)
    url = opened.url or _url(observed, decision)
    report = _report(wanted, decision, decision.action, decision.reason, url)
    return Published(report, (*said, *opened.warnings, *told, *checks))


def look(
    repository: Repository, base: Base, wanted: Wanted, observed: Observed
) -> BranchState | None:
    """The branch as it stands, with the table its merge would give; None where there is none."""
    head = repository.tip(base, observed.branch)
    if head is None:
        return None
    merge = repository.merge(base.commit, head)
    merged = repository.read_plain(merge.tree, wanted.path) if merge.clean else None
    return BranchState(head, repository.commits_between(base.commit, head), merged)


def _kept(
    base: Base, wanted: Wanted, branch: BranchState | None, decision: Decision
) -> Keeping | None:
    if branch is None or not decision.keep:
        return None
    return keeping(wanted.branch, branch, wanted.identity, base.branches)


def _push(
    forge: Forge,
    base: Base,
    wanted: Wanted,
    observed: Observed,
    decision: Decision,
    kept: Keeping | None,
) -> None:
    """Move the branch; what it held and the bot did not make is kept first."""
    if not decision.push or wanted.head is None:
        return
    for name in (wanted.branch, *([kept.backup] if kept else [])):
        taken = in_the_way(name, observed.branches)
        if taken is not None:
            raise BotError(f"branch {name} cannot exist beside branch {taken}; rename that one")
    if kept is not None and kept.backup not in base.branches:
        forge.push(kept.backup, kept.head, None)
    forge.push(wanted.branch, wanted.head, observed.head)


def _tell(forge: Forge, decision: Decision, kept: Keeping | None) -> tuple[str, ...]:
    """Tell those who pushed where their commits are; what fails is a warning, for all is done by now."""
    if kept is None or decision.number is None:
        return ()
    try:
        forge.comment_once(decision.number, kept.comment(), kept.tag)
    except BotError as err:
        return (str(err),)
    return ()


def _propose(
    forge: Forge, wanted: Wanted, observed: Observed, decision: Decision, asked: PullRequestPolicy
) -> Opened:
    body = wanted.body_for(decision.head) if decision.head else ""
    if decision.action is Action.CREATE:
        return forge.open(_proposal(wanted, body, asked))
    pull = _decided(observed, decision)
    if pull is None:
        return Opened(None)
    if decision.action is Action.UPDATE:
        state = forge.edit(pull.number, body, wanted.title if decision.retitle else None)
        return Opened(None, _surprise(forge, pull, State.OPEN, state))
    if decision.action is Action.CLOSE:
        state = forge.close(pull.number, decision.body or "")
        return Opened(None, _surprise(forge, pull, State.CLOSED, state))
    if decision.action is Action.HANDS_OFF:
        forge.comment_once(pull.number, hands_off_comment(decision.reason), HANDS_OFF_TAG)
    return Opened(None)


def _proposal(wanted: Wanted, body: str, asked: PullRequestPolicy) -> Proposal:
    return Proposal(
        wanted.branch,
        wanted.base,
        wanted.title,
        body,
        asked.draft,
        tuple(asked.labels),
        tuple(asked.reviewers),
        wanted.author,
    )


def _surprise(forge: Forge, pull: PullRequest, expected: State, state: State) -> tuple[str, ...]:
    """Undo what was written on a pull request that a person merged or closed just before.

    What it remembers must be what that person saw: the next run reads its marker.
    """
    if state is expected:
        return ()
    forge.edit(pull.number, pull.body, pull.title)
    return (f"#{pull.number} was {state} while it was updated; the next run starts afresh",)


def _decided(observed: Observed, decision: Decision) -> PullRequest | None:
    pulls = observed.pull_requests or ()
    return next((pull for pull in pulls if pull.number == decision.number), None)


def _url(observed: Observed, decision: Decision) -> str | None:
    pull = _decided(observed, decision)
    return None if pull is None else pull.url


def _report(
    wanted: Wanted, decision: Decision, action: Action, reason: str, url: str | None
) -> PullRequestReport:
    head = decision.head or wanted.head
    body = decision.body or (wanted.body_for(head) if head else "")
    return PullRequestReport(wanted.branch, wanted.title, body, url, action, reason)
