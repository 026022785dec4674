"""Node and the npm packages of the test bed: found, or installed from the lock file."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1]
"""`tests/support`: where `package.json`, its lock file and `node_modules` live."""


class NodeUnavailable(RuntimeError):
    """Node, npm or the packages cannot be had here; the message is the reason to skip with."""


@cache
def node() -> str:
    """Path of the `node` program; raises `NodeUnavailable`."""
    found = shutil.which("node")
    if found is None:
        raise NodeUnavailable("Node is not on PATH: the GitHub emulator needs Node 20 or newer")
    return found


@cache
def ensure_node_modules() -> Path:
    """The folder of installed npm packages, by `npm ci` when the lock file asks for others.

    A file lock lets parallel test workers install once. Raises `NodeUnavailable`.
    """
    folder = SUPPORT / "node_modules"
    with (SUPPORT / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _as_locked(folder):
            _npm_ci()
    return folder


def _as_locked(folder: Path) -> bool:
    """Whether every package of the lock file is installed in its exact version."""
    locked = json.loads((SUPPORT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, wanted in locked.items():
        if not name:
            continue
        manifest = folder.parent / name / "package.json"
        if not manifest.is_file():
            return False
        if json.loads(manifest.read_text(encoding="utf-8"))["version"] != wanted["version"]:
            return False
    return True


def _npm_ci() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NodeUnavailable("npm is not on PATH: it installs the GitHub emulator")
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=SUPPORT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise NodeUnavailable(f"npm ci failed in {SUPPORT}: {done.stderr.strip()[-400:]}")
