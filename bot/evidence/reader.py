"""The one reader of log lines: whole blocks at once where all is well, else line by line, by the same rules.

In: the bytes of a log file. Out: its good rows with their lines, and everything wrong with the others. A byte
order mark may start a file and nothing else. Rows of any week are judged alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from operator import attrgetter
from typing import BinaryIO, NamedTuple

from msgspec import UNSET, MsgspecError, structs
from msgspec.json import Decoder

from bot.calendar import are_instants
from bot.evidence.limits import BLANKS, LONGEST_LINE
from bot.evidence.schema import Names, ReworkRow, TokenRow, Written
from bot.evidence.words import LineFault, Malformed, document_of, wrong_fields

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = LONGEST_LINE  # so that a block within its size holds no line that is too long
_PIECE = 2**16  # of a block that is not all well, so that few lines are read one by one
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
            rows = self._plain(data)
            pieces = [data] if rows is not None else _blocks(BytesIO(data), _PIECE)
            for piece in pieces:
                yield self.block(piece, number) if rows is None else _all_good(rows, piece, number)
                number += piece.count(b"\n")

    def block(self, data: bytes, number: int) -> Block:
        """Lines that each end in LF, the first of them line `number` of its file."""
        rows = self._plain(data)
        if rows is not None:
            return _all_good(rows, data, number)
        return self.by_line(data, number)

    def by_line(self, data: bytes, number: int) -> Block:
        """As `block`, one line after the other."""
        rows, numbers, bad = [], [], []
        for place, text in enumerate(data.split(b"\n"), number):
            found = self.line(text)
            if isinstance(found, tuple):
                bad.append((place, found))
            elif found is not None:
                rows.append(found)
                numbers.append(place)
        return Block(rows, numbers, bad, None)

    def line(self, text: bytes) -> Written | tuple[LineFault, ...] | None:
        """The row of a line, everything wrong with it, or None for a blank one."""
        text = text.strip(BLANKS)
        if not text:
            return None
        plain = self._plain(text + b"\n")
        return plain[0] if plain else self._odd(text)

    def _odd(self, text: bytes) -> Written | tuple[LineFault, ...]:
        """A line that is no plain row: other keys, odd escapes, or something wrong."""
        try:
            document = document_of(text)
        except Malformed as err:
            return (err.wrong,)
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
        if len(data) > LONGEST_LINE:
            return None
        try:
            rows = self._decoder.decode_lines(data)
        except (MsgspecError, ValueError, RecursionError):
            return None
        return rows if self._adds_up(data, rows) and self._rules_hold(rows) else None

    def _adds_up(self, data: bytes, rows: Sequence[Written]) -> bool:
        """Whether there is an object a line and nothing in it but fields, each once.

        The decoder takes objects apart at their braces, the last of two equal keys, and any other key; the
        first shows in the ends of lines, the others in the number of quotation marks. Behind two backslashes
        no such mark can be told from an escaped one, and halves of surrogate pairs are looked at closely.
        """
        ends = data.count(b"}\n")
        if ends < len(rows):
            ends += data.count(b"}\r\n")
        if not len(rows) == ends == data.count(b"\n"):
            return False
        quotes = data.count(b'"')
        if b"\\" in data:
            if any(odd in data for odd in (b"\\\\", b"\\ud", b"\\uD")):
                return False
            quotes -= data.count(b'\\"')
        return quotes == self._quotes(rows)

    def _quotes(self, rows: Sequence[Written]) -> int:
        """How many quotation marks rows take that hold nothing but fields, each once."""
        always = sum(_QUOTES[type(field(row))] for field in self._required for row in rows[:1])
        return always * len(rows) + sum(
            _QUOTES[kind] * count
            for field in self._optional
            for kind, count in Counter(map(type, map(field, rows))).items()
        )

    def _rules_hold(self, rows: Sequence[Written]) -> bool:
        agents = {row.agent for row in rows} - {None, UNSET}
        return (
            all(self.names.phase(phase) for phase in {row.phase for row in rows})
            and all(self.names.agent(str(agent)) for agent in agents)
            and are_instants([row.ts for row in rows])
        )


def _all_good(rows: Sequence[Written], data: bytes, number: int) -> Block:
    return Block(rows, range(number, number + len(rows)), (), data)


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
