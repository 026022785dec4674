"""The command line as a person calls it."""

from __future__ import annotations

import pytest

from tests.support.commands import Bot


@pytest.fixture
def bot(capsys: pytest.CaptureFixture[str]) -> Bot:
    """Runs a command in this process: `bot("collect", None, "git")`."""
    return Bot(capsys)
