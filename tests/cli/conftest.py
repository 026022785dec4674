"""The command line as a person or a workflow calls it, and a team's repository to call it on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.importing import Importer
from tests.support.teams import Files, Team, Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The team's repository as it was before the first log: copied for each test."""
    return Template(tmp_path_factory.mktemp("template") / "team").build()


@pytest.fixture
def make_team(template: Template, tmp_path: Path) -> Callable[..., Team]:
    """Makes a team with some files pushed: `make_team(EXAMPLE)`."""

    def make(files: Files | None = None, name: str = "team") -> Team:
        return template.copy(tmp_path / name, files)

    return make


@pytest.fixture
def bot(capsys: pytest.CaptureFixture[str]) -> Bot:
    """Runs a command in this process: `bot("run", team, "--week", WEEK)`."""
    return Bot(capsys)


@pytest.fixture
def importing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Importer:
    """Imports into a repository of its own: `importing("codex", path)`."""
    monkeypatch.delenv("CALIBRATION_SD", raising=False)
    monkeypatch.delenv("CALIBRATION_PHASE", raising=False)
    return Importer(tmp_path, capsys)
