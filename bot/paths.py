"""Paths from the top of the repository, and the globs that match them. Pure.

A glob of the policy: `*`, `?`, `[…]` stay within one folder, `**` crosses folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from bot.errors import UsageError

if TYPE_CHECKING:  # `model` needs this module, and starts without what it does not use
    from pathlib import Path

ANY_DEPTH = "**"


class LogFile(NamedTuple):
    """One log file, laid out where DuckDB can read it."""

    path: str
    """Its path as the user knows it, relative to the repository. Hostile: escape before printing."""
    stored: Path
    """Where its bytes are now. Our own name, without special characters."""


def parts(path: str) -> tuple[str, ...]:
    """A path or glob folder by folder; empty parts and `.` mean nothing and go."""
    return tuple(part for part in path.split("/") if part not in ("", "."))


def normal(path: str) -> str:
    """The one spelling of a file's path: from the top of the repository, `./a//b` as `a/b`.

    Raises UsageError for an absolute path, one with `..` and one that names nothing: where `..` leads
    depends on links, and a commit is read without following any.
    """
    named = parts(path)
    if path.startswith("/") or ".." in named or not named:
        raise UsageError(f"{path!r} must be a path inside the repository, from its top")
    return "/".join(named)


def fixed_folder(glob: str) -> str:
    """The folder at the start of a glob that holds no wild card, `""` for the top of the repository."""
    fixed: list[str] = []
    for part in parts(glob)[:-1]:
        if any(character in part for character in "*?["):
            break
        fixed.append(part)
    return "/".join(fixed)


def matches(glob: str, path: str) -> bool:
    """Whether a path of a file, from the top of the repository, is one the glob means."""
    return _match(parts(glob), path.split("/"))


def _match(pattern: Sequence[str], names: Sequence[str]) -> bool:
    if not pattern or not names:
        return not pattern and not names
    first, rest = pattern[0], pattern[1:]
    if first == ANY_DEPTH:
        return _match(rest, names) or (_match(pattern, names[1:]) or (not rest and len(names) == 1))
    return fnmatchcase(names[0], first) and _match(rest, names[1:])
