"""What the guard asks of git: names of commits, the tree in the index, where a file went."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.errors import BotError
from bot.git.process import Git

_UNSET = ("unspecified", "unset")


def resolve(git: Git, ref: str) -> str | None:
    """Full SHA of the commit that a name stands for, None if it stands for none."""
    args = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    answer = git.run(*args)
    return answer.text if answer.status == 0 else None


def staged(git: Git) -> str:
    """SHA of the tree that the index would commit, from a copy of it: git may rewrite what it reads."""
    index = Path(git.check("rev-parse", "--path-format=absolute", "--git-path", "index").text)
    copy = git.folder / "index"
    if index.exists():
        shutil.copyfile(index, copy)
    answer = git.run("write-tree", extra={"GIT_INDEX_FILE": str(copy)})
    if answer.status:
        said = answer.err.strip() or "no reason given"
        raise BotError(f"the index cannot be committed as it is; resolve its conflicts ({said})")
    return answer.text


def moved_to(git: Git, before: str, after: str, path: str) -> str | None:
    """Where a file of tree `before` went in tree `after`, edited or not; None if it is nowhere."""
    shape = ("--name-status", "-r", "-z", "--find-renames", "--diff-filter=R")
    said = git.check("diff-tree", *shape, before, after).out.decode("utf-8", "backslashreplace")
    fields = said.split("\0")
    renames = zip(fields[1::3], fields[2::3], strict=False)
    return next((new for old, new in renames if old == path), None)


def touching(git: Git, commit: str, paths: Sequence[str]) -> Iterator[str]:
    """First-parent commits up to `commit` that changed any of the files, newest first."""
    yield from git.check("rev-list", "--first-parent", commit, "--", *paths).text.split()


def attributes(git: Git, tree: str, names: Sequence[str], path: str) -> dict[str, str]:
    """What the `.gitattributes` of a tree say of a path; unset ones are left out.

    By git itself, macros and folders included, as file systems that fold case read patterns and as others do.
    """
    extra = {"GIT_INDEX_FILE": str(git.folder / "attributes"), "GIT_ATTR_NOSYSTEM": "1"}
    git.check("read-tree", tree, extra=extra)
    found: dict[str, str] = {}
    for folding in ("false", "true"):
        settings = ("-c", f"core.ignoreCase={folding}", "-c", "core.attributesFile=/dev/null")
        args = (*settings, "check-attr", "--cached", "-z", *names, "--", path)
        fields = git.check(*args, extra=extra).out.decode("utf-8", "backslashreplace").split("\0")
        said = zip(fields[1::3], fields[2::3], strict=False)
        found |= {name: value for name, value in said if value not in _UNSET}
    return found
