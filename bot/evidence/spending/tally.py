"""Adding up the rows of one week, each once, whatever was added by commands before.

In: uses of tokens, one after the other, in any order. Out: the total. What must be remembered of them
(which ids and which sums per SD and phase) is looked up where it was kept, so that one use costs the same
after a million.
"""

from __future__ import annotations

from typing import NamedTuple

from bot.calendar import SECOND, Week
from bot.evidence.spending.buckets import KEY, Records
from bot.evidence.spending.digests import digest_of_texts

HERE, THERE = b"work tree", b"branch"
"""The places a use may stand in."""
_HALF = KEY // 2
_MOST = 2 ** (8 * _HALF) - 1


class Use(NamedTuple):
    """What of a row of the token log decides sums."""

    at: int
    """Microseconds since the epoch."""
    sd: str
    phase: str
    agent: str | None
    model: str | None
    tokens: int
    note: str | None
    id: str | None


class Clash(Exception):
    """One id stands there with two contents: which of them counts depends on the order."""


class Tally:
    """The sum of a week's uses."""

    def __init__(self, week: Week) -> None:
        self.total = 0
        """Tokens (SPEC § 6): of an SD and phase the uses with agent, or those without if they are more."""
        self.clashes = 0
        """Uses left out because their id stands there with other content."""
        self.fresh: dict[bytes, bytes] = {}
        """What is remembered beside `old`."""
        self.old: Records | None = None
        self.in_order = False
        """Whether uses come in the order that decides between clashing ones; else the first raises Clash."""
        self._start, self._end = week.start * SECOND, week.end * SECOND

    def add(self, use: Use, place: bytes) -> bool:
        """Count a use that stands in one place of several; whether it is one of this week's.

        A use without id counts as often as the place that has it most often. Raises Clash, and Damaged.
        """
        if not self._start <= use.at < self._end:
            return False
        content = digest_of_texts(repr(use))
        if use.id is None:
            self._count_nameless(use, content, place)
        else:
            self._count_named(use, content, digest_of_texts("id", use.id))
        return True

    def _count_named(self, use: Use, content: bytes, key: bytes) -> None:
        before = self._get(key)
        if before is None:
            self.fresh[key] = content
            self._count(use)
        elif before != content:
            if not self.in_order:
                raise Clash(use.id)
            self.clashes += 1

    def _count_nameless(self, use: Use, content: bytes, place: bytes) -> None:
        here, most = digest_of_texts("here", content, place), digest_of_texts("most", content)
        count = self._number(here) + 1
        self.fresh[here] = _both(count, 0)
        if count > self._number(most):
            self.fresh[most] = _both(count, 0)
            self._count(use)

    def _count(self, use: Use) -> None:
        key = digest_of_texts("sum", use.sd, use.phase)
        value = self._get(key) or bytes(KEY)
        named, nameless = (int.from_bytes(value[at : at + _HALF], "big") for at in (0, _HALF))
        before = max(named, nameless)
        if use.agent is None:
            nameless += use.tokens
        else:
            named += use.tokens
        self.fresh[key] = _both(named, nameless)
        self.total += max(named, nameless) - before

    def _number(self, key: bytes) -> int:
        return int.from_bytes((self._get(key) or b"")[:_HALF], "big")

    def _get(self, key: bytes) -> bytes | None:
        found = self.fresh.get(key)
        return self.old.get(key) if found is None and self.old is not None else found


def _both(first: int, second: int) -> bytes:
    return b"".join(min(number, _MOST).to_bytes(_HALF, "big") for number in (first, second))
