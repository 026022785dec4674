"""Collecting from GitHub while things go wrong: failing requests, crashes, two at once (issue 11)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.desk import PROGRAM
from tests.support.forge import faults
from tests.support.forge.faults import Fault
from tests.support.forge.memory import instant, sha_of
from tests.support.forge.wire import GRAPHQL, Channel, Request
from tests.support.github_desk import GitHubDesk
from tests.support.pull_cases import EVERYTHING, build_all

BRANCH = "calibration/logs"


def first_time() -> Callable[[Request], bool]:
    """Fits every request of the API when it is sent for the first time."""
    seen: set[tuple[str, str, bytes]] = set()

    def fits(request: Request) -> bool:
        key = (request.method, request.url, request.body)
        new = request.channel is Channel.API and key not in seen
        seen.add(key)
        return new

    return fits


FAULTS = [
    faults.server_error(502),
    faults.dropped(),
    faults.dropped().after(),
    faults.html_page(),
    faults.too_many_requests(1),
    faults.secondary_limit(1),
    faults.rate_limited(),
    faults.gave_up(),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_every_request_may_fail_once(shop: GitHubDesk, fault: Fault) -> None:
    expected = few(shop)
    shop.host.faults.when(first_time(), fault, times=None)
    shop.collected()
    assert shop.brief() == expected
    assert sum(one.fault is not None for one in shop.host.log) == 3


@pytest.mark.parametrize(
    "fault", [faults.server_error(502), faults.dropped().after()], ids=["before", "after"]
)
def test_the_whole_table_comes_to_the_same_where_every_request_fails_once(
    shop: GitHubDesk, fault: Fault
) -> None:
    expected = build_all(shop)
    shop.host.faults.when(first_time(), fault, times=None)
    shop.collected()
    assert shop.brief() == expected


def few(shop: GitHubDesk) -> list[str]:
    """Two pull requests with one fact of each kind; the rows that they come to."""
    for number in (1, 2):
        EVERYTHING(shop.memory, shop.memory.pull(f"SD-{number}-x", at=instant(600 + number)))
    kinds = ["API/EXEC issue", "DATABASE/EXEC rework", "RISK/EXEC rework flaky-test"]
    rows = [*kinds, "TESTING/EXEC rework tool-use"]
    return sorted(f"SD-{number} {row}" for number in (1, 2) for row in rows)


def test_collecting_twice_adds_nothing_at_all(shop: GitHubDesk) -> None:
    build_all(shop)
    shop.collected()
    lines = shop.lines()
    document = shop.collected()
    assert shop.lines() == lines
    assert (document["files"], document["sds"]) == ([], 0)


def test_a_collection_that_ended_at_any_request_leaves_nothing_and_the_next_has_everything(
    shop: GitHubDesk,
) -> None:
    expected = few(shop)
    assert shop.collect("--dry-run").code == 0
    count = len(shop.host.log)
    assert count >= 5
    for number in range(count):
        begin = shop.host.log[-1].request.index + 1 + number
        shop.host.faults.when(lambda r, begin=begin: r.index >= begin, faults.cut_short(), None)
        said = shop.collect()
        shop.host.faults.clear()
        assert (said.code, shop.lines()) == (1, []), number
    shop.collected()
    assert shop.brief() == expected


def started(shop: GitHubDesk, path: Path, *args: str) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    command = [*PROGRAM, "collect", "github", "--repo", str(path), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_request_adds_nothing_twice(shop: GitHubDesk) -> None:
    expected = few(shop)
    assert shop.collect("--dry-run").code == 0
    for number in range(len(shop.host.log)):
        begin = len(shop.host.log) + number
        running: list[subprocess.Popen[str]] = []

        def kill(
            request: Request, begin: int = begin, running: list[subprocess.Popen[str]] = running
        ) -> None:
            if len(shop.host.log) > begin:
                os.kill(running[0].pid, signal.SIGKILL)

        shop.host.before.append(kill)
        running.append(started(shop, shop.path))
        running[0].communicate()
        shop.host.before.clear()
        assert running[0].returncode == -signal.SIGKILL
    shop.collected()
    assert shop.brief() == expected


@pytest.mark.slow
def test_two_clones_at_once_add_each_fact_once(shop: GitHubDesk, tmp_path: Path) -> None:
    expected = few(shop)
    clones = [shop.host.clone(tmp_path / f"clone-{number}") for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        running = [started(shop, clone, "--sync") for clone in clones]
        said = list(pool.map(lambda one: one.communicate(), running))
    assert [one.returncode for one in running] == [0, 0], said
    bare = shop.host.repository
    paths = bare.git("ls-tree", "-r", "--name-only", BRANCH).split("\n")
    rows = [json.loads(line) for path in paths for line in bare.text(BRANCH, path).splitlines()]
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) == len(expected) + 1  # and one cursor


def test_what_takes_github_too_long_is_asked_in_halves(shop: GitHubDesk) -> None:
    for number in range(1, 31):
        pull = shop.memory.pull(f"SD-{number}-x", at=instant(600 + number))
        shop.memory.push(pull, sha_of(f"head of {number}"))
        shop.memory.check(sha_of(f"head of {number}"))

    def is_too_much(request: Request) -> bool:
        told = request.json["variables"] if request.path == GRAPHQL else {}
        return told.get("size", 0) > 7 or len(told.get("ids", ())) > 20

    shop.host.faults.when(is_too_much, faults.server_error(504), times=None)
    shop.collected()
    assert len(shop.brief()) == 30
    answered = [one for one in shop.host.questions() if one.fault is None]
    sizes = [one.request.json["variables"].get("size") for one in answered]
    assert [size for size in sizes if size] == [6] * 5
    assert [len(one.request.json["variables"].get("ids", ())) for one in answered[5:]] == [15, 15]


def test_a_single_pull_request_that_is_too_much_is_an_error(shop: GitHubDesk) -> None:
    few(shop)
    shop.host.faults.when(lambda request: request.path == GRAPHQL, faults.gave_up(), times=None)
    said = shop.collect()
    assert said.code == 1
    assert "Something went wrong while executing your query" in said.err
    assert len(shop.host.questions()) == 4 * 2 + 6  # pages of 25, 12, 6 and 3 twice, of 1 patiently
