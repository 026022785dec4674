"""Runs a workflow file for real, with `act` on this machine: no Docker, no network.

In: a work tree with `.github/workflows`, an event, inputs, secrets, environment, stand-ins for the
actions it uses. Out: `WorkflowRun`. Checkout is act's own copy of the work tree (uncommitted files
included); every other action needs a stand-in, since none can be fetched.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.support.programs import program

Event = Literal[
    "schedule", "workflow_dispatch", "workflow_call", "pull_request", "pull_request_target", "push"
]

_USES = re.compile(r"uses:\s*['\"]?(?P<name>[\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(?P<ref>[\w./-]+)")
_ALWAYS = ("--json", "--no-cache-server", "--container-daemon-socket", "-")
_SECONDS = 300
"""Three jobs install the bot, perhaps on a busy machine; a run that hangs is still ended."""


@dataclass(frozen=True)
class WorkflowRun:
    """What a run left behind."""

    status: int
    """Exit status of act: 0 if every job succeeded."""
    log: str
    """What a reader of the job's log page sees: the steps' output and act's own lines."""
    summary: str
    """The job summaries of all steps, one after the other."""
    outputs: Mapping[str, Mapping[str, str]]
    """Step id → its outputs (a step without id: its position)."""
    jobs: Mapping[str, str]
    """Job id → `success`, `failure`, `skipped`, …"""
    names: Mapping[str, str]
    """Job id → the name its check has, without the workflow's."""
    annotations: tuple[tuple[str, str], ...]
    """(`error`, `warning` or `notice`; words) in order."""


def run_workflow(
    folder: Path,
    workflow: str,
    event: Event = "workflow_dispatch",
    *,
    home: Path,
    inputs: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    payload: Mapping[str, Any] | None = None,
    stand_ins: Mapping[str, Path] | None = None,
    called: Mapping[str, Path] | None = None,
    runners: Iterable[str] = ("ubuntu-24.04", "ubuntu-latest"),
) -> WorkflowRun:
    """Run `.github/workflows/WORKFLOW` of a work tree.

    `home` is a scratch folder of the test: act's cache, its secrets and event files. `environment`
    is what `Host.environment()` gives; `PATH` in it is the machine's. `stand_ins`:
    `actions/setup-python` → a folder with an `action.yml` (see `stand_in`), for every commit the work
    tree's workflows and actions pin.
    `called`: `OWNER/NAME` of a repository whose reusable workflows are called → a folder that holds them.
    """
    home.mkdir(parents=True, exist_ok=True)
    environment = dict(environment or {})
    programs = {name: environment.pop(name) for name in ("PATH",) if name in environment}
    arguments = [event, "-W", f".github/workflows/{workflow}", *_ALWAYS]
    arguments += [part for label in runners for part in ("-P", f"{label}=-self-hosted")]
    arguments += ["--secret-file", str(_secrets_file(home, secrets or {}))]
    arguments += _event_file(home, dict(payload or {}), inputs or {})
    arguments += [f"--env={name}={value}" for name, value in environment.items()]
    arguments += _replacements(
        (folder, *(called or {}).values()), {**(stand_ins or {}), **(called or {})}
    )
    done = subprocess.run(
        [program("act"), *arguments],
        cwd=folder,
        env={**_machine(home), **programs},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return _read(done.returncode, (done.stdout + done.stderr).splitlines())


def stand_in(folder: Path, script: str = "true") -> Path:
    """A folder that stands for an action: it runs `script`, with the action's inputs unseen."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = [{"shell": "bash", "run": script}]
    action = {"name": "stand-in", "runs": {"using": "composite", "steps": steps}}
    (folder / "action.yml").write_text(json.dumps(action), encoding="utf-8")  # JSON is YAML
    return folder


def _machine(home: Path) -> dict[str, str]:
    """The environment of act itself: this Python first on PATH, nothing of the outer workflow."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "ACT"))
    }
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    scratch = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    return kept | scratch | {"PATH": programs}


def _secrets_file(home: Path, secrets: Mapping[str, str]) -> Path:
    """Secrets by file, so that they are in nobody's argv."""
    path = home / "secrets.yml"
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(secrets)), encoding="utf-8")  # JSON is YAML
    return path


def _event_file(home: Path, payload: dict[str, Any], inputs: Mapping[str, str]) -> list[str]:
    path = home / "event.json"
    path.write_text(json.dumps(payload), encoding="utf-8")
    chosen = [part for name, value in inputs.items() for part in ("--input", f"{name}={value}")]
    return ["--eventpath", str(path), *chosen] if payload else chosen


def _replacements(folders: Iterable[Path], stand_ins: Mapping[str, Path]) -> list[str]:
    """The flags for every pinned use of the actions that have a stand-in."""
    files = [path for folder in folders for path in (folder / ".github").rglob("*.y*ml")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    pinned = {(use["name"], use["ref"]) for text in texts for use in _USES.finditer(text)}
    return [
        f"--local-repository={name}@{ref}={stand_ins[name]}"
        for name, ref in sorted(pinned)
        if name in stand_ins
    ]


def _read(status: int, lines: Iterable[str]) -> WorkflowRun:
    """What act's JSON log says."""
    entries = [json.loads(line) if line.startswith("{") else {"msg": line} for line in lines]
    outputs: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry.get("command") == "set-output":
            outputs.setdefault(entry["stepID"][-1], {})[entry["name"]] = entry["arg"]
    commands = [entry for entry in entries if "command" in entry]
    return WorkflowRun(
        status=status,
        log="".join(entry["msg"].rstrip("\n") + "\n" for entry in entries),
        summary="".join(entry["content"] for entry in commands if entry["command"] == "summary"),
        outputs=outputs,
        jobs={entry["jobID"]: entry["jobResult"] for entry in entries if "jobResult" in entry},
        names={
            entry["jobID"]: entry["job"].partition("/")[2].strip()
            for entry in entries
            if "jobResult" in entry
        },
        annotations=tuple(
            (entry["command"], entry["arg"])
            for entry in commands
            if entry["command"] in ("error", "warning", "notice")
        ),
    )
