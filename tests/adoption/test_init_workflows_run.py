"""The workflows that `init` writes really run, in another repository: to an open pull request."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.adoption.callers import CALLERS
from tests.adoption.conftest import SOURCE, NewUser
from tests.support.act import Event, WorkflowRun, run_workflow
from tests.support.agent_files import team_files
from tests.support.checkouts import TOP, cache_stand_in, checkout_stand_in, upload_stand_in
from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.locked import from_disk
from tests.support.scene import later
from tests.support.teams import cell
from tests.test_calibrate_workflow import WEEKS_AGO

pytestmark = pytest.mark.slow  # installs the bot with pip, as the workflows do


class Adopted:
    """A team's repository on a host, as `init` leaves it, with a week of logs and a workflow to run."""

    def __init__(self, host: Host, user: NewUser, folder: Path) -> None:
        self.host = host
        self._folder = folder
        user.init("--phases", "LEAD,PLAN,EXEC")
        user.adopt()
        files = user.work.git("ls-files", "-z").split("\0")[:-1]
        logs = {path: str(text) for path, text in later(cell(3, 5), weeks=WEEKS_AGO).items()}
        self.base = host.seed({**{path: user.read(path) for path in files}, **logs})
        self._pip = from_disk(folder / "wheels")
        self._called = folder / "called"
        shutil.copytree(TOP / ".github", self._called / ".github")

    def run(self, path: str, event: Event, payload: dict[str, Any] | None = None) -> WorkflowRun:
        """Run one of the callers on a clone of what the host holds now."""
        shutil.rmtree(self._folder / "work", ignore_errors=True)
        checkout = checkout_stand_in(self._folder / "checkout", self.host.repository.path)
        return run_workflow(
            self.host.clone(self._folder / "work"),
            path.rpartition("/")[2],
            event,
            home=self._folder / "home",
            secrets={"GITHUB_TOKEN": tokens.ACTIONS.value},
            environment={**self.host.environment(), **self._pip},
            stand_ins={
                "actions/cache": cache_stand_in(self._folder / "cache"),
                "actions/checkout": checkout,
                "actions/upload-artifact": upload_stand_in(
                    self._folder / "upload", self._folder / "artifacts"
                ),
            },
            called={SOURCE.partition("@")[0]: self._called},
            payload={"repository": {"default_branch": "main"}, **(payload or {})},
        )


def test_from_init_to_an_open_pull_request_and_a_guard_that_refuses(
    host: Host, new_user: Callable[..., NewUser], tmp_path: Path
) -> None:
    adopted = Adopted(host, new_user(team_files("Claude Code")), tmp_path / "act")
    done = adopted.run(CALLERS[0], "schedule")
    assert (done.status, set(done.jobs.values())) == (0, {"success"}), done.log
    (pull,) = host.pulls()
    subject = "calibration: testing-agent exec upgraded to opus (edge case detection)"
    assert (pull["title"], pull["head"]["ref"]) == (subject, "calibration/weekly")
    bound = host.repository.git("show", "calibration/weekly:.claude/agents/testing-agent.md")
    assert "\nmodel: opus\n" in bound

    table = host.repository.git("show", "main:config/overrides.toml")
    lower = table.replace('SECURITY = "opus"', 'SECURITY = "haiku"')
    head = host.people.commit("bad", {"config/overrides.toml": lower}, start="main")
    sides = {
        "number": 2,
        "base": {"ref": "main", "sha": adopted.base},
        "head": {"ref": "bad", "sha": head},
    }
    judged = adopted.run(CALLERS[1], "pull_request_target", {"pull_request": sides})
    assert judged.jobs == {"guard": "failure"}, judged.log
    assert "::error file=config/overrides.toml,line=" in judged.log
