"""The edit: new models into the text of a table, every other byte as it was. Pure.

In: the text of `config/overrides.toml`, its `Table` and the decided models. Out: the new text.

tomlkit finds the place and the text is spliced there. Letting tomlkit write it would change quoting, mix
line ends and put new keys below comments that belong to the next table; spliced, the text around the
place is the old text by construction. What comes out is read again by `tomllib` and compared, key by
key, with what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    for cell, model in models.items():
        body = _edit_one(body, table, cell, model, file)
    _check(body, _meant(text, table, models, file), models, file)
    return start + body


def _edit_one(text: str, table: Table, cell: Cell, model: str, file: str) -> str:
    try:
        document = tomlkit.parse(text)
        if cell in table.paths:
            return _replace(text, document, cell.phase, table.paths[cell][1], model)
        return _add(text, document, cell, model)
    except (TOMLKitError, _NotFound) as err:
        raise _by_hand({cell: model}, file) from err


def _replace(text: str, document: TOMLDocument, phase: str, agent_key: str, model: str) -> str:
    for key, old in _entries(_parts(document, phase)):
        if key.key == agent_key:
            before, after = _around_value(text, document, key, old)
            return before + _in_quotes_of(old, model) + after
    raise _NotFound


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


def _parts(document: TOMLDocument, phase: str) -> _Parts:
    """What makes up a phase: one table, or several pieces where dotted keys of phases alternate."""
    return [
        (key, part)
        for key, part in document.body
        if key is not None and isinstance(part, AbstractTable) and phase_name(key.key) == phase
    ]


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


def _meant(text: str, table: Table, models: Mapping[Cell, str], file: str) -> dict[str, Any]:
    """The old document with exactly the decided keys changed."""
    document = parse(text, file)
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
