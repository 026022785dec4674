"""What GitHub answers to the queries: strictly read, in its own words. Pure.

In: JSON. Out: frozen values, or BotError for what is something else. `pull_records.py` says it in ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from msgspec import Struct, ValidationError, convert

from bot.errors import BotError

T = TypeVar("T")


class Node(Struct, frozen=True, rename="camel"):
    """Anything that GitHub shows; it names fields so."""


class PageInfo(Node, frozen=True):
    """Where a page ends."""

    has_next_page: bool
    end_cursor: str | None


class Few(Node, Generic[T], frozen=True):
    """The first of a list, asked without its pages."""

    nodes: tuple[T | None, ...] = ()
    """None for what the token may not see."""

    @property
    def seen(self) -> Iterator[T]:
        """What the token may see."""
        return (node for node in self.nodes if node is not None)


class Connection(Few[T], Generic[T], frozen=True, kw_only=True):
    """A list, as far as it was read."""

    page_info: PageInfo

    @property
    def after(self) -> str | None:
        """Where the next page begins; None where there is none."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None

    def and_then(self, more: Connection[T]) -> Connection[T]:
        """What was read, and its next page."""
        return Connection((*self.nodes, *more.nodes), page_info=more.page_info)


class ActorNode(Node, frozen=True, rename={"kind": "__typename"}):
    """Somebody who did something; a deleted user is null instead."""

    kind: str
    login: str


class WithId(Node, frozen=True):
    """A node of which the id alone is asked."""

    id: str


class CommitNode(Node, frozen=True):
    """A commit's names."""

    id: str
    oid: str


class PushedOver(CommitNode, frozen=True):
    """A head that was pushed over."""

    history: Few[CommitNode]
    """It and those before it, some of base's among them."""


class ReviewNode(Node, frozen=True):
    """A review."""

    id: str
    url: str
    author: ActorNode | None
    state: str
    submitted_at: str | None


class CommentNode(Node, frozen=True):
    """A comment in the conversation."""

    id: str
    url: str
    author: ActorNode | None
    body: str
    created_at: str
    last_edited_at: str | None


class NamedNode(Node, frozen=True):
    """Something of which the name is asked."""

    name: str


class Happening(Node, frozen=True, tag_field="__typename"):
    """Something that happened to a pull request."""


class LabeledEvent(Happening, frozen=True, tag="LabeledEvent"):
    """A label was put on."""

    id: str
    created_at: str
    actor: ActorNode | None
    label: NamedNode


class ClosedEvent(Happening, frozen=True, tag="ClosedEvent"):
    """It was closed, perhaps by being merged."""

    id: str
    created_at: str
    actor: ActorNode | None


class ReviewDismissedEvent(Happening, frozen=True, tag="ReviewDismissedEvent"):
    """A review was dismissed."""

    previous_review_state: str
    review: WithId | None


class ForcePushedEvent(Happening, frozen=True, tag="HeadRefForcePushedEvent"):
    """A head was pushed over."""

    before_commit: PushedOver | None


Happened = LabeledEvent | ClosedEvent | ReviewDismissedEvent | ForcePushedEvent


class PullCommit(Node, frozen=True):
    """A commit of a pull request."""

    commit: CommitNode


class RepositoryNode(Node, frozen=True):
    """A repository's name."""

    name_with_owner: str


class OidNode(Node, frozen=True):
    """A commit's SHA."""

    oid: str


class PullNode(Node, frozen=True):
    """A pull request."""

    id: str
    number: int
    url: str
    body: str
    updated_at: str
    merged_at: str | None
    closed_at: str | None
    head_ref_name: str
    base_ref_name: str
    author: ActorNode | None
    head_repository: RepositoryNode | None
    merge_commit: OidNode | None
    reviews: Connection[ReviewNode]
    comments: Connection[CommentNode]
    events: Connection[Happened]
    commits: Connection[PullCommit]


class RestOfPull(Node, frozen=True):
    """More of what was longer than a page."""

    updated_at: str
    reviews: Connection[ReviewNode] | None = None
    comments: Connection[CommentNode] | None = None
    events: Connection[Happened] | None = None
    commits: Connection[PullCommit] | None = None


class RunNode(Node, frozen=True):
    """A run of a check."""

    id: str
    name: str
    conclusion: str | None
    completed_at: str | None
    permalink: str


class SuiteNode(Node, frozen=True):
    """Runs of one app's checks on a commit."""

    id: str
    check_runs: Connection[RunNode]


class StatusNode(Node, frozen=True):
    """What a status says last."""

    id: str
    context: str
    state: str
    created_at: str


class StatusesNode(Node, frozen=True):
    """All statuses of a commit."""

    contexts: tuple[StatusNode, ...]


class HeadNode(Node, frozen=True):
    """A commit and the verdicts on it."""

    id: str
    oid: str
    url: str
    status: StatusesNode | None
    check_suites: Connection[SuiteNode]


class PullsNode(RepositoryNode, frozen=True):
    """A page of the repository's pull requests."""

    pull_requests: Connection[PullNode]


class SuitesNode(Node, frozen=True):
    """More check suites of a commit."""

    check_suites: Connection[SuiteNode]


class RestOfSuite(Node, frozen=True):
    """More runs of a check suite."""

    check_runs: Connection[RunNode]


class OriginsNode(Node, frozen=True):
    """The pull requests that brought a commit; none of what is no commit."""

    associated_pull_requests: Few[WithId] = Few()


def read_node(document: Any, kind: type[T]) -> T:
    """A part of an answer. Raises BotError for anything that GitHub's schema does not know."""
    try:
        return convert(document, kind)
    except ValidationError as err:
        raise BotError(f"GitHub answered with something else than its schema says ({err})") from err
