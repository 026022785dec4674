"""The one place that starts git: a command run to its end, and the reader that answers until it is closed.

In: a folder, arguments, and the whole environment of the child. Out: answers. A child that something killed
has not answered; a reader that stops answering says why in its last words. The only module that knows
GitPython.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from threading import Thread

from bot.errors import BotError

try:
    import git
    from git.exc import GitCommandNotFound
except ImportError as err:
    raise BotError(
        "git was not found; install git 2.38 or newer and see that it is on PATH"
    ) from err

from bot.git import environment as variables
from bot.git.credentials import redacted
from bot.git.process import Answer, Talk, end_of, killed

_PIECE = 2**16
"""Bytes that are read at once."""
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
    process = _start(where, args, environment)
    try:
        out, said = process.communicate(feed)
    except BaseException:
        # A signal stopped us: the child writes to a folder that we are about to remove.
        _stop(process.proc)
        raise
    status = process.returncode
    answer = Answer(status, out, redacted(said.decode("utf-8", "replace"), secrets))
    if killed(status):
        raise BotError(f"git {args[0]} did not end by itself; {end_of(status, answer.err)}")
    return answer


class BatchChild:
    """A running command: `git cat-file --batch-command`, unless it is told another one."""

    def __init__(
        self,
        where: Path,
        environment: Mapping[str, str],
        args: tuple[str, ...] = ("cat-file", "--batch-command"),
    ) -> None:
        # The handle of GitPython's is kept: with it goes the process.
        self._handle = _start(where, args, environment)
        if self._handle.proc is None:
            raise BotError("git was started without a process")
        self.process: Popen[bytes] = self._handle.proc
        """GitPython's own waiting turns a status into an exception: the process itself tells it."""
        self._said = b""
        # Somebody must listen to its words while it runs: a full pipe would stop it.
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

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
        self._listener.join(_PATIENCE)

    def _listen(self) -> None:
        if self.process.stderr is not None:
            with suppress(OSError, ValueError), self.process.stderr as words:
                self._said = words.read()

    def _last_words(self) -> str:
        try:
            status = self.process.wait(_PATIENCE)
        except TimeoutExpired:  # it answers nonsense, or nothing, and lives on
            self.process.kill()
            status = self.process.wait()
        self._listener.join(_PATIENCE)
        return end_of(status, redacted(self._said.decode("utf-8", "replace")))


def fields(
    where: Path, args: tuple[str, ...], environment: Mapping[str, str]
) -> Generator[bytes, None, None]:
    """What a command prints, parted at NUL, while it runs; it ends when nobody reads on.

    Raises BotError where it fails, or something killed it.
    """
    child = BatchChild(where, environment, args)
    try:
        rest = b""
        while data := child.talk.stdout.read1(_PIECE):  # type: ignore[attr-defined]
            *whole, rest = (rest + data).split(b"\0")
            yield from whole
        if child.process.wait():
            raise BotError(f"git failed: {child.talk.last_words()}")
    finally:
        _stop(child.process)
        child.close()


def _stop(child: Popen[bytes] | None) -> None:
    """End a child, and give it the time to end its own children."""
    if child is None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except TimeoutExpired:
        child.kill()
        child.wait()


def _start(
    where: Path, args: tuple[str, ...], environment: Mapping[str, str]
) -> git.Git.AutoInterrupt:
    if not os.access(where, os.X_OK):
        # GitPython would start it wherever we are, in another repository.
        raise BotError(f"{where} cannot be entered; pass --repo with a folder that can")
    command = [git.Git.GIT_PYTHON_GIT_EXECUTABLE, *args]
    exactly = _exactly(environment)
    try:
        return git.Git(where).execute(
            command, istream=PIPE, as_process=True, shell=False, env=exactly
        )
    except (GitCommandNotFound, OSError) as err:
        raise BotError(f"git could not be started: {redacted(str(err))}") from err


def _exactly(environment: Mapping[str, str]) -> dict[str, str]:
    """What to give GitPython, which only adds to our own environment: a blank for what is not the child's.

    The command line has cleaned ours (`environment.cleaned`); who uses the house as a library has not. Raises
    BotError for what no blank undoes: a surrounding git's variables name another repository.
    """
    others = os.environ.keys() - environment.keys()
    around = sorted(name for name in others if name.upper() in variables.OF_A_REPOSITORY)
    if around:
        raise BotError(
            f"{', '.join(around)}: set for another git around us; unset, or use bot.git.environment.cleaned()"
        )
    return {**dict.fromkeys(others, ""), **environment}
