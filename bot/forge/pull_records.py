"""Pull requests and verdicts in our own words, from GitHub's. Pure.

In: nodes as GitHub answered. Out: `PullSeen` and `CheckVerdict`, or BotError for instants that are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.calendar import instant_of
from bot.errors import BotError
from bot.forge.nodes import (
    ActorNode,
    ClosedEvent,
    CommitNode,
    ForcePushedEvent,
    HeadNode,
    LabeledEvent,
    PullNode,
    ReviewDismissedEvent,
    SuiteNode,
)
from bot.forge.pull_requests import (
    NOBODY,
    Actor,
    CheckVerdict,
    Comment,
    Labelling,
    PullRecord,
    ReviewGiven,
)

_PEOPLE = frozenset({"User", "EnterpriseUserAccount"})
"""Kinds of actors that are somebody; a mannequin stands for somebody who never did this here."""


@dataclass(frozen=True)
class PullSeen:
    """A pull request as it was at one moment."""

    record: PullRecord
    """Without verdicts, trailers and reverts: who asks for those, adds them."""
    description: str
    """Hostile."""
    base: str
    """Name of the branch it is into."""
    merged_as: str | None
    """Full SHA of the commit that brought it to base."""
    changed_at: int
    """When anything about it changed last."""
    heads: tuple[CommitNode, ...]
    """Its commits, and heads that were pushed over."""
    beneath: tuple[CommitNode, ...]
    """Commits below heads that were pushed over: heads before them, or base's own."""


def pull_seen(pull: PullNode) -> PullSeen:
    """A pull request of which every page was read."""
    events = list(pull.events.seen)
    closings = [event for event in events if isinstance(event, ClosedEvent)]
    over = [event.before_commit for event in events if isinstance(event, ForcePushedEvent)]
    lost = [head for head in over if head is not None]
    record = PullRecord(
        pull.id,
        pull.number,
        _actor(pull.author),
        pull.head_ref_name,
        None if pull.head_repository is None else pull.head_repository.name_with_owner,
        pull.url,
        merged_at=_perhaps(pull.merged_at),
        closed_at=_perhaps(pull.closed_at),
        closed_by=_actor(closings[-1].actor) if closings else NOBODY,
        reviews=tuple(_reviews(pull)),
        labels=tuple(
            Labelling(
                event.id, event.label.name, _actor(event.actor), microseconds(event.created_at)
            )
            for event in events
            if isinstance(event, LabeledEvent)
        ),
        comments=tuple(_comments(pull)),
    )
    return PullSeen(
        record,
        pull.body,
        pull.base_ref_name,
        None if pull.merge_commit is None else pull.merge_commit.oid,
        microseconds(pull.updated_at),
        (
            *(one.commit for one in pull.commits.seen),
            *(CommitNode(head.id, head.oid) for head in lost),
        ),
        tuple(commit for head in lost for commit in head.history.seen),
    )


def _reviews(pull: PullNode) -> Iterator[ReviewGiven]:
    before = {
        event.review.id: event.previous_review_state
        for event in pull.events.seen
        if isinstance(event, ReviewDismissedEvent) and event.review is not None
    }
    for review in pull.reviews.seen:
        at = _perhaps(review.submitted_at)
        if at is not None:
            was = before.get(review.id)
            yield ReviewGiven(review.id, _actor(review.author), at, review.state, review.url, was)


def _comments(pull: PullNode) -> Iterator[Comment]:
    for one in pull.comments.seen:
        edited = one.last_edited_at is not None
        at = microseconds(one.created_at)
        yield Comment(one.id, _actor(one.author), at, one.body, one.url, edited)


def verdicts_of(head: HeadNode, suites: Sequence[SuiteNode]) -> tuple[CheckVerdict, ...]:
    """Every verdict on a commit, `suites` being all of its check suites with all their runs.

    Of a status GitHub shows what it says now: what it said before is in no answer.
    """
    runs = (
        CheckVerdict(run.id, run.name, head.oid, at, run.conclusion.lower(), run.permalink)
        for suite in suites
        for run in suite.check_runs.seen
        if run.conclusion is not None and (at := _perhaps(run.completed_at)) is not None
    )
    statuses = (
        CheckVerdict(
            one.id, one.context, head.oid, microseconds(one.created_at), one.state.lower(), head.url
        )
        for one in (head.status.contexts if head.status else ())
    )
    return (*runs, *statuses)


def _actor(actor: ActorNode | None) -> Actor:
    if actor is None or not (actor.kind == "Bot" or actor.kind in _PEOPLE):
        return NOBODY
    return Actor(actor.login, actor.kind == "Bot")


def _perhaps(text: str | None) -> int | None:
    return None if text is None else microseconds(text)


def microseconds(text: str) -> int:
    """An instant, since the epoch. Raises BotError for what is none."""
    at = instant_of(text)
    if at is None:
        raise BotError("GitHub answered with something that is no instant; run again")
    return at
