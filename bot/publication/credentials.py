"""The one place that knows the token: who may see it, and how it is kept out of everything else.

In: the environment of the workflow. Out: `Credentials`, which reach git through a child's environment only,
and `redacted`, which every text that a server or git said passes before anybody sees it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.errors import BotError

_USER_INFO = re.compile(r"(?<=://)[^/\s@]+@")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Credentials:
    """A token and the one server it is meant for."""

    server: str
    """Its URL, scheme and host, e.g. `https://github.com`."""
    token: str = field(repr=False)
    """The secret, in memory only."""

    @property
    def header(self) -> str:
        """The HTTP header git sends, as actions/checkout words it."""
        return f"Authorization: basic {self._encoded}"

    @property
    def _encoded(self) -> str:
        return base64.b64encode(f"x-access-token:{self.token}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be shown."""
        return (self.token, self._encoded)

    def config(self) -> tuple[tuple[str, str], ...]:
        """Git configuration that sends the token to this server and to no other.

        The empty value first drops a header that somebody else configured for the same server: two
        `Authorization` headers are an error there.
        """
        key = f"http.{self.server.rstrip('/')}/.extraheader"
        return ((key, ""), (key, self.header))


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the secrets and without the user part of any URL."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return _USER_INFO.sub("***@", text)


@dataclass(frozen=True)
class GitHubSettings:
    """Which repository on which GitHub, as the workflow's environment says it."""

    repository: str
    """`owner/name`."""
    credentials: Credentials
    api_url: str = "https://api.github.com"
    """Base URL of the REST API; a GitHub Enterprise server's ends in `/api/v3`."""

    @property
    def server_url(self) -> str:
        """Base URL of web pages and of git, without a slash at its end."""
        return self.credentials.server.rstrip("/")

    @property
    def owner(self) -> str:
        """The account the repository belongs to."""
        return self.repository.partition("/")[0]


def github_settings(environment: Mapping[str, str]) -> GitHubSettings | None:
    """Settings from `GITHUB_REPOSITORY`, `GITHUB_TOKEN`, `GITHUB_API_URL` and `GITHUB_SERVER_URL`.

    None where the repository or the token is not said: there is no GitHub to publish to. Raises BotError
    for a repository that is no `owner/name` and for a token that no header could carry.
    """
    repository = environment.get("GITHUB_REPOSITORY", "")
    token = environment.get("GITHUB_TOKEN", "").strip()
    if not repository or not token:
        return None
    if not _REPOSITORY.fullmatch(repository):
        raise BotError("GITHUB_REPOSITORY must be owner/name, as GitHub Actions sets it")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BotError(
            "GITHUB_TOKEN is no token: it holds spaces, line breaks or other odd characters"
        )
    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    api = environment.get("GITHUB_API_URL") or GitHubSettings.api_url
    return GitHubSettings(repository, Credentials(server.rstrip("/"), token), api.rstrip("/"))
