"""The edit: new models into the text of a table, every other byte as it was. Pure.

In: the text of `config/overrides.toml`, its `Table` and the decided models. Out: the new text.

tomlkit finds the place and the text is spliced there. Letting tomlkit write it would change quoting, mix
line ends and put new keys below comments that belong to the next table; spliced, the text around the
place is the old text by construction. What comes out is read again by `tomllib` and compared, key by
key, with what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import InvalidStringError, TOMLKitError
from tomlkit.items import AbstractTable, InlineTable, Key, String

from bot.allocation.names import Cell, phase_name
from bot.allocation.table import Table
from bot.allocation.toml import parse
from bot.errors import BotError, InvalidInput

_BYTE_ORDER_MARK = "\ufeff"
_MARK = "\0"
"""Shows where in the text a key or header ends; no TOML document can contain it."""
_NUMBERED = re.compile("\0([0-9]+)\0")
"""The same, where several are shown at once."""


class EditError(BotError):
    """A decided model cannot be written without touching something else."""


class _NotFound(Exception):
    """tomlkit does not show the place in the text."""


def edit(text: str, table: Table, models: Mapping[Cell, str], file: str) -> str:
    """The text with each cell of `models` given its model, and every other byte unchanged.

    `table` is what `text` was read as. Only the value of an entry is replaced, in its own quotes. A cell
    without an entry gets a key below the last one of its phase, spelled as the phase is (under a header,
    dotted or inline); a phase the file does not have yet goes to the end. `file` is the path to name in
    messages. Raises EditError when the result would not be exactly that.
    """
    body = text.removeprefix(_BYTE_ORDER_MARK)
    start = text[: len(text) - len(body)]
    for spliced in _spliced(body, table, models, file):
        body = spliced
    _check(body, _meant(parse(text, file), table, models), models, file)
    return start + body


def edit_by_edit(text: str, table: Table, models: Mapping[Cell, str], file: str) -> Iterator[str]:
    """What `edit` makes of the first of the models, of the first two, and so on: a text for each commit."""
    body = text.removeprefix(_BYTE_ORDER_MARK)
    start = text[: len(text) - len(body)]
    meant = parse(text, file)
    steps = zip(models.items(), _spliced(body, table, models, file), strict=True)
    for (cell, model), spliced in steps:
        meant = _meant(meant, table, {cell: model})
        _check(spliced, meant, {cell: model}, file)
        yield start + spliced


class _Place(NamedTuple):
    """Where the value of an entry stands in a text, and what it is."""

    start: int
    end: int
    value: String


def _spliced(text: str, table: Table, models: Mapping[Cell, str], file: str) -> Iterator[str]:
    """The text after each of the models in turn. One reading by tomlkit finds the places of all entries."""
    places: dict[Cell, _Place] = {}
    for cell, model in models.items():
        try:
            if cell in table.paths:
                places = places or _places(text, table, models)
                text, places = _replace(text, places, cell, model)
            else:
                text, places = _add(text, tomlkit.parse(text), cell, model), {}
        except (TOMLKitError, _NotFound) as err:
            raise _by_hand({cell: model}, file) from err
        yield text


def _places(text: str, table: Table, cells: Collection[Cell]) -> dict[Cell, _Place]:
    """Where the values of those cells stand. Without its marks the document must be the text."""
    document = tomlkit.parse(text)
    asked = {table.paths[cell]: cell for cell in cells if cell in table.paths}
    marked: list[tuple[Cell, String]] = []
    for phase, part in _tables(document):
        for key, value in _entries([(phase, part)]):
            cell = asked.get((phase.key, key.key))
            if cell is not None:
                key.sep += f"{_MARK}{len(marked)}{_MARK}"
                marked.append((cell, value))
    before, *rest = _NUMBERED.split(document.as_string())
    if "".join([before, *rest[1::2]]) != text:
        raise _NotFound
    places, at = {}, len(before)
    for number, after in zip(rest[::2], rest[1::2], strict=True):
        cell, value = marked[int(number)]
        if not after.startswith(value.as_string()):
            raise _NotFound
        places[cell] = _Place(at, at + len(value.as_string()), value)
        at += len(after)
    return places


def _replace(
    text: str, places: Mapping[Cell, _Place], cell: Cell, model: str
) -> tuple[str, dict[Cell, _Place]]:
    """The text with one value replaced, and the places in it."""
    if cell not in places:
        raise _NotFound
    start, end, old = places[cell]
    new = _in_quotes_of(old, model)
    more = len(new) - (end - start)
    moved = {
        other: _Place(place.start + more, place.end + more, place.value)
        if place.start > start
        else place
        for other, place in places.items()
    }
    return text[:start] + new + text[end:], moved


def _add(text: str, document: TOMLDocument, cell: Cell, model: str) -> str:
    parts = _parts(document, cell.phase)
    statement = f"{cell.agent} = {tomlkit.string(model).as_string()}"
    if not parts:
        return _with_table(text, cell.phase, statement)
    phase_key, part = parts[0]
    entries = _entries(parts)
    if not entries:
        return _first_of_phase(text, document, phase_key, part, statement)
    key, last = entries[-1]
    before, after = _around_value(text, document, key, last)
    before += last.as_string()
    if isinstance(part, InlineTable):
        return f"{before}, {statement}{after}"
    prefix = f"{phase_key.as_string().strip()}." if phase_key.is_dotted() else ""
    return before + _below_line(after, last.trivia.indent + prefix + statement, text)


def _first_of_phase(
    text: str, document: TOMLDocument, key: Key, part: AbstractTable, statement: str
) -> str:
    """The text with the first key of a phase that is there but empty: `EXEC = {}` or a bare header."""
    if isinstance(part, InlineTable):
        before, after = _around_value(text, document, key, part)
        return f"{before}{{ {statement} }}{after}"
    part.trivia.comment_ws = _MARK + part.trivia.comment_ws
    before, after = _around("", text, document)
    return before + _below_line(after, part.trivia.indent + statement, text)


def _with_table(text: str, phase: str, statement: str) -> str:
    """The text with a new table at its end, one blank line above it."""
    end = _line_end(text)
    if not text.endswith("\n"):
        return f"{text}{end}{end}[{phase}]{end}{statement}"
    blank = "" if text.endswith(("\n\n", "\n\r\n")) else end
    return f"{text}{blank}[{phase}]{end}{statement}{end}"


def _below_line(after: str, line: str, text: str) -> str:
    """`after` with a line put below the rest of its first one, where TOML allows only a comment."""
    rest, newline, below = after.partition("\n")
    if not newline:
        return rest + _line_end(text) + line
    return rest + newline + line + _line_end(rest + newline) + below


def _line_end(text: str) -> str:
    first, newline, _ = text.partition("\n")
    return "\r\n" if newline and first.endswith("\r") else "\n"


def _in_quotes_of(old: String, model: str) -> str:
    """The model as TOML writes it, quoted like the old value; in plain quotes where those cannot hold it."""
    kind = old.type
    try:
        new = tomlkit.string(model, literal=kind.is_literal(), multiline=kind.is_multiline())
    except InvalidStringError:
        new = tomlkit.string(model)
    return new.as_string()


_Parts = list[tuple[Key, AbstractTable]]


def _tables(document: TOMLDocument) -> _Parts:
    return [
        (key, part)
        for key, part in document.body
        if key is not None and isinstance(part, AbstractTable)
    ]


def _parts(document: TOMLDocument, phase: str) -> _Parts:
    """What makes up a phase: one table, or several pieces where dotted keys of phases alternate."""
    return [(key, part) for key, part in _tables(document) if phase_name(key.key) == phase]


def _entries(parts: _Parts) -> list[tuple[Key, String]]:
    """Keys and values of a phase in the order of the text."""
    return [
        (key, item)
        for _, part in parts
        for key, item in part.value.body
        if key is not None and isinstance(item, String)
    ]


def _around_value(
    text: str, document: TOMLDocument, key: Key, value: String | InlineTable
) -> tuple[str, str]:
    """The text before and after the value of a key."""
    key.sep += _MARK
    return _around(value.as_string(), text, document)


def _around(part: str, text: str, document: TOMLDocument) -> tuple[str, str]:
    """The text before and after the part at the mark; the document must be the text but for the mark."""
    before, mark, after = document.as_string().partition(_MARK)
    if not mark or before + after != text or not after.startswith(part):
        raise _NotFound
    return before, after.removeprefix(part)


def _meant(document: dict[str, Any], table: Table, models: Mapping[Cell, str]) -> dict[str, Any]:
    """The document with exactly the decided keys changed: the one given, no copy."""
    spelled = {phase_name(key): key for key in document}
    for cell, model in models.items():
        added = (spelled.get(cell.phase, cell.phase), cell.agent)
        phase_key, agent_key = table.paths.get(cell, added)
        document.setdefault(phase_key, {})[agent_key] = model
    return document


def _check(text: str, meant: dict[str, Any], models: Mapping[Cell, str], file: str) -> None:
    try:
        same = parse(text, file) == meant
    except InvalidInput as err:
        raise _by_hand(models, file) from err
    if not same:
        raise _by_hand(models, file)


def _by_hand(models: Mapping[Cell, str], file: str) -> EditError:
    decided = ", ".join(f"{cell} to {model!r}" for cell, model in models.items())
    return EditError(
        f"{file}: cannot set {decided} without touching anything else; nothing was changed."
        " Edit the file by hand"
    )
