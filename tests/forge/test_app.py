"""A GitHub App signs in: what it asks, and what is said where GitHub will not have it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import BotError
from bot.forge.app import installed
from bot.forge.github import sign_in
from bot.forge.retry import Pace
from bot.forge.sending import Sender
from bot.forge.sign_in import (
    COLLECTING,
    LOOKING,
    PUBLISHING,
    READING,
    GitHubSettings,
    Powers,
    TokenKind,
    github_app,
)
from bot.git.credentials import Credentials

SETTINGS = GitHubSettings(
    "acme/app", Credentials("https://ghe.example", "a.b.c"), "https://x/api/v3"
)
GRANTED = {"metadata": "read", "contents": "write", "issues": "write", "pull_requests": "read"}
FOUND = {"id": 5, "app_slug": "my-app", "suspended_at": None, "permissions": GRANTED}
TOKEN = {"token": "ghs_new", "permissions": {"contents": "write"}}


class Answers:
    """Answers in order, and keeps what was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.left = list(answers)
        self.asked: list[tuple[str, str, Any]] = []

    def __call__(self, verb: str, path: str, parameters: Any, said: Any) -> tuple[int, Any, str]:
        self.asked.append((verb, path, said))
        status, data = self.left.pop(0)
        return status, {}, json.dumps(data)


def signed_in(answers: Answers, needed: Powers = PUBLISHING) -> GitHubSettings:
    return installed(Sender(answers, SETTINGS, Pace(sleep=lambda seconds: None)), SETTINGS, needed)


def test_two_requests_give_a_token_for_this_repository_only() -> None:
    answers = Answers((200, FOUND), (201, TOKEN))
    found = signed_in(answers)
    assert answers.asked == [
        ("GET", "/repos/acme/app/installation", None),
        (
            "POST",
            "/app/installations/5/access_tokens",
            {
                "repositories": ["app"],
                "permissions": {"contents": "write", "pull_requests": "read"},
            },
        ),
    ]
    assert (found.credentials.token, found.credentials.server) == ("ghs_new", "https://ghe.example")
    assert (found.login, found.permissions) == ("my-app[bot]", {"contents": "write"})
    assert (found.kind, found.api_url) == (TokenKind.APP, "https://x/api/v3")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([(401, {"message": "bad JWT"})], "does not know the App (bad JWT)"),
        ([(404, {"message": "Not Found"})], "the App is not installed on acme/app"),
        ([(200, {**FOUND, "suspended_at": "2025-12-01T00:00:00Z"})], "is suspended"),
        ([(200, {"id": "x"})], "no installation; run again"),
        ([(200, [])], "did not let the bot find where its App is installed"),
        ([(200, FOUND), (422, {"message": "no"})], "did not let the bot sign in as its App"),
        ([(200, FOUND), (201, {"token": "x"})], "gave the App no token"),
    ],
)
def test_what_goes_wrong_says_what_to_do(answers: list[tuple[int, Any]], words: str) -> None:
    with pytest.raises(BotError) as caught:
        signed_in(Answers(*answers))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("needed", "granted", "asked"),
    [
        (PUBLISHING, {**PUBLISHING, "issues": "write", "actions": "write"}, PUBLISHING),
        (READING, {**PUBLISHING, "metadata": "read"}, READING),
        (LOOKING, {"contents": "write"}, READING),
        (COLLECTING, {**PUBLISHING, "statuses": "read"}, {**LOOKING, "statuses": "read"}),
        (PUBLISHING, {"metadata": "read", "issues": "write"}, {"metadata": "read"}),
        (
            PUBLISHING,
            {"contents": "read", "pull_requests": "write"},
            {**PUBLISHING, "contents": "read"},
        ),
    ],
)
def test_an_app_asks_for_what_is_needed_and_granted_and_for_no_more(
    needed: Powers, granted: Powers, asked: Powers
) -> None:
    """GitHub refuses a token that may more than the App; what is missing is told where it matters."""
    answers = Answers((200, {**FOUND, "permissions": granted}), (201, TOKEN))
    signed_in(answers, needed)
    assert answers.asked[1][2]["permissions"] == asked


def test_without_an_app_the_environment_is_asked_for_a_token() -> None:
    plain = {"GITHUB_REPOSITORY": "acme/app", "GITHUB_TOKEN": "ghp_x"}
    found = sign_in(plain, READING)
    assert found is not None
    assert (found.kind, found.login) == (TokenKind.PERSONAL, None)
    assert sign_in({}, READING) is None


def test_an_app_without_a_repository_publishes_nowhere() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    own = {"CALIBRATION_APP_ID": "1", "CALIBRATION_APP_PRIVATE_KEY": key.decode()}
    assert sign_in(own, READING) is None


def test_the_key_is_not_shown_by_its_value() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\\nsecret\\n-----END RSA PRIVATE KEY-----"
    app = github_app({"CALIBRATION_APP_ID": "Iv23li", "CALIBRATION_APP_PRIVATE_KEY": key})
    assert app is not None
    assert "secret" not in repr(app)
    assert app.private_key.splitlines()[1] == "secret"


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("ghs_x", TokenKind.INSTALLATION),
        ("github_pat_x", TokenKind.FINE_GRAINED),
        ("ghp_x", TokenKind.PERSONAL),
        ("0123456789abcdef", TokenKind.PERSONAL),
    ],
)
def test_the_kind_of_a_token_shows_in_its_prefix(token: str, kind: TokenKind) -> None:
    assert GitHubSettings("a/b", Credentials("https://x", token)).kind is kind
