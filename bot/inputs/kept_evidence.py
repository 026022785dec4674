"""Evidence that was found before, kept in the user's cache folder: logs that have not changed are read once.

In: log files by their blobs, and the question. Out: what they say, read anew unless it is kept under a name
made of everything it derives from, our own code included. What is damaged, another's or of another version is
as good as none; what takes no time is not kept. No gate asks for evidence.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import msgspec

import bot
from bot.evidence.records import Evidence, Question
from bot.git.kept import Kept
from bot.inputs.snapshot import LogFiles

_WORTH = 0.5
"""Seconds of reading from which on its answer is kept."""
_CODE = ("evidence", "allocation", "calendar.py")
"""What of the package decides what logs say."""
_NO_ANSWER = frozenset({"memory"})
"""What of a question changes no answer."""


def evidence_of_logs(logs: LogFiles, question: Question) -> Evidence:
    """What the logs say. Raises as `read_evidence`."""
    name = f"evidence-{_key(logs, question)}"
    kept = Kept(cache_folder())
    found = _read(kept, name)
    if found is not None:
        return found
    from bot.evidence.read import read_evidence  # DuckDB is loaded while git works

    began = time.monotonic()
    evidence = read_evidence(logs.tokens, logs.rework, question)
    if time.monotonic() - began > _WORTH:
        with suppress(OSError):  # `write` says so too
            os.makedirs(kept.folder, mode=0o700, exist_ok=True)
        kept.write(name, msgspec.msgpack.encode(evidence))
    return evidence


def cache_folder() -> str:
    """Where programs of this user keep what can be lost."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA", os.path.join(home, "AppData", "Local"))
    elif sys.platform == "darwin":
        place = os.path.join(home, "Library", "Caches")
    else:
        place = os.path.join(home, ".cache")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or place, "calibration-bot")


def _read(kept: Kept, name: str) -> Evidence | None:
    data = kept.read(name) if _is_ours(kept.folder) else None
    try:
        return None if data is None else msgspec.msgpack.decode(data, type=Evidence)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _is_ours(folder: str) -> bool:
    """Whether nobody else can have put something into a folder."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    if sys.platform == "win32":
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _key(logs: LogFiles, question: Question) -> str:
    asked = {
        field.name: getattr(question, field.name)
        for field in fields(question)
        if field.name not in _NO_ANSWER
    }
    asked["spells"] = sorted(question.spells.items())
    said = msgspec.json.encode([asked, logs.globs, logs.content], order="deterministic")
    digest = hashlib.sha256(said)
    for path in _code():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _code() -> Iterator[Path]:
    top = Path(bot.__file__).parent
    for name in _CODE:
        below = top / name
        yield from (
            sorted(path for path in below.rglob("*") if path.suffix in (".py", ".sql"))
            if below.is_dir()
            else (below,)
        )
