"""Log files of a work tree, for the commands that read it (`validate`, `log`, `budget`)."""

from __future__ import annotations

from pathlib import Path

from bot.errors import InvalidInput, Problem
from bot.paths import LogFile


def log_files(top: Path, pattern: str) -> tuple[LogFile, ...]:
    """The files below `top` that a glob of the policy matches, sorted by path.

    Raises InvalidInput for what is no regular file inside the repository: a link may lead anywhere.
    """
    found = sorted(top.glob(pattern))
    wrong = [
        Problem(
            _relative(path, top), "is not a regular file inside the repository; replace it by one"
        )
        for path in found
        if not (path.is_file() and path.resolve().is_relative_to(top.resolve()))
    ]
    if wrong:
        raise InvalidInput(wrong)
    return tuple(LogFile(_relative(path, top), path) for path in found)


def _relative(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix()
