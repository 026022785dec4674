"""Log files as lines, however they are packed: gzip, Zstandard, Parquet.

In: a log file. Out: its lines, row after row; nothing is unpacked before somebody reads it. What is packed
may be made to fill a machine: it may hold so many times its own size, and no line longer than any may be.
"""

from __future__ import annotations

import errno
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from bot.evidence.limits import ALWAYS_UNPACKED, LEAST_ROW, LONGEST_LINE, MOST_TIMES
from bot.paths import LogFile

_PIECE = 2**20


class BrokenPacking(OSError):
    """A packed file that cannot be unpacked, or holds too much. Its `strerror` says so, without a remedy."""

    def __init__(self, said: str, path: str | None = None) -> None:
        super().__init__(errno.EBADMSG, said, path)


def unpacked_lines(log: LogFile) -> BinaryIO:
    """The lines of a log file, to be closed. Raises OSError, while they are read too: `BrokenPacking`."""
    file = log.open()
    return file if log.packing is None else lines_in(file, log.packing, log.path)


def lines_in(file: BinaryIO, packing: str, path: str) -> BinaryIO:
    """The lines of an open file that is packed so, closed with them; `path` is for who reads an error."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    most = ALWAYS_UNPACKED + MOST_TIMES * size
    return io.BufferedReader(_Stream(_UNPACKERS[packing](file), most, file, path), _PIECE)


class _Stream(io.RawIOBase):
    """Pieces of unpacked lines as a file, as long as there are not too many."""

    def __init__(self, pieces: Iterator[bytes], most: int, source: BinaryIO, path: str) -> None:
        self._pieces, self._left, self._source, self._path = pieces, most, source, path
        self._lines = 2 * most // LEAST_ROW  # that may come yet: blank ones cost as much as others
        self._piece = memoryview(b"")
        self._line = 0  # bytes of the line that has not ended yet

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._piece:
            try:
                piece = next(self._pieces, None)
            except BrokenPacking as err:
                raise BrokenPacking(err.strerror or "", self._path) from err
            if piece is None:
                return 0
            self._check(piece)
            self._piece = memoryview(piece)
        length = min(len(buffer), len(self._piece))
        buffer[:length] = self._piece[:length]
        self._piece = self._piece[length:]
        return length

    def _check(self, piece: bytes) -> None:
        self._left -= len(piece)
        self._lines -= piece.count(b"\n")
        end = piece.rfind(b"\n") + 1
        self._line = len(piece) - end if end else self._line + len(piece)
        if self._left < 0 or self._lines < 0:
            raise BrokenPacking("holds far more than logs of its size do", self._path)
        if self._line > LONGEST_LINE + _PIECE:
            raise BrokenPacking(f"holds a line longer than {LONGEST_LINE} bytes", self._path)

    def close(self) -> None:
        if not self.closed:
            self._pieces.close()  # type: ignore[attr-defined]
            self._source.close()
        super().close()


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    import gzip  # here and below: loaded where there is something to unpack

    try:
        if not file.read(1):  # which the module takes for no lines
            raise EOFError("it is empty")
        file.seek(0)
        with gzip.GzipFile(fileobj=file) as opened:
            yield from iter(partial(opened.read1, _PIECE), b"")
    except (EOFError, zlib.error, gzip.BadGzipFile) as err:
        raise BrokenPacking(f"is no whole gzip file ({err})") from err


def _zstandard(file: BinaryIO) -> Iterator[bytes]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    try:
        with zstd.ZstdFile(file) as opened:
            yield from iter(partial(opened.read1, _PIECE), b"")
    except (EOFError, zstd.ZstdError) as err:
        raise BrokenPacking(f"is no whole Zstandard file ({err})") from err


def _parquet(file: BinaryIO) -> Iterator[bytes]:
    from bot.evidence.parquet import lines

    return lines(file)


_UNPACKERS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {
    ".jsonl.gz": _gzip,
    ".jsonl.zst": _zstandard,
    ".parquet": _parquet,
}
