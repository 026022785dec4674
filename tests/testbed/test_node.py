"""Node: packages by the lock file, processes on loopback only, missing Node is a skip with a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forge.emulator import Emulator
from tests.support.forge.node import SUPPORT, ensure_node_modules

_ONE_TEST = "def test_uses_the_host(host):\n    assert host.url\n"


def test_the_emulator_is_pinned_exactly() -> None:
    """The name's `latest` on npm is another library."""
    manifest = json.loads((SUPPORT / "package.json").read_text(encoding="utf-8"))
    assert manifest["dependencies"] == {"emulate": "0.11.2"}
    installed = ensure_node_modules() / "emulate" / "package.json"
    assert json.loads(installed.read_text(encoding="utf-8"))["version"] == "0.11.2"


@pytest.mark.parametrize("limit", [100, 1], ids=["same-process", "fresh-process"])
def test_a_reset_forgets_everything(limit: int) -> None:
    """What one test made, the next does not see; a process near the rate limit is replaced."""
    emulator = Emulator(requests_a_process=limit)
    try:
        label = {"name": "left-over", "color": "ededed"}
        made = emulator.as_login("calibrator", "POST", "/repos/acme/widget/labels", label)
        emulator.reset()
        left = emulator.as_login("calibrator", "GET", "/repos/acme/widget/labels")
    finally:
        emulator.close()
    assert made.status == 201
    assert b"left-over" not in left.body


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")], ids=["at-home", "in-ci"]
)
def test_without_node_the_test_is_skipped_but_never_in_ci(
    tmp_path: Path, ci: str, outcome: str
) -> None:
    """The reason is printed either way."""
    (tmp_path / "test_one.py").write_text(_ONE_TEST, encoding="utf-8")
    repository = SUPPORT.parents[1]
    options = ("-q", "-ra", "-p", "no:cacheprovider", "-p", "tests.support.forge.plugin")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PATH": str(tmp_path), "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout
    assert "Node is not on PATH" in done.stdout
