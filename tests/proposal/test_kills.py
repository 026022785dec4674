"""A run killed with SIGKILL at any of its requests: the next run brings everything to its place.

The process is a real one, killed from inside the host: before a request takes effect, or after it did and
before the answer arrives. The next run must leave what an undisturbed one leaves, SHAs and texts included.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.forge.emulator import EmulatorPool
from tests.support.forge.faults import dropped
from tests.support.forge.wire import Request
from tests.support.scene import Scene
from tests.support.stories import STORIES, Stage
from tests.support.teams import WEEK


@pytest.fixture(scope="module", params=STORIES, ids=lambda story: story.name.replace(" ", "-"))
def stage(
    request: pytest.FixtureRequest,
    emulators: EmulatorPool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Stage:
    return Stage(request.param, emulators, tmp_path_factory.mktemp("stage"))


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
def test_a_run_killed_at_any_request_is_completed_by_the_next(
    stage: Stage, took_effect: bool, subtests: pytest.Subtests
) -> None:
    for index, name in enumerate(stage.requests):
        with subtests.test(request=name), stage.set() as scene:
            _kill_at(scene, index, took_effect=took_effect, week=stage.story.week)
            lost = _opened_and_died(scene)
            scene.run(stage.story.week)
            assert _without(scene.state(), lost) == _without(stage.ending, lost)


@pytest.mark.slow
def test_a_push_that_outlives_its_run_is_found_by_the_next(
    emulators: EmulatorPool, tmp_path: Path
) -> None:
    """The bot alone is killed; git, not told, completes the push by itself."""
    stage = Stage(STORIES[0], emulators, tmp_path)
    with stage.set() as scene:
        _kill_at(scene, stage.requests.index(_push(stage)), took_effect=True, stop=os.kill)
        scene.run(stage.story.week)
        assert scene.state() == stage.ending


def _push(stage: Stage) -> str:
    return next(name for name in stage.requests if "git-receive-pack refs" in name)


def _opened_and_died(scene: Scene) -> frozenset[str]:
    """Labels and reviewers, where the pull request was opened and they were not added.

    The next run does not put them back: a person may have taken them off.
    """
    names = ("pulls", "labels", "requested_reviewers")
    done = {e.request.path.rpartition("/")[2] for e in scene.host.writes() if e.upstream_status}
    return frozenset(names[1:]) - done if names[0] in done else frozenset()


def _without(state: Any, lost: frozenset[str]) -> Any:
    pulls = [{k: v for k, v in pull.items() if k not in lost} for pull in state["pulls"]]
    return {**state, "pulls": pulls}


def _kill_at(
    scene: Scene,
    index: int,
    *,
    took_effect: bool,
    week: str = WEEK,
    stop: Callable[[int, int], None] = os.killpg,
) -> None:
    """Kill a run at a request: with `os.killpg` the git that works for it too, with `os.kill` not."""
    started = threading.Event()
    process: subprocess.Popen[str]

    def strike(request: Request, now: bool) -> None:
        if request.index == index and now:
            assert started.wait(10)
            stop(process.pid, signal.SIGKILL)

    scene.host.before.append(lambda request: strike(request, not took_effect))
    scene.host.after.append(lambda exchange: strike(exchange.request, took_effect))
    if stop is os.killpg:  # nobody is left to hear an answer
        scene.host.faults.at(index, dropped().after() if took_effect else dropped())
    process = scene.start("--week", week)
    started.set()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert scene.host.log[-1].request.index == index
