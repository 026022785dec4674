"""What the light commands need of the policy, read without pydantic.

In: the text of `config/policy.toml`. Out: `LogSettings`. Only the keys named here are looked at, and only as
far as to see that they are what they should be: at the first surprise the whole policy is read instead, and
its reader lists every problem with file, line and key. There is one set of rules and one of messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, NamedTuple

from bot.allocation import defaults
from bot.allocation.rules import Rules, rules_from
from bot.allocation.toml import parse
from bot.calendar import DAYS, Calendar


class Limits(NamedTuple):
    """The weekly budget and where its zones start."""

    weekly_tokens: int
    """Tokens a week, at least 1."""
    yellow: int
    """Percent from which the zone is YELLOW."""
    orange: int
    """Percent from which the zone is ORANGE."""
    red: int
    """Percent from which the zone is RED."""

    def zone(self, used: int) -> str:
        """Name of the zone of some tokens, each starting exactly at its percentage (SPEC § 8)."""
        starts = ((self.red, "RED"), (self.orange, "ORANGE"), (self.yellow, "YELLOW"))
        reached = (name for percent, name in starts if 100 * used >= percent * self.weekly_tokens)
        return next(reached, "GREEN")


class LogSettings(NamedTuple):
    """Where and how to log, and how much may be spent."""

    rules: Rules
    """Phases, ladder and gates."""
    tokens: str
    """Glob of the token logs, from the top of the repository."""
    rework: str
    """Glob of the rework logs, from the top of the repository."""
    calendar: Calendar
    """The team's weeks."""
    limits: Limits
    causes: frozenset[str]
    """Every cause the policy knows, counted or not."""


def read_settings(text: str, file: str) -> LogSettings:
    """Settings from a policy's text. Raises InvalidInput with file, line and key of every problem."""
    document = parse(text, file)
    try:
        return _settings(document)
    except (KeyError, TypeError, ValueError, OSError):
        from bot.policy import read_policy

        read_policy(text, file)
        raise  # the policy is fine, so this reader is not: a bug


def _settings(document: Mapping[str, Any]) -> LogSettings:
    rules, wrong = rules_from(document)
    if rules is None or wrong:
        raise ValueError("the rules are not valid")
    logs, causes = _section(document, "logs"), _section(document, "causes")
    known = [*_list(causes, "count"), *_list(causes, "ignore")]
    return LogSettings(
        rules=rules,
        tokens=_text(logs, "tokens", defaults.TOKENS_GLOB),
        rework=_text(logs, "rework", defaults.REWORK_GLOB),
        calendar=_calendar(_section(document, "week")),
        limits=_limits(_section(document, "budget")),
        causes=frozenset(map(str, known)),
    )


def _calendar(week: Mapping[str, Any]) -> Calendar:
    starts_on = _text(week, "starts_on", defaults.WEEK_STARTS_ON)
    starts_at = _text(week, "starts_at", defaults.WEEK_STARTS_AT)
    zone = _text(week, "time_zone", defaults.WEEK_TIME_ZONE)
    if starts_on not in DAYS or len(starts_at) != len("00:00"):
        raise ValueError("no such day or time of day")
    calendar = Calendar(starts_on, time.fromisoformat(starts_at), zone)
    calendar.week_of(0)  # looks the time zone up
    return calendar


def _limits(budget: Mapping[str, Any]) -> Limits:
    weekly = _number(budget, "weekly_tokens", defaults.WEEKLY_TOKENS)
    yellow = _number(budget, "yellow", defaults.YELLOW)
    orange = _number(budget, "orange", defaults.ORANGE)
    red = _number(budget, "red", defaults.RED)
    if weekly < 1 or not 0 <= yellow <= orange <= red <= 100:
        raise ValueError("the budget is out of range")
    return Limits(weekly, yellow, orange, red)


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = document.get(name, {})
    if not isinstance(section, dict):
        raise TypeError(f"{name} is no table")
    return section


def _text(section: Mapping[str, Any], key: str, default: str) -> str:
    value = section.get(key, default)
    if not isinstance(value, str) or not value or value.startswith("/"):
        raise TypeError(f"{key} is no text")
    return value


def _number(section: Mapping[str, Any], key: str, default: int) -> int:
    value = section.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{key} is no whole number")
    return value


def _list(section: Mapping[str, Any], key: str) -> list[Any]:
    value = section.get(key, [])
    if not isinstance(value, list):
        raise TypeError(f"{key} is no list")
    return value
