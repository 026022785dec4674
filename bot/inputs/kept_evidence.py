"""Evidence that was found before, kept in the user's cache folder: logs that have not changed are read once.

In: log files by their blobs, and the question. Out: what they say, read anew unless it is kept under a name
made of everything it derives from, our own code included. What is damaged, another's or of another version is
as good as none; what takes no time is not kept. No gate asks for evidence.

Whoever runs as a GitHub App believes only what was kept with the App's key: any job of the default branch
can write a workflow's cache.
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
from functools import partial
from pathlib import Path

import msgspec

import bot
from bot.errors import InvalidInput
from bot.evidence.records import Evidence, Question
from bot.git.kept import Kept
from bot.inputs.kept_history import KEPT_ROWS, split_log
from bot.inputs.snapshot import LogFiles
from bot.scratch import scratch_folder

_WORTH = 0.5
"""Seconds of a processor, whatever else it does, from which on the answer is kept."""
_CODE = ("evidence", "allocation", "calendar.py")
"""What of the package decides what logs say."""
_NO_ANSWER = frozenset({"memory"})
"""What of a question changes no answer."""


def evidence_of_logs(logs: LogFiles, question: Question) -> Evidence:
    """What the logs say. Raises as `read_evidence`."""
    kept = Kept(cache_folder(), logs.secret)
    name = f"evidence-{_key(_asked(question), logs.globs, logs.content)}"
    found = _read(kept, name) if _is_ours(kept.folder) else None
    if found is not None:
        return found
    began = time.process_time()
    evidence = _with_history(kept, logs, question)
    if time.process_time() - began > _WORTH and _is_made(kept.folder):
        kept.write(name, msgspec.msgpack.encode(evidence))
    return evidence


def _with_history(kept: Kept, logs: LogFiles, question: Question) -> Evidence:
    if os.path.lexists(kept.folder) and not _is_ours(kept.folder):
        return _anew(logs, question)
    from bot.evidence.read import read_evidence  # DuckDB is loaded while git works

    is_made = partial(_is_made, kept.folder)
    with scratch_folder() as folder:
        splits = []
        for rework, glob in enumerate(logs.globs):
            name = f"history-{_key(question.phases, glob, rework)}"
            split = split_log(kept, name, logs, question, is_made, rework=bool(rework))
            splits.append(split.laid_out(folder, name))
        try:
            found = read_evidence(splits[0], splits[1], question)
        except InvalidInput as err:
            if not any(KEPT_ROWS in problem.file for problem in err.problems):
                raise
            return _anew(logs, question)  # it is what we kept that cannot be read
    # Of two rows with one id the file is named; where one of them is kept it is known by reading all.
    named = any(KEPT_ROWS in str(problem) for problem in found.rejected)
    return _anew(logs, question) if named else found


def _anew(logs: LogFiles, question: Question) -> Evidence:
    from bot.evidence.read import read_evidence

    return read_evidence(logs.tokens, logs.rework, question)


def cache_folder() -> str:
    """Where programs of this user keep what can be lost; nowhere for who has no such place.

    A relative path is none, as the XDG specification has it: it would lead into whatever is worked on.
    """
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA", os.path.join(home, "AppData", "Local"))
    elif sys.platform == "darwin":
        place = os.path.join(home, "Library", "Caches")
    else:
        place = os.path.join(home, ".cache")
    named = os.environ.get("XDG_CACHE_HOME") or ""
    place = named if os.path.isabs(named) else place
    return os.path.join(place if os.path.isabs(place) else os.devnull, "calibration-bot")


def _read(kept: Kept, name: str) -> Evidence | None:
    data = kept.read(name)
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


def _asked(question: Question) -> dict[str, object]:
    said = {field.name: getattr(question, field.name) for field in fields(question)}
    said["spells"] = sorted(question.spells.items())
    return {name: value for name, value in said.items() if name not in _NO_ANSWER}


def _is_made(folder: str) -> bool:
    """Whether a folder is there now that we can write to, and nobody else."""
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    return _is_ours(folder) and os.access(folder, os.W_OK)


def _key(*said: object) -> str:
    """A name made of what is asked, and of our code."""
    digest = hashlib.sha256(msgspec.json.encode(said, order="deterministic"))
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
