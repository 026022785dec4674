"""The weekly token budget as zones: guidance, never enforcement (SPEC § 8). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.calibration.findings import BudgetStatus, Zone
from bot.evidence.records import Usage
from bot.policy import Budget


def zone(used: int, budget: Budget) -> Zone:
    """The zone of some tokens; each starts exactly at its percentage."""
    return Zone(budget.zone(used))


def status(
    usage: Iterable[Usage], week: str, phases: tuple[str, ...], budget: Budget
) -> BudgetStatus:
    """Tokens of one week by phase, agent and model."""
    uses = [use for use in usage if use.week == week]
    used = sum(use.tokens for use in uses)
    by_phase = Counter(dict.fromkeys(phases, 0))
    by_agent: Counter[str] = Counter()
    by_model: Counter[str] = Counter()
    for use in uses:
        by_phase[use.phase] += use.tokens
        by_agent[use.agent or ""] += use.tokens
        by_model[use.model or ""] += use.tokens
    return BudgetStatus(
        zone=zone(used, budget),
        used=used,
        zones=budget.zones,
        by_phase=tuple((phase, by_phase[phase]) for phase in phases),
        by_agent=_most_first(by_agent),
        by_model=_most_first(by_model),
    )


def _most_first(tokens: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(tokens.items(), key=lambda item: (-item[1], item[0])))
