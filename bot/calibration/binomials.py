"""Chances of counts, as whole numbers: no float decides what a promotion did. Pure, exact."""

from __future__ import annotations

from math import comb, gcd

from bot.calibration.counts import Counts


def upper_tail(trials: int, least: int, for_: int, against: int) -> tuple[int, int]:
    """How likely at least so many of some trials are, by odds of `for_` to `against`: a fraction's parts.

    Σ_{j≥least} C(trials,j)·for^j·against^{trials-j} over (for+against)^trials, the odds reduced.
    """
    part = gcd(for_, against) or 1
    yes, no = for_ // part, against // part
    ways, power, tail = comb(trials, least), yes**least, 0
    for j in range(least, trials + 1):  # Horner's scheme in `no`
        tail = tail * no + ways * power
        ways, power = ways * (trials - j) // (j + 1), power * yes
    return tail, (yes + no) ** trials


def lower_tail(before: Counts, after: Counts) -> tuple[int, int]:
    """How likely so little rework is after, were both counts of one rate: Fisher's exact test, one-sided.

    Σ_{x≤K1} C(N1,x)·C(N0,K-x) over C(N0+N1,K), K = K0+K1 (R. A. Fisher, 1935).
    """
    rework, sds = before.rework + after.rework, before.sds + after.sds
    least = max(0, rework - before.sds)
    ways, tail = comb(after.sds, least) * comb(before.sds, rework - least), 0
    for x in range(least, after.rework + 1):
        tail += ways
        left = before.sds - rework + x + 1
        ways = ways * (after.sds - x) * (rework - x) // ((x + 1) * left)
    return tail, comb(sds, rework)
