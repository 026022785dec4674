"""Questions about the shape of history: versions of a file, commits of a branch, how a merge would end."""

from __future__ import annotations

from dataclasses import dataclass

from bot.git.objects import Objects
from bot.git.process import Git, failed

_TRAILERS = ("Calibration-Week", "Calibration-Inputs")
_FORMAT = "%x00".join(
    (
        *("%H", "%an", "%ae", "%cn", "%ce"),
        *(f"%(trailers:key={key},valueonly,separator=%x0A)" for key in _TRAILERS),
    )
)
_USAGE = 129


@dataclass(frozen=True)
class FileVersion:
    """One file as one first-parent commit left it."""

    commit: str
    """Full SHA."""
    committed: int
    """Committer time, seconds since the epoch."""
    data: bytes | None
    """Exact bytes; None where the commit removed the file or left something unreadable in its place."""


@dataclass(frozen=True)
class Identity:
    """A name and an e-mail address, as a commit holds them."""

    name: str
    email: str


@dataclass(frozen=True)
class Commit:
    """A commit, as far as its ownership needs it."""

    sha: str
    author: Identity
    committer: Identity
    week: str | None
    """Its trailer `Calibration-Week`."""
    inputs: str | None
    """Its trailer `Calibration-Inputs`."""


@dataclass(frozen=True)
class Merge:
    """What merging one commit into another would give."""

    clean: bool
    """False where it conflicts."""
    tree: str
    """SHA of the resulting tree; with conflict markers in it where it is not clean."""


def versions(git: Git, objects: Objects, commit: str, path: str) -> tuple[FileVersion, ...]:
    """The versions of a file along the first-parent line up to a commit, oldest first.

    A merge counts as one step, with the time at which it was made.
    """
    listed = git.check(
        "rev-list", "--first-parent", "--timestamp", "--reverse", commit, "--", path
    ).lines
    pairs = (line.split() for line in listed)
    return tuple(
        FileVersion(sha, int(committed), objects.read_plain(sha, path)) for committed, sha in pairs
    )


def commits_between(git: Git, base: str, head: str) -> tuple[Commit, ...]:
    """Commits that `head` has and `base` has not, oldest first."""
    said = git.check(
        "log", "-z", "--reverse", "--topo-order", f"--format=tformat:{_FORMAT}", f"{base}..{head}"
    )
    fields = said.out.decode("utf-8", "replace").split("\0")[:-1]
    width = 5 + len(_TRAILERS)
    return tuple(_commit(fields[start : start + width]) for start in range(0, len(fields), width))


def _commit(fields: list[str]) -> Commit:
    sha, author, author_email, committer, committer_email, week, inputs = fields
    return Commit(
        sha,
        Identity(author, author_email),
        Identity(committer, committer_email),
        week or None,
        inputs or None,
    )


def merge(git: Git, base: str, head: str) -> Merge:
    """The merge of two commits, without a work tree. Needs git 2.38; raises BotError below."""
    args = ("merge-tree", "--write-tree", "--no-messages", "--name-only", base, head)
    answer = git.run("-C", str(git.folder), *args, extra=_nowhere(git))
    if answer.status == _USAGE:
        raise failed(("merge-tree: git 2.38 or newer is needed;",), answer)
    if answer.status not in (0, 1) or not answer.text:  # 1 is also its status for an unknown name
        raise failed(args, answer)
    return Merge(answer.status == 0, answer.text.split("\n", 1)[0])


def _nowhere(git: Git) -> dict[str, str]:
    """The user's work tree out of reach: a `.gitattributes` there could resolve conflicts (`merge=union`)."""
    folder = git.check("rev-parse", "--absolute-git-dir").text
    return {"GIT_DIR": folder, "GIT_WORK_TREE": str(git.folder)}
