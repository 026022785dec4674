"""The one reader of log lines: whole blocks at once where all is well, else line by line, by the same rules.

In: the bytes of a log file. Out: its good rows with their lines, and everything wrong with the others. A byte
order mark may start a file and nothing else. Rows of any week are judged alike.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from io import BytesIO
from operator import attrgetter
from typing import BinaryIO, NamedTuple

from msgspec import UNSET, MsgspecError, structs
from msgspec.json import Decoder

from bot.calendar import are_instants
from bot.evidence.cursors import is_cursor
from bot.evidence.limits import BLANKS, BYTE_ORDER_MARK, LONGEST_LINE
from bot.evidence.schema import CursorRow, Names, ReworkRow, TokenRow, Written
from bot.evidence.words import LineFault, Malformed, document_of, wrong_fields

_BLOCK = LONGEST_LINE  # so that a block within its size holds no line that is too long
_PIECES = (2**16, 2**12)  # of a block that is not all well, so that few lines are read one by one
_QUOTES = {str: 4, bool: 2, int: 2, type(None): 2, type(UNSET): 0}
"""Quotation marks that a field takes, key and value, by the type of its value."""


class Block(NamedTuple):
    """Some lines of a log file, read."""

    rows: Sequence[Written]
    """The good ones."""
    numbers: Sequence[int]
    """Their lines, from 1."""
    bad: Sequence[tuple[int, tuple[LineFault, ...]]]
    """The other lines, and what is wrong with each."""
    data: bytes | None
    """The lines as they are if every one is a plain row: known fields only, each once, no blank lines."""


class Reader:
    """Reads the lines of one log, of either kind."""

    def __init__(self, names: Names, *, rework: bool) -> None:
        self.names = names
        self.rework = rework
        """Whether it reads the rework log, which may hold cursors too."""
        self._kind: type[Written] = ReworkRow if rework else TokenRow
        self._decoder: Decoder[Written] = Decoder(self._kind)
        fields = structs.fields(self._kind)
        self._required = [attrgetter(field.name) for field in fields if field.required]
        self._optional = [attrgetter(field.name) for field in fields if not field.required]

    def file(self, file: BinaryIO) -> Iterator[Block]:
        """A log file, block by block; its byte order mark is left out."""
        number = 1
        start = file.read(len(BYTE_ORDER_MARK)).removeprefix(BYTE_ORDER_MARK)
        for data in _blocks(file, _BLOCK, start):
            yield from self._pieces(data, number, _PIECES)
            number += data.count(b"\n")

    def _pieces(self, data: bytes, number: int, sizes: Sequence[int]) -> Iterator[Block]:
        """A block, cut into ever smaller pieces as long as they are not all well."""
        rows = self._plain(data)
        if rows is not None:
            yield _all_good(rows, data, number)
        elif not sizes or len(data) <= sizes[-1]:
            yield self._by_line(data, number)
        else:
            for piece in _blocks(BytesIO(data), sizes[0]):
                yield from self._pieces(piece, number, sizes[1:])
                number += piece.count(b"\n")

    def _by_line(self, data: bytes, number: int) -> Block:
        """Lines that each end in LF, one after the other; the first is line `number` of its file."""
        sound = self._sound(data) or itertools.repeat(None)
        lines = zip(data.split(b"\n"), sound, strict=False)
        read = (self.line(text) if row is None else _alone(text, row) for text, row in lines)
        return _sorted_out(enumerate(read, number))

    def numbered(self, lines: Iterable[tuple[int, bytes]]) -> Block:
        """Lines from here and there, each with its number."""
        return _sorted_out((number, self.line(text)) for number, text in lines)

    def line(self, text: bytes) -> Written | tuple[LineFault, ...] | None:
        """The row of a line, everything wrong with it, or None for a blank one and for a cursor."""
        text = text.strip(BLANKS)
        if not text:
            return None
        plain = self._plain(text + b"\n")
        return plain[0] if plain else self._odd(text)

    def _odd(self, text: bytes) -> Written | tuple[LineFault, ...] | None:
        """A line that is no plain row: other keys, odd escapes, a cursor, or something wrong."""
        try:
            document = document_of(text)
        except Malformed as err:
            return (err.wrong,)
        if self.rework and is_cursor(document):
            return wrong_fields(document, CursorRow, self.names) or None
        try:
            row = self._decoder.decode(text)
        except (MsgspecError, ValueError, RecursionError) as err:
            said = f"is not valid JSON ({err}); write one object a line"
            return wrong_fields(document, self._kind, self.names) or (LineFault(None, said),)
        if self._rules_hold([row]):
            return row
        return wrong_fields(document, self._kind, self.names)

    def _plain(self, data: bytes) -> list[Written] | None:
        """The rows of lines that are all plain and good, None for any others."""
        rows = self._sound(data)
        return None if rows is None or not self._adds_up(data, rows) else rows

    def _sound(self, data: bytes) -> list[Written] | None:
        """The rows of lines with an object each, good as far as its fields go; None for any others.

        The decoder takes objects apart at their braces, which shows in the ends of lines; whether each line
        is an object of its own is certain only where there is nothing but fields.
        """
        if len(data) > LONGEST_LINE:
            return None
        try:
            rows = self._decoder.decode_lines(data)
        except (MsgspecError, ValueError, RecursionError):
            return None
        ends = data.count(b"}\n")
        if ends < len(rows):
            ends += data.count(b"}\r\n")
        one_each = len(rows) == ends == data.count(b"\n")
        return rows if one_each and self._rules_hold(rows) else None

    def _adds_up(self, data: bytes, rows: Sequence[Written]) -> bool:
        """Whether there is nothing in sound lines but fields, each once.

        The decoder takes the last of two equal keys, and any other key, which shows in the number of
        quotation marks. Behind two backslashes no such mark can be told from an escaped one, and halves of
        surrogate pairs are looked at closely.
        """
        quotes = data.count(b'"')
        if b"\\" in data:
            if any(odd in data for odd in (b"\\\\", b"\\ud", b"\\uD")):
                return False
            quotes -= data.count(b'\\"')
        return quotes == self._quotes(rows)

    def _quotes(self, rows: Sequence[Written]) -> int:
        """How many quotation marks rows take that hold nothing but fields, each once."""
        always = sum(_QUOTES[type(field(row))] for field in self._required for row in rows[:1])
        return always * len(rows) + sum(_quotes_of(field, rows) for field in self._optional)

    def _rules_hold(self, rows: Sequence[Written]) -> bool:
        """Whether fields of the right types say what they may; what good rows name is noted."""
        names = self.names
        holds = (
            all(map(names.phase, {row.phase for row in rows}))
            and all(map(names.agent, _texts({row.agent for row in rows})))
            and are_instants([row.ts for row in rows])
        )
        if holds:
            names.models |= _texts({row.model for row in rows}) - {""}
            if self._kind is ReworkRow:
                causes = {row.cause for row in rows if isinstance(row, ReworkRow)}
                names.causes |= _texts(causes) - {""}
        return holds


def _quotes_of(field: Callable[[Written], object], rows: Sequence[Written]) -> int:
    """The quotation marks of one field in all rows, which nearly always are of one type there."""
    kinds = set(map(type, map(field, rows)))
    if len(kinds) == 1:
        return _QUOTES[kinds.pop()] * len(rows)
    return sum(_QUOTES[kind] * n for kind, n in Counter(map(type, map(field, rows))).items())


def _texts(values: Set[object]) -> set[str]:
    return {value for value in values if isinstance(value, str)}


def _alone(text: bytes, row: Written) -> Written | tuple[LineFault, ...]:
    """The row of a sound line if it is an object of its own without a key twice, else what is wrong."""
    try:
        document_of(text.strip(BLANKS))
    except Malformed as err:
        return (err.wrong,)
    return row


def _all_good(rows: Sequence[Written], data: bytes, number: int) -> Block:
    return Block(rows, range(number, number + len(rows)), (), data)


def _sorted_out(
    read: Iterable[tuple[int, Written | tuple[LineFault, ...] | None]],
) -> Block:
    """Lines with what `Reader.line` says of them."""
    rows, numbers, bad = [], [], []
    for number, found in read:
        if isinstance(found, tuple):
            bad.append((number, found))
        elif found is not None:
            rows.append(found)
            numbers.append(number)
    return Block(rows, numbers, bad, None)


def _blocks(file: BinaryIO, size: int, start: bytes = b"") -> Iterator[bytes]:
    """`start` and what follows in a file, in pieces of whole lines, each with an LF at its end."""
    data = start + file.read(size - len(start))
    while data:
        cut = data.rfind(b"\n") + 1
        if cut:
            yield data[:cut]
            data = data[cut:] + file.read(size - (len(data) - cut))
        else:
            line = data + file.readline()
            yield line if line.endswith(b"\n") else line + b"\n"
            data = file.read(size)
