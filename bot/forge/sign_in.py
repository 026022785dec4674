"""Who acts on which GitHub: what the workflow's environment says, as settings.

In: the environment. Out: `GitHubSettings` and `App`, or the error that says which variable is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import BotError
from bot.git.credentials import Credentials

_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_APP_ID = re.compile(r"[A-Za-z0-9._-]+")

APP_ID, APP_PRIVATE_KEY = "CALIBRATION_APP_ID", "CALIBRATION_APP_PRIVATE_KEY"
"""The environment variables of a GitHub App. Where both are set, they win over `GITHUB_TOKEN`."""


Powers = Mapping[str, str]
"""What a token may do, as GitHub names it: `contents` to `read` or `write`."""
READING: Powers = {"contents": "read"}
SYNCING: Powers = {"contents": "write"}
LOOKING: Powers = {"contents": "read", "pull_requests": "read"}
PUBLISHING: Powers = {"contents": "write", "pull_requests": "write"}
ALARMING: Powers = {"issues": "write"}
COLLECTING: Powers = {
    "pull_requests": "read",
    "checks": "read",
    "statuses": "read",
    "contents": "read",
    "metadata": "read",
}
"""What each sort of work needs: an App asks for no more. A pull request's labels and comments are its own;
metadata tells what a person may do."""


class TokenKind(StrEnum):
    """The sorts of credential, as far as GitHub's answers and remedies differ."""

    APP = "app"
    """An installation token that we got ourselves, for the App of the environment."""
    INSTALLATION = "installation"
    """Another one: the `GITHUB_TOKEN` of a workflow, or of an App that somebody else signed in."""
    FINE_GRAINED = "fine-grained"
    """A fine-grained personal access token."""
    PERSONAL = "personal"
    """A classic personal access token, or one that nobody can tell."""


@dataclass(frozen=True)
class App:
    """A GitHub App, as it signs in."""

    identifier: str
    """Its id or client id."""
    private_key: str = field(repr=False)
    """PEM, in memory only."""


@dataclass(frozen=True)
class GitHubSettings:
    """Which repository on which GitHub, as the workflow's environment says it."""

    repository: str
    """`owner/name`."""
    credentials: Credentials
    api_url: str = "https://api.github.com"
    """Base URL of the REST API; a GitHub Enterprise server's ends in `/api/v3`."""
    login: str | None = None
    """Who acts, where that is known beforehand: the App's `slug[bot]`. None for a token given to us."""
    permissions: Powers | None = None
    """What the App's token may do, of what was asked for; None where nobody said."""
    needed: Powers = field(default_factory=lambda: PUBLISHING)
    """What was asked for, of an App."""

    @property
    def kind(self) -> TokenKind:
        """The sort of token, by the prefix GitHub gives it."""
        if self.login is not None:
            return TokenKind.APP
        token = self.credentials.token
        if token.startswith("ghs_"):
            return TokenKind.INSTALLATION
        return TokenKind.FINE_GRAINED if token.startswith("github_pat_") else TokenKind.PERSONAL

    @property
    def server_url(self) -> str:
        """Base URL of web pages and of git, without a slash at its end."""
        return self.credentials.server.rstrip("/")

    @property
    def graphql_url(self) -> str:
        """Where questions in the query language go."""
        return f"{self.api_url.removesuffix('/v3')}/graphql"

    @property
    def owner(self) -> str:
        """The account the repository belongs to."""
        return self.repository.partition("/")[0]


def github_settings(
    environment: Mapping[str, str], token: str | None = None
) -> GitHubSettings | None:
    """Settings from `GITHUB_REPOSITORY`, `GITHUB_TOKEN`, `GITHUB_API_URL` and `GITHUB_SERVER_URL`.

    `token` stands in for `GITHUB_TOKEN`. None where the repository or the token is not said: there is no
    GitHub to publish to. Raises BotError for a repository that is no `owner/name` and for a token that no
    header could carry.
    """
    repository = environment.get("GITHUB_REPOSITORY", "")
    token = (environment.get("GITHUB_TOKEN", "") if token is None else token).strip()
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


def github_app(environment: Mapping[str, str]) -> App | None:
    """The App of `CALIBRATION_APP_ID` and `CALIBRATION_APP_PRIVATE_KEY`, None where neither is set.

    The key may have its line breaks written as a backslash and an n, as one-line variables do. Raises
    BotError where only one of the two is set, or the id is none.
    """
    identifier = environment.get(APP_ID, "").strip()
    key = environment.get(APP_PRIVATE_KEY, "").strip().replace("\\n", "\n")
    if not identifier and not key:
        return None
    if not identifier or not key:
        given, missing = (APP_ID, APP_PRIVATE_KEY) if identifier else (APP_PRIVATE_KEY, APP_ID)
        raise BotError(f"{given} is set, but {missing} is not; a GitHub App needs both")
    if not _APP_ID.fullmatch(identifier):
        raise BotError(f"{APP_ID} must be the App's id or client id, from its settings page")
    return App(identifier, f"{key}\n")
