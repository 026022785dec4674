"""Whose it is: pull requests by author and repository, commits by author, committer and trailer. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.forge.protocol import Observed, PullRequest
from bot.git.history import Commit, Identity
from bot.proposal.marker import Marker

# What git drops at both ends of a name before it writes it into a commit.
_CRUD = " .,:;<>\"\\'"


@dataclass(frozen=True)
class BranchState:
    """The branch as it stands on the remote."""

    head: str
    """Full SHA."""
    commits: tuple[Commit, ...]
    """What it has beyond base, oldest first."""
    merged: bytes | None
    """The table that merging it into base would give; None for a conflict or no table."""


def ours(pull: PullRequest, observed: Observed, author: str) -> bool:
    """Whether a pull request is the bot's own: its head is in this repository and its author the bot."""
    return in_this_repository(pull, observed) and by(pull, author)


def in_this_repository(pull: PullRequest, observed: Observed) -> bool:
    """Whether its head branch is in the repository looked at, and not in a fork."""
    where = pull.head_repository
    return where is not None and where.casefold() == observed.repository.casefold()


def by(pull: PullRequest, author: str) -> bool:
    """Whether an account opened it; logins know no case."""
    return pull.author.casefold() == author.casefold()


def recorded(branch: BranchState, identity: Identity, wanted: str | None, marker: Marker) -> bool:
    """Whether the head of an open pull request's branch is what the bot pushed.

    Normally it is the one the marker names; a marker alone proves nothing, people can edit it. A run that
    ended between its push and its edit leaves the bot's own commits of other inputs; one of the marker's
    inputs but another head was cut short by a person.
    """
    if not built_by_bot(branch, identity, wanted):
        return False
    if branch.head in (marker.head, wanted):
        return True
    return bool(branch.commits) and branch.commits[-1].inputs != marker.inputs


def built_by_bot(branch: BranchState, identity: Identity, wanted: str | None) -> bool:
    """Whether all it has beyond base are commits the bot authored and committed, with its trailers.

    `wanted` is the head the bot would push now: built from the same inputs, it is the same commit.
    """
    return branch.head == wanted or all(by_bot(commit, identity) for commit in branch.commits)


def by_bot(commit: Commit, identity: Identity) -> bool:
    """Whether the bot authored and committed it, with its trailers."""
    return (
        _same(commit.author, identity)
        and _same(commit.committer, identity)
        and commit.inputs is not None
    )


def _same(one: Identity, other: Identity) -> bool:
    return [part.strip(_CRUD) for part in (one.name, one.email)] == [
        part.strip(_CRUD) for part in (other.name, other.email)
    ]
