"""What glob patterns have in common. Pure.

In: patterns as `fnmatch.fnmatchcase` reads them. Out: an example string that all of some match and none of
others does. Decided, not sampled: the patterns run side by side as automata over every string at once.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import repeat

_MOST_CHARACTERS = 10_000
_MOST_STEPS = 60_000

_Positions = frozenset[int]
_State = tuple[_Positions, ...]


@dataclass
class Effort:
    """How much deciding may still cost: of one question, or of many together."""

    left: int = _MOST_STEPS
    """Steps: one for a character tried on a pattern that is still alive."""

    def spend(self, steps: int) -> None:
        """Raises TooTangled once there is nothing left."""
        self.left -= steps
        if self.left < 0:
            raise TooTangled


class TooTangled(Exception):
    """Deciding would take too long; people do not write patterns like these."""


def exactly(text: str) -> str:
    """The pattern that matches this text only."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)


def common_example(
    inside: Sequence[str], outside: Sequence[str], effort: Effort | None = None
) -> str | None:
    """A shortest string that matches every pattern of `inside` and none of `outside`; None: there is none.

    Raises TooTangled for a combination that is out of proportion, and where many together are (`effort`).
    """
    patterns = (*inside, *outside)
    if sum(map(len, patterns)) > _MOST_CHARACTERS:
        raise TooTangled
    machines = [_Machine(pattern) for pattern in patterns]
    start = tuple(machine.start for machine in machines)
    seen, waiting = {start}, deque([(start, "")])
    alphabet, own = _alphabet(patterns), Effort()
    while waiting:
        state, text = waiting.popleft()
        ended = list(map(_Machine.ends, machines, state))
        if all(ended[: len(inside)]) and not any(ended[len(inside) :]):
            return text
        for char, after in _steps(machines, state, alphabet):
            if after not in seen and all(after[: len(inside)]):
                seen.add(after)
                waiting.append((after, text + char))
        for limit in filter(None, (own, effort)):
            limit.spend(len(alphabet) * sum(map(bool, state)))
    return None


class _Machine:
    """One pattern as an automaton whose states are the positions in the pattern reached so far."""

    def __init__(self, pattern: str) -> None:
        self.tokens = tuple(_tokens(pattern))
        self.start = self._through_stars({0})

    def ends(self, at: _Positions) -> bool:
        return len(self.tokens) in at

    def step(self, at: _Positions, char: str) -> _Positions:
        if not at:
            return at
        matching = [p for p in at if p < len(self.tokens) and fnmatchcase(char, self.tokens[p])]
        return self._through_stars({p if self.tokens[p] == "*" else p + 1 for p in matching})

    def _through_stars(self, positions: set[int]) -> _Positions:
        reached = set(positions)
        for position in positions:
            while position < len(self.tokens) and self.tokens[position] == "*":
                position += 1
                reached.add(position)
        return frozenset(reached)


def _steps(
    machines: Sequence[_Machine], state: _State, alphabet: Sequence[str]
) -> Iterator[tuple[str, _State]]:
    for char in alphabet:
        yield char, tuple(map(_Machine.step, machines, state, repeat(char)))


def _tokens(pattern: str) -> Iterator[str]:
    """`*`, `?`, a set in brackets or one character, each a pattern of its own."""
    position = 0
    while position < len(pattern):
        end = _set_end(pattern, position) if pattern[position] == "[" else position
        yield pattern[position : end + 1]
        position = end + 1


def _set_end(pattern: str, opening: int) -> int:
    """Where a `[…]` closes; the bracket itself if it never does, which makes it an ordinary character."""
    start = opening + 2 if pattern[opening + 1 : opening + 2] == "!" else opening + 1
    return max(opening, pattern.find("]", start + 1))


def _alphabet(patterns: Iterable[str]) -> Sequence[str]:
    """Enough characters to tell all others apart: what the patterns name, and what lies right below.

    Between two neighbouring characters of the patterns all characters fare alike, ranges included; above
    the last one the highest of all stands for the rest. Letters and digits come first, because examples
    are shown to people.
    """
    named = {ord(char) for pattern in patterns for char in pattern}
    codes = {code - 1 for code in named if code} | named | {sys.maxunicode}
    return sorted(map(chr, codes), key=lambda char: (not char.isalnum(), char != "-", char))
