"""Questions about the shape of history: versions of a file, commits of a branch, how a merge would end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.git.dates import commit_time
from bot.git.objects import Objects
from bot.git.own_folder import AS_A_SERVER, own_folder
from bot.git.process import Git, failed

_TRAILERS = ("Calibration-Week", "Calibration-Change", "Calibration-Inputs")
_FORMAT = "%x00".join(
    (
        *("%H", "%P", "%T", "%an", "%ae", "%cn", "%ce", "%B"),
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


class Pusher(NamedTuple):
    """Somebody whose commits came to a branch."""

    who: Identity
    """As the commits claim. Hostile."""
    commits: int


@dataclass(frozen=True)
class Commit:
    """A commit, as far as its ownership and its sameness need it."""

    sha: str
    author: Identity
    committer: Identity
    week: str | None
    """Its trailer `Calibration-Week`."""
    inputs: str | None
    """Its trailer `Calibration-Inputs`."""
    change: str | None = None
    """Its trailer `Calibration-Change`."""
    parents: tuple[str, ...] = ()
    """Full SHAs."""
    tree: str = ""
    """Full SHA."""
    message: str = ""
    """All of it, the trailers included, without line breaks at its end. Hostile."""


@dataclass(frozen=True)
class FileChange:
    """One path at which two trees differ."""

    path: str
    modes: tuple[str, str]
    """Before and after, as git writes them in full: `100644`; `000000` where there is nothing."""

    @property
    def content_only(self) -> bool:
        """Whether it is the same plain file on both sides, only with other bytes."""
        before, after = self.modes
        return before == after and before.startswith("100")


@dataclass(frozen=True)
class Merge:
    """What merging one commit into another would give."""

    clean: bool
    """False where it conflicts."""
    tree: str
    """SHA of the resulting tree; with conflict markers in it where it is not clean.

    Empty where the two have no commit in common.
    """


def first_parent_times(git: Git, commit: str) -> dict[str, int]:
    """The first-parent line up to a commit, newest first, with committer times."""
    listed = git.check("rev-list", "--first-parent", "--timestamp", commit, "--").lines
    return {sha: commit_time(at) for at, sha in (pair.split() for pair in listed)}


def versions(git: Git, objects: Objects, commit: str, path: str) -> tuple[FileVersion, ...]:
    """The versions of a file along the first-parent line up to a commit, oldest first.

    A merge counts as one step, with the time at which it was made. Where the file was moved here, its
    versions at the place it came from come before.
    """
    return tuple(_versions(git, objects, (commit,), path))


def _versions(
    git: Git, objects: Objects, commits: Sequence[str], path: str
) -> Iterator[FileVersion]:
    """`commits`: up to which one, and `^SHA` of one from which on."""
    options = ("--first-parent", "--timestamp", "--reverse")
    listed = git.check("rev-list", *options, *commits, "--", path).lines
    before: FileVersion | None = None
    for committed, sha in (line.split() for line in listed):
        found = FileVersion(sha, commit_time(committed), objects.read_plain(sha, path))
        added = found.data is not None and (before is None or before.data is None)
        place = _moved_from(git, sha, path) if added else None
        if place is not None:
            since = commits[1:] if before is None else [f"^{before.commit}^1"]
            yield from _versions(git, objects, (f"{sha}^1", *since), place)
        yield found
        before = found


def _moved_from(git: Git, commit: str, path: str) -> str | None:
    """Where a file was that a commit, compared with its first parent, moved to a path; None if nowhere."""
    shape = ("--name-status", "-r", "-z", "--find-renames", "--diff-filter=R", "--no-commit-id")
    said = git.check("diff-tree", *shape, "--diff-merges=first-parent", commit)
    fields = said.out.decode("utf-8", "surrogateescape").split("\0")
    renames = zip(fields[1::3], fields[2::3], strict=False)
    return next((old for old, new in renames if new == path), None)


def signatures(git: Git, shas: Sequence[str]) -> dict[str, tuple[Identity, Identity]]:
    """Author and committer of each of some commits (full SHAs), as they claim. Hostile."""
    if not shas:
        return {}
    shape = (
        "--no-walk=unsorted",
        "-z",
        "--stdin",
        "--format=tformat:%H%x00%an%x00%ae%x00%cn%x00%ce",
    )
    said = git.check("log", *shape, feed="".join(f"{sha}\n" for sha in shas).encode())
    fields = said.out.decode("utf-8", "replace").split("\0")
    rows = (fields[at : at + 5] for at in range(0, len(fields) - 4, 5))
    return {sha: (Identity(an, ae), Identity(cn, ce)) for sha, an, ae, cn, ce in rows}


def parents(git: Git, commit: str) -> tuple[str, ...]:
    """Full SHAs of a commit's parents, the first first."""
    return tuple(git.check("rev-parse", f"{commit}^@").text.split())


def commits_between(git: Git, base: str, head: str) -> tuple[Commit, ...]:
    """Commits that `head` has and `base` has not, oldest first."""
    said = git.check(
        "log", "-z", "--reverse", "--topo-order", f"--format=tformat:{_FORMAT}", f"{base}..{head}"
    )
    fields = said.out.decode("utf-8", "replace").split("\0")[:-1]
    width = 8 + len(_TRAILERS)
    return tuple(_commit(fields[start : start + width]) for start in range(0, len(fields), width))


def pushers(git: Git, commit: str, since: int) -> tuple[Pusher, ...]:
    """Authors and committers of what a commit reaches, committed since then (seconds since the epoch).

    Most commits first, then by name.
    """
    said = git.check(
        "log", "-z", f"--since-as-filter=@{since}", "--format=%an%x00%ae%x00%cn%x00%ce", commit
    )
    fields = said.out.decode("utf-8", "replace").split("\0")
    found: Counter[Identity] = Counter()
    for at in range(0, len(fields) - 3, 4):
        author, author_email, committer, committer_email = fields[at : at + 4]
        found.update({Identity(author, author_email), Identity(committer, committer_email)})
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0].name, pair[0].email))
    return tuple(Pusher(who, count) for who, count in ordered)


def _commit(fields: list[str]) -> Commit:
    sha, parents, tree, author, author_email, committer, committer_email, message, *trailers = (
        fields
    )
    week, change, inputs = (value or None for value in trailers)
    names = (Identity(author, author_email), Identity(committer, committer_email))
    said = message.rstrip("\n")
    return Commit(sha, *names, week, inputs, change, tuple(parents.split()), tree, said)


def changed(git: Git, before: str, after: str) -> tuple[FileChange, ...]:
    """Every path at which two commits or trees differ, modes and submodules included; a move is two paths."""
    every = ("-r", "--raw", "--no-renames", "--ignore-submodules=none")
    said = git.check("diff-tree", "-z", *every, before, after).out.decode(
        "utf-8", "backslashreplace"
    )
    fields = said.split("\0")[:-1]
    pairs = zip(fields[::2], fields[1::2], strict=True)
    return tuple(FileChange(path, (raw[1:7], raw[8:14])) for raw, path in pairs)


def merge(git: Git, base: str, head: str) -> Merge:
    """The merge of two commits (full SHAs), without a work tree. Needs git 2.38; raises BotError below.

    Not clean also where the two have no commit in common, as after a rewrite of base.
    """
    args = ("merge-tree", "--write-tree", "--no-messages", "--name-only", base, head)
    # Attributes and settings of the user's could resolve conflicts (`merge=union`), which no server would.
    place = ("-C", str(git.folder), *AS_A_SERVER)
    answer = git.run(*place, *args, extra=own_folder(git))
    if answer.status == _USAGE:
        raise failed(("merge-tree: git 2.38 or newer is needed;",), answer)
    if answer.status not in (0, 1) or not answer.text:  # 1 is also its status for an unknown name
        if git.run("merge-base", base, head).status == 1:
            return Merge(False, "")
        raise failed(args, answer)
    return Merge(answer.status == 0, answer.text.split("\n", 1)[0])
