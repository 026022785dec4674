"""Reading what is new into a book, by the reader of every log line: imported where something must be read.

In: a book, a file or a blob. Out: the book, which knows it.
"""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO

from bot.calendar import instant_of
from bot.evidence.found import Found
from bot.evidence.reader import Reader
from bot.evidence.schema import Names
from bot.evidence.spending.book import Blob, Book
from bot.evidence.spending.sources import known_of, read_from
from bot.evidence.spending.tally import HERE, THERE, Tally, Use
from bot.paths import packing_of

_BAD_LINE = b"{\n"


def read_file(book: Book, phases: Collection[str], found: Found, start: int) -> None:
    """Read a file of the work tree from a byte on. Raises OSError, Clash, BrokenPacking."""
    first = read_from(found, start)
    with open(found.full, "rb") as file:
        file.seek(first)
        data = file.read()
    before = book.files.get(found.path) if start else None
    added = _add(book.tally, phases, _lines(found.path, data, start - first), HERE)
    book.files[found.path] = known_of(found, data, start)._replace(
        bad=added.bad + (before.bad if before else 0),
        counted=added.counted or bool(before and before.counted),
        latest=max(added.latest, before.latest if before else 0),
    )


def read_blob(book: Book, phases: Collection[str], key: str, data: bytes) -> None:
    """Read a blob of the branch. Raises Clash, BrokenPacking."""
    book.blobs[key] = _add(book.tally, phases, _lines(key, data, 0), THERE)


def _lines(path: str, data: bytes, start: int) -> BytesIO:
    """Lines of a file from a byte on, a packed one's from its start; what nobody can unpack is a bad line."""
    packing = packing_of(path)
    if packing is None:
        return BytesIO(data[start:])
    from bot.evidence.unpacked import BrokenPacking, lines_in

    try:
        with lines_in(BytesIO(data), packing, path) as unpacked:
            return BytesIO(unpacked.read())
    except (BrokenPacking, ModuleNotFoundError):
        return BytesIO(_BAD_LINE)


def _add(tally: Tally, phases: Collection[str], lines: BytesIO, place: bytes) -> Blob:
    """Add the good lines of a file."""
    bad, counted, latest = 0, False, 0
    reader = Reader(Names(phases), rework=False)
    for block in reader.file(lines):
        bad += len(block.bad)
        for written in block.rows:
            at = instant_of(written.ts) or 0
            latest = max(latest, at)
            if tally.is_wanted(at):
                row = reader.names.row(written)
                who = (row.phase, row.agent, row.model)
                tally.add(Use(at, row.sd, *who, row.tokens or 0, row.note, row.id), place)
                counted = True
    return Blob(bad, counted, latest)
