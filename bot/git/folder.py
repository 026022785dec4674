"""What the files of a git folder tell by themselves: where it is, and which commits a branch may mean.

In: the top of a work tree. Out: paths, and text that changes whenever an answer of git's may. For commands
that must have ended by the time a git process has started; whatever is not plain here is git's to answer.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

_REMOTE = re.compile(rb'^\s*\[remote "([^"\n]+)"\]', re.MULTILINE)
_SHA = re.compile(rb"[0-9a-f]{40,64}")


def git_folder(top: str) -> str | None:
    """The git folder of a work tree, None where there is none."""
    found = os.path.join(top, ".git")
    if os.path.isfile(found):  # a work tree beside the first one
        with open(found, encoding="utf-8", errors="surrogateescape") as file:
            found = os.path.join(top, file.read().removeprefix("gitdir:").strip())
    return found if os.path.isdir(found) else None


def common_folder(top: str) -> str | None:
    """The git folder that all work trees of a repository share, None where there is none."""
    try:
        own = git_folder(top)
        shared = None if own is None else _read(os.path.join(own, "commondir"))
    except OSError:
        return None
    if own is None or shared is None:
        return own
    return os.path.normpath(os.path.join(own, os.fsdecode(shared).strip()))


def branch_refs(common: str, branch: str) -> str | None:
    """Every ref that may hold a branch, our own and as last fetched, with what decides between them.

    "" where there is none; None where only git can tell.
    """
    try:
        if os.path.isdir(os.path.join(common, "reftable")):
            return None
        config = _read(os.path.join(common, "config")) or b""
        found = _refs(common, branch, config)
    except OSError:
        return None
    if found is None or not found:
        return None if found is None else ""
    return "\n".join((*found, os.fsdecode(config)))


def _refs(common: str, branch: str, config: bytes) -> list[str] | None:
    """The refs with their commits, None where one of them is no plain commit."""
    packed = _read(os.path.join(common, "packed-refs")) or b""
    found = []
    for name in _names(common, branch, config):
        said = _read(os.path.join(common, name))
        commit = _packed(packed, os.fsencode(name)) if said is None else said.strip()
        if commit is not None and not _SHA.fullmatch(commit):
            return None
        if commit is not None:
            found.append(f"{commit.decode()} {name}")
    return found


def _names(common: str, branch: str, config: bytes) -> list[str]:
    remotes = set(map(os.fsdecode, _REMOTE.findall(config)))
    with suppress(OSError):  # nothing fetched, or everything packed
        remotes.update(os.listdir(os.path.join(common, "refs", "remotes")))
    return [f"refs/heads/{branch}", *(f"refs/remotes/{name}/{branch}" for name in sorted(remotes))]


def _packed(packed: bytes, name: bytes) -> bytes | None:
    end = packed.find(b" " + name + b"\n")
    return None if end < 0 else packed[packed.rfind(b"\n", 0, end) + 1 : end]


def _read(path: str) -> bytes | None:
    """The bytes of a file, None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
