from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.forge.host import Host
from tests.support.locked import from_disk, installed_before
from tests.support.repositories import START, Workshop, with_remote
from tests.support.scene import FIRST
from tests.support.ways import WAYS, Way
from tests.support.weekly import Weekly, weekly

FILES = {
    "config/overrides.toml": 'default = "sonnet"\n\n[EXEC]\nTESTING = "sonnet"  # tests\n',
    "config/policy.toml": 'phases = ["EXEC"]\n',
    ".calibration/logs/2025-W49/tokens.jsonl": '{"tokens": 1}\n',
    ".calibration/logs/2025-W49/rework.jsonl": '{"rework": true}',
    "README.md": "hello\n",
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pair below, built once: copying it is a tenth of the work."""
    folder = tmp_path_factory.mktemp("template")
    with_remote(folder, FILES)
    return folder


@pytest.fixture
def pair(template: Path, tmp_path: Path) -> tuple[Workshop, Workshop]:
    """A work repository and its bare remote, one commit each."""
    for name in ("work", "remote.git"):
        shutil.copytree(template / name, tmp_path / name)
    config = tmp_path / "work/.git/config"
    config.write_text(config.read_text().replace(template.as_uri(), tmp_path.as_uri()))
    return Workshop(tmp_path / "work", START + 60), Workshop(tmp_path / "remote.git")


@pytest.fixture
def work(pair: tuple[Workshop, Workshop]) -> Workshop:
    return pair[0]


@pytest.fixture
def remote(pair: tuple[Workshop, Workshop]) -> Workshop:
    return pair[1]


@pytest.fixture
def way() -> Way:
    """How the bot acts; modules whose every row holds in every way run once for each (see `EVERY_WAY`)."""
    return WAYS[0]


@pytest.fixture
def bot(
    host: Host,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: Way,
) -> Weekly:
    """The team's repository, the first week logged, nothing proposed yet."""
    found = weekly(host, tmp_path / "clone", monkeypatch, capsys, **way.settings)
    way.sign_in(found)
    found.log(FIRST)
    return found


@pytest.fixture
def proposed(bot: Weekly) -> Weekly:
    """The same with the pull request open."""
    assert bot().code == 0
    return bot


@pytest.fixture(scope="session")
def locked_wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings with which pip installs what is locked, offline."""
    return from_disk(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="session")
def our_dependencies(
    locked_wheels: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The same, with that done before: for runs of which none is about installing."""
    return installed_before(tmp_path_factory.mktemp("installed"), locked_wheels)
