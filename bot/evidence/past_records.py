"""The evidence of many weeks from one reading, each as it was known at its own end. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.allocation.names import Cell
from bot.evidence.records import Evidence


class Place(NamedTuple):
    """What a `CellWeek` is known by, in the order it is sorted by."""

    cell: Cell
    week: str
    model: str
    """Rung, or the id that no rung knows. Hostile."""
    start: int
    """-1 where the model was never assigned before."""
    old: bool
    """Whether it is an old version of the model."""


class Since(NamedTuple):
    """An SD of a cell week of which something was told in a later week; labels of the weeks that told it."""

    place: Place
    number: int | None
    """As in `CellWeek.passed`; None where it ran before the model was assigned."""
    counts: str | None
    """From when on it counts, where only SDs with a rework row do."""
    rework: str | None
    """Its counted rework; None for none to this day."""
    raw_rework: str | None
    """Its rework from any cause."""
    troubled: str | None
    """Its counted rework or issue."""


@dataclass(frozen=True)
class PastEvidence:
    """All the logs say up to the end of the last of some weeks, and what the others did not know yet."""

    evidence: Evidence
    """Of the last week."""
    logged: frozenset[str]
    """Labels of those weeks that have rows."""
    since: tuple[Since, ...]
    """In no order."""
    home_since: Mapping[tuple[Cell, str, str], int]
    """By cell, week, lowest model: SDs that ran on their assignment in later weeks only."""
    escalated_since: Mapping[tuple[Cell, str, str], int]
    """By cell, week, rung in force: SDs that ran on a stronger one in later weeks only."""
