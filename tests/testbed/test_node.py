"""Node: packages by the lock file, processes on loopback only, missing Node is a skip with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.forge.emulator import Emulator, EmulatorPool
from tests.support.forge.node import SUPPORT, ensure_node_modules, node
from tests.support.forge.plugin import take_or_skip


def test_the_emulator_and_the_schema_are_pinned_exactly() -> None:
    """The emulator's `latest` on npm is another library; a schema that changed is read before it is used."""
    manifest = json.loads((SUPPORT / "package.json").read_text(encoding="utf-8"))
    assert manifest["dependencies"] == {
        "@octokit/graphql-schema": "15.26.1",
        "axe-core": "4.14.1",
        "emulate": "0.11.2",
    }
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
    ("ci", "outcome"),
    [
        pytest.param("", pytest.skip.Exception, id="at-home"),
        pytest.param("true", pytest.fail.Exception, id="in-ci"),
    ],
)
def test_without_node_a_test_is_skipped_but_never_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[Exception]
) -> None:
    """The reason is told either way."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    node.cache_clear()
    try:
        with pytest.raises(outcome, match="Node is not on PATH"):
            take_or_skip(EmulatorPool())
    finally:
        node.cache_clear()
