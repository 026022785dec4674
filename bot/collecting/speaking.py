"""Who speaks of a pull request: people with write access, of others' work. Pure.

In: who said it, whose pull request it is, permissions by login. Out: why somebody does not speak, or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.forge.pull_requests import Actor, PullRecord

SPEAKING = frozenset({"write", "maintain", "admin"})
"""Permissions of those who speak."""


@dataclass(frozen=True)
class Permissions:
    """What GitHub answered about people, asked once for each login."""

    of_logins: Mapping[str, str | None]
    """Permission by login in lower case; None where GitHub gave no answer."""

    def may_write(self, actor: Actor) -> bool:
        """Whether it is a person with write access."""
        return not actor.is_bot and self._of(actor) in SPEAKING

    def silence(self, actor: Actor, pull: PullRecord) -> str | None:
        """Why somebody does not speak of a pull request; None for who does."""
        if actor.login is None:
            return "by a deleted user"
        if actor.is_bot:
            return "by a bot"
        if _is_same(actor, pull.by):
            return "by the author of the pull request"
        if self._of(actor) is None:
            return "by somebody whose permission GitHub does not tell"
        return None if self.may_write(actor) else "by somebody without write access"

    def _of(self, actor: Actor) -> str | None:
        return None if actor.login is None else self.of_logins.get(actor.login.lower())


def _is_same(one: Actor, other: Actor) -> bool:
    return one.login is not None and one.login.lower() == (other.login or "").lower()
