"""A GitHub App signs in: finds its installation in the repository, and trades its signature for a token.

In: a sender that signs as the App. Out: settings with the installation's token, who acts, and what it may do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import BotError
from bot.forge.replies import Reply
from bot.forge.sending import Sender
from bot.forge.sign_in import APP_ID, APP_PRIVATE_KEY, GitHubSettings, Powers
from bot.git.credentials import Credentials, redacted


@dataclass(frozen=True)
class _Installation:
    number: int
    slug: str
    granted: Powers


def installed(sender: Sender, settings: GitHubSettings, needed: Powers) -> GitHubSettings:
    """The settings of the App's installation in the repository. Raises BotError, with what to do.

    The token is for this repository only, and for what is needed; of that, what the App was granted, since
    GitHub refuses to give more, and what is missing is told where it matters. Two requests.
    """
    found = _installation(sender, settings)
    path = f"/app/installations/{found.number}/access_tokens"
    only = {
        "repositories": [settings.repository.partition("/")[2]],
        "permissions": _within(needed, found.granted),
    }
    answer = sender.send("POST", path, only)
    data = _document(sender, answer, "sign in as its App")
    token, permissions = data.get("token"), data.get("permissions")
    if not isinstance(token, str) or not isinstance(permissions, Mapping):
        raise BotError("GitHub gave the App no token; run again")
    return replace(
        settings,
        credentials=Credentials(settings.credentials.server, token),
        login=f"{found.slug}[bot]",
        permissions={str(name): str(level) for name, level in permissions.items()},
        needed=needed,
    )


def _within(needed: Powers, granted: Powers) -> Powers:
    """What is needed and granted; where that is nothing, what every App may read, since none means all."""
    found = {
        name: "read" if granted[name] == "read" else level
        for name, level in needed.items()
        if name in granted
    }
    return found or {"metadata": "read"}


def _installation(sender: Sender, settings: GitHubSettings) -> _Installation:
    answer = sender.send("GET", f"/repos/{settings.repository}/installation")
    if answer.status == 401:
        secrets = settings.credentials.secrets
        said = redacted(answer.message, secrets) or "no reason given"
        raise BotError(
            f"GitHub does not know the App ({said}): see that {APP_ID} and {APP_PRIVATE_KEY} belong together"
        )
    if answer.status == 404:
        raise BotError(
            f"the App is not installed on {settings.repository}: add it there (Install App, in its settings)"
        )
    data = _document(sender, answer, "find where its App is installed")
    if data.get("suspended_at"):
        raise BotError(
            f"the App's installation on {settings.repository} is suspended; unsuspend it"
        )
    number, slug, granted = data.get("id"), data.get("app_slug"), data.get("permissions")
    if not isinstance(number, int) or not isinstance(slug, str) or not isinstance(granted, Mapping):
        raise BotError("GitHub answered with something that is no installation; run again")
    return _Installation(number, slug, granted)


def _document(sender: Sender, answer: Reply, doing: str) -> Mapping[str, Any]:
    if not answer.ok or not isinstance(answer.data, Mapping):
        raise sender.error(answer, doing)
    return answer.data
