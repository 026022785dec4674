"""What every test stands on: no network but loopback, no configuration of the machine's, no luck in CI."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.support.repositories import HERMETIC

pytest_plugins = ["tests.support.forge.plugin", "tests.support.team_fixtures"]

# The same examples every time in CI: a submission fails for what it changed, not for what it drew.
# How long examples take says how busy the machine is, and nothing of what is tested.
_ANY_PACE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **_ANY_PACE)
settings.register_profile("ci", **_ANY_PACE, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure(config: pytest.Config) -> None:
    """Servers of the tests run on loopback; nothing else is reached. Outputs are as wide as a test says."""
    config.option.allow_hosts = "127.0.0.1,localhost"
    for name in ("COLUMNS", "LINES"):  # a worker of pytest-xdist has 80, whoever started it
        os.environ.pop(name, None)
    # A shell that starts the tests in the background has them, and all they start, ignore Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one more than processors, as tests wait a fifth of their time for servers and commands."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _no_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither the user's git configuration, nor a cache, nor a surrounding workflow reaches a test."""
    monkeypatch.setenv(
        "XDG_CACHE_HOME", f"{tmp_path_factory.getbasetemp()}/cache-{os.urandom(8).hex()}"
    )
    for name in os.environ:
        if name.startswith(("GITHUB_", "GIT_", "ACTIONS_")) or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    for name, value in HERMETIC.items():
        monkeypatch.setenv(name, value)
