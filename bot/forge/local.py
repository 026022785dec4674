"""The forge that is none: the branch in this repository, pushed to the remote if there is one.

The pull request is only text, for whoever opens it by hand; its branch is all there is to find again.
"""

from __future__ import annotations

from bot.forge.protocol import NoPullRequests, Observed
from bot.git.base import Base
from bot.git.repository import Repository


class LocalForge(NoPullRequests):
    """Publishes to a repository and its remote."""

    def __init__(self, repository: Repository, base: Base) -> None:
        self._repository = repository
        self._base = base

    def observe(self, branch: str) -> Observed:
        """The branch as base saw it: on the remote, else in this repository."""
        branches = self._base.branches
        return Observed(branch, branches.get(branch), tuple(branches), "", None)

    def push(self, branch: str, sha: str, expected: str | None) -> None:
        """Push to the remote, whose branch decides; this repository's own follows where it can.

        It follows if it is absent or where the remote's was: a branch somebody works on stays as it is.
        """
        if self._base.remote is None:
            self._repository.store_branch(branch, sha, expected)
            return
        self._repository.push(self._base, branch, sha, expected)
        own = self._repository.local_branches().get(branch)
        if own in (None, expected) and not self._repository.checked_out(branch):
            self._repository.store_branch(branch, sha, own)

    def delete_branch(self, branch: str, expected: str) -> None:
        """Delete it on the remote, and here where it is the same and not checked out."""
        if self._base.remote is None:
            self._repository.remove_branch(branch, expected)
            return
        self._repository.delete_branch(self._base, branch, expected)
        own = self._repository.local_branches().get(branch)
        if own == expected and not self._repository.checked_out(branch):
            self._repository.remove_branch(branch, expected)
