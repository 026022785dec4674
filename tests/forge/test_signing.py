"""What GitHub answers when it is to make a commit is looked at before anything is believed of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.errors import BotError
from bot.forge.protocol import Blueprint
from bot.forge.redirects import Moved
from bot.forge.retry import Pace
from bot.forge.sending import Sender
from bot.forge.sign_in import GitHubSettings
from bot.forge.signing import Signer
from bot.git.credentials import Credentials

PARENT, TREE, MADE = "a" * 40, "b" * 40, "c" * 40
BLUEPRINT = Blueprint(
    "d" * 40, TREE, "subject\n\nbody", {"config/overrides.toml": ("100644", b"x")}
)
SIGNED = {"verified": True, "reason": "valid"}
APP, PERSON = "ghs_token", "ghp_token"


def commit(sha: Any = MADE, tree: Any = TREE, verification: Any = SIGNED) -> dict[str, Any]:
    return {"sha": sha, "tree": {"sha": tree}, "verification": verification}


def made(answer: Any, token: str = APP) -> tuple[list[str], list[str]]:
    """What is believed to be made, and what was to be fetched, where commits are answered so."""
    fetched: list[str] = []

    def transport(
        verb: str, path: str, _: Mapping[str, str] | None, said: Any
    ) -> tuple[int, Mapping[str, Any], str]:
        if path.endswith("/git/commits") or "/git/commits/" in path or path.endswith("/graphql"):
            if isinstance(answer, Exception):
                raise answer
            if token == PERSON and path.endswith("/graphql"):
                oid = {"createCommitOnBranch": {"commit": {"oid": answer["sha"]}}}
                return 200, {}, json.dumps({"data": oid})
            return 201, {}, json.dumps(answer)
        return 201, {}, json.dumps({"sha": TREE, "object": {"sha": PARENT}})

    settings = GitHubSettings("acme/widget", Credentials("https://github.com", token))
    sender = Sender(transport, settings, Pace(sleep=lambda seconds: None))
    found = Signer(sender, settings).make(
        PARENT, [BLUEPRINT], "calibration/signing/x", fetched.append
    )
    return [*found], fetched


@pytest.mark.parametrize("token", [APP, PERSON])
def test_a_verified_commit_of_the_wanted_files_is_believed(token: str) -> None:
    assert made(commit(), token) == ([MADE], [MADE])


@pytest.mark.parametrize("token", [APP, PERSON])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (commit(tree="e" * 40), "other files than asked for"),
        (commit(verification={"verified": False, "reason": "unsigned"}), "did not sign"),
        (commit(verification={"verified": "true", "reason": "valid"}), "did not sign"),
        (commit(verification={"verified": 1, "reason": "valid"}), "did not sign"),
        (commit(verification={"verified": True}), "no commit"),
        (commit(verification=None), "no commit"),
        (commit(sha="--upload-pack=touch pwned"), "no commit"),
        (commit(sha="refs/heads/main"), "no commit"),
        (commit(sha="../../user"), "no commit"),
        (commit(sha=None), "no commit"),
        (commit(sha=""), "no commit"),
        (Moved("https://elsewhere.example/repos/acme/widget/git/commits"), "another server"),
    ],
    ids=[
        "other files",
        "unsigned",
        "verified as text",
        "verified as number",
        "no reason",
        "no verification",
        "an option",
        "a branch",
        "a way out",
        "no name",
        "empty name",
        "redirected",
    ],
)
def test_anything_else_is_refused_and_never_fetched(token: str, answer: Any, said: str) -> None:
    with pytest.raises(BotError, match=said):
        made(answer, token)
