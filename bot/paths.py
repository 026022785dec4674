"""What a glob of the policy matches: `*`, `?`, `[…]` stay within one folder, `**` crosses folders. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ANY_DEPTH = "**"


@dataclass(frozen=True)
class LogFile:
    """One log file, laid out where DuckDB can read it."""

    path: str
    """Its path as the user knows it, relative to the repository. Hostile: escape before printing."""
    stored: Path
    """Where its bytes are now. Our own name, without special characters."""


def parts(glob: str) -> tuple[str, ...]:
    """The glob folder by folder; empty parts and `.` mean nothing and go."""
    return tuple(part for part in glob.split("/") if part not in ("", "."))


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
