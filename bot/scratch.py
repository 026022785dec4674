"""Temporary folders of ours, of which none is left behind, however the program ends short of being killed.

A folder is written down under its name before it is made: whatever interrupts us, and wherever, whoever ends
the program removes what is still written down.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.errors import BotError

if TYPE_CHECKING:
    # Every command loads this module, and `model` starts without what it does not use.
    from pathlib import Path

_PREFIX = "calibration-bot-"
_USUAL = ("/tmp", "/var/tmp")  # noqa: S108 - what is made there has a name nobody guesses, and only we enter
_made: set[str] = set()


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
        _made.add(str(folder))
        try:
            folder.mkdir(mode=0o700)
        except OSError as err:
            _made.discard(str(folder))
            wrong.append(f"{place}: {err.strerror}")
        else:
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
    _made.discard(str(folder))


def leave_nothing() -> None:
    """Remove every folder that is still there: the end of the program."""
    for name in list(_made):
        remove_folder(name)
