"""Stories told on many hosts: the same beginning put on a fresh host in a moment, for one fault each.

Told once by the bot itself, a beginning is kept as two git folders and the pull requests it left; a copy
of it costs a tenth of telling it again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.forge import tokens
from tests.support.forge.emulator import EmulatorPool
from tests.support.forge.host import Host
from tests.support.forge.plugin import take_or_skip
from tests.support.forge.wire import Request
from tests.support.scene import BETTER, FIRST, SECOND_WEEK, WORSE, Scene, scene
from tests.support.teams import WEEK, Files


@dataclass(frozen=True)
class Story:
    """What happened before the run that is looked at, and the week that run reviews."""

    name: str
    past: Files | None
    """Logs that a run of the first week published before; None: nothing is published yet."""
    logs: Files
    week: str

    def begin(self, at: Scene) -> None:
        """Everything before the run."""
        if self.past is not None:
            at.log(self.past)
            at.run(WEEK)
        at.log(self.logs)


STORIES = (
    Story("first run", None, FIRST, WEEK),
    Story("update run", FIRST, WORSE, SECOND_WEEK),
    Story("close run", FIRST, BETTER, SECOND_WEEK),
)


@contextmanager
def hosted(emulators: EmulatorPool, root: Path) -> Iterator[Host]:
    """A host for one case; nothing it saw may be against GitHub's description."""
    emulator = take_or_skip(emulators)
    root.mkdir(parents=True)
    host = Host(emulator, root)
    try:
        yield host
    finally:
        host.close()
        emulators.give_back(emulator)
        shutil.rmtree(root)
    assert host.violations == []


class Stage:
    """A story ready to be continued, as often as wanted, each time on a host of its own."""

    def __init__(self, story: Story, emulators: EmulatorPool, folder: Path) -> None:
        self.story = story
        self._emulators = emulators
        self._folder = folder
        self._kept = folder / "kept"
        self._copies = 0
        with hosted(emulators, folder / "telling") as host:
            told = scene(host, host.root / "clone")
            story.begin(told)
            self._url = host.url
            self._pulls: list[Any] = host.pulls()
            shutil.copytree(host.repository.path, self._kept / "bare")
            shutil.copytree(told.clone, self._kept / "clone")
        with self.set() as undisturbed:
            undisturbed.run(story.week)
            self.requests = tuple(str(entry.request) for entry in undisturbed.host.log)
            """Every request of an undisturbed run, in order."""
            self.ending = undisturbed.state()
            """What an undisturbed run leaves."""

    @contextmanager
    def set(self) -> Iterator[Scene]:
        """The beginning on a fresh host, with an empty log."""
        self._copies += 1
        with hosted(self._emulators, self._folder / f"host-{self._copies}") as host:
            shutil.rmtree(host.repository.path)
            shutil.copytree(self._kept / "bare", host.repository.path)
            clone = host.root / "clone"
            shutil.copytree(self._kept / "clone", clone)
            config = clone / ".git/config"
            config.write_text(config.read_text().replace(self._url, host.url))
            for pull in self._pulls:
                _open_again(host, pull, self._url)
            yield Scene(host, clone)


def _open_again(host: Host, pull: Any, url: str) -> None:
    """Open a pull request of another host on this one, as the bot; nothing is logged."""
    place = f"/repos/{host.repository.full_name}"
    said = {name: pull[name] for name in ("title", "draft")}
    said |= {name: pull[name]["ref"] for name in ("head", "base")}
    _as_bot(host, f"{place}/pulls", said | {"body": pull["body"].replace(url, host.url)})
    labels = [label["name"] for label in pull["labels"]]
    _as_bot(host, f"{place}/issues/{pull['number']}/labels", {"labels": labels})
    reviewers = [who["login"] for who in pull["requested_reviewers"]]
    path = f"{place}/pulls/{pull['number']}/requested_reviewers"
    _as_bot(host, path, {"reviewers": reviewers})


def _as_bot(host: Host, path: str, body: Any) -> None:
    headers = {
        "authorization": f"token {tokens.ACTIONS.value}",
        "content-type": "application/json",
    }
    answer = host.api.answer(Request("POST", path, headers=headers, body=json.dumps(body).encode()))
    assert answer.status < 300, answer.body
