from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import HERMETIC, Workshop, with_remote

FILES = {
    "config/overrides.toml": 'default = "sonnet"\n\n[EXEC]\nTESTING = "sonnet"  # tests\n',
    "config/policy.toml": 'phases = ["EXEC"]\n',
    ".calibration/logs/2025-W49/tokens.jsonl": '{"tokens": 1}\n',
    ".calibration/logs/2025-W49/rework.jsonl": '{"rework": true}',
    "README.md": "hello\n",
}


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git reads no configuration of this machine."""
    for name, value in HERMETIC.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Workshop, Workshop]:
    """A work repository and its bare remote, one commit each."""
    return with_remote(tmp_path, FILES)


@pytest.fixture
def work(pair: tuple[Workshop, Workshop]) -> Workshop:
    return pair[0]


@pytest.fixture
def remote(pair: tuple[Workshop, Workshop]) -> Workshop:
    return pair[1]
