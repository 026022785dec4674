"""What was let in on a branch: first-parent commits one after the other, and single ones of its history.

In: commits. Out: their messages, with the trailers that git itself finds in them. A history of any length is
walked once, as far as somebody reads on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from typing import NamedTuple

from bot.git.dates import commit_time
from bot.git.process import Git

# Nothing in anybody's configuration may change what is printed, or what is a trailer.
_PLAIN = ("-c", "log.showSignature=false", "-c", "trailer.separators=:", "log", "-z")
_FORM = (
    "--encoding=UTF-8",
    "--no-notes",
    "--no-patch",
    "--format=tformat:%H%x00%ct%x00%(trailers:only,unfold)%x00%B",
)
_SHAPE = 4
Stream = Callable[..., Generator[bytes, None, None]]
"""Runs a git command and gives what it prints, parted at NUL."""


class LandedCommit(NamedTuple):
    """A commit as far as what it says is asked for."""

    sha: str
    """Full SHA."""
    committed: int
    """Committer time, seconds since the epoch."""
    trailers: tuple[tuple[str, str], ...]
    """(key, value) as written, unfolded, in order. Hostile."""
    message: str
    """All of it. Hostile."""


def landed_on(stream: Stream, commit: str) -> Iterator[LandedCommit]:
    """The first-parent line up to a commit, newest first."""
    args = (*_PLAIN, "--first-parent", *_FORM, commit)
    with closing(stream(*args)) as fields:
        yield from _commits(fields)


def in_history(git: Git, names: Collection[str], commit: str) -> dict[str, LandedCommit]:
    """Commits that `commit` reaches, by what names them: SHAs, whole or their first digits."""
    full = _existing(git, names)
    known = set(full.values()) - _beyond(git, set(full.values()), commit)
    if not known:
        return {}
    args = (*_PLAIN, "--no-walk=unsorted", "--stdin", *_FORM)
    said = git.check(*args, feed="".join(f"{sha}\n" for sha in sorted(known)).encode()).out
    found = {landed.sha: landed for landed in _commits(iter(said.split(b"\0")))}
    return {name: found[sha] for name, sha in full.items() if sha in found}


def trailers_in(git: Git, text: str) -> tuple[tuple[str, str], ...]:
    """(key, value) of the trailers that a text would have as the message of a commit, below a subject."""
    plain = ("-c", "trailer.separators=:", "interpret-trailers", "--parse", "--no-divider")
    feed = f"subject\n\n{text}".replace("\r\n", "\n").encode("utf-8", "replace")
    return _pairs(git.check(*plain, feed=feed).out.decode("utf-8", "replace"))


def _pairs(trailers: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition(":") for line in trailers.split("\n") if line)
    return tuple((key.strip(), value.strip()) for key, _, value in pairs)


def _existing(git: Git, names: Collection[str]) -> dict[str, str]:
    """Full SHA of each name that means one commit here; names of branches and tags mean none."""
    asked = sorted(names)
    feed = "".join(f"{name}^{{commit}}\n" for name in asked).encode()
    said = git.check("cat-file", "--batch-check=%(objectname)", feed=feed).lines if asked else []
    pairs = zip(asked, said, strict=True)
    return {name: sha for name, sha in pairs if sha.isalnum() and sha.startswith(name)}


def _beyond(git: Git, shas: Collection[str], commit: str) -> set[str]:
    """Those that `commit` does not reach."""
    feed = "".join(f"{sha}\n" for sha in (*sorted(shas), f"^{commit}")).encode()
    return set(git.check("rev-list", "--stdin", feed=feed).text.split()) if shas else set()


def _commits(fields: Iterator[bytes]) -> Iterator[LandedCommit]:
    texts = (field.decode("utf-8", "replace") for field in fields)
    for sha, committed, trailers, message in zip(*[texts] * _SHAPE, strict=False):
        yield LandedCommit(sha, commit_time(committed), _pairs(trailers), message)
