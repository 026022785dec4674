"""Whether a file of the work tree still is the one that was read, and what of it is new.

In: what is known of a file, and what is found. Out: how it is known now, or from which byte on to read.
"""

from __future__ import annotations

import time
from typing import BinaryIO

from bot.evidence.found import Found
from bot.evidence.limits import BYTE_ORDER_MARK
from bot.evidence.spending.book import Known
from bot.evidence.spending.digests import digest_of

TAIL = 4096
"""Bytes whose digest tells a large file that has grown from one that was written anew."""
WHOLE = 2**20
"""Bytes up to which all that was read is compared: people edit a small file above the line they add."""
_COARSE, _FINE = 2 * 10**9, 10**8
"""Nanoseconds after which a change shows in a file's times, where these tell whole milliseconds and finer."""


def stamp_of(found: Found) -> tuple[int, ...]:
    """What the file system calls a file's identity. None of it is proof of other content, or of the same."""
    status = found.status
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,  # nobody sets it: `touch -d` moves it to now
    )


def is_young(found: Found) -> bool:
    """Whether a file changed so shortly ago, or in the future, that its times do not settle anything."""
    changed = found.status.st_ctime_ns
    return changed > time.time_ns() - (_FINE if changed % 10**6 else _COARSE)


def look(known: Known | None, found: Found) -> Known | int:
    """How a file is known if it holds what was read, else the byte from which on it is to be read.

    Raises OSError.
    """
    stamp = stamp_of(found)
    if known is None or known.length < 0:
        return 0
    if stamp == known.stamp and not known.young:
        return known
    with open(found.full, "rb") as file:
        if found.status.st_size == known.length:
            same = _is_same(file, known, stamp)
            return known._replace(stamp=stamp, young=is_young(found)) if same else 0
        return known.length if _has_grown(file, known, stamp) else 0


def read_from(found: Found, start: int) -> int:
    """From which byte on a file must be read to be known again, where `start` is the first that is new."""
    return 0 if found.status.st_size <= WHOLE else max(0, start - TAIL)


def known_of(found: Found, data: bytes, start: int) -> Known:
    """A file as read: `data` reaches to its end, from where `read_from` says."""
    first = read_from(found, start)
    tail = data[-TAIL:]
    return Known(
        stamp=stamp_of(found),
        young=is_young(found),
        length=first + len(data),
        whole="" if first else digest_of(data),
        tail=digest_of(tail),
        ended=tail.endswith(b"\n"),
        bad=0,
        counted=False,
        latest=0,
    )


def unreadable(found: Found) -> Known:
    """A file that nobody lets us read: one bad line, looked at again by every command."""
    return known_of(found, b"", 0)._replace(young=True, length=-1, bad=1)


def _is_same(file: BinaryIO, known: Known, stamp: tuple[int, ...]) -> bool:
    if known.whole:
        return digest_of(file.read()) == known.whole
    return stamp == known.stamp and _tail_is(file, known)


def _has_grown(file: BinaryIO, known: Known, stamp: tuple[int, ...]) -> bool:
    """Whether a file is the one that was read with lines appended."""
    return (
        known.ended
        and known.length < stamp[2]
        and stamp[:2] == known.stamp[:2]
        and _starts_as(file, known)
        and file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK  # one only starts a file
    )


def _starts_as(file: BinaryIO, known: Known) -> bool:
    """Whether a file that is longer starts with what was read; the file is left where that ends."""
    if known.whole and known.length <= WHOLE:
        return digest_of(file.read(known.length)) == known.whole
    return _tail_is(file, known)


def _tail_is(file: BinaryIO, known: Known) -> bool:
    """Whether the bytes that were read end as they did; the file is left where they do."""
    file.seek(max(0, known.length - TAIL))
    return digest_of(file.read(min(known.length, TAIL))) == known.tail
