"""The one place that starts git: a command run to its end, and the reader that answers until it is closed.

In: a folder, arguments, and the whole environment of the child. Out: answers. A child that something killed
has not answered; a reader that stops answering says why in its last words.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO

from bot.errors import BotError
from bot.git.credentials import redacted
from bot.git.process import Answer, Talk, end_of, killed

_PATIENCE = 5
"""Seconds for a reader that no longer answers to end."""


def run(
    where: Path,
    args: tuple[str, ...],
    environment: Mapping[str, str],
    feed: bytes = b"",
    secrets: tuple[str, ...] = (),
) -> Answer:
    """A command run to its end, whatever its status. Raises BotError where something killed it."""
    process = _start(where, args, environment, PIPE)
    out, said = process.communicate(feed)
    answer = Answer(process.returncode, out, redacted(said.decode("utf-8", "replace"), secrets))
    if killed(answer.status):
        raise BotError(f"git {args[0]} did not end by itself; {end_of(answer.status, answer.err)}")
    return answer


class Reader:
    """A running `git cat-file --batch-command`."""

    def __init__(self, where: Path, environment: Mapping[str, str], words: Path) -> None:
        # Its words go to a file: nobody reads them while it runs, and a full pipe would stop it.
        self._words = words
        with words.open("wb") as file:
            command = ("cat-file", "--batch-command")
            self.process = _start(where, command, environment, file)

    @property
    def talk(self) -> Talk:
        """Its two ends, and its last words."""
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise BotError("git was started without pipes")
        return Talk(stdin, stdout, self._last_words)

    def close(self) -> None:
        """Let it go; it ends when nobody asks any more."""
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):  # it may have died with a request of ours unread
                if stream is not None:
                    stream.close()
        self.process.wait()

    def _last_words(self) -> str:
        try:
            status = self.process.wait(_PATIENCE)
        except TimeoutExpired:  # it answers nonsense, or nothing, and lives on
            self.process.kill()
            status = self.process.wait()
        return end_of(status, redacted(self._words.read_text("utf-8", "replace")))


def _start(
    where: Path, args: tuple[str, ...], environment: Mapping[str, str], stderr: int | IO[bytes]
) -> Popen[bytes]:
    # In exactly this environment: GitPython's own way of running a command adds all of ours to it.
    command = ["git", *args]
    try:
        return Popen(command, cwd=where, env=environment, stdin=PIPE, stdout=PIPE, stderr=stderr)
    except OSError as err:
        raise BotError(f"git could not be started: {err}") from err
