"""What a command knows of a week's sums when it starts: the sum, and what exactly it is the sum of.

In: what was kept. Out: a `Book`, or none; a book to keep. A source of rows is known by its content: a blob
by its id, a file by what the file system calls its identity, its length and digests. Modification times
prove nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from bot import __version__
from bot.calendar import Week
from bot.evidence.spending.buckets import KEY, Damaged, Records, packed
from bot.evidence.spending.digests import digest_of_texts
from bot.evidence.spending.tally import Tally
from bot.git.kept import Kept

_FORM = 1
"""Changes whenever what is kept means something else."""
_RECORDS, _THERE = "records-", "there"
_MOST_FRESH = 512
"""Things remembered that a book may hold by itself; more of them go into a file of records."""


class Asked(NamedTuple):
    """What decides which rows are summed."""

    top: str
    glob: str
    week: Week
    phases: tuple[str, ...]
    ref: str | None
    """Branch of the logs."""

    @property
    def name(self) -> str:
        """What the book for this is kept under."""
        where = (os.path.realpath(self.top), self.glob, self.ref or "")
        when = (str(self.week.start), str(self.week.end))
        of = digest_of_texts(__version__, str(_FORM), *where, *when, *self.phases)
        return f"sums-{of.hex()}"


class Known(NamedTuple):
    """A file of the work tree that was read."""

    stamp: tuple[int, ...]
    """Device, inode, size, and when content and inode last changed, by the file system."""
    young: bool
    """Whether it had changed so shortly before that it may change again without showing."""
    length: int
    """Bytes read."""
    whole: str
    """Digest of them, "" where only the tail's is known."""
    tail: str
    """Digest of the last of them."""
    ended: bool
    """Whether they end with a line's end, so that what follows are lines of their own."""
    bad: int
    """Bad lines."""
    counted: bool
    """Whether a row of the week is in it."""


class Gone(Exception):
    """A source whose rows are in the sum is no longer there in that form."""


class Blob(NamedTuple):
    """A file of the branch that was read."""

    bad: int
    counted: bool


class Book:
    """Sources and their sum. Nothing in it is of a source that is not listed."""

    def __init__(self, week: Week) -> None:
        self.files: dict[str, Known] = {}
        """By path."""
        self.blobs: dict[str, Blob] = {}
        """By blob and path; asked for with `open_blobs`."""
        self.refs: str | None = ""
        """What `branch_refs` said when the branch was listed."""
        self.unread = False
        """Whether blobs of that branch were left unread, as enough was known."""
        self.tally = Tally(week)
        self._blobs_kept: bytes | None = b""
        """Digest of what is kept of `blobs`, b"" for nothing, None once they are here."""
        self._bad_there = 0
        self._base: list[Any] | None = None

    def open_blobs(self, kept: Kept | None, asked: Asked) -> None:
        """Have `blobs`. Raises Damaged where what was kept of them is another book's."""
        if self._blobs_kept:
            data = kept.read(f"{asked.name}-{_THERE}") if kept else None
            if data is None or digest_of_texts(data) != self._blobs_kept:
                raise Damaged("blobs")
            self.blobs = {key: Blob(*said) for key, said in json.loads(data).items()}
        self._blobs_kept = None

    @property
    def bad(self) -> int:
        """Lines that are not counted."""
        return sum(known.bad for known in self.files.values()) + self.bad_there + self.tally.clashes

    @property
    def bad_there(self) -> int:
        """Bad lines on the branch."""
        if self._blobs_kept is None:
            return sum(blob.bad for blob in self.blobs.values())
        return self._bad_there

    def forget_sums(self, week: Week) -> None:
        """Begin the sum anew: what is known to hold no row of the week need not be read again.

        Wants `open_blobs` first.
        """
        self.files = {path: known for path, known in self.files.items() if not known.counted}
        there = len(self.blobs)
        self.blobs = {key: blob for key, blob in self.blobs.items() if not blob.counted}
        self.unread |= len(self.blobs) < there
        self.close()
        self.tally, self._base = Tally(week), None

    def close(self) -> None:
        """Close the file of records."""
        if self.tally.old is not None:
            self.tally.old.close()


def load(kept: Kept, asked: Asked) -> Book | None:
    """The book of an earlier command, None for none that can be trusted."""
    data = kept.read(asked.name)
    try:
        return None if data is None else _book(kept, asked, json.loads(data))
    except (ValueError, TypeError, KeyError, Damaged):
        return None


def _book(kept: Kept, asked: Asked, said: dict[str, Any]) -> Book:
    book = Book(asked.week)
    book.files = {
        path: Known(tuple(stamp), *rest) for path, (stamp, *rest) in said["files"].items()
    }
    book.refs, book.unread, book._bad_there = said["refs"], said["unread"], said["bad_there"]
    book._blobs_kept = bytes.fromhex(said["there"])
    book.tally.total, book.tally.clashes = said["total"], said["clashes"]
    book.tally.fresh = _pairs(bytes.fromhex(said["fresh"]))
    book._base = said["base"]
    if book._base is not None:
        name, seed, buckets = book._base
        book.tally.old = Records(os.path.join(kept.folder, name), seed, buckets)
    return book


def _pairs(data: bytes) -> dict[bytes, bytes]:
    size = 2 * KEY
    starts = range(0, len(data), size)
    return {data[at : at + KEY]: data[at + KEY : at + size] for at in starts}


def save(kept: Kept, asked: Asked, book: Book) -> None:
    """Keep a book. What cannot be kept is found anew by the next command."""
    if len(book.tally.fresh) > _MOST_FRESH and not _rebase(kept, asked, book):
        return
    there = book._blobs_kept
    if there is None:
        data = json.dumps(book.blobs).encode()
        there = digest_of_texts(data)
        if not kept.write(f"{asked.name}-{_THERE}", data):
            return
    said = {
        "files": book.files,
        "refs": book.refs,
        "unread": book.unread,
        "bad_there": book.bad_there,
        "there": there.hex(),
        "total": book.tally.total,
        "clashes": book.tally.clashes,
        "fresh": b"".join(_flat(book.tally.fresh)).hex(),
        "base": book._base,
    }
    kept.write(asked.name, json.dumps(said).encode())


def _rebase(kept: Kept, asked: Asked, book: Book) -> bool:
    """Put all that is remembered into one file of records; whether that worked."""
    old = book.tally.old
    data, seed, buckets = packed({**dict(old.items() if old else ()), **book.tally.fresh})
    name = f"{asked.name}-{_RECORDS}{seed:08x}"
    if not kept.store(name, data):
        return False
    before = book._base[0] if book._base else ""  # somebody may be about to open it
    kept.drop(f"{asked.name}-{_RECORDS}", (name, before))
    book._base, book.tally.fresh = [name, seed, buckets], {}
    return True


def _flat(pairs: dict[bytes, bytes]) -> Sequence[bytes]:
    return [part for pair in pairs.items() for part in pair]
