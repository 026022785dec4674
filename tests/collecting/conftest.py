"""The command line as a person calls it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bot.forge import sending
from bot.forge.retry import Pace
from tests.support.commands import Bot
from tests.support.forge.host import Host
from tests.support.forge.tokens import PAT
from tests.support.github_desk import PERMISSIONS, RULES, GitHubDesk
from tests.support.teams import POLICY, TABLE, policy, table


@pytest.fixture
def bot(capsys: pytest.CaptureFixture[str]) -> Bot:
    """Runs a command in this process: `bot("collect", None, "git")`."""
    return Bot(capsys)


@pytest.fixture
def shop(github: Host, bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHubDesk:
    """A clone of a repository with rules, whose people are `PERMISSIONS`, signed in; no wait takes time."""
    if github.repository.head("main") is None:
        github.seed({POLICY: policy() + RULES, TABLE: table()})
    for name, value in github.environment(PAT).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sending, "Pace", partial(Pace, sleep=lambda seconds: None, total=1e9))
    github.memory.permissions |= PERMISSIONS
    path = github.clone(tmp_path / "work")
    github.log.clear()
    return GitHubDesk(github, path, bot)
