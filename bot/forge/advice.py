"""What to do about a refusal: the setting, the scope or the permission that is missing. Pure."""

from __future__ import annotations

from bot.forge.protocol import Proposal, PullRequest
from bot.forge.replies import Reply, limited
from bot.forge.sign_in import GitHubSettings, TokenKind

_CLASSIC_SCOPES = frozenset({"repo", "public_repo"})


def refusal(answer: Reply, doing: str, settings: GitHubSettings) -> str:
    """What GitHub refused, in its words, and what to do about it, as one line."""
    said = answer.message or f"status {answer.status}"
    advice = _advice(answer, settings)
    return f"GitHub did not let the bot {doing} ({answer.status}: {said}); {advice}"


def _advice(answer: Reply, settings: GitHubSettings) -> str:
    if "not permitted to create or approve pull requests" in answer.message:
        return (
            "enable Settings → Actions → General → Workflow permissions → Allow GitHub Actions to "
            f"create and approve pull requests ({settings.server_url}/{settings.repository}/settings/actions)"
        )
    if limited(answer):
        return "it limits the number of requests: run again later"
    if answer.status == 401:
        return "GITHUB_TOKEN is wrong or has expired: give it a valid one"
    if answer.status == 410 and "disabled" in answer.message:
        return (
            f"switch issues on ({settings.server_url}/{settings.repository}/settings, Features), or the "
            "alarm off: `alarm = false` in the policy"
        )
    if answer.status in (403, 404):
        return _denied(answer, settings)
    return "run again"


def _denied(answer: Reply, settings: GitHubSettings) -> str:
    sso = answer.headers.get("x-github-sso", "")
    if sso.startswith("required"):
        return (
            f"authorise the token for the organization's single sign-on: {sso.partition('url=')[2]}"
        )
    scopes = missing_scope(answer.headers.get("x-oauth-scopes"), settings)
    if scopes is not None:
        return scopes
    lacking = missing_permissions(settings)  # names all at once, where the refusal names one
    if lacking is not None:
        return lacking
    accepted = answer.headers.get("x-accepted-github-permissions")
    if accepted:
        return grant(accepted, settings)
    return f"give the token `pull-requests: write` and `contents: write` on {settings.repository}"


def missing_scope(scopes: str | None, settings: GitHubSettings) -> str | None:
    """What to do where a classic token's scopes (as in `X-OAuth-Scopes`) are not enough, else None.

    Other tokens have no scopes: None.
    """
    if scopes is None or settings.kind is not TokenKind.PERSONAL:
        return None
    held = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    if _CLASSIC_SCOPES & set(held):
        return None
    has = f"only {', '.join(held)}" if held else "no scope"
    return (
        f"the token has {has}: give it the scope `repo` (`public_repo` is enough for a public repository) at "
        f"{settings.server_url}/settings/tokens"
    )


def missing_permissions(settings: GitHubSettings) -> str | None:
    """What to do where an App's installation lacks what it asked for, None where it does not."""
    held = settings.permissions
    if held is None:
        return None
    missing = [
        f"{name}={level}"
        for name, level in settings.needed.items()
        if held.get(name) not in ("write", level)
    ]
    return grant(", ".join(missing), settings) if missing else None


def grant(accepted: str, settings: GitHubSettings) -> str:
    """How to give a token a permission. `accepted` as in `X-Accepted-GitHub-Permissions`.

    There, commas part what is needed together and semicolons part alternatives; the first one will do.
    """
    together = accepted.partition(";")[0].split(",")
    pairs = [one.strip().partition("=")[::2] for one in together]
    return _WAYS[settings.kind].format(
        permissions=" and ".join(f"`{name.replace('_', '-')}: {level}`" for name, level in pairs),
        titles=", ".join(f"{_title(name)}: {_LEVELS.get(level, level)}" for name, level in pairs),
        server=settings.server_url,
        repository=settings.repository,
    )


def _title(permission: str) -> str:
    return permission.replace("_", " ").capitalize()


_LEVELS = {"read": "Read-only", "write": "Read and write"}
_APP = (
    "give the App the repository permission {titles} (its settings, Permissions & events), then accept the "
    "new permission where it is installed"
)
_WAYS = {
    TokenKind.APP: _APP,
    TokenKind.INSTALLATION: (
        "give the workflow's job this permission: {permissions}; for the token of a GitHub App, "
        "give the App {titles} and accept that where it is installed"
    ),
    TokenKind.FINE_GRAINED: (
        "give the token the repository permission {titles} on {repository} "
        "({server}/settings/personal-access-tokens)"
    ),
    TokenKind.PERSONAL: "give the token this permission on {repository}: {permissions}",
}


def other_account(login: str, author: str) -> str:
    """What to do where the token acts as somebody else than the policy says."""
    return (
        f"the token acts as {login}, but the policy expects the bot's pull requests to be {author}'s: set "
        f'pull_request.author = "{login}" in the policy, or give the bot a token of {author}'
    )


def stranger(pull: PullRequest, proposal: Proposal) -> tuple[str, ...]:
    """A warning where the pull request is not the bot's own to the next run."""
    if proposal.author.casefold() in ("", pull.author.casefold()):
        return ()
    return (f"#{pull.number}: {other_account(pull.author, proposal.author)}",)
