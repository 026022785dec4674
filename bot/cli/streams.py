"""stdout and stderr that a command can print to whoever reads: its result does not hang on the reader.

A reader that left (`| head`) changes nothing: what follows is dropped, the command ends as it would have.
A stream that was closed from the start, or a full disk under it, is remembered for the command line to tell.
Any other broken pipe, such as to a git child that died, is none of ours and stays an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, RawIOBase, TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Lossy(RawIOBase):
    """The bytes below a stream of ours: written while that works, dropped from the first failure on."""

    def __init__(self, below: RawIOBase | None) -> None:
        self._below = below
        self.lost: str | None = "it is closed" if below is None else None
        """Why output is missing; None where all is written or the reader left."""
        self.closed_by_caller = below is None
        """Whether there never was a reader (`>&-`)."""

    def write(self, data: ReadableBuffer) -> int | None:
        """Write what the reader takes; what no reader is there for counts as written."""
        if self._below is not None:
            try:
                return self._below.write(data)
            except BrokenPipeError:
                self._below = None
            except KeyboardInterrupt:
                # Nobody waits for what is left, and a reader that sleeps never ends.
                self._below = None
                raise
            except OSError as err:
                self._below, self.lost = None, err.strerror or str(err)
        return len(memoryview(data))

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks on."""
        return self._below is not None and self._below.isatty()

    def fileno(self) -> int:
        """The descriptor below. Raises OSError where there is none."""
        if self._below is None:
            raise OSError("nothing is printed to any more")
        return self._below.fileno()


@contextmanager
def lossy_streams() -> Iterator[Lossy | None]:
    """Put both streams on such bytes meanwhile. Gives those of stdout; None where a test captures it."""
    before = sys.stdout, sys.stderr
    out, printed = _wrapped(sys.stdout)
    err, _ = _wrapped(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield printed
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before


def _wrapped(stream: TextIO | None) -> tuple[TextIO, Lossy | None]:
    if stream is None:  # closed before we started
        below = Lossy(None)
        return TextIOWrapper(BufferedWriter(below), encoding="utf-8"), below
    if not isinstance(stream, TextIOWrapper):
        return stream, None
    with suppress(OSError):
        stream.fileno()
        return _over(stream)
    stream.reconfigure(errors="backslashreplace")
    return stream, None


def _over(stream: TextIOWrapper) -> tuple[TextIO, Lossy]:
    """What the terminal's encoding lacks shows as escapes: an arrow is no reason to fail after a push."""
    stream.flush()
    buffer: Any = stream.buffer  # with `python -u` it is the file itself, with no buffer between
    below = Lossy(getattr(buffer, "raw", buffer))
    text = TextIOWrapper(
        BufferedWriter(below),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return text, below
