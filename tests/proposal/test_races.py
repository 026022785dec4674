"""Two runs at the same moment: one branch, one pull request, and neither run fails without saying why."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.forge.emulator import EmulatorPool
from tests.support.forge.faults import Predicate, calls
from tests.support.forge.wire import Request
from tests.support.scene import Scene
from tests.support.stories import STORIES, Stage, Story

pytestmark = pytest.mark.slow  # many seconds in all; the quick loop has the main rows

# Four rounds at each of these five points are the 20 that are claimed.
MEETINGS: dict[str, tuple[Story, Predicate]] = {
    "looking at the branches": (STORIES[0], calls("GET", "/info/refs")),
    "looking at the pull requests": (STORIES[1], calls("GET", "/pulls")),
    "pushing": (STORIES[0], lambda request: bool(request.pushes)),
    "opening": (STORIES[0], calls("POST", "/pulls")),
    "closing": (STORIES[2], calls("PATCH", "/pulls/1")),
}


class Meeting:
    """Holds the first request of a kind until the other run has sent its own, or a second went by."""

    def __init__(self, wanted: Predicate) -> None:
        self._wanted = wanted
        self._barrier = threading.Barrier(2)
        self.met = False

    def __call__(self, request: Request) -> None:
        if not self._wanted(request) or self._barrier.broken or self.met:
            return
        try:
            self._barrier.wait(timeout=2)
            self.met = True
        except threading.BrokenBarrierError:
            return


@pytest.mark.parametrize("rounds", [1, pytest.param(4, marks=pytest.mark.stress)])
@pytest.mark.parametrize("meeting", MEETINGS)
def test_two_runs_at_once_make_one_branch_and_one_pull_request(
    meeting: str, rounds: int, emulators: EmulatorPool, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    story, wanted = MEETINGS[meeting]
    stage = Stage(story, emulators, tmp_path)
    for number in range(rounds):
        with subtests.test(round=number), stage.set() as scene:
            scene.host.before.append(Meeting(wanted))
            _race(scene, story.week)
            assert scene.state() == stage.ending


def _race(scene: Scene, week: str) -> None:
    """Run two; both end with 0, or one of them with 1 because of the other."""
    runs = [scene.start("--week", week, "--quiet") for _ in range(2)]
    said = [run.communicate() for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 1]), said
    if codes == [0, 1]:
        loser = next(err for run, (_, err) in zip(runs, said, strict=True) if run.returncode)
        assert "another run" in loser
        assert "run again" in loser


@pytest.mark.parametrize("command", [("plan",), ("run", "--dry-run")], ids=" ".join)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_rehearsal_writes_nothing_on_the_host(
    command: tuple[str, ...],
    story: Story,
    emulators: EmulatorPool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Stage(story, emulators, tmp_path).set() as scene:
        before = scene.state()
        for name, value in scene.environment.items():
            monkeypatch.setenv(name, value)
        assert main([*command, "--repo", str(scene.clone), "--week", story.week]) == 0
        assert scene.host.requests() != []
        assert (scene.host.writes(), scene.state()) == ([], before)
