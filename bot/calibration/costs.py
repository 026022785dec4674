"""What models cost a team by its own logs: an SD, an avoided rework, a promotion. Pure and exact.

In: costs of cells as counted, and the policy's prices. Out: fractions of tokens at relative cost 1, or of US
dollars where every rung has a price. SPEC § 7, "What it costs".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bot.allocation.names import Cell
from bot.evidence.records import CellCost, Evidence, Question
from bot.policy import Policy

MILLION = 1_000_000
ENOUGH_SDS = 20
"""SDs on each side of past promotions that a tokens ratio needs."""


@dataclass(frozen=True)
class SdCost:
    """What SDs that first ran on one model cost, redos on other rungs included."""

    sds: int
    """At least 1."""
    rework: int
    """Of these, with counted rework."""
    tokens: tuple[tuple[str, int], ...]
    """(rung, tokens on it), lowest rung first."""
    amount: Fraction
    """Of all of them: US dollars if `priced`, else tokens at relative cost 1."""
    priced: bool
    """Whether every rung has a price."""

    @property
    def an_sd(self) -> Fraction:
        """What one SD costs: c."""
        return self.amount / self.sds

    @property
    def accepted(self) -> Fraction | None:
        """The same for each SD accepted at once; None where there is none."""
        passed = self.sds - self.rework
        return self.amount / passed if passed else None


def sd_cost(costs: Iterable[CellCost], policy: Policy) -> SdCost | None:
    """The sum of some cell's weeks on one model; None where nothing is known."""
    costs = list(costs)
    sds = sum(cost.sds for cost in costs)
    if not sds:
        return None
    on_rung = Counter[str]()
    for cost in costs:
        on_rung.update(dict(cost.tokens))
    tokens = tuple((rung, on_rung[rung]) for rung in policy.rules.ladder.names if rung in on_rung)
    return SdCost(
        sds=sds,
        rework=sum(cost.rework for cost in costs),
        tokens=tokens,
        amount=sum((count * token_cost(rung, policy) for rung, count in tokens), Fraction(0)),
        priced=is_priced(policy),
    )


def is_priced(policy: Policy) -> bool:
    """Whether every rung of the ladder has a price."""
    return all(rung.usd_per_million_tokens is not None for rung in policy.ladder)


def token_cost(name: str, policy: Policy) -> Fraction:
    """What a token on a rung costs: US dollars where every rung has a price, else its relative cost."""
    rung = policy.rung(name)
    price = rung.usd_per_million_tokens
    return rung.relative_cost if price is None or not is_priced(policy) else price / MILLION


@dataclass(frozen=True)
class AvoidedPrice:
    """What one avoided rework has cost since a rise."""

    amount: Fraction | None
    """US dollars if `priced`, else tokens at relative cost 1; None where none was avoided."""
    priced: bool


def price_of_avoided(
    before: SdCost, after: SdCost, old_rate: Fraction, new_rate: Fraction
) -> Fraction | None:
    """What one avoided rework cost after a promotion: (c_new - c_old) / (r_old - r_new).

    The rates are of SDs with counted rework, each model's since its assignment. Below 0 where the new model
    is cheaper as well; None where it avoided none.
    """
    avoided = old_rate - new_rate
    return (after.an_sd - before.an_sd) / avoided if avoided > 0 else None


@dataclass(frozen=True)
class TokensRatio:
    """How many tokens an SD takes one rung up, by the team's own promotions."""

    ratio: Fraction
    """Tokens an SD on the higher rung over those on the lower."""
    before: int
    """SDs on the lower rung."""
    after: int
    """SDs on the higher one."""


def measured_steps(
    evidence: Evidence, question: Question, aside: Collection[str]
) -> Mapping[str, TokensRatio]:
    """The tokens ratio of each rung to the next one up, by the lower rung; only where enough is known.

    Pooled over all cells that were raised by that step and have SDs on both sides. Weeks `aside` (labels) are
    left out. Of each SD only the tokens on the rung itself: its redos belong to no rung's appetite.
    """
    of_cell: dict[Cell, list[CellCost]] = defaultdict(list)
    for cost in evidence.costs:
        if cost.week not in aside:
            of_cell[cost.cell].append(cost)
    sides: dict[str, Counter[str]] = defaultdict(Counter)
    for cell, costs in of_cell.items():
        for old, new in _rises(cell, question):
            before, after = (
                [cost for cost in costs if (cost.model, cost.spell_start) == spell]
                for spell in (old, new)
            )
            if before and after:
                sides[old[0]].update(_side("before", before))
                sides[old[0]].update(_side("after", after))
    return {rung: _ratio(of) for rung, of in sides.items() if _is_enough(of)}


def _rises(cell: Cell, question: Question) -> Iterable[tuple[tuple[str, int], tuple[str, int]]]:
    """Rung and start of the assignments before and after each promotion of a cell by one rung."""
    spells = question.spells.get(cell, question.default_spells)
    for old, new in pairwise(spells):
        known = old.model in question.ladder.names
        if known and question.ladder.above(old.model) == new.model:
            yield (old.model, old.start), (new.model, new.start)


def _side(name: str, costs: Iterable[CellCost]) -> dict[str, int]:
    costs = list(costs)
    tokens = sum(dict(cost.tokens).get(cost.model, 0) for cost in costs)
    return {f"{name} sds": sum(cost.sds for cost in costs), f"{name} tokens": tokens}


def _is_enough(of: Mapping[str, int]) -> bool:
    return min(of["before sds"], of["after sds"]) >= ENOUGH_SDS and of["before tokens"] > 0


def _ratio(of: Mapping[str, int]) -> TokensRatio:
    before = Fraction(of["before tokens"], of["before sds"])
    after = Fraction(of["after tokens"], of["after sds"])
    return TokensRatio(after / before, of["before sds"], of["after sds"])
