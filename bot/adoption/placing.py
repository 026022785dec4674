"""Writing several files into a work tree: all of them, or none.

In: paths from the top, and what each is to hold. Out: the files. Nothing of ours goes through a link,
which may lead out of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import BotError, InvalidInput, Problem
from bot.paths import write_whole

_LARGEST = 2**20
"""Bytes of a file that we add to."""


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
                found[path] = _bytes(top / path)
        except OSError as err:
            wrong = f"cannot be read: {err.strerror or err}"
        if wrong is not None:
            problems.append(Problem(path, wrong))
    if problems:
        raise InvalidInput(problems)
    return found


def _bytes(file: Path) -> bytes | None:
    if not os.path.lexists(file):
        return None
    if file.stat().st_size > _LARGEST:
        raise OSError(0, "is over 1 MiB")
    return file.read_bytes()


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

    Raises BotError then.
    """
    undo: list[tuple[Path, bytes | None]] = []
    path = ""
    try:
        for path, content in files.items():
            _make_folders(top / path, undo)
            undo.append((top / path, before[path]))
            write_whole(str(top / path), content)
    except BaseException as err:  # an interrupt too leaves nothing half done
        for file, content_before in reversed(undo):
            with suppress(OSError):
                _put_back(file, content_before)
        if isinstance(err, OSError):
            said = err.strerror or str(err)
            raise BotError(f"{path}: cannot be written: {said}; nothing was changed") from err
        raise


def _make_folders(file: Path, undo: list[tuple[Path, bytes | None]]) -> None:
    missing = [folder for folder in file.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir()
        undo.append((folder, None))


def _put_back(file: Path, content: bytes | None) -> None:
    if content is not None:
        write_whole(str(file), content)
    elif file.is_dir():
        file.rmdir()
    else:
        file.unlink(missing_ok=True)
