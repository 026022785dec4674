"""Repositories made in one go with `git fast-import`: thousands of commits in a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.repositories import START, Workshop, new_repository


@dataclass(frozen=True)
class Revision:
    """A commit to import."""

    branch: str
    files: Mapping[str, bytes]
    """Files that it adds or changes."""
    parents: tuple[str, ...] = ()
    """Branches; none: the branch itself, if it has a commit, else a root commit."""
    removed: tuple[str, ...] = field(default=())
    """Files that it removes."""


def imported(path: Path, revisions: Iterable[Revision]) -> Workshop:
    """A new repository with these commits, a minute apart; the work tree is left empty."""
    workshop = new_repository(path)
    stream = b"".join(_command(number, one) for number, one in enumerate(revisions))
    workshop.git("fast-import", "--quiet", feed=stream)
    return workshop


def _command(number: int, one: Revision) -> bytes:
    lines = [
        f"commit refs/heads/{one.branch}".encode(),
        f"committer Ada <ada@example.org> {START + 60 * number} +0000".encode(),
        b"data 6\nchange",
    ]
    if one.parents:
        first, *others = one.parents
        lines.append(f"from refs/heads/{first}".encode())
        lines += [f"merge refs/heads/{other}".encode() for other in others]
    lines += [f"D {path}".encode() for path in one.removed]
    for path, data in one.files.items():
        lines.append(b"M 100644 inline %s\ndata %d\n%s" % (path.encode(), len(data), data))
    return b"\n".join(lines) + b"\n"
