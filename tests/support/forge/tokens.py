"""Who may do what: the credentials the host knows and GitHub's documented refusals.

The refusals are this project's model of GitHub's documentation ("Troubleshooting the REST API",
"Permissions required for fine-grained personal access tokens"), not something GitHub published as
data. One simplification: the repository answers reads like a private one, so no credential means
404 on the API and 401 for git, while the JSON says `"private": false`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.forge.wire import Answer, Request, error_answer


class TokenKind(StrEnum):
    """The sorts of credential GitHub hands out."""

    CLASSIC = "classic personal access token"
    FINE_GRAINED = "fine-grained personal access token"
    ACTIONS = "GITHUB_TOKEN of a workflow run"
    INSTALLATION = "installation token of a GitHub App"


@dataclass(frozen=True)
class Token:
    """A credential and what it is good for."""

    value: str
    login: str
    """Who acts: `octocat`, `github-actions[bot]`, `some-app[bot]`."""
    kind: TokenKind = TokenKind.CLASSIC
    scopes: tuple[str, ...] = ("repo", "workflow")
    """Of a classic token; announced in `X-OAuth-Scopes`."""
    permissions: Mapping[str, str] = field(default_factory=dict)
    """Of every other kind: `{"contents": "write"}`."""

    @property
    def is_integration(self) -> bool:
        """Whether it belongs to an App (GITHUB_TOKEN does): no user stands behind it."""
        return self.kind in (TokenKind.ACTIONS, TokenKind.INSTALLATION)

    def grants(self, permission: str, level: str) -> bool:
        """Whether it includes `permission` at `level` (`read` or `write`)."""
        if self.kind is TokenKind.CLASSIC:
            return level == "read" or bool({"repo", "public_repo"} & set(self.scopes))
        held = self.permissions.get(permission, "none")
        return held == "write" or held == level


_WRITE = {"contents": "write", "issues": "write", "pull_requests": "write", "metadata": "read"}
_READ = dict.fromkeys(_WRITE, "read")

ACTIONS = Token(
    "ghs_actionsTokenOfThisRun",
    "github-actions[bot]",
    TokenKind.ACTIONS,
    (),
    {**_WRITE, "actions": "write"},
)
"""GITHUB_TOKEN with the permissions `calibrate.yml` asks for."""
ACTIONS_READ_ONLY = Token(
    "ghs_actionsTokenReadOnly", "github-actions[bot]", TokenKind.ACTIONS, (), _READ
)
PAT = Token("ghp_classicTokenOfCalibrator", "calibrator")
PAT_WITHOUT_SCOPES = Token("ghp_classicTokenWithoutScopes", "calibrator", scopes=("gist",))
FINE_GRAINED = Token(
    "github_pat_fineGrainedOfCalibrator", "calibrator", TokenKind.FINE_GRAINED, (), _WRITE
)
FINE_GRAINED_READ_ONLY = Token(
    "github_pat_fineGrainedReadOnly", "calibrator", TokenKind.FINE_GRAINED, (), _READ
)
PERSON = Token("ghp_classicTokenOfReviewer", "reviewer")
STRANGER = Token("ghp_classicTokenOfStranger", "stranger")
WRONG = "ghp_nobodyEverIssuedThisToken"
"""Looks like a token; nobody issued it."""

STANDARD = (
    ACTIONS,
    ACTIONS_READ_ONLY,
    PAT,
    PAT_WITHOUT_SCOPES,
    FINE_GRAINED,
    FINE_GRAINED_READ_ONLY,
    PERSON,
    STRANGER,
)

_REPOSITORY = r"/repos/[^/]+/[^/]+"
_EITHER = "issues={0}; pull_requests={0}"
_ACCEPTED = tuple(
    (re.compile(_REPOSITORY + pattern + "$"), permissions)
    for pattern, permissions in (
        (r"/pulls/\d+/merge", "contents={0}"),
        (r"/pulls(/.*)?", "pull_requests={0}"),
        (r"/issues", "issues={0}"),  # to open one; what a pull request has of an issue is below
        (r"/issues/.*", _EITHER),
        (r"/labels(/.*)?", _EITHER),
        (r"/(git|branches|contents|compare|commits)(/.*)?", "contents={0}"),
        (r"/actions/workflows/.*", "actions={0}"),
        (r"/actions/permissions/.*", "administration={0}"),
        (r"(/collaborators/.*)?", "metadata={0}"),
    )
)


def accepted_permissions(request: Request) -> str | None:
    """The value of `X-Accepted-GitHub-Permissions`: `;` between alternatives. None: no need."""
    level = "read" if request.method in ("GET", "HEAD") else "write"
    for pattern, permissions in _ACCEPTED:
        if pattern.match(request.path):
            return permissions.format(level)
    return None


def refusal(request: Request, token: Token | None) -> Answer | None:
    """The answer to a request its credential does not cover, or None if it may go on."""
    if token is None:
        return _anonymous(request)
    if request.path == "/user" and token.is_integration:
        return error_answer(403, "Resource not accessible by integration")
    accepted = accepted_permissions(request)
    if accepted is None or any(token.grants(*one.split("=")) for one in accepted.split("; ")):
        return None
    if token.kind is TokenKind.CLASSIC:
        # GitHub hides what a classic token may not touch; the scope headers tell why.
        return error_answer(404, "Not Found", announced(request, token))
    by = "integration" if token.is_integration else "personal access token"
    return error_answer(403, f"Resource not accessible by {by}", announced(request, token))


def announced(request: Request, token: Token | None) -> dict[str, str]:
    """The headers in which GitHub tells a token's powers and what the request needed."""
    if token is None:
        return {}
    if token.kind is TokenKind.CLASSIC:
        wanted = "" if request.method == "GET" else "repo"
        return {"X-OAuth-Scopes": ", ".join(token.scopes), "X-Accepted-OAuth-Scopes": wanted}
    accepted = accepted_permissions(request)
    return {} if accepted is None else {"X-Accepted-GitHub-Permissions": accepted}


def _anonymous(request: Request) -> Answer | None:
    if request.method != "GET":
        return error_answer(401, "Requires authentication")
    if request.path == "/user":
        return error_answer(401, "Requires authentication")
    return error_answer(404, "Not Found") if request.path.startswith("/repos/") else None
