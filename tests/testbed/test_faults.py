"""Scripted faults hit the request they are meant for, before or after it took effect."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.forge import faults, tokens
from tests.support.forge.faults import Fault, calls
from tests.support.forge.host import Host
from tests.support.forge.wire import Channel, Exchange, Request
from tests.testbed.client import ask, git, push

PULLS = "/repos/acme/widget/pulls"
WANTED = {"head": "bot/topic", "base": "main", "title": "Title"}


@pytest.fixture
def proposed(host: Host) -> Host:
    """A repository with a branch that holds one change."""
    host.seed({"a.txt": "one\n"})
    host.people.commit("bot/topic", {"a.txt": "changed\n"}, start="main")
    return host


@pytest.mark.parametrize(
    ("fault", "status", "header", "value"),
    [
        pytest.param(faults.bad_credentials(), 401, None, None, id="401"),
        pytest.param(
            faults.forbidden("pull_requests=write"),
            403,
            "x-accepted-github-permissions",
            "pull_requests=write",
            id="403",
        ),
        pytest.param(
            faults.actions_may_not_open_pull_requests(), 403, None, None, id="403-actions"
        ),
        pytest.param(
            faults.single_sign_on_required("http://sso"),
            403,
            "x-github-sso",
            "required; url=http://sso",
            id="403-sso",
        ),
        pytest.param(faults.not_found(), 404, None, None, id="404"),
        pytest.param(faults.conflict(), 409, None, None, id="409"),
        pytest.param(faults.pull_request_exists("acme:x"), 422, None, None, id="422-exists"),
        pytest.param(faults.no_commits("main", "x"), 422, None, None, id="422-no-commits"),
        pytest.param(faults.invalid_field("head"), 422, None, None, id="422-head"),
        pytest.param(faults.too_many_requests(), 429, "retry-after", None, id="429"),
        pytest.param(faults.too_many_requests(7), 429, "retry-after", "7", id="429-retry-after"),
        pytest.param(faults.primary_limit(), 403, "x-ratelimit-remaining", "0", id="primary"),
        pytest.param(faults.secondary_limit(), 403, "retry-after", None, id="secondary"),
        pytest.param(faults.secondary_limit(9), 403, "retry-after", "9", id="secondary-9"),
    ],
)
def test_an_answer_is_replaced(
    proposed: Host, fault: Fault, status: int, header: str | None, value: str | None
) -> None:
    """The client gets the fault, once; the forge never hears of the request."""
    proposed.faults.when(calls("POST", "/pulls"), fault)
    got, body, headers = ask(proposed, "POST", PULLS, WANTED)

    assert (got, bool(body["message"])) == (status, True)
    assert header is None or headers.get(header) == value
    assert (proposed.log[0].fault, proposed.log[0].upstream_status) == (fault.name, None)
    assert proposed.pulls() == []
    assert ask(proposed, "POST", PULLS, WANTED)[0] == 201


def test_an_answer_is_replaced_after_the_request_took_effect(proposed: Host) -> None:
    """The client believes it failed; the pull request exists."""
    proposed.faults.at(0, faults.forbidden().after())
    assert ask(proposed, "POST", PULLS, WANTED)[0] == 403
    assert proposed.log[0].upstream_status == 201
    assert len(proposed.pulls()) == 1


@pytest.mark.parametrize(
    "fault", [faults.server_error(503), faults.html_page()], ids=lambda f: f.name
)
def test_html_comes_instead_of_json(proposed: Host, fault: Fault) -> None:
    """From a load balancer (5xx) or a portal (200)."""
    proposed.faults.when(calls("GET", "/pulls"), fault)
    with pytest.raises(ValueError, match="Expecting value"):
        ask(proposed, "GET", PULLS)


@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
def test_a_connection_is_dropped(proposed: Host, took_effect: bool) -> None:
    """The client hears nothing; the forge did it, or not."""
    fault = faults.dropped().after() if took_effect else faults.dropped()
    proposed.faults.at(0, fault)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proposed, "POST", PULLS, WANTED)
    assert len(proposed.pulls()) == int(took_effect)
    assert proposed.log[0].status is None


@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
def test_a_push_is_dropped(proposed: Host, tmp_path: Path, took_effect: bool) -> None:
    """Git faults work like API faults: the branch is there, or not, and git reports an error."""
    work = proposed.clone(tmp_path / "work")
    git(proposed, work, "commit", "--allow-empty", "-m", "Own")
    fault = faults.cut_short().after() if took_effect else faults.cut_short()
    proposed.faults.when(lambda request: bool(request.pushes), fault)

    assert git(proposed, work, "push", "origin", "HEAD:refs/heads/new").returncode != 0
    assert ("new" in proposed.repository.heads()) is took_effect
    push(proposed, work, "HEAD:refs/heads/new")


def test_git_repeats_a_push_that_was_dropped_without_a_word(proposed: Host, tmp_path: Path) -> None:
    """Libcurl sends it again on a fresh connection: one drop is invisible to git's caller."""
    work = proposed.clone(tmp_path / "work")
    proposed.faults.when(lambda request: bool(request.pushes), faults.dropped())
    push(proposed, work, "HEAD:refs/heads/new")
    assert [entry.status for entry in proposed.writes()] == [None, 200]


def test_a_slow_answer_is_true_and_late(proposed: Host) -> None:
    """It comes after the delay; ending the host does not wait for it."""
    proposed.faults.at(0, faults.slow(0.2))
    start = time.monotonic()
    assert ask(proposed, "GET", PULLS)[0] == 200
    assert time.monotonic() - start >= 0.2


def test_a_fault_hits_as_often_as_ordered(proposed: Host) -> None:
    """Twice, always, or never again after `clear`."""

    def statuses(count: int) -> list[int]:
        return [ask(proposed, "GET", PULLS)[0] for _ in range(count)]

    proposed.faults.when(calls("GET", "/pulls"), faults.not_found(), times=2)
    assert statuses(3) == [404, 404, 200]
    proposed.faults.when(calls("GET", "/pulls"), faults.not_found(), times=None)
    assert statuses(3) == [404, 404, 404]
    proposed.faults.clear()
    assert statuses(1) == [200]


def test_hooks_run_around_a_request(proposed: Host) -> None:
    """`before` sees the forge unchanged, `after` changed and the client still waiting."""
    seen: list[tuple[str, int]] = []

    def note(moment: str) -> Callable[[Request | Exchange], None]:
        return lambda _: seen.append((moment, len(proposed.pulls())))

    proposed.before.append(note("before"))
    proposed.after.append(note("after"))
    ask(proposed, "POST", PULLS, WANTED)
    assert seen == [("before", 0), ("after", 1)]


def test_a_hook_may_act_between_two_requests(proposed: Host) -> None:
    """A person merges while the bot believes the pull request is open."""
    number = proposed.people.open_pull("bot/topic")

    def merge(request: Request) -> None:
        if request.method == "PATCH":
            proposed.people.merge(number)

    proposed.before.append(merge)
    assert ask(proposed, "GET", f"{PULLS}/{number}")[1]["state"] == "open"
    assert ask(proposed, "PATCH", f"{PULLS}/{number}", {"body": "late"})[1]["merged"] is True


def test_a_hook_may_kill_the_client_after_the_forge_acted(proposed: Host) -> None:
    """Kill -9 while it waits for the answer: the pull request is there, nobody heard of it."""
    script = """
import sys, urllib.request
url, body, credential = sys.argv[1:]
headers = {"Authorization": credential}
urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers))
"""
    arguments = (f"{proposed.api_url}{PULLS}", json.dumps(WANTED), f"Bearer {tokens.PAT.value}")
    with subprocess.Popen([sys.executable, "-c", script, *arguments]) as client:
        proposed.after.append(lambda _: client.kill())
        assert client.wait(timeout=10) == -signal.SIGKILL
    assert len(proposed.pulls()) == 1


def test_of_two_simultaneous_creations_one_is_refused(proposed: Host) -> None:
    """As with GitHub's database, there is no moment at which both find nothing."""
    with ThreadPoolExecutor(2) as both:
        answers = both.map(lambda _: ask(proposed, "POST", PULLS, WANTED)[0], range(2))
    assert sorted(answers) == [201, 422]


def test_reads_are_stale_after_a_create(proposed: Host) -> None:
    """The list shows the past as often as ordered, while a second create is refused."""
    proposed.stale.after_next_write(reads=2)
    assert ask(proposed, "POST", PULLS, WANTED)[0] == 201
    assert [len(ask(proposed, "GET", PULLS)[1]) for _ in range(2)] == [0, 0]
    assert len(ask(proposed, "GET", PULLS)[1]) == 1
    assert ask(proposed, "POST", PULLS, WANTED)[0] == 422


def test_reads_are_stale_after_a_change(proposed: Host) -> None:
    """A single object shows its former state too."""
    number = proposed.people.open_pull("bot/topic", body="old")
    one = f"{PULLS}/{number}"
    ask(proposed, "GET", one)
    proposed.stale.after_next_write(reads=1)
    ask(proposed, "PATCH", one, {"body": "new"})
    assert [ask(proposed, "GET", one)[1]["body"] for _ in range(2)] == ["old", "new"]


def test_the_log_tells_writes_from_reads(proposed: Host, tmp_path: Path) -> None:
    """Order, index, channel and status of every request; pushes name their refs."""
    work = proposed.clone(tmp_path / "work")
    ask(proposed, "GET", PULLS)
    push(proposed, work, "HEAD:refs/heads/new")
    ask(proposed, "POST", PULLS, WANTED)

    assert [entry.request.index for entry in proposed.log] == list(range(len(proposed.log)))
    assert [entry.request.channel for entry in proposed.writes()] == [Channel.GIT, Channel.API]
    assert proposed.writes()[0].request.pushes[0].ref == "refs/heads/new"
    assert [entry.status for entry in proposed.requests(Channel.API)] == [200, 201]
