"""What is collected: facts about SDs, work that settled, and what is left out and why. Frozen values.

A fact is something that happened and can be pointed at: a trailer on a commit, a review, a failed check.
What it says about whose work, the policy's rules say (`outcomes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.allocation.names import Cell
from bot.policy.collect_rules import When

Spoken = Literal["rework", "issue", "passed"]
"""What people say of a cell outright: in a trailer, or by a slash command."""


class Origin(NamedTuple):
    """Where facts come from."""

    source: Literal["git", "github"]
    """What rows say in `source`."""
    repository: str
    """`owner/name`, as every clone of it knows it; `""` without a remote. Hostile."""


class Word(NamedTuple):
    """What somebody said of a cell in one line."""

    kind: Spoken
    cell: Cell
    cause: str | None
    """A slug, `unknown` for what is none, None where nothing was said."""
    note: str
    """What else was said, plain and cut. Hostile."""


@dataclass(frozen=True)
class Fact:
    """One fact of an SD."""

    of: str
    """Node id, or full SHA of the commit: what makes two of a kind two."""
    kind: Spoken | When
    sd: str
    """Ticket id. Hostile."""
    at: int
    """When it happened, microseconds since the epoch."""
    place: str
    """What to look at: the address of a review, check or comment, or the commit. Hostile."""
    name: str | None = None
    """Name of the check or label. Hostile."""
    word: Word | None = None
    """What was said, where somebody said it."""
    fork: bool = False
    """Whether it is about a fork's head, whose code is an outsider's."""


@dataclass(frozen=True)
class Settled:
    """Work of an SD that came to an end: merged, closed, or landed on base."""

    of: str
    """Node id, or full SHA of the commit."""
    sd: str
    """Ticket id. Hostile."""
    at: int
    """When, microseconds since the epoch."""
    place: str
    """As in `Fact`."""
    seen: frozenset[str]
    """Kinds of facts that its source would show: silence about any other says nothing."""
    fork: bool = False
    """Whether its head is a fork's: then silence about checks is for rules that look at forks."""


class LeftOut(NamedTuple):
    """A fact that became no row."""

    reason: str
    """Why, in one line. May quote hostile text."""
    place: str
    """As in `Fact`."""


@dataclass(frozen=True)
class Harvest:
    """Everything that one collection found."""

    facts: tuple[Fact, ...]
    settled: tuple[Settled, ...]
    left_out: tuple[LeftOut, ...]
