"""A cell's rises with what came of them, and what one avoided rework has cost since. Pure.

In: what the logs say of a cell and its spells. Out: every rise, priced by the tokens of the SDs before and
after it where both are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calibration.afterwards import Judging, afterwards, tenure
from bot.calibration.conclusions import Afterwards
from bot.calibration.costs import AvoidedPrice, costs_in, price_of_avoided, sd_cost
from bot.calibration.facts import OfCell
from bot.policy import Policy


def rises_of(
    cell: Cell, said: OfCell | None, spells: Sequence[Spell], judging: Judging, policy: Policy
) -> tuple[Afterwards, ...]:
    """Every rise of a cell, oldest first; `said` is None without SDs."""
    if said is None:
        return afterwards(cell, (), spells, judging)
    pairs = {new.start: (old, new) for old, new in pairwise(spells)}
    return tuple(
        _priced(rise, said, pairs[rise.raised], judging, policy)
        for rise in afterwards(cell, said.weeks, spells, judging)
    )


def _priced(
    rise: Afterwards, said: OfCell, pair: tuple[Spell, Spell], judging: Judging, policy: Policy
) -> Afterwards:
    before, after = (sd_cost(costs_in(said.costs, s, judging.aside), policy) for s in pair)
    counts = [tenure(said.weeks, spell, judging) for spell in pair]
    if before is None or after is None or not all(of.sds for of in counts):
        return rise
    old_rate, new_rate = (Fraction(of.rework, of.sds) for of in counts)
    price = price_of_avoided(before, after, old_rate, new_rate)
    return replace(rise, avoided=AvoidedPrice(price, before.priced))
