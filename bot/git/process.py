"""How the rest of the room talks to git: plain values in and out, no library type.

`Git` is what `repository.py` offers on top of GitPython; the other modules of the room build what they
need from it. Every child runs in the quarantine's environment: new objects land in a folder of ours, the
repository's own are only read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from bot.errors import BotError

_HIGHEST_OWN = 129


@dataclass(frozen=True)
class Answer:
    """What a git command said."""

    status: int
    """Exit status."""
    out: bytes
    """Standard output, to the byte."""
    err: str
    """Standard error, secrets removed."""

    @property
    def text(self) -> str:
        """Standard output as text, without its last line's end: a name may end in other white space."""
        return self.out.decode("utf-8", "surrogateescape").strip("\n")

    @property
    def lines(self) -> list[str]:
        """Its lines, parted at LF alone: a branch or a path may hold what `str.splitlines` parts at."""
        return self.text.split("\n") if self.text else []


@dataclass(frozen=True)
class Talk:
    """A running `git cat-file --batch-command`: requests in, answers out."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    last_words: Callable[[], str]
    """How it ended: its status and what it said, once it has stopped answering."""


class Git(Protocol):
    """Runs git commands in one repository."""

    @property
    def folder(self) -> Path:
        """Our own temporary folder; gone when the repository is closed."""
        ...

    @property
    def objects(self) -> Path:
        """The repository's own object database."""
        ...

    def run(
        self,
        *args: str,
        feed: bytes = b"",
        extra: Mapping[str, str] | None = None,
        network: bool = False,
    ) -> Answer:
        """Run a command to its end, whatever its status. `network`: with credentials.

        Raises BotError where something killed it: that is no answer.
        """
        ...

    def check(
        self, *args: str, feed: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> Answer:
        """Run a command that has no business failing. Raises BotError with git's words if it does."""
        ...


def failed(args: Sequence[str], answer: Answer) -> BotError:
    """The error for a command that should have worked."""
    said = answer.err.strip() or f"exit status {answer.status}"
    return BotError(f"git {args[0]} failed: {said}")


def killed(status: int) -> bool:
    """Whether a status means that the child did not end by itself; 129 is git's own for wrong usage."""
    return status < 0 or status > _HIGHEST_OWN


def end_of(status: int, said: str) -> str:
    """A child's end in words: its status, or the signal that killed it, and what it said."""
    how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
    words = " ".join(said.split())
    return f"{how}: {words}" if words else how
