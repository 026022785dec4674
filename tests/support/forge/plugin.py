"""pytest fixtures of the test bed. Load with `pytest_plugins = ["tests.support.forge.plugin"]`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.forge.emulator import Emulator, EmulatorPool
from tests.support.forge.host import Host, Shape
from tests.support.forge.node import NodeUnavailable

HostMaker = Callable[..., Host]


@pytest.fixture(scope="session")
def emulators() -> Iterator[EmulatorPool]:
    """The emulator processes of this test worker."""
    pool = EmulatorPool()
    yield pool
    pool.close()


@pytest.fixture
def make_host(emulators: EmulatorPool, tmp_path: Path) -> Iterator[HostMaker]:
    """Makes hosts, each with a state of its own: `make_host(Shape.ROOT)`.

    At the end of the test no host may have seen anything against GitHub's description.
    """
    made: list[tuple[Host, Emulator]] = []

    def make(shape: Shape = Shape.ENTERPRISE) -> Host:
        emulator = take_or_skip(emulators)
        root = tmp_path / f"host-{len(made)}"
        root.mkdir()
        made.append((Host(emulator, root, shape), emulator))
        return made[-1][0]

    yield make
    violations = []
    for host, emulator in made:
        host.close()
        emulators.give_back(emulator)
        violations.extend(host.violations)
    assert not violations, "against GitHub's API description:\n" + "\n".join(violations)


@pytest.fixture
def host(request: pytest.FixtureRequest, make_host: HostMaker) -> Host:
    """A host shaped like GitHub Enterprise with the empty repository `acme/widget`.

    `@pytest.mark.parametrize("host", Shape, indirect=True)` runs a test on both shapes.
    """
    return make_host(getattr(request, "param", Shape.ENTERPRISE))


def take_or_skip(emulators: EmulatorPool) -> Emulator:
    """An emulator, or the test is skipped with the reason; in CI it fails instead."""
    try:
        return emulators.take()
    except NodeUnavailable as reason:
        if os.environ.get("CI", "").lower() in ("", "0", "false"):
            pytest.skip(str(reason))
        pytest.fail(f"CI must run the tests on the test bed: {reason}")


@pytest.fixture(scope="session")
def lasting_host(
    emulators: EmulatorPool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """One host for many tests that only ask: what they told its memory, `github` takes back."""
    emulator = take_or_skip(emulators)
    host = Host(emulator, tmp_path_factory.mktemp("lasting-host"))
    yield host
    host.close()
    emulators.give_back(emulator)


@pytest.fixture
def github(lasting_host: Host) -> Iterator[Host]:
    """The lasting host: its branches as they were, no memory, faults or log; no violation may be left."""
    heads = lasting_host.repository.heads()
    yield lasting_host
    violations = list(lasting_host.violations)
    lasting_host.forget()
    for branch in {*heads, *lasting_host.repository.heads()}:
        lasting_host.repository.set_head(branch, heads.get(branch))
    assert not violations, "against GitHub's descriptions:\n" + "\n".join(violations)
