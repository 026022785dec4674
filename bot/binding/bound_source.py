"""Where the files that the table binds are read from: a work tree, or a commit. Follows no link.

In: the top of a work tree, or a repository and a tree of it. Out: `bot.binding.bound_files.BoundSource`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from bot.binding.front_matter import Uneditable
from bot.errors import InvalidInput
from bot.git.repository import Repository
from bot.paths import files_below

LARGEST_BOUND = 2**20
"""Bytes of a file that is read for what it says."""


class WorkTreeFiles:
    """Files below the top of a work tree; nothing that is, or lies in, another place."""

    def __init__(self, top: str) -> None:
        self.top = top

    def paths(self, glob: str) -> Iterator[str]:
        """Paths of the glob; what git keeps for itself is nobody's agent."""
        for path in files_below(self.top, glob):
            if ".git" not in path.lower().split("/") and not os.path.isdir(self.on_disk(path)):
                yield path

    def on_disk(self, path: str) -> str:
        """Where a path is on the disk."""
        return os.path.join(self.top, *path.split("/"))

    def data(self, path: str) -> bytes | Uneditable | None:
        """Bytes of a regular file of this repository."""
        folders = path.split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            folder = self.on_disk("/".join(folders[:depth]))
            if os.path.islink(folder):
                return Uneditable("lies behind a symbolic link, perhaps outside of the repository")
            if os.path.lexists(os.path.join(folder, ".git")):
                return Uneditable("belongs to another repository")
        try:
            with open(self.on_disk(path), "rb", opener=_no_link) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return Uneditable("is no regular file")
                if found.st_size > LARGEST_BOUND:
                    return Uneditable("is over 1 MiB")
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as err:
            link = os.path.islink(self.on_disk(path))
            return Uneditable("is a symbolic link" if link else f"cannot be read: {err.strerror}")


class CommitFiles:
    """Files of a commit or tree. `to_write`: only such as a commit can be made to hold."""

    def __init__(self, repository: Repository, tree: str, *, to_write: bool = False) -> None:
        self._repository, self._tree, self._to_write = repository, tree, to_write

    def paths(self, glob: str) -> list[str]:
        """Paths of the glob's files; one that is a link is not read."""
        return self._repository.paths(self._tree, glob, links=True)

    def data(self, path: str) -> bytes | Uneditable | None:
        """Bytes of a regular file, up to 1 MiB."""
        if (
            self._to_write and "\\" in path
        ):  # how bytes that are no UTF-8 are shown: there is no way back from it
            return Uneditable("has a name that cannot be committed surely")
        try:
            return self._repository.read(self._tree, path)
        except InvalidInput as err:
            return Uneditable(err.problems[0].message.partition(";")[0])


def _no_link(path: str, flags: int) -> int:
    """Windows has neither flag, nor what they are against."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
