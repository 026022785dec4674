"""What cells are judged by: SDs, and how many of them needed rework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Counts:
    """SDs and how many of them needed rework from a cause that counts."""

    sds: int
    rework: int


class WeekCounts(NamedTuple):
    """One week of a cell on its current assignment: a step of the control chart."""

    week: str
    """Label."""
    sds: int
    rework: int
    troubled: int
    """SDs with counted rework or a counted issue."""
    raw_rework: int
    """SDs with rework from any cause."""
