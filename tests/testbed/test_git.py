"""The git half of the host is real git behind real authentication."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.forge.wire import ZERO, RefUpdate
from tests.testbed.client import ask, git, push


@pytest.fixture
def work(host: Host, tmp_path: Path) -> Path:
    """A clone with one commit of its own on `topic`."""
    host.seed({"a.txt": "one\n"})
    folder = host.clone(tmp_path / "work")
    git(host, folder, "switch", "-c", "topic")
    git(host, folder, "commit", "--allow-empty", "-m", "Own")
    return folder


def test_a_push_is_served_logged_and_mirrored_with_the_same_sha(host: Host, work: Path) -> None:
    """Branch on the remote, ref update in the log, the same SHA in the API."""
    sha = git(host, work, "rev-parse", "HEAD").stdout.strip()
    push(host, work, "topic")

    assert host.repository.heads()["topic"] == sha
    assert [entry.request.pushes for entry in host.writes()] == [
        (RefUpdate("refs/heads/topic", ZERO, sha),)
    ]
    assert ask(host, "GET", "/repos/acme/widget/git/ref/heads/topic")[1]["object"]["sha"] == sha


@pytest.mark.parametrize(
    ("token", "words"),
    [
        pytest.param(None, "could not read Username", id="none"),
        pytest.param(tokens.WRONG, "could not read Username", id="wrong"),
        pytest.param(tokens.ACTIONS_READ_ONLY.value, "denied to github-actions[bot]", id="read"),
        pytest.param(tokens.FINE_GRAINED_READ_ONLY.value, "403", id="fine-grained-read"),
        pytest.param(tokens.PAT_WITHOUT_SCOPES.value, "403", id="no-scopes"),
        pytest.param(tokens.STRANGER.value, "denied to stranger", id="stranger"),
    ],
)
def test_a_push_without_the_right_is_refused(
    host: Host, work: Path, token: str | None, words: str
) -> None:
    """401 or 403 in git's own words, nothing changed, no write in the log."""
    done = git(host, work, "push", "origin", "topic", token=token)
    assert done.returncode != 0
    assert words in done.stderr
    assert "topic" not in host.repository.heads()
    assert host.writes() == []


@pytest.mark.parametrize("token", [tokens.ACTIONS, tokens.FINE_GRAINED], ids=lambda t: t.kind)
def test_every_writing_token_may_push(host: Host, work: Path, token: tokens.Token) -> None:
    """GITHUB_TOKEN and fine-grained tokens work like a classic one."""
    push(host, work, "topic", token=token.value)
    assert "topic" in host.repository.heads()


def test_a_read_only_token_may_fetch(host: Host, work: Path) -> None:
    """Reading needs no write permission."""
    token = tokens.ACTIONS_READ_ONLY.value
    assert git(host, work, "fetch", "origin", token=token).returncode == 0


def test_a_stale_lease_is_rejected(host: Host, work: Path) -> None:
    """`--force-with-lease` sees what a person pushed meanwhile."""
    push(host, work, "topic")
    observed = host.repository.heads()["topic"]
    theirs = host.people.commit("topic", {"b.txt": "theirs\n"})
    git(host, work, "commit", "--amend", "--allow-empty", "-m", "Rewritten")

    done = git(host, work, "push", f"--force-with-lease=topic:{observed}", "origin", "topic")
    assert "stale info" in done.stderr
    assert host.repository.heads()["topic"] == theirs


def test_a_protected_branch_refuses_pushes(host: Host, work: Path) -> None:
    """The pre-receive hook speaks as GitHub does; lifted, the push goes through."""
    host.people.protect("topic")
    done = git(host, work, "push", "origin", "topic")
    assert "GH006: Protected branch update failed for refs/heads/topic" in done.stderr
    host.people.protect()
    push(host, work, "topic")


def test_a_big_push_arrives_in_chunks(host: Host, work: Path) -> None:
    """Above 1 MiB git sends chunks, after a probe that is not counted as a write."""
    (work / "big.bin").write_bytes(random.Random(1).randbytes(2_000_000))  # noqa: S311 (not a secret)
    git(host, work, "add", "big.bin")
    git(host, work, "commit", "-m", "Big")
    push(host, work, "topic")
    assert len(host.writes()) == 1


def test_an_unknown_repository_is_not_found(host: Host, work: Path) -> None:
    """404, as for a repository the token may not see."""
    done = git(host, work, "ls-remote", f"{host.url}/acme/nothing.git")
    assert "not found" in done.stderr
