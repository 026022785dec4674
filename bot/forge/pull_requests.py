"""What GitHub knows of a pull request, as far as it can say something about agents' work. Frozen values.

`pull_reader.py` fills these; what they mean, `collecting` says. Instants are microseconds since
the epoch. Every text is hostile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Actor(NamedTuple):
    """Who did something on GitHub."""

    login: str | None
    """None for a user that was deleted."""
    is_bot: bool = False
    """Whether it is an App or an action, whatever it may do."""


NOBODY = Actor(None)


@dataclass(frozen=True)
class ReviewGiven:
    """A review that was submitted."""

    node_id: str
    by: Actor
    at: int
    state: str
    """As GitHub has it now: `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`, `PENDING`."""
    address: str
    dismissed_from: str | None = None
    """What a dismissed one was: it happened all the same."""

    @property
    def requested_changes(self) -> bool:
        """Whether it did when it was submitted."""
        return "CHANGES_REQUESTED" in (self.state, self.dismissed_from)


@dataclass(frozen=True)
class CheckVerdict:
    """One run of a check, or one status, on a commit that was the head of the pull request."""

    node_id: str
    name: str
    """Name of the check run, or context of the status."""
    head: str
    """Full SHA."""
    at: int
    """When it was completed."""
    conclusion: str
    """`success`, `failure`, `timed_out`, …; the state of a status. In lower case."""
    address: str


@dataclass(frozen=True)
class Labelling:
    """A label that was put on, whether it is still there or not."""

    node_id: str
    """Of the event, not of the label."""
    name: str
    by: Actor
    at: int


@dataclass(frozen=True)
class Comment:
    """A comment in the conversation."""

    node_id: str
    by: Actor
    at: int
    """When it was written."""
    body: str
    address: str
    edited: bool = False
    """Whether it says something else now than it said at first."""


@dataclass(frozen=True)
class Undoing:
    """A later revert of the pull request on base."""

    of: str
    """Node id, or full SHA of the commit."""
    at: int
    address: str


@dataclass(frozen=True)
class PullRecord:
    """A pull request into base."""

    node_id: str
    number: int
    by: Actor
    branch: str
    """Name of its head's branch."""
    head_repository: str | None
    """`owner/name`; None where that was deleted."""
    address: str
    merged_at: int | None = None
    closed_at: int | None = None
    """When it was closed, merged or not; None while it is open."""
    closed_by: Actor = NOBODY
    trailers: tuple[tuple[str, str], ...] = ()
    """(key, value) as git finds them in the description."""
    reviews: tuple[ReviewGiven, ...] = ()
    checks: tuple[CheckVerdict, ...] = ()
    labels: tuple[Labelling, ...] = ()
    comments: tuple[Comment, ...] = ()
    undone: tuple[Undoing, ...] = ()
