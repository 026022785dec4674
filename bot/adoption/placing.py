"""Writing several files into a work tree: all of them, or none.

In: paths from the top, and what each is to hold. Out: the files. Nothing of ours goes through a link,
which may lead out of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from bot.errors import BotError, InvalidInput, Problem
from bot.paths import parts_beside, write_whole, written_beside


def held(top: Path, paths: Sequence[str]) -> Mapping[str, bytes | None]:
    """What each file holds now, None where there is none.

    Raises InvalidInput with every path that cannot be one of our files: links, folders, unreadable ones.
    """
    found: dict[str, bytes | None] = {}
    problems: list[Problem] = []
    for path in paths:
        wrong = _in_the_way(top, path)
        try:
            if wrong is None:
                there = os.path.lexists(top / path)
                found[path] = (top / path).read_bytes() if there else None
        except OSError as err:
            wrong = f"cannot be read: {err.strerror or err}"
        if wrong is not None:
            problems.append(Problem(path, wrong))
    if problems:
        raise InvalidInput(problems)
    return found


def _in_the_way(top: Path, path: str) -> str | None:
    """Why nothing of ours can stand at a path; None if it can."""
    *folders, _ = path.split("/")
    for depth in range(1, len(folders) + 1):
        above = "/".join(folders[:depth])
        if (top / above).is_symlink():
            return f"{above} is a link, and init follows none; make it a folder"
        if os.path.lexists(top / above) and not (top / above).is_dir():
            return f"{above} is a file where a folder must be; move it"
    if (top / path).is_symlink():
        return "is a link, and init follows none; make it a file"
    if os.path.lexists(top / path) and not (top / path).is_file():
        return "is no file; move it"
    return None


def first_there(top: Path, paths: Sequence[str]) -> str:
    """The first path with a file that can be one of ours, else the first of all."""
    there = (path for path in paths if (top / path).is_file() and _in_the_way(top, path) is None)
    return next(there, paths[0])


def write_all(top: Path, files: Mapping[str, bytes], before: Mapping[str, bytes | None]) -> None:
    """Write the files; `before` is what `held` said. Where one cannot be written all are as they were.

    All are written beside their places first, so that a full disk is met before anything has changed.
    What somebody who was killed left beside them goes: `git add --all` would take it along.
    Raises BotError where it is.
    """
    path = ""
    with ExitStack() as undo:  # an interrupt too leaves nothing half done
        try:
            parts = {}
            for path, content in files.items():
                for folder in reversed([f for f in (top / path).parents if not f.exists()]):
                    undo.callback(_put_back, folder, None)
                    folder.mkdir()
                undo.callback(
                    _sweep, top / path
                )  # before there is one: a signal may come in between
                _sweep(top / path)
                parts[path] = written_beside(str(top / path), content)
            for path, part in parts.items():
                undo.callback(_put_back, top / path, before[path])
                Path(part).replace(top / path)
        except OSError as err:
            said = err.strerror or str(err)
            raise BotError(f"{path}: cannot be written: {said}; nothing was changed") from err
        undo.pop_all()


def _sweep(path: Path) -> None:
    """No part of a file is left beside its place."""
    with suppress(OSError):
        for part in parts_beside(str(path)):
            Path(part).unlink()


def _put_back(path: Path, content: bytes | None) -> None:
    """A file as it was; what was not there goes."""
    with suppress(OSError):
        if content is not None:
            write_whole(str(path), content)
        elif path.is_dir():
            path.rmdir()
        else:
            path.unlink()
