"""Why a folder cannot be opened as a repository."""

from __future__ import annotations

from pathlib import Path

from bot.errors import BotError
from bot.git.process import Answer


class NoRepository(BotError):
    """There is no git repository here."""


def not_opened(path: Path, answer: Answer) -> BotError:
    """Why git does not open a folder; NoRepository where there is none."""
    said = " ".join(answer.err.split())
    if "not a git repository" in said:
        return NoRepository(f"{path} is in no git repository; pass --repo with a folder inside one")
    return BotError(f"{path} cannot be opened as a git repository: {said}")
