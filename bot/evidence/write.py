"""Appending to the logs: durable, atomic, and without a lock anybody could hold.

In: the top of a work tree, a glob of the policy, complete lines. Out: a new file, or an error and nothing.

Every call writes a file of its own, `tokens-<id>.jsonl`. That is the one way that is right everywhere: two
processes that append to one file need a lock, or a file system whose appends are atomic; network file
systems offer neither, and a process killed within a write leaves half a line at which the next one
continues. Here the lines go to a file in the git folder, where `git add` does not look, are flushed to the
disk, and only then get the name readers look for: a reader sees all of it or nothing, whenever the writer
is killed. Names end in 80 random bits, so no writer ever meets another's file.

A week of work makes as many files as commands were run, some hundred. `log sync` packs them, on the branch of
the logs; here a file stays as it was written until every reader finds its rows there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain, count

from bot.errors import InvalidInput, Problem
from bot.git.folder import git_folder
from bot.paths import leads_inside, parts

_IGNORE = ".gitignore"


def append(top: str, glob: str, label: str, name: str, lines: Iterable[bytes]) -> str:
    """Write a new log file, on the disk when this returns. Returns its path, relative to `top`.

    `label` names the week's folder, `name` tells the file from others. A file that is there already is left
    alone: if it has other lines, emptied or damaged by whomever, the new one gets a number. Raises
    InvalidInput if it cannot be written; nothing is left behind then.
    """
    path = place(glob, label, name)
    others = (place(glob, label, f"{name}-{number}") for number in count(2))
    try:
        _check_inside(top, path)
        return _write(top, chain((path,), others), os.path.dirname(path), lines)
    except OSError as err:
        said = err.strerror or str(err)
        raise InvalidInput(
            [
                Problem(
                    path,
                    f"cannot be written: {said}; nothing was logged, set it right and run again",
                )
            ]
        ) from err


def place(glob: str, label: str, name: str) -> str:
    """Where a new file goes so that the glob finds it: folders `*` are the week, the file's `*` the name.

    Raises InvalidInput for a glob that leaves a new file no name of its own.
    """
    *folders, last = parts(glob) or ("",)
    odd = any(char in glob for char in "?[") or ".." in folders
    if odd or "*" not in last:
        said = "leaves a new log file no name; use * for the week's folder and in the file's name"
        raise InvalidInput([Problem("policy", f"the glob {glob!r} {said}", key="logs")])
    before, _, after = last.partition("*")
    joint = "-" if before and not before.endswith(("-", "_", ".")) else ""
    named = f"{before}{joint}{name}{after.replace('*', '')}"
    return "/".join([*(_folder(part, label) for part in folders), named])


def _folder(part: str, label: str) -> str:
    before, star, after = part.partition("*")
    return f"{before}{label if star else ''}{after.replace('*', '')}"


def _check_inside(top: str, path: str) -> None:
    """Refuse a folder that a link leads out of the repository: whoever reads it there is not us."""
    if not leads_inside(os.path.join(top, os.path.dirname(path)), os.path.realpath(top)):
        said = "leads out of the repository through a link; replace the link by a folder"
        raise InvalidInput([Problem(os.path.dirname(path), said)])


def _aside(folder: str, git_folder: str | None) -> str:
    """Where a file is written before it has its name: where `git add` does not look.

    The git folder, if files can be moved from there; else a folder of ours that git is told to ignore.
    """
    if git_folder is None:
        return folder
    if os.stat(git_folder).st_dev == os.stat(folder).st_dev:
        return git_folder
    made = os.path.join(folder, f".calibration-bot-{os.urandom(4).hex()}")
    os.mkdir(made)
    with open(os.path.join(made, _IGNORE), "xb", buffering=0) as file:
        file.write(b"*\n")
    return made


def _write(top: str, paths: Iterable[str], folder: str, lines: Iterable[bytes]) -> str:
    """Write the lines to the first of the paths where nothing else is; that path. All are in `folder`."""
    folder, git = os.path.join(top, folder), git_folder(top)
    _make(folder)
    aside = _aside(folder, git)
    part = os.path.join(aside, f".{os.urandom(8).hex()}.part")
    try:
        with open(part, "xb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        path = next(path for path in paths if _is_free(os.path.join(top, path), part))
        if os.path.exists(os.path.join(top, path)):
            return path
        os.replace(part, os.path.join(top, path))
    finally:
        _remove(part)
        if aside not in (folder, git):
            _remove(os.path.join(aside, _IGNORE))
            os.rmdir(aside)
    try:
        _flush_folder(folder)
    except OSError:  # not durable, so not logged
        _remove(os.path.join(top, path))
        raise
    return path


def _is_free(path: str, part: str) -> bool:
    """Whether a file may have this name: nobody has it, or one with the same content."""
    if not os.path.exists(path):
        return True
    from filecmp import cmp

    return cmp(path, part, shallow=False)


def _remove(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)


def _make(folder: str) -> None:
    """Create a folder and those above it, each on the disk."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        try:
            os.mkdir(path)
        except FileExistsError:
            if not os.path.isdir(path):  # a file is in the way; another writer's folder is not
                raise
        _flush_folder(os.path.dirname(path))


def _flush_folder(folder: str) -> None:
    """Put a folder's list of names on the disk: without it a file may be there and its name gone."""
    if os.name != "posix":  # elsewhere folders cannot be opened, and names are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
