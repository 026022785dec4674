"""Commits that the forge makes again and signs: the same parent, tree and message, under another SHA.

In: the wanted commits as they were built here, and the branch as it stands. Out: the same wish, its head the
one that GitHub signed. What is on the branch already is reused; what GitHub made is fetched, compared with
what was built and judged by the gates before anything is pushed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.errors import BotError
from bot.forge.protocol import Blueprint, Forge, Observed
from bot.git.base import Base
from bot.git.history import Commit
from bot.git.repository import Repository
from bot.policy.own_branches import SIGNING_PREFIX
from bot.policy.parts import Commits
from bot.proposal.decision import Wanted
from bot.proposal.ownership import BranchState, all_by_github, signed

_SHORT = 12


def signs(commits: Commits, observed: Observed) -> bool:
    """Whether the forge is to make the commits: the policy asks for it, and there is a GitHub."""
    return commits.sign == "github" and observed.pull_requests is not None


def without_effect(commits: Commits, observed: Observed) -> tuple[str, ...]:
    """A sentence where the policy asks for signed commits, and there is no GitHub to sign them."""
    if commits.sign is None or signs(commits, observed):
        return ()
    return (
        'pull_request.commits.sign = "github" has no effect without GitHub: commits are unsigned',
    )


def reused(
    repository: Repository, base: Base, wanted: Wanted, branch: BranchState | None
) -> Wanted:
    """The wish with the branch's head, where that holds the same in commits that GitHub signed."""
    if wanted.judge is None or wanted.head is None or branch is None:
        return wanted
    if not all_by_github(branch, wanted.hand):
        return wanted
    there = [pushed.commit for pushed in branch.commits]
    built = repository.commits_between(base.commit, wanted.head)
    return replace(wanted, head=branch.head) if same_work(built, there) else wanted


def sealed(forge: Forge, repository: Repository, base: Base, wanted: Wanted) -> Wanted:
    """The wish with the head that the forge made and signed; as it is where the forge writes nothing.

    Raises BotError where what came back is not what was built, GateRefusal where a gate refuses it.
    """
    if wanted.judge is None or wanted.head is None:
        return wanted
    built = repository.commits_between(base.commit, wanted.head)
    beside = f"{SIGNING_PREFIX}{built[-1].inputs or ''}"[: len(SIGNING_PREFIX) + _SHORT]
    made = forge.sign(tuple(_blueprints(repository, base, built)), beside)
    if not made:
        return wanted
    found = repository.commits_between(base.commit, made[-1])
    known = all(signed(commit, wanted.hand) for commit in found)
    if not known or not same_work(built, found):
        raise BotError(
            f"GitHub made other commits than those asked for ({made[-1]}), so nothing was pushed; run again"
        )
    wanted.judge(made)
    return replace(wanted, head=made[-1])


def same_work(some: Sequence[Commit], others: Sequence[Commit]) -> bool:
    """Whether two chains start from one commit and hold the same trees and messages in the same order."""
    return list(_contents(some)) == list(_contents(others))


def _contents(chain: Sequence[Commit]) -> Iterator[tuple[object, ...]]:
    below: str | None = None
    for commit in chain:
        follows = commit.parents == (below,) if below else commit.parents
        yield follows, commit.tree, commit.message
        below = commit.sha


def _blueprints(repository: Repository, base: Base, built: Sequence[Commit]) -> Iterator[Blueprint]:
    parent, tree = base.commit, repository.check("rev-parse", f"{base.commit}^{{tree}}").text
    for commit in built:
        files = {
            change.path: (change.modes[1], repository.read(commit.sha, change.path) or b"")
            for change in repository.changed(parent, commit.sha)
        }
        yield Blueprint(tree, commit.tree, commit.message, files)
        parent, tree = commit.sha, commit.tree
