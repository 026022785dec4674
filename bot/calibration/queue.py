"""At most so many promotions a week: the highest tallies first, the others wait. Pure.

In: a review and the changes that could be proposed. Out: those that are, and the review that says of the
others that they wait.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.allocation.names import Cell
from bot.calibration.findings import Change, Note, Review, Verdict
from bot.policy import Promotion

Asker = TypeVar("Asker", bound=Hashable)
Rank = tuple[int, tuple[str, ...]]
"""A tally in 1/100 SD, and a name: the agent, then the phase."""


def first_in(asked: Mapping[Asker, Rank], limit: int) -> set[Asker]:
    """Who comes first of those that ask with (tally, name): the highest tallies, ties by name; 0: all."""
    return set(in_turn(asked)[: limit or None])


def in_turn(asked: Mapping[Asker, Rank]) -> list[Asker]:
    """All that ask with (tally, name), the highest tallies first, ties by name."""
    return sorted(asked, key=lambda one: (-asked[one][0], asked[one][1]))


def admit(review: Review, changes: Sequence[Change]) -> tuple[Review, tuple[Change, ...]]:
    """As many changes as `max_promotions` lets through, in the order given; 0 lets all through.

    What people turned down is not among `changes`: it must not keep a place from one that waits.
    """
    asked = ranks(review, changes)
    waiting = asked.keys() - first_in(asked, review.promotion.max_promotions)
    if not waiting:
        return review, tuple(changes)
    verdicts = tuple(_queued(v) if v.cell in waiting else v for v in review.verdicts)
    admitted = tuple(change for change in changes if change.cell not in waiting)
    return replace(review, verdicts=verdicts), admitted


def ranks(review: Review, changes: Sequence[Change]) -> dict[Cell, Rank]:
    """With what each change asks for one of a week's few places."""
    return {change.cell: rank(review.verdict(change.cell), review.promotion) for change in changes}


def rank(verdict: Verdict, promotion: Promotion) -> Rank:
    """The higher of the tallies that the policy keeps."""
    tallies = (verdict.tally, verdict.issue_tally) if promotion.count_issues else (verdict.tally,)
    return max(tallies), (verdict.cell.agent, verdict.cell.phase)


def _queued(verdict: Verdict) -> Verdict:
    return replace(verdict, notes=(*verdict.notes, Note.QUEUED))
