"""Building commits without the user's work tree, index or branch, and keeping them in the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.errors import BotError
from bot.git.history import Identity
from bot.git.objects import Objects
from bot.git.process import Git, failed

_NEW_FILE = "100644"
_TRIES = 20
_COUNT = slice(8, 12)  # of a pack's objects, in its header


def commit(
    git: Git,
    objects: Objects,
    parent: str,
    files: Mapping[str, bytes],
    message: str,
    identity: Identity,
    time: int,
) -> str:
    """A commit on `parent` in which `files` hold what they say, by path; its SHA, in the quarantine only.

    Files keep their modes, their bytes pass no filter, `identity` is author and committer, `time` (seconds
    since the epoch, shown as UTC) both dates: the same arguments give the same SHA.
    """
    index = {"GIT_INDEX_FILE": str(git.folder / "index")}
    git.check("read-tree", parent, extra=index)
    for name, data in files.items():
        before = objects.entry(parent, name)
        mode = _NEW_FILE if before is None else before.mode
        blob = git.check("hash-object", "-w", "--no-filters", "--stdin", feed=data).text
        git.check("update-index", "--add", "--cacheinfo", f"{mode},{blob},{name}", extra=index)
    tree = git.check("write-tree", extra=index).text
    return git.check(
        "commit-tree", tree, "-p", parent, feed=message.encode(), extra=_signed(identity, time)
    ).text


def _signed(identity: Identity, time: int) -> dict[str, str]:
    found = {}
    for role in ("AUTHOR", "COMMITTER"):
        found[f"GIT_{role}_NAME"] = identity.name
        found[f"GIT_{role}_EMAIL"] = identity.email
        found[f"GIT_{role}_DATE"] = f"@{time} +0000"
    return found


def set_branch(git: Git, branch: str, sha: str, expected: str | None) -> None:
    """Make `branch` of this repository point to `sha`, if it still is at `expected` (None: absent).

    Only what the branch needs leaves the quarantine. Raises BotError where the branch is checked out or has
    moved.
    """
    _refuse_checked_out(git, branch)
    _keep(git, sha)
    _move(git, branch, "update-ref", f"refs/heads/{branch}", sha, expected or "0" * len(sha))


def follow(git: Git, ref: str, sha: str) -> bool:
    """Make a tracking ref hold `sha`, whatever fetches beside us; whether it does. It never goes back."""
    _keep(git, sha)
    for _ in range(_TRIES):
        seen = git.run("rev-parse", "--verify", "--quiet", ref).text
        if seen and not git.run("merge-base", "--is-ancestor", sha, seen).status:
            return True
        if not git.run("update-ref", ref, sha, seen or "0" * len(sha)).status:
            return True
    return False


def _keep(git: Git, sha: str) -> None:
    """Bring a commit, with what it needs, from the quarantine into the repository."""
    known = git.check("for-each-ref", "--format=^%(objectname)").out
    pack = git.check("pack-objects", "--revs", "--stdout", "--quiet", feed=known + sha.encode())
    own = {"GIT_OBJECT_DIRECTORY": str(git.objects)}
    if pack.out[_COUNT] == bytes(4):
        return
    if _partial(git):
        # What the new trees refer to may be on the remote alone. Git fetches that when it is needed, and its
        # gc stays whole, only where the objects that refer to it count as the remote's.
        git.check("index-pack", "--stdin", "--promisor=", feed=pack.out, extra=own)
    else:
        git.check("unpack-objects", "-q", feed=pack.out, extra=own)


def _partial(git: Git) -> bool:
    args = ("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    answer = git.run(*args)
    if answer.status > 1:  # 1: nothing is configured
        raise failed(args, answer)
    return not answer.status


def remove(git: Git, branch: str, expected: str) -> None:
    """Delete `branch` of this repository, if it still is at `expected`. Raises BotError otherwise."""
    _refuse_checked_out(git, branch)
    _move(git, branch, "update-ref", "-d", f"refs/heads/{branch}", expected)


def _move(git: Git, branch: str, *args: str) -> None:
    answer = git.run(*args)
    if answer.status:
        said = answer.err.strip()
        raise BotError(f"branch {branch} was not moved, it changed meanwhile; run again ({said})")


def checked_out(git: Git, branch: str) -> Path | None:
    """The work tree that has a branch checked out, None for none."""
    listed = git.check("worktree", "list", "--porcelain", "-z").text.split("\0\0")
    for worktree in listed:
        lines = worktree.split("\0")
        if f"branch refs/heads/{branch}" in lines:
            return Path(lines[0].removeprefix("worktree "))
    return None


def _refuse_checked_out(git: Git, branch: str) -> None:
    where = checked_out(git, branch)
    if where is not None:
        said = "switch to another branch there, then run again"
        raise BotError(f"branch {branch} is checked out in {where}; {said}")
