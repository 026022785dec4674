"""What one avoided rework has cost since a rise, by the tokens of the SDs before and after it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from bot.allocation.assignments import Spell
from bot.calibration.afterwards import Judging, tenure
from bot.calibration.conclusions import Afterwards
from bot.calibration.costs import AvoidedPrice, price_of_avoided, sd_cost
from bot.calibration.facts import OfCell
from bot.policy import Policy


def with_prices(
    rises: Sequence[Afterwards],
    said: OfCell | None,
    spells: Sequence[Spell],
    judging: Judging,
    policy: Policy,
) -> tuple[Afterwards, ...]:
    """Rises of a cell with their prices, where SDs on both models have a known cost."""
    if said is None:
        return tuple(rises)
    pairs = {new.start: (old, new) for old, new in pairwise(spells)}
    return tuple(_priced(rise, said, pairs[rise.raised], judging, policy) for rise in rises)


def _priced(
    rise: Afterwards, said: OfCell, pair: tuple[Spell, Spell], judging: Judging, policy: Policy
) -> Afterwards:
    costs, rates = [], []
    for spell in pair:
        own = (
            cost
            for cost in said.costs
            if (cost.model, cost.spell_start) == (spell.model, spell.start)
            and cost.week not in judging.aside
        )
        costs.append(sd_cost(own, policy))
        rates.append(tenure(said.weeks, spell, judging))
    before, after = costs
    if before is None or after is None or not all(counts.sds for counts in rates):
        return rise
    old_rate, new_rate = (Fraction(counts.rework, counts.sds) for counts in rates)
    price = price_of_avoided(before, after, old_rate, new_rate)
    return replace(rise, avoided=AvoidedPrice(price, before.priced))
