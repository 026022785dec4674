"""A refusal becomes the setting, scope or permission that is missing, in the words of its page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.forge import advice
from bot.forge.replies import Reply
from bot.forge.sign_in import GitHubSettings
from bot.git.credentials import Credentials

ACTIONS = GitHubSettings("acme/app", Credentials("https://github.com", "ghs_x"))
APP = replace(ACTIONS, login="my-app[bot]", permissions={"contents": "write"})
FINE = replace(ACTIONS, credentials=Credentials("https://github.com", "github_pat_x"))
CLASSIC = replace(ACTIONS, credentials=Credentials("https://github.com", "ghp_x"))
NEEDS = {"x-accepted-github-permissions": "issues=write; pull_requests=write"}


@pytest.mark.parametrize(
    ("settings", "headers", "words"),
    [
        (ACTIONS, NEEDS, "give the workflow's job this permission: `issues: write`"),
        (
            FINE,
            NEEDS,
            "permission Issues: Read and write on acme/app (https://github.com/settings/",
        ),
        (APP, NEEDS, "give the App the repository permission Pull requests: Read and write"),
        (CLASSIC, NEEDS, "give the token this permission on acme/app: `issues: write`"),
        (CLASSIC, {"x-oauth-scopes": ""}, "the token has no scope: give it the scope `repo`"),
        (CLASSIC, {"x-oauth-scopes": "gist, user"}, "has only gist, user: give it"),
        (CLASSIC, {"x-oauth-scopes": "repo"}, "give the token `pull-requests: write`"),
        (ACTIONS, {}, "give the token `pull-requests: write` and `contents: write` on acme/app"),
        (
            FINE,
            {"x-github-sso": "required; url=https://github.com/orgs/acme/sso"},
            "single sign-on: https://github.com/orgs/acme/sso",
        ),
        (
            ACTIONS,
            {"x-accepted-github-permissions": "contents=write,workflows=write"},
            "`contents: write` and `workflows: write`",
        ),
    ],
)
def test_a_403_names_what_to_give(
    settings: GitHubSettings, headers: dict[str, str], words: str
) -> None:
    answer = Reply(403, headers, {"message": "Resource not accessible"})
    said = advice.refusal(answer, "do it", settings)
    assert said.startswith("GitHub did not let the bot do it (403: Resource not accessible); ")
    assert words in said


@pytest.mark.parametrize(
    ("scopes", "settings", "enough"),
    [
        ("repo, workflow", CLASSIC, True),
        ("public_repo", CLASSIC, True),
        ("repo:status", CLASSIC, False),
        ("", CLASSIC, False),
        (None, CLASSIC, True),
        ("", FINE, True),
        ("", ACTIONS, True),
    ],
)
def test_only_a_classic_token_is_judged_by_its_scopes(
    scopes: str | None, settings: GitHubSettings, enough: bool
) -> None:
    assert (advice.missing_scope(scopes, settings) is None) is enough


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        (None, None),
        ({"contents": "write", "pull_requests": "write"}, None),
        ({"contents": "write", "pull_requests": "read"}, "Pull requests: Read and write"),
        ({}, "Contents: Read and write, Pull requests: Read and write"),
    ],
)
def test_an_apps_permissions_are_judged_beforehand(
    permissions: dict[str, str] | None, words: str | None
) -> None:
    said = advice.missing_permissions(replace(APP, permissions=permissions))
    assert said is None if words is None else words in str(said)
