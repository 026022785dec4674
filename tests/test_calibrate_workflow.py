"""`calibrate.yml` itself, run by act against the test bed: what it publishes, tells and ends with.

Only `actions/checkout` has a stand-in: it clones the host's repository, and copies this one as the bot's.
The action installs the bot into a virtual environment of its own; its dependencies are those of the tests'
environment, except in the one test that installs them from the registry.
"""

from __future__ import annotations

import json
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.act import Event, WorkflowRun, run_workflow
from tests.support.forge import tokens
from tests.support.forge.host import Host
from tests.support.scene import FIRST, Scene, label, later, scene
from tests.support.teams import MONDAY, WEEK, WEEKLY, cell

TOP = Path(__file__).parents[1]
NEEDED = ("bot", "config", ".github", "pyproject.toml", "README.md", "LICENSE")
WORKFLOW = ".github/workflows/calibrate.yml"
WEEKS_AGO = int((time.time() - MONDAY.timestamp()) // (7 * 86_400)) - 1
"""From the first week of the story to the last complete one."""
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

pytestmark = pytest.mark.slow


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


def _with_our_dependencies() -> dict[str, str]:
    """Settings with which pip installs the bot alone; the rest is found in this environment."""
    return {
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: no isolation
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }


class Workflow:
    """The workflow in a team's repository on a host."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.scene: Scene = scene(host, folder / "seed")
        host.repository.commit(
            "main",
            {WORKFLOW: (TOP / WORKFLOW).read_text(encoding="utf-8")},
            "Calibrate weekly",
            self.scene.signature(),
        )
        self._folder = folder

    def run(
        self,
        event: Event = "workflow_dispatch",
        token: str = tokens.ACTIONS.value,
        extra: Mapping[str, str] | None = None,
        **inputs: str,
    ) -> WorkflowRun:
        host = self.scene.host
        told = _with_our_dependencies() if extra is None else extra
        return run_workflow(
            host.clone(self._folder / "work"),
            "calibrate.yml",
            event,
            home=self._folder / "home",
            inputs={name.replace("_", "-"): value for name, value in inputs.items()},
            secrets={"GITHUB_TOKEN": token},
            environment={**host.environment(), **told},
            stand_ins={"actions/checkout": _checkout(self._folder / "checkout", host)},
        )
