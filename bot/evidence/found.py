"""The log files of a work tree that a glob of the policy means, looked at without opening one.

In: the top of a work tree and a glob. Out: where each file is and what the file system says of it. Light.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from bot.paths import files_below, leads_inside, through_a_link


class Found(NamedTuple):
    """A file that is there."""

    path: str
    """From the top of the work tree."""
    full: str
    """Where to open it."""
    status: os.stat_result


class Files:
    """The regular files inside a repository that a glob matches, in the order of their paths."""

    def __init__(self, top: str, glob: str) -> None:
        self.strange = 0
        """Of the last look: what the glob matches and is no regular file inside the repository."""
        self._root, self._glob = os.path.realpath(top), glob

    def __iter__(self) -> Iterator[Found]:
        self.strange = 0
        inside, straight = {self._root: True}, dict[str, bool]()
        for path in files_below(self._root, self._glob):
            full = os.path.join(self._root, path)
            folder = os.path.dirname(full)
            if folder not in straight:
                linked = through_a_link(self._root, self._glob, path)
                straight[folder] = self._is_inside(folder, inside) and not linked
            status = _status(full) if straight[folder] else None
            if status is not None:
                yield Found(path, full, status)
            else:
                self.strange += os.path.lexists(full)  # what is gone by now is nobody's

    def _is_inside(self, folder: str, known: dict[str, bool]) -> bool:
        """Whether a folder is in the repository; asked of each once, as most are no links."""
        if folder not in known:
            parent = os.path.dirname(folder)
            below = len(parent) >= len(self._root) and os.path.basename(folder) != os.pardir
            plain = below and self._is_inside(parent, known) and not os.path.islink(folder)
            known[folder] = plain or leads_inside(folder, self._root)
        return known[folder]


def _status(path: str) -> os.stat_result | None:
    """What the file system says of a file, None for what is no regular file; a link is none to git either."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None
