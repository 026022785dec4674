"""Whether a tail is rare, found without the whole sum: thousands of SDs make it thousands of digits.

In: counts, and once in how many times is rare. Out: yes or no, the same as the sums in `binomials` say.
Weights are bounded from below and above in whole numbers, from the edge of the tail outwards; what the bounds
leave open is summed up. Pure, exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.calibration.binomials import lower_tail, upper_tail
from bot.calibration.counts import Counts

_FIRST = 1 << 128
"""The weight at the edge of the tail; all others are relative to it."""
_NEGLIGIBLE = 64
"""Bits by which what is left of a sum must be smaller than the sum to be bounded and no longer added up."""

Steps = Iterable[tuple[int, int]]
"""Ratio of each weight to the one before it, outwards from the edge: a fraction's two parts, never rising."""


def lower_tail_is_rare(before: Counts, after: Counts, one_in: int) -> bool:
    """Whether Fisher's test is met: `lower_tail` at most once in so many times, at least 2."""
    if after.rework * before.sds >= before.rework * after.sds:
        return False  # not below the mean, so not below the median: half of all (A. Siegel, 2001)
    down, up = _hypergeometric(before, after)
    found = _is_rare(one_in, down, up)
    if found is not None:
        return found
    seen, all_ = lower_tail(before, after)
    return one_in * seen <= all_


def upper_tail_is_rare(trials: int, least: int, for_: int, against: int, one_in: int) -> bool:
    """Whether `upper_tail` is at most once in so many times."""
    up = (((trials - j) * for_, (j + 1) * against) for j in range(least, trials))
    down = ((j * against, (trials - j + 1) * for_) for j in range(least, 0, -1))
    found = _is_rare(one_in, up, down) if for_ and against else None
    if found is not None:
        return found
    seen, all_ = upper_tail(trials, least, for_, against)
    return one_in * seen <= all_


def _hypergeometric(before: Counts, after: Counts) -> tuple[Iterator[tuple[int, int]], ...]:
    """Steps down and up from K1."""
    rework, spare = before.rework + after.rework, before.sds - before.rework - after.rework
    n1, k1 = after.sds, after.rework
    least, most = max(0, -spare), min(n1, rework)
    down = ((x * (spare + x), (n1 - x + 1) * (rework - x + 1)) for x in range(k1, least, -1))
    up = (((n1 - x) * (rework - x), (x + 1) * (spare + x + 1)) for x in range(k1, most))
    return down, up


def _is_rare(one_in: int, tail: Steps, rest: Steps) -> bool | None:
    """Whether the tail, its edge included, is at most one in so many parts of all; None if too close."""
    low, high = (_FIRST + bound for bound in _sum(tail))
    others = _sum(rest, enough=one_in * high - low)
    if low + others[0] >= one_in * high:
        return True
    return False if high + others[1] < one_in * low else None


def _sum(steps: Steps, enough: int | None = None) -> tuple[int, int]:
    """Bounds of the sum of all weights behind the first; only the lower one holds once there is `enough`."""
    low = high = 0
    least = most = _FIRST
    for up, down in steps:
        least, most = least * up // down, -(-most * up // down)
        low, high = low + least, high + most
        if enough is not None and low >= enough:
            break
        if up < down:  # and so all that follow are a geometric series at most
            left = -(-most * up // (down - up))
            if left << _NEGLIGIBLE <= _FIRST + low:
                return low, high + left
    return low, high
