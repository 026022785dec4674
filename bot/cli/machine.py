"""Errors of the machine that are no bug of ours: no room, no memory, a library that is not installed.

In: an exception that nobody expected. Out: whether the machine is at fault, and what to say of it.
"""

from __future__ import annotations

import errno

from bot.scratch import places

_REMEDIES = {
    errno.ENOSPC: "make room{}",
    errno.EDQUOT: "make room{}",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs",
    errno.ENOMEM: "free some memory",
    errno.EROFS: "name a folder that can be written{}",
    errno.EIO: "see to the disk{}",
    errno.ESTALE: "see to the disk{}",
    errno.EACCES: "see to who may read and write there",
    errno.EPERM: "see to who may read and write there",
    errno.ENAMETOOLONG: "name it shorter",
    errno.ELOOP: "see to its links",
    errno.EBADMSG: "write it anew or remove it",
}
_EXTRA = ("backports", "duckdb", "github", "jinja2", "tomlkit", "urllib3")
"""Libraries of the extra `run`, by the names they are imported by."""
_TEMPORARY = "; temporary files are in {}, TMPDIR names another folder"


def of_the_machine(err: Exception) -> bool:
    """Whether an error says that the machine lacks something."""
    if isinstance(err, ModuleNotFoundError):
        return _root(err) in _EXTRA
    return isinstance(err, MemoryError) or (isinstance(err, OSError) and err.errno in _REMEDIES)


def _root(err: ModuleNotFoundError) -> str:
    return (err.name or "").partition(".")[0]


def in_words(err: Exception) -> str:
    """What is wrong and what to do. May quote hostile text: escape before printing."""
    if isinstance(err, ModuleNotFoundError):
        needed = f"this command needs {_root(err)}, which is not installed here"
        return f"{needed}; pip install 'calibration-bot[run]'"
    if not isinstance(err, OSError) or err.errno is None:
        return "the machine has no memory left; free some, or raise the limit, and run again"
    where = _TEMPORARY.format(places()[0])
    place = "" if err.filename is None else f"{err.filename}: "
    remedy = _REMEDIES[err.errno].format(where)
    return f"{place}{err.strerror}; {remedy}; then run again"
