"""Logs as a work tree knows them, for the commands that read it (`validate`, `log`, `budget`).

In: the top of a work tree, the branch of the logs, globs. Out: log files: those of the branch as last
fetched, then the work tree's, as one log. Asks no server and writes nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import InvalidInput, Problem
from bot.evidence import rows
from bot.evidence.branch import last_fetched
from bot.evidence.schema import Row
from bot.evidence.unpacked import unpacked_lines
from bot.git.no_repository import NoRepository
from bot.git.repository import Repository
from bot.inputs.places import together
from bot.paths import LogFile, files_below, is_file, leads_inside, through_a_link

FilesOf = Callable[[str], tuple[LogFile, ...]]
"""The log files a glob of the policy means. Raises InvalidInput for what is no regular file."""


@contextmanager
def all_logs(top: Path, branch: str) -> Iterator[FilesOf]:
    """Asks work tree and branch for logs; what it answers can be read until the block ends.

    `log sync` may remove files meanwhile: those that are there first are kept aside, and only then is the
    branch looked at, which by then has every row of a file that is gone.
    """
    try:
        opened = Repository.open(top, shallow=True)
    except NoRepository:
        yield lambda glob: log_files(top, glob)
        return
    with opened as repository:
        yield lambda glob: _both(repository, top, branch, glob)


def _both(repository: Repository, top: Path, branch: str, glob: str) -> tuple[LogFile, ...]:
    here = kept(log_files(top, glob), repository.folder / "work-tree")
    commit = last_fetched(repository, branch)
    there = repository.logs(commit, glob) if commit else ()
    return together(repository.folder / "places", there, here)


def kept(files: tuple[LogFile, ...], folder: Path) -> tuple[LogFile, ...]:
    """Copies of the files in a folder of ours, without those that are gone by now."""
    folder.mkdir(exist_ok=True)
    first = max((int(held.stem) + 1 for held in folder.iterdir()), default=0)
    pairs = [(file, folder / f"{first + at:06}.jsonl") for at, file in enumerate(files)]
    return tuple(held for file, to in pairs if (held := _copy(file, to)) is not None)


def _copy(file: LogFile, to: Path) -> LogFile | None:
    try:
        with file.open() as source, to.open("xb") as target:
            shutil.copyfileobj(source, target)
    except FileNotFoundError:
        return None
    except OSError:  # who reads it says what is wrong
        return file
    return LogFile(file.path, to)


def log_files(top: Path, pattern: str) -> tuple[LogFile, ...]:
    """The files below `top` that a glob of the policy matches, sorted by path.

    Raises InvalidInput for what is no regular file inside the repository: a link may lead anywhere, and one
    to another log would count that twice, while a commit's is never followed.
    """
    root = os.path.realpath(top)
    found = [top / path for path in files_below(str(top), pattern)]
    wrong = [
        Problem(
            _relative(path, top), "is not a regular file inside the repository; replace it by one"
        )
        for path in found
        if (
            path.is_symlink()
            or not (is_file(path) and leads_inside(str(path), root))
            or through_a_link(str(top), pattern, _relative(path, top))
        )
        and os.path.lexists(path)  # what is gone by now is in nobody's way
    ]
    if wrong:
        raise InvalidInput(wrong)
    return tuple(LogFile(_relative(path, top), path) for path in found)


def _relative(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix()


def rows_fetched(
    top: Path, branch: str, glob: str, phases: Collection[str], *, rework: bool = False
) -> Iterator[Row]:
    """Good rows of the token log, or of the rework log, on the branch as last fetched."""
    try:
        opened = Repository.open(top, shallow=True)
    except NoRepository:
        return
    with opened as repository:
        commit = last_fetched(repository, branch)
        for file in repository.logs(commit, glob) if commit else ():
            yield from rows_in(file, phases, rework=rework)


def rows_in(file: LogFile, phases: Collection[str], *, rework: bool) -> Iterator[Row]:
    """Good rows of one file; a row that stands there twice comes twice."""
    with unpacked_lines(file) as lines:
        yield from rows.rows_of(lines, phases, rework=rework)
