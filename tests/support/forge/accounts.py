"""Accounts as GitHub shows them: emulate 0.11.2 forgets half the links and never says `Bot`."""

from __future__ import annotations

from typing import Any

_LINKS = {
    "events_url": "/events{/privacy}",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "organizations_url": "/orgs",
    "received_events_url": "/received_events",
    "repos_url": "/repos",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
}


def is_account(value: dict[str, Any]) -> bool:
    """Whether this is a user or an organization."""
    return "login" in value and "avatar_url" in value


def completed(account: dict[str, Any]) -> dict[str, Any]:
    """The account with every link GitHub gives, brackets escaped, and its true type."""
    if account["login"].endswith("[bot]"):
        account = {key: _escaped(key, value) for key, value in account.items()} | {"type": "Bot"}
    html = {"html_url": account["avatar_url"].replace("/avatars/u/", "/"), "gravatar_id": ""}
    links = {name: f"{account['url']}{rest}" for name, rest in _LINKS.items()}
    return html | {"site_admin": False} | links | account


def _escaped(key: str, value: Any) -> Any:
    return value.replace("[bot]", "%5Bbot%5D") if key.endswith("url") else value
