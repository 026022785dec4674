"""Why a folder cannot be opened as a repository."""

from __future__ import annotations

from pathlib import Path

from bot.errors import BotError
from bot.git.process import Answer
from bot.paths import is_folder

CUT_OFF = (
    "the clone is shallow, but the past decides which evidence counts; fetch it whole: "
    "`fetch-depth: 0` for actions/checkout, else `git fetch --unshallow`"
)
"""Why a shallow clone will not do."""


class NoRepository(BotError):
    """There is no git repository here."""


def not_opened(path: Path, answer: Answer) -> BotError:
    """Why git does not open a folder; NoRepository where there is none."""
    said = " ".join(answer.err.split())
    if "not a git repository" in said:
        return NoRepository(f"{path} is in no git repository; pass --repo with a folder inside one")
    return BotError(f"{path} cannot be opened as a git repository: {said}")


def a_folder(path: Path) -> None:
    """Raises BotError where there is no folder: a child would find a repository somewhere else."""
    if not is_folder(path):
        raise BotError(f"{path} is no folder; pass --repo with a folder inside a git repository")


def no_line_break(path: Path, answer: Answer) -> None:
    """Raises BotError where git's answer about a folder cannot be read line by line."""
    if "\n" in str(path.resolve()) or len(answer.lines) > 5:
        raise BotError(f"{path} lies in a folder with a line break in its name; rename that")
