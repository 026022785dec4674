"""Temporary folders of ours, of which none is left behind, however the program ends.

A folder is written down under its name before it is made: whatever interrupts us, and wherever, whoever ends
the program removes what is still written down. A folder is locked as long as whoever made it lives: what
one that was killed left behind, the next one removes.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.errors import BotError

if sys.platform != "win32":  # which has no such locks: what is left there stays
    import fcntl

if TYPE_CHECKING:
    # Every command loads this module, and `model` starts without what it does not use.
    from pathlib import Path

_PREFIX = "calibration-bot-"
_USUAL = ("/tmp", "/var/tmp")  # noqa: S108 - what is made there has a name nobody guesses, and only we enter
_YOUNG = 60
"""Seconds for which a folder that nobody holds yet may be one that is just being made."""
_made: dict[str, int | None] = {}
"""Folders that are there, or about to be, each with what holds its lock."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that only we can enter, gone when the block ends. Raises BotError for none."""
    folder = make_folder()
    try:
        yield folder
    finally:
        remove_folder(folder)


def make_folder() -> Path:
    """As `scratch_folder`, for an owner that removes it itself."""
    wrong: list[str] = []
    for place in places():
        folder = place / (_PREFIX + os.urandom(8).hex())
        first = not _made
        _made[str(folder)] = None
        try:
            folder.mkdir(mode=0o700)
        except OSError as err:
            del _made[str(folder)]
            wrong.append(f"{place}: {err.strerror}")
        else:
            _made[str(folder)] = _lock(str(folder))
            if first:
                _remove_left_behind(place)
            return folder
    said = "; ".join(wrong)
    raise BotError(
        f"no temporary folder can be made ({said}); set TMPDIR to a folder that can be written"
    )


def places() -> list[Path]:
    """Folders of the machine for temporary ones, the best first; never where we happen to stand.

    Not `tempfile.gettempdir`: it tries each with a file of its own, which a signal would leave behind.
    """
    from pathlib import Path

    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    usual = (os.path.expandvars(r"%SYSTEMROOT%\Temp"),) if os.name == "nt" else _USUAL
    return [Path(place).absolute() for place in (*named, *usual) if place]


def remove_folder(folder: Path | str) -> None:
    """Remove a folder of ours with all that is in it; gone already is fine."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    lock = _made.pop(str(folder), None)
    if lock is not None:
        os.close(lock)


def _lock(folder: str) -> int | None:
    """What holds the lock of a folder while it is open; None where another does, or nobody can."""
    if sys.platform == "win32":
        return None
    lock = None
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if lock is not None:
            os.close(lock)
        return None
    return lock


def _remove_left_behind(place: Path) -> None:
    """Remove folders of ours whose makers were killed before they could."""
    try:
        with os.scandir(place) as items:
            ours = [item.path for item in items if _is_named_as_ours(item.name)]
    except OSError:
        return
    for path in ours:
        lock = _lock(path) if path not in _made and _is_old_and_ours(path) else None
        if lock is not None:
            _made[path] = lock
            remove_folder(path)


def _is_named_as_ours(name: str) -> bool:
    """Exactly as `make_folder` names them: people have folders of that prefix too."""
    number = name.removeprefix(_PREFIX)
    return len(number) == 16 < len(name) and set(number) <= {*"0123456789abcdef"}


def _is_old_and_ours(path: str) -> bool:
    """Whether only we can enter a folder, and nobody is just making it."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return private and found.st_uid == os.getuid() and found.st_mtime < time.time() - _YOUNG


def leave_nothing() -> None:
    """Remove every folder that is still there: the end of the program."""
    for name in list(_made):
        remove_folder(name)
