"""GitHub's documented conditions for a verified commit, on the bed; every message by GitHub's description.

"Signature verification for bots": authenticated as the App, and no author, committer or signature given.
`createCommitOnBranch`: signed, whoever asks.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.support.forge.host import Host, Shape
from tests.support.forge.tokens import ACTIONS, FINE_GRAINED, FINE_GRAINED_READ_ONLY, PAT, Token
from tests.testbed.client import ask

GIT = "/repos/acme/widget/git"
MUTATION = (
    "mutation($input: CreateCommitOnBranchInput!) "
    "{ createCommitOnBranch(input: $input) { commit { oid } } }"
)
at_the_root = pytest.mark.parametrize("host", [Shape.ROOT], indirect=True, ids=["ROOT"])
"""Where both APIs are below one address."""
ME = {"name": "Me", "email": "me@example.org"}


@pytest.fixture
def begun(host: Host) -> Host:
    """A repository with one file, and a branch."""
    sha = host.seed({"a.txt": "one\n", "b/c.txt": "two\n"})
    host.repository.set_head("topic", sha)
    return host


def over_rest(host: Host, token: Token, **more: object) -> Any:
    """A commit that changes one file, as the API shows it."""
    head = host.repository.heads()["topic"]

    def made(kind: str, said: dict[str, Any]) -> Any:
        status, answer, _ = ask(host, "POST", f"{GIT}/{kind}", said, token.value)
        assert status == 201, answer
        return answer

    content = b64encode(b"changed \xff\n").decode()
    blob = made("blobs", {"content": content, "encoding": "base64"})["sha"]
    entry = {"path": "b/c.txt", "mode": "100755", "type": "blob", "sha": blob}
    base = host.repository.git("rev-parse", f"{head}^{{tree}}")
    tree = made("trees", {"base_tree": base, "tree": [entry]})["sha"]
    return made("commits", {"message": "Change", "tree": tree, "parents": [head], **more})


def by_mutation(host: Host, token: Token, expected: str | None = None) -> Any:
    told = {
        "branch": {"repositoryNameWithOwner": "acme/widget", "branchName": "topic"},
        "expectedHeadOid": expected or host.repository.heads()["topic"],
        "message": {"headline": "Change", "body": "Why"},
        "fileChanges": {"additions": [{"path": "a.txt", "contents": b64encode(b"x\n").decode()}]},
    }
    said = {"query": MUTATION, "variables": {"input": told}}
    return ask(host, "POST", "/graphql", said, token.value)[1]


def shown(host: Host, sha: str) -> Any:
    return ask(host, "GET", f"{GIT}/commits/{sha}")[1]


@pytest.mark.parametrize(
    ("token", "more", "verified"),
    [
        (ACTIONS, {}, True),
        (ACTIONS, {"author": ME}, False),
        (ACTIONS, {"committer": ME}, False),
        (PAT, {}, False),
        (FINE_GRAINED, {}, False),
    ],
    ids=["bot", "bot as author", "bot as committer", "person", "person, fine-grained"],
)
def test_github_signs_what_a_bot_makes_in_nobodys_name(
    token: Token, more: dict[str, object], verified: bool, begun: Host
) -> None:
    commit = over_rest(begun, token, **more)
    said = commit["verification"]
    assert (said["verified"], said["reason"]) == (verified, "valid" if verified else "unsigned")
    assert (commit["committer"]["email"] == "noreply@github.com") is verified
    assert commit == shown(begun, commit["sha"])
    listed = begun.repository.git("ls-tree", "-r", commit["sha"]).split("\n")
    assert [line.split("\t")[1] for line in listed if line.startswith("100755")] == ["b/c.txt"]
    assert begun.repository.git_bytes("show", f"{commit['sha']}:b/c.txt") == b"changed \xff\n"


def test_github_signs_nothing_where_its_administrator_has_not_set_it_up(begun: Host) -> None:
    begun.api.workbench("acme/widget").signs = False
    assert over_rest(begun, ACTIONS)["verification"]["reason"] == "unsigned"


def test_what_is_pushed_is_unsigned(begun: Host) -> None:
    assert shown(begun, begun.repository.heads()["topic"])["verification"]["verified"] is False


@at_the_root
def test_the_mutation_is_signed_whoever_asks_and_moves_the_branch(begun: Host) -> None:
    before = begun.repository.heads()["topic"]
    oid = by_mutation(begun, PAT)["data"]["createCommitOnBranch"]["commit"]["oid"]
    commit = shown(begun, oid)
    assert begun.repository.heads()["topic"] == oid
    assert [parent["sha"] for parent in commit["parents"]] == [before]
    assert commit["verification"]["verified"] is True
    assert (commit["message"], commit["author"]["name"]) == ("Change\n\nWhy", "calibrator")


@at_the_root
def test_the_mutation_refuses_a_branch_that_has_moved(begun: Host) -> None:
    answer = by_mutation(begun, PAT, "0" * 40)
    assert [error["type"] for error in answer["errors"]] == ["STALE_DATA"]


@at_the_root
def test_the_mutation_refuses_a_token_that_may_only_read(begun: Host) -> None:
    answer = by_mutation(begun, FINE_GRAINED_READ_ONLY)
    assert [error["type"] for error in answer["errors"]] == ["FORBIDDEN"]
