"""`calibrate.yml` in a team's repository on the test bed, run by act, and the workflow that calls it.

Two actions have stand-ins: checkout clones the host's repository and copies this one as the bot's, and
upload-artifact keeps what it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.act import Event, WorkflowRun, run_workflow
from tests.support.checkouts import TOP, cache_stand_in, checkout_stand_in, upload_stand_in
from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.scene import FIRST, scene
from tests.support.teams import Files

WORKFLOWS = tuple(f".github/workflows/{name}.yml" for name in ("calibrate", "boxes"))


class Workflow:
    """The workflow in a team's repository on a host, with a week of logs unless there are other `files`."""

    def __init__(
        self, host: Host, folder: Path, pip: Mapping[str, str], files: Files = FIRST
    ) -> None:
        self.scene = scene(host, folder / "behind")
        texts = {name: (TOP / name).read_text(encoding="utf-8") for name in WORKFLOWS}
        self.scene.log({**texts, **files})
        self.kept = folder / "artifacts"
        """Where what it uploads lands."""
        self._folder = folder
        self._pip = pip
        self._runs = 0

    def run(
        self,
        event: Event = "workflow_dispatch",
        inputs: Mapping[str, str] | None = None,
        token: str = tokens.ACTIONS.value,
        *,
        file: str = "calibrate.yml",
        payload: Mapping[str, Any] | None = None,
    ) -> WorkflowRun:
        """Run it, or the workflow that calls it, on a clone of what the host holds now.

        By hand it collects only where the inputs say so: that installs the bot once more.
        """
        host = self.scene.host
        self._runs += 1
        at = self._folder / f"run-{self._runs}"
        at.mkdir()
        run = run_workflow(
            host.clone(at / "work"),
            file,
            event,
            home=at / "home",
            inputs={"collect": "false", **(inputs or {})}
            if event == "workflow_dispatch"
            else inputs,
            payload=payload,
            secrets={"GITHUB_TOKEN": token},
            environment={**host.environment(), **self._pip},
            stand_ins={
                "actions/cache": cache_stand_in(at / "cache"),
                "actions/checkout": checkout_stand_in(at / "checkout", host.repository.path),
                "actions/upload-artifact": upload_stand_in(at / "upload", self.kept),
            },
        )
        assert token not in run.log + run.summary
        return run
