"""Whatever ends or disturbs a run at any of its requests: the next run brings everything to its place.

Every request of an undisturbed run is hit once, before and after the forge has carried it out. The next
run must leave what an undisturbed one leaves: the same refs (SHAs included), pull request and text.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.errors import BotError
from tests.support.forge import faults
from tests.support.forge.emulator import EmulatorPool
from tests.support.forge.faults import Fault
from tests.support.forge.wire import Channel, Request
from tests.support.scene import Scene
from tests.support.stories import STORIES, Stage

DROPPED = "dropped connection"
BAD_GATEWAY = "502"
MAKE: dict[str, Callable[[Channel], Fault]] = {
    # Git repeats a request on a connection that just ended, but not one whose answer broke off.
    DROPPED: lambda channel: faults.cut_short() if channel is Channel.GIT else faults.dropped(),
    BAD_GATEWAY: lambda channel: faults.server_error(),
}


@pytest.fixture(scope="module", params=STORIES, ids=lambda story: story.name.replace(" ", "-"))
def stage(
    request: pytest.FixtureRequest,
    emulators: EmulatorPool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Stage:
    return Stage(request.param, emulators, tmp_path_factory.mktemp("stage"))


@pytest.mark.slow
@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", [DROPPED, pytest.param(BAD_GATEWAY, marks=pytest.mark.stress)])
def test_a_fault_at_any_request_is_healed_by_the_next_run(
    stage: Stage, kind: str, took_effect: bool, subtests: pytest.Subtests
) -> None:
    for index, name in enumerate(stage.requests):
        with subtests.test(request=name), stage.set() as scene:
            _disturb(scene, index, kind, took_effect)
            hit = _run_once(scene, stage.story.week)
            scene.host.faults.clear()
            scene.run(stage.story.week)
            assert scene.state() == stage.ending, hit


def _disturb(scene: Scene, index: int, kind: str, took_effect: bool) -> None:
    for channel in (Channel.API, Channel.GIT):
        fault = MAKE[kind](channel)
        scene.host.faults.when(_at(index, channel), fault.after() if took_effect else fault)


def _at(index: int, channel: Channel) -> Callable[[Request], bool]:
    return lambda request: (request.index, request.channel) == (index, channel)


def _run_once(scene: Scene, week: str) -> str:
    try:
        report = scene.run(week)
    except BotError as err:
        return str(err)
    return report.pull_request.action if report.pull_request else "no pull request"
