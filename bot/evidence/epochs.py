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


Spelled = tuple[Cell, str, int]
"""Cell, rung, start of the spell in which the rung was assigned (-1: in none)."""


class Epochs:
    """The versions of every spell of a rung that lists some. Weeks and versions are numbers that rise."""

    def __init__(self) -> None:
        self._reached: dict[Spelled, dict[int, dict[int, int]]] = defaultdict(dict)
        self._ran: dict[Spelled, dict[int, set[int]]] = defaultdict(dict)
        self._starts = cache(self._find)

    def ran(self, spell: Spelled, week: int, version: int) -> None:
        """A version that an SD first ran in that week."""
        self._ran[spell].setdefault(week, set()).add(version)

    def reached(self, spell: Spelled, week: int, version: int, sds: int) -> None:
        """`sds` is how many SDs first ran that version or a later one in that week."""
        self._reached[spell].setdefault(week, {})[version] = sds

    def number(self, spell: Spelled, week: int) -> int:
        """How often evidence had started anew up to and including a week."""
        return bisect_right(self._starts(spell), (week, _ANY))

    def old(self, spell: Spelled, week: int, version: int) -> bool:
        """Whether a version is from before the last start up to that week."""
        number = self.number(spell, week)
        return number > 0 and version < self._starts(spell)[number - 1][1]

    def _find(self, spell: Spelled) -> list[tuple[int, int]]:
        """(week, version) of every start, oldest first."""
        found: list[tuple[int, int]] = []
        ran = self._ran.get(spell, {})
        # What was run first is nothing new, whatever older versions come after it.
        current = min(ran[min(ran)]) if ran else 0
        for week in sorted(ran):
            reached = self._reached[spell].get(week, {})
            later = max((v for v, sds in reached.items() if sds >= ENOUGH), default=current)
            if later > current:
                found.append((week, later))
                current = later
        return found


_ANY = 2**31
"""A number above that of every version."""
