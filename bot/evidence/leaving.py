"""Log files that leave the work tree, once every command finds their rows on the branch of the logs.

In: files that were synced, and how that went. Out: which were removed, and which git tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evidence.sync import Synced
from bot.git.repository import Repository
from bot.paths import LogFile


@dataclass(frozen=True)
class Left:
    """What became of the files."""

    removed: int
    """Files that are gone from the work tree."""
    tracked: tuple[str, ...]
    """Files that could go, but git tracks them: for people to remove."""


def leave(
    repository: Repository, top: Path, branch: str, files: Sequence[LogFile], done: Synced
) -> Left:
    """Remove what is safely on the branch, unless git tracks it or somebody changed it meanwhile.

    `files` are the copies that were synced. Nothing goes before the branch as last fetched has its rows.
    """
    ready = [file for file in files if file.path in done.sound]
    if not ready or done.tip is None:
        return Left(0, ())
    if done.remote is not None and not repository.follow(done.remote, branch, done.tip):
        return Left(0, ())
    tracked = repository.tracked()
    removed = sum(_removed(top / file.path, file) for file in ready if file.path not in tracked)
    return Left(removed, tuple(file.path for file in ready if file.path in tracked))


def _removed(path: Path, synced: LogFile) -> bool:
    try:
        if path.read_bytes() != synced.content():
            return False
        path.unlink()
    except OSError:  # gone already, or not ours to remove
        return False
    return True
