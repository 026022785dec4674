"""A repository to adopt the bot in, and the command line to do it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.commands import Bot, Said
from tests.support.repositories import Workshop, new_repository

SOURCE = "acme/calibration-bot@08c6903cd8c0fde910a37f88322edcfb5dd907a8"
"""What tests call: pinned, as it should be."""


@dataclass(frozen=True)
class NewUser:
    """Somebody with a repository, who types commands in it."""

    work: Workshop
    bot: Bot

    def __call__(self, command: str, *args: str) -> Said:
        """One command, in the repository."""
        return self.bot(command, None, *args, "--repo", str(self.work.path))

    def init(self, *args: str) -> Said:
        """`init`, which must end well."""
        said = self("init", "--source", SOURCE, *args)
        assert said.code == 0, said.err
        return said

    def read(self, path: str) -> str:
        """A file of the work tree."""
        return (self.work.path / path).read_text("utf-8")

    def adopt(self) -> None:
        """What `init` says comes next: commit what is there."""
        self.work.git("add", "--all")
        self.work.git("commit", "--quiet", "--message", "Adopt calibration-bot")


@pytest.fixture
def new_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., NewUser]:
    """Somebody whose repository has some files, committed: `new_user({"a.md": "…"})`."""

    def make(files: Mapping[str, bytes | str] | None = None) -> NewUser:
        work = new_repository(tmp_path / "theirs")
        if files is not None:
            work.commit(files)
        return NewUser(work, Bot(capsys))

    return make
