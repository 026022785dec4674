"""What a lookup and a log entry need of the policy, light enough to be kept between commands.

In: a checked policy, by way of `Policy.essentials`. Out: `Essentials`, and the same as plain values and back.
Nothing is checked here: what is wrong with a policy file is for `bot.policy` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple

from bot.allocation.rules import Rules, rules_of
from bot.calendar import Calendar


class Zones(NamedTuple):
    """The weekly token budget. Guidance, never enforcement."""

    weekly_tokens: int
    yellow: int
    """Percent from which the zone is YELLOW; so the others."""
    orange: int
    red: int

    def zone(self, used: int) -> str:
        """Name of the zone of some tokens, each starting exactly at its percentage (SPEC § 8)."""
        starts = ((self.red, "RED"), (self.orange, "ORANGE"), (self.yellow, "YELLOW"))
        reached = (name for percent, name in starts if 100 * used >= percent * self.weekly_tokens)
        return next(reached, "GREEN")

    @property
    def red_from(self) -> int:
        """The fewest tokens that are RED."""
        return -(-self.red * self.weekly_tokens // 100)


class LogGlobs(NamedTuple):
    """Where the logs are."""

    tokens: str
    """Glob, from the top of the repository."""
    rework: str
    """Glob, from the top of the repository."""
    ref: str
    """Branch that `log sync` brings them to."""
    source: str | None = None
    """The warehouse that is read in their place, if any."""


class Essentials(NamedTuple):
    """The part of a policy that decides lookups and log entries."""

    rules: Rules
    calendar: Calendar
    zones: Zones
    logs: LogGlobs
    causes: tuple[str, ...]
    """Every cause the policy knows."""

    def plain(self) -> list[Any]:
        """As values that JSON can say."""
        starts_on, starts_at, time_zone = self.calendar
        week = [starts_on, f"{starts_at:%H:%M}", time_zone]
        return [self.rules.plain(), week, self.zones, self.logs, self.causes]


def essentials_of(plain: Sequence[Any]) -> Essentials:
    """The essentials that `plain` once said."""
    rules, (starts_on, starts_at, time_zone), zones, logs, causes = plain
    return Essentials(
        rules=rules_of(rules),
        calendar=Calendar(starts_on, time.fromisoformat(starts_at), time_zone),
        zones=Zones(*zones),
        logs=LogGlobs(*logs),
        causes=tuple(causes),
    )
