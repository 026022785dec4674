"""What a forge is to the bot: somewhere to push a branch and to propose it.

Values in and out; no library type of any forge. `Rehearsal` is the forge that looks and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """What became of a pull request."""

    OPEN = "open"
    CLOSED = "closed"
    """Closed without being merged."""
    MERGED = "merged"


@dataclass(frozen=True)
class PullRequest:
    """A pull request as the forge shows it. Title and body may be anybody's words: hostile."""

    number: int
    url: str
    """Its page."""
    state: State
    branch: str
    """Name of its head branch."""
    head_repository: str | None
    """`owner/name` the head branch is in, None where that repository is gone."""
    author: str
    """Login; an App's ends in `[bot]`. Empty for a deleted account."""
    base: str
    """Name of the branch it is to be merged into."""
    title: str
    body: str


@dataclass(frozen=True)
class Observed:
    """All the forge and the remote showed, looked at before anything is decided."""

    branch: str
    """The branch this review would be proposed on."""
    head: str | None
    """Full SHA that branch has on the remote, None where there is no such branch."""
    branches: Collection[str]
    """Names of all branches there."""
    repository: str
    """`owner/name` on the forge; empty for a forge without pull requests."""
    pull_requests: tuple[PullRequest, ...] | None
    """Newest number first; None for a forge without pull requests. Whoever's they are."""
    workflow_token: bool = False
    """Whether the bot may be acting with a workflow's `GITHUB_TOKEN`: nothing tells it from an App's."""
    warnings: tuple[str, ...] = ()
    """What looking showed that somebody should put right. Plain sentences."""


@dataclass(frozen=True)
class Proposal:
    """A pull request to open."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    """Logins; teams as `org/team`."""
    author: str = ""
    """Login it is expected to be opened by; empty for anybody's."""


@dataclass(frozen=True)
class Blueprint:
    """A commit as it was built here, for a forge to make again."""

    parent_tree: str
    """Full SHA of the tree it starts from."""
    tree: str
    """Full SHA of the tree it has to give."""
    message: str
    files: Mapping[str, tuple[str, bytes]]
    """Mode and content of what it changes, by path."""


@dataclass(frozen=True)
class Opened:
    """What came of opening a pull request."""

    url: str | None
    """Its page; None where none was opened."""
    warnings: tuple[str, ...] = ()
    """What could not be added to it: labels, reviewers. Plain sentences."""
    left_open: bool = False
    """Whether one that was to be changed is open and as it was: somebody was faster."""


@dataclass(frozen=True)
class Edited:
    """What came of changing a pull request."""

    state: State
    """Afterwards."""
    written: bool = True
    """False where it no longer was what somebody had decided on, and nothing was written."""


Rewrite = Callable[[PullRequest], str | None]
"""From a pull request as it stands now to its new body; None where it is not to be touched any more."""


class Forge(Protocol):
    """Reads and writes branches and pull requests. Every method may raise BotError."""

    def observe(self, branch: str) -> Observed:
        """What there is now. Never writes."""
        ...

    def ready(self, author: str, *, opening: bool) -> None:
        """Raise BotError where writing is known to fail, or to be done by another account than `author`.

        Called before the first write; `opening` says whether a pull request will be opened.
        """
        ...

    def sign(self, blueprints: Sequence[Blueprint], branch: str) -> tuple[str, ...]:
        """SHAs of the same commits on base, made and signed by the forge, and readable here.

        Nothing is pushed. `branch` may be there meanwhile, and no other. Empty where nothing is written.
        """
        ...

    def push(self, branch: str, sha: str, expected: str | None) -> None:
        """Make the branch point to `sha`, if it still is at `expected` (None: absent)."""
        ...

    def delete_branch(self, branch: str, expected: str) -> None:
        """Delete the branch, if it still is at `expected`."""
        ...

    def open(self, proposal: Proposal) -> Opened:
        """Open a pull request. Raises PublicationRefused, with what to do, where the forge will not."""
        ...

    def edit(self, number: int, rewrite: Rewrite, title: str | None) -> Edited:
        """Replace the body by what `rewrite` makes of it now, and the title unless it is None."""
        ...

    def close(self, number: int, rewrite: Rewrite) -> Edited:
        """Close a pull request and replace its body so, in one step."""
        ...

    def comment_once(self, number: int, text: str, tag: str, author: str) -> None:
        """Post a comment unless `author` has posted one that holds `tag` already."""
        ...

    def start_checks(self, workflow: str, branch: str, base: str) -> tuple[str, ...]:
        """Start the workflow that judges a branch against base; what fails, as warnings."""
        ...


class NoPullRequests:
    """The half of a forge where nothing can be proposed, or is to be: every step does nothing."""

    def open(self, proposal: Proposal) -> Opened:
        """Nothing is opened."""
        return Opened(None)

    def edit(self, number: int, rewrite: Rewrite, title: str | None) -> Edited:
        """Nothing is edited."""
        return Edited(State.OPEN)

    def close(self, number: int, rewrite: Rewrite) -> Edited:
        """Nothing is closed."""
        return Edited(State.CLOSED)

    def comment_once(self, number: int, text: str, tag: str, author: str) -> None:
        """Nothing is said."""

    def ready(self, author: str, *, opening: bool) -> None:
        """Nothing is in the way."""

    def start_checks(self, workflow: str, branch: str, base: str) -> tuple[str, ...]:
        """Nothing is started."""
        return ()

    def sign(self, blueprints: Sequence[Blueprint], branch: str) -> tuple[str, ...]:
        """Nothing is made."""
        return ()


class Rehearsal(NoPullRequests):
    """A forge that shows what another one shows, and does nothing: `plan` and `run --dry-run`."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge

    def observe(self, branch: str) -> Observed:
        """What the other forge shows."""
        return self._forge.observe(branch)

    def push(self, branch: str, sha: str, expected: str | None) -> None:
        """Nothing is pushed."""

    def delete_branch(self, branch: str, expected: str) -> None:
        """Nothing is deleted."""
