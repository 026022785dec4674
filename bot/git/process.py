"""How the rest of the room talks to git: plain values in and out, no library type.

`Git` is what `repository.py` offers on top of GitPython; the other modules of the room build what they
need from it. Every child runs in the quarantine's environment: new objects land in a folder of ours, the
repository's own are only read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from bot.errors import BotError


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
        """Standard output as text, without white space at its ends."""
        return self.out.decode("utf-8", "surrogateescape").strip()


@dataclass(frozen=True)
class Talk:
    """A running `git cat-file --batch-command`: requests in, answers out."""

    stdin: IO[bytes]
    stdout: IO[bytes]


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
        """Run a command to its end, whatever its status. `network`: with credentials."""
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
