"""The shell around the decision: looks at the branch, lets `lifecycle` decide, carries it out.

A push comes first and the pull request second: whatever ends a run in between, the next one finds the
branch and goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import BotError, PublicationRefused
from bot.presentation.report import Action, PullRequestReport
from bot.publication.base import Base
from bot.publication.forge import Forge, Observed, Opened, Proposal, State
from bot.publication.lifecycle import (
    HANDS_OFF_TAG,
    Decision,
    Wanted,
    decide,
    hands_off_comment,
    in_the_way,
)
from bot.publication.ownership import Branch
from bot.publication.repository import Repository


@dataclass(frozen=True)
class Extras:
    """What a new pull request is given besides its text."""

    labels: Sequence[str] = ()
    reviewers: Sequence[str] = ()
    """Logins; teams as `org/team`."""
    draft: bool = False


@dataclass(frozen=True)
class Outcome:
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
    extras: Extras,
) -> Outcome:
    """Bring the forge to what is wanted, by the one action `lifecycle.decide` names.

    Raises BotError where the branch moved meanwhile, its name is taken, or the remote or forge fails.
    """
    branch = look(repository, base, wanted, observed)
    decision = decide(wanted, observed, branch)
    _push(forge, wanted, observed, decision)
    try:
        opened = _propose(forge, wanted, decision, extras)
    except PublicationRefused as err:
        return Outcome(_report(wanted, decision, Action.REFUSED, str(err), None), ())
    if decision.delete and branch is not None:
        forge.delete_branch(wanted.branch, branch.head)
    url = opened.url or _url(observed, decision)
    report = _report(wanted, decision, decision.action, decision.reason, url)
    return Outcome(report, opened.warnings)


def look(repository: Repository, base: Base, wanted: Wanted, observed: Observed) -> Branch | None:
    """The branch as it stands, with the table its merge would give; None where there is none."""
    head = repository.tip(base, observed.branch)
    if head is None:
        return None
    merge = repository.merge(base.commit, head)
    merged = repository.read_plain(merge.tree, wanted.path) if merge.clean else None
    return Branch(head, repository.commits_between(base.commit, head), merged)


def _push(forge: Forge, wanted: Wanted, observed: Observed, decision: Decision) -> None:
    if not decision.push or wanted.head is None:
        return
    taken = in_the_way(wanted.branch, observed.branches)
    if taken is not None:
        raise BotError(
            f"branch {wanted.branch} cannot exist beside branch {taken}; rename that one"
        )
    forge.push(wanted.branch, wanted.head, observed.head)


def _propose(forge: Forge, wanted: Wanted, decision: Decision, extras: Extras) -> Opened:
    body = wanted.body_for(decision.head) if decision.head else ""
    if decision.action is Action.CREATE:
        return forge.open(_proposal(wanted, body, extras))
    if decision.number is None:
        return Opened(None)
    if decision.action is Action.UPDATE:
        state = forge.edit(decision.number, body, wanted.title if decision.retitle else None)
        return Opened(None, _surprise(state, decision))
    if decision.action is Action.CLOSE:
        forge.close(decision.number, decision.body or "")
    if decision.action is Action.HANDS_OFF:
        forge.comment_once(decision.number, hands_off_comment(decision.reason), HANDS_OFF_TAG)
    return Opened(None)


def _proposal(wanted: Wanted, body: str, extras: Extras) -> Proposal:
    return Proposal(
        wanted.branch,
        wanted.base,
        wanted.title,
        body,
        extras.draft,
        tuple(extras.labels),
        tuple(extras.reviewers),
    )


def _surprise(state: State, decision: Decision) -> tuple[str, ...]:
    if state is State.OPEN:
        return ()
    return (f"#{decision.number} was {state} while it was updated; the next run starts afresh",)


def _url(observed: Observed, decision: Decision) -> str | None:
    pulls = observed.pull_requests or ()
    return next((pull.url for pull in pulls if pull.number == decision.number), None)


def _report(
    wanted: Wanted, decision: Decision, action: Action, reason: str, url: str | None
) -> PullRequestReport:
    head = decision.head or wanted.head
    body = decision.body or (wanted.body_for(head) if head else "")
    return PullRequestReport(wanted.branch, wanted.title, body, url, action, reason)
