"""Reading what is new into a book, by the reader of every log line: imported where something must be read.

In: a book, a file or a blob. Out: the book, which knows it.
"""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO

from bot.evidence.found import Found
from bot.evidence.reader import Reader
from bot.evidence.schema import Names
from bot.evidence.spending.book import Blob, Book
from bot.evidence.spending.sources import TAIL, known_of
from bot.evidence.spending.tally import HERE, THERE, Tally, Use


def read_file(book: Book, phases: Collection[str], found: Found, start: int) -> None:
    """Read a file of the work tree from a byte on. Raises OSError, Clash, Damaged."""
    first = max(0, start - TAIL)
    with open(found.full, "rb") as file:
        file.seek(first)
        data = file.read()
    before = book.files.get(found.path) if start else None
    bad, counted = _add(book.tally, phases, data[start - first :], HERE)
    book.files[found.path] = known_of(found, data, start, before)._replace(
        bad=bad + (before.bad if before else 0),
        counted=counted or bool(before and before.counted),
    )


def read_blob(book: Book, phases: Collection[str], key: str, data: bytes) -> None:
    """Read a blob of the branch. Raises Clash, Damaged."""
    book.blobs[key] = Blob(*_add(book.tally, phases, data, THERE))


def _add(tally: Tally, phases: Collection[str], data: bytes, place: bytes) -> tuple[int, bool]:
    """Add the good lines of a file; how many lines are bad, and whether any of the others is the week's."""
    bad, counted = 0, False
    reader = Reader(Names(phases), rework=False)
    for block in reader.file(BytesIO(data)):
        bad += len(block.bad)
        for row in map(reader.names.row, block.rows):
            who = (row.phase, row.agent, row.model)
            use = Use(row.at, row.sd, *who, row.tokens or 0, row.note, row.id)
            counted |= tally.add(use, place)
    return bad, counted
