"""When a rung came to mean a later version: evidence of what its predecessor did condemns nobody. Pure.

In: which versions a cell ran, and how many SDs first ran one of them or a later one, week by week. Out: how
often evidence had started anew by a week, and which versions were old by then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cache

from bot.allocation.names import Cell

ENOUGH = 2
"""SDs of one week that make a later version the one a cell runs on."""


class Epochs:
    """The versions of every cell and rung that lists some. Weeks and versions are numbers, 1 the oldest."""

    def __init__(self) -> None:
        self._reached: dict[tuple[Cell, str], dict[int, dict[int, int]]] = defaultdict(dict)
        self._ran: dict[tuple[Cell, str], dict[int, set[int]]] = defaultdict(dict)
        self._starts = cache(self._find)

    def ran(self, cell: Cell, model: str, week: int, version: int) -> None:
        """A version that an SD first ran in that week."""
        self._ran[cell, model].setdefault(week, set()).add(version)

    def reached(self, cell: Cell, model: str, week: int, version: int, sds: int) -> None:
        """`sds` is how many SDs first ran that version or a later one in that week."""
        self._reached[cell, model].setdefault(week, {})[version] = sds

    def number(self, cell: Cell, model: str, week: int) -> int:
        """How often evidence had started anew up to and including a week."""
        return bisect_right(self._starts(cell, model), (week, _ANY))

    def old(self, cell: Cell, model: str, week: int, version: int) -> bool:
        """Whether a version is from before the last start up to that week."""
        number = self.number(cell, model, week)
        return number > 0 and version < self._starts(cell, model)[number - 1][1]

    def _find(self, cell: Cell, model: str) -> list[tuple[int, int]]:
        """(week, version) of every start, oldest first."""
        found: list[tuple[int, int]] = []
        oldest: int | None = None
        for week, versions in sorted(self._ran.get((cell, model), {}).items()):
            # The first version ever seen is nothing new.
            oldest = min(versions) if oldest is None else min(oldest, *versions)
            current = found[-1][1] if found else oldest
            reached = self._reached[cell, model].get(week, {})
            later = max((v for v, sds in reached.items() if sds >= ENOUGH), default=current)
            if later > current:
                found.append((week, later))
        return found


_ANY = 2**31
