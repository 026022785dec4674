"""Sharing the logs on a branch of their own, so that main's history stays clean.

In: log files of the work tree and the branch's name. Out: the branch, on the remote if there is one, with
every event of both exactly once. The index and the current branch are never touched. Files of the work tree
go only once the branch as last fetched, which every command reads, has their rows: `bot/evidence/leaving.py`.

The branch is an orphan, its files stand where they stand in the work tree. Writers never share a file, so
joining two sides is the union of their files; where both have a file of one name, the union of its lines. A
push that somebody else beat starts over on what they pushed, after a pause that differs by chance.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BotError
from bot.evidence.branch import blobs_of, check_apart
from bot.evidence.limits import BLANKS, BYTE_ORDER_MARK
from bot.evidence.packing import Packed, Packer, pack
from bot.git import remote
from bot.git.base import current
from bot.git.history import Identity
from bot.git.process import Git
from bot.git.remote import BranchMoved, Remote
from bot.git.repository import Repository
from bot.paths import LogFile

# One of those who push at once always wins; of ten, one in ten. Then losing 200 times is one chance in 10⁹.
_ATTEMPTS = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 3.0  # seconds
_FILE = "100644"


@dataclass(frozen=True)
class Synced:
    """What a sync has done."""

    files: int
    """Files that are new or longer on the branch."""
    commit: str | None
    """SHA of the commit it made, None where the branch had everything."""
    remote: str | None
    """Name of the remote, None where the branch is in this repository."""
    tip: str | None = None
    """SHA of the branch now, None where there is none."""
    sound: frozenset[str] = frozenset()
    """Files given that are on the branch now, without a bad line."""
    bad: tuple[str, ...] = ()
    """Files with bad lines: on the branch as they are, packed with nothing."""


def sync(
    repository: Repository,
    branch: str,
    files: Sequence[LogFile],
    identity: Identity,
    pauses: Iterable[float] | None = None,
    packer: Packer | None = None,
    base: str | None = None,
) -> Synced:
    """Bring the files to the branch. Raises BotError where the remote refuses or never holds still.

    It is never base, which is `base`, else the remote's HEAD, else the current branch: raises BotError.
    `packer` says which files become one; without it they go as they are.
    `pauses` are the seconds to wait after each push that somebody else beat; the last one ends it.
    """
    where = remote.find_remote(repository)
    name = None if where is None else where.name
    blobs = _stored(repository, files)
    attempts = 0
    for pause in _pauses() if pauses is None else pauses:
        tip = _tip(repository, where, branch, base)
        theirs = blobs_of(repository, tip)
        wanted, packed = _wanted(repository, theirs, blobs, packer)
        changed = {path: blob for path, blob in wanted.items() if theirs.get(path) != blob}
        gone = theirs.keys() - wanted.keys()
        sound = packed.sound & blobs.keys()
        if not changed and not gone:
            return Synced(0, None, name, tip, sound, packed.bad)
        commit = _commit(repository, tip, changed, gone, identity)
        try:
            _publish(repository, where, branch, commit, tip)
        except BranchMoved:
            attempts += 1
            time.sleep(pause)
            continue
        return Synced(len(changed), commit, name, commit, sound, packed.bad)
    raise BotError(f"branch {branch} moved {attempts} times while we tried to push; run again")


def _pauses() -> Iterator[float]:
    for attempt in range(_ATTEMPTS):
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
        yield random.uniform(0, longest)  # noqa: S311 - spreads retries, keeps no secret


def _tip(git: Git, where: Remote | None, branch: str, base: str | None) -> str | None:
    if where is None:
        check_apart(branch, base or current(git))
        return _own_tip(git, branch)
    seen = remote.listing(git, where, with_head=base is None)
    check_apart(branch, base or seen.head)
    tip = seen.branches.get(branch)
    if tip is not None and git.run("cat-file", "-e", f"{tip}^{{tree}}").status:
        remote.fetch(git, where, tip)
    return tip


def _own_tip(git: Git, branch: str) -> str | None:
    answer = git.run("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    return answer.text or None


def _stored(git: Git, files: Sequence[LogFile]) -> Mapping[str, str]:
    """Blob of each of our files, by path."""
    listed = "".join(f"{_quoted(file.stored)}\n" for file in files)
    feed = listed.encode("utf-8", "surrogateescape")
    said = git.check("hash-object", "-w", "--no-filters", "--stdin-paths", feed=feed).text
    return dict(zip((file.path for file in files), said.split(), strict=True))


def _wanted(
    repository: Repository,
    theirs: Mapping[str, str],
    ours: Mapping[str, str],
    packer: Packer | None,
) -> tuple[Mapping[str, str], Packed]:
    """Blob of each path that the branch is to have, and how it was packed."""
    joined = {
        path: _joined(repository, theirs[path], blob) if theirs.get(path, blob) != blob else blob
        for path, blob in ours.items()
    }
    every = {**theirs, **joined}
    if packer is None:
        return every, Packed({}, frozenset(), frozenset(), ())
    packed = pack(
        theirs, ours, lambda path: repository.blob(every[path], sys.maxsize) or b"", packer
    )
    kept = {path: blob for path, blob in every.items() if path not in packed.gone}
    return {**kept, **{p: _hashed(repository, data) for p, data in packed.files.items()}}, packed


def _joined(git: Git, theirs: str, ours: str) -> str:
    """A file with the lines of both: each as often as the side that has it more often."""
    blobs = (git.check("cat-file", "blob", sha).out for sha in (theirs, ours))
    first, second = (blob.removeprefix(BYTE_ORDER_MARK) for blob in blobs)
    missing = Counter(map(_plain, _rows(second))) - Counter(map(_plain, _rows(first)))
    data = first if first.endswith(b"\n") or not first or not missing else first + b"\n"
    for line in _rows(second):
        if missing[_plain(line)]:
            missing[_plain(line)] -= 1
            data += line + b"\n"
    return _hashed(git, data)


def _hashed(git: Git, data: bytes) -> str:
    return git.check("hash-object", "-w", "--no-filters", "--stdin", feed=data).text


def _rows(data: bytes) -> Iterator[bytes]:
    # At LF alone, as every reader parts them: a carriage return may stand within a row.
    return (line for line in data.split(b"\n") if _plain(line))


def _plain(line: bytes) -> bytes:
    return line.strip(BLANKS)


def _commit(
    git: Git,
    tip: str | None,
    changed: Mapping[str, str],
    gone: Collection[str],
    identity: Identity,
) -> str:
    index = {"GIT_INDEX_FILE": str(git.folder / "log-index")}
    git.check("read-tree", tip or "--empty", extra=index)
    lines = "".join(f"{_FILE} {blob}\t{path}\0" for path, blob in changed.items())
    lines += "".join(f"0 {'0' * len(tip or '')}\t{path}\0" for path in sorted(gone))
    feed = lines.encode("utf-8", "surrogateescape")
    git.check("update-index", "-z", "--add", "--index-info", feed=feed, extra=index)
    tree = git.check("write-tree", extra=index).text
    parents = ("-p", tip) if tip else ()
    count = len(changed)
    said = f"logs: {count} {'file' if count == 1 else 'files'}\n".encode()
    who = {
        f"GIT_{role}_{what}": value
        for role, named in (("AUTHOR", _author(git) or identity), ("COMMITTER", identity))
        for what, value in (("NAME", named.name), ("EMAIL", named.email))
    }
    return git.check("commit-tree", tree, *parents, feed=said, extra=who).text


def _author(git: Git) -> Identity | None:
    """Whoever syncs, so that the branch tells who wrote to it; None where git was not told who that is."""
    answer = git.run("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    name, found, rest = answer.text.partition(" <")
    return Identity(name, rest.partition(">")[0]) if found and not answer.status else None


def _publish(
    repository: Repository, where: Remote | None, branch: str, commit: str, tip: str | None
) -> None:
    if where is not None:
        remote.push(repository, where, branch, commit, tip)
        return
    try:
        repository.store_branch(branch, commit, tip)
    except BotError as err:
        if _own_tip(repository, branch) == tip:
            raise
        raise BranchMoved(str(err)) from err


def _quoted(path: Path) -> str:
    """A path as git reads it from a list: odd characters as C writes them."""
    text = os.fsdecode(path)
    if "\n" not in text and not text.startswith('"'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
