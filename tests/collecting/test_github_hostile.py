"""Nobody without a voice makes a row, no text leaves its place: the hostile list of issue 11, on the bed."""

from __future__ import annotations

import os

import pytest

from tests.support.commands import Said
from tests.support.desk import run
from tests.support.forge import faults
from tests.support.forge.faults import Fault
from tests.support.forge.memory import sha_of
from tests.support.forge.tokens import PAT
from tests.support.forge.wire import GRAPHQL, Answer, json_answer
from tests.support.github_desk import FORK, GitHubDesk

NASTY = "::error::\x1b[31m\u202e<!-- @ada | `x` ##[error] -->\r\n::stop-commands::x"

LINE = NASTY.partition("\r")[0]


def nobody_speaks(shop: GitHubDesk) -> None:
    """Everything that the issue lists, in pull requests of three authors."""
    memory = shop.memory
    for by in ("eve", "rob", "ada", "labeler[bot]", None):
        pull = memory.pull("SD-1-x")
        memory.comment(pull, "/rework RISK/EXEC", by)
        memory.review(pull, by)
        memory.label(pull, "rework-db", by)
    for branch in ("SD-2-x", "revert-1-SD-1-x", "calibration/weekly"):
        fork = memory.pull(branch, body="SD: SD-1\nRework: RISK/EXEC\n", **FORK)
        memory.push(fork, sha_of(branch))
        memory.check(sha_of(branch))
        memory.review(fork)
    quoted = "> /rework RISK/EXEC\n\n~~~\n/rework RISK/EXEC\n~~~\n\n    /rework RISK/EXEC"
    memory.comment(memory.pull("SD-3-x"), quoted)
    memory.comment(memory.pull("SD-4-x"), "/rework RISK/EXEC\n" + "x" * 66_000)
    memory.comment(memory.pull("SD-5-x"), "/rework RISK/EXEC", edited=301)
    imported = memory.comment(memory.pull("SD-6-x"), "/rework RISK/EXEC")
    imported["author"] = {"__typename": "Mannequin", "login": "ria"}
    app = memory.comment(memory.pull("SD-7-x"), "/rework RISK/EXEC")
    app["author"] = {"__typename": "Bot", "login": "ria"}


def test_nobody_without_a_voice_makes_a_row(shop: GitHubDesk) -> None:
    nobody_speaks(shop)
    shop.collected()
    assert shop.brief() == []


@pytest.mark.slow
def test_hostile_text_becomes_plain_and_no_output_obeys_it(shop: GitHubDesk) -> None:
    memory = shop.memory
    pull = memory.pull(f"SD-1-{NASTY}", body=f"{NASTY}\n\nSD: SD-1\nRework: {LINE}")
    memory.push(pull, sha_of("head"))
    memory.check(sha_of("head"), name=f"e2e {NASTY}" * 99)
    memory.comment(pull, f"/rework RISK/EXEC {NASTY}")
    memory.comment(pull, f"/issue {NASTY}")
    memory.comment(pull, f"/issue {NASTY}", "eve")
    memory.label(pull, f"rework {NASTY}", "labeler[bot]")
    text = run(shop.path, "collect", "github")
    assert text.returncode == 0, text.stderr
    assert shop.brief() == ["SD-1 RISK/EXEC rework unknown", "SD-1 TESTING/EXEC rework tool-use"]
    for row in shop.rows():
        assert row["note"].isprintable()
        assert len(row["note"]) <= 500
    for shown in (text.stdout + text.stderr, shop.collect().out):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
        assert "##[" not in shown


def echoing(token: str) -> Fault:
    """GitHub repeats the token in its words, as proxies do."""
    words = f"bad token {token} at https://x:{token}@host/?t={token} {NASTY}"
    return Fault("echo", json_answer(400, {"message": words}))


@pytest.mark.parametrize(
    "fault",
    [
        echoing(PAT.value),
        Fault("echo in errors", json_answer(200, {"errors": [{"message": PAT.value + NASTY}]})),
        Fault("echo, denied", json_answer(200, {"errors": [{"message": PAT.value, "type": "FORBIDDEN"}]})),
        Fault("redirect", Answer(302, b"", (("Location", f"https://evil.example/{PAT.value}"),))),
        faults.bad_credentials(),
    ],
    ids=lambda fault: fault.name,
)  # fmt: skip
def test_no_trouble_shows_the_token_and_nothing_is_logged(shop: GitHubDesk, fault: Fault) -> None:
    shop.memory.review(shop.memory.pull("SD-1-x"))
    shop.host.faults.when(lambda request: request.path == GRAPHQL, fault, None)
    said = shop.collect()
    assert said.code == 1
    assert_clean(said)
    assert shop.lines() == []


def assert_clean(said: Said) -> None:
    """Neither a secret nor a command in any output."""
    shown = said.out + said.err
    assert PAT.value not in shown
    assert "\x1b" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())
    assert "Traceback" not in shown


GARBLED = [
    {"data": None},
    {"data": {}},
    {"data": {"repository": None}},
    {"data": {"repository": {"nameWithOwner": "a/b", "pullRequests": None}}},
    {"data": {"repository": {"nameWithOwner": 7}}},
    {"data": {"repository": {"nameWithOwner": "a/b", "pullRequests": {"nodes": [{"id": 7}]}}}},
    {"errors": "all"},
    [],
    7,
]


@pytest.mark.parametrize("document", GARBLED, ids=str)
def test_an_answer_that_is_none_is_an_error_with_a_sentence(
    shop: GitHubDesk, document: object
) -> None:
    fault = Fault("garbled", json_answer(200, document))
    shop.host.faults.when(lambda request: request.path == GRAPHQL, fault, None)
    said = shop.collect()
    assert said.code == 1
    assert said.err.startswith("error: GitHub ")
    assert len(said.err.splitlines()) == 1
    assert shop.lines() == []


def test_a_token_that_may_not_read_checks_is_told_what_it_lacks(
    shop: GitHubDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "GITHUB_TOKEN", "ghs_actionsTokenOfThisRun")
    pull = shop.memory.pull("SD-1-x")
    shop.memory.push(pull, sha_of("head"))
    said = shop.collect()
    assert said.code == 1
    for permission in ("pull-requests: read", "checks: read", "statuses: read", "contents: read"):
        assert permission in said.err
