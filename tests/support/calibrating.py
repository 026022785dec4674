"""`calibrate.yml` in a team's repository on the test bed, run by act, and the workflow that calls it.

Only `actions/checkout` has a stand-in: it clones the host's repository, and copies this one as the bot's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.act import Event, WorkflowRun, run_workflow
from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.scene import FIRST, scene

TOP = Path(__file__).parents[2]
NEEDED = (".ci", "bot", "config", ".github", "pyproject.toml", "README.md", "LICENSE")
WORKFLOWS = tuple(f".github/workflows/{name}.yml" for name in ("calibrate", "boxes"))
CHECKOUT = """\
set -euo pipefail
case "$INPUT_PATH" in
  repository)
    git clone --quiet "$BARE" repository
    git -C repository remote set-url origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" ;;
  calibration-bot)
    mkdir calibration-bot
    (cd "$BOT" && tar -cf - --exclude=__pycache__ {needed}) | tar -xf - -C calibration-bot ;;
esac
"""
"""What actions/checkout does with these inputs, from this machine's disk."""


def _checkout(folder: Path, host: Host) -> Path:
    """A stand-in for actions/checkout."""
    environment = {
        "INPUT_PATH": "${{ inputs.path }}",
        "BARE": str(host.repository.path),
        "BOT": str(TOP),
    }
    script = CHECKOUT.format(needed=" ".join(NEEDED))
    step = {"shell": "bash", "env": environment, "run": script}
    action = {
        "name": "checkout",
        "inputs": {"path": {"description": "where to"}},
        "runs": {"using": "composite", "steps": [step]},
    }
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(json.dumps(action), encoding="utf-8")  # JSON is YAML
    return folder


class Workflow:
    """The workflow in a team's repository on a host, with a week of logs."""

    def __init__(self, host: Host, folder: Path, pip: Mapping[str, str]) -> None:
        self.scene = scene(host, folder / "behind")
        texts = {name: (TOP / name).read_text(encoding="utf-8") for name in WORKFLOWS}
        self.scene.log({**texts, **FIRST})
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
        """Run it, or the workflow that calls it, on a clone of what the host holds now."""
        host = self.scene.host
        self._runs += 1
        at = self._folder / f"run-{self._runs}"
        at.mkdir()
        run = run_workflow(
            host.clone(at / "work"),
            file,
            event,
            home=at / "home",
            inputs=inputs,
            payload=payload,
            secrets={"GITHUB_TOKEN": token},
            environment={**host.environment(), **self._pip},
            stand_ins={"actions/checkout": _checkout(at / "checkout", host)},
        )
        assert token not in run.log + run.summary
        return run
