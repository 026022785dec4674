"""The table: which model each cell is declared to have.

In: the text of `config/overrides.toml` and the rules. Out: a `Table`, or every problem with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from reprlib import repr as shown
from typing import Any, NamedTuple

from bot.allocation.names import (
    RESERVED,
    SPELLING,
    Cell,
    agent_name,
    listed,
    no_phase,
    phase_name,
)
from bot.allocation.rules import Rules, Wrong, located
from bot.allocation.toml import Path, parse
from bot.errors import InvalidInput

FILE_NAME = "overrides.toml"


class Table(NamedTuple):
    """Declared models: an explicit entry a cell, and one default for all the others."""

    default: str
    """Rung of every cell without an entry."""
    entries: Mapping[Cell, str]
    """Rung of each explicit cell."""
    paths: Mapping[Cell, tuple[str, str]]
    """Where each entry stands in the document: its phase and agent keys as they are spelled there."""

    def declared(self, cell: Cell) -> str:
        """The entry of a cell, else the default."""
        return self.entries.get(cell, self.default)

    def resolved(self, cell: Cell, rules: Rules) -> str:
        """The higher of the declared rung and the cell's floor."""
        floor = rules.floor(cell)
        declared = self.declared(cell)
        return declared if floor is None else rules.ladder.highest(declared, floor)

    def plain(self) -> list[Any]:
        """As values that JSON can say."""
        entries = self.entries.items()
        return [self.default, [[*cell, model, *self.paths[cell]] for cell, model in entries]]


def table_of(plain: Sequence[Any]) -> Table:
    """The table that `plain` once said."""
    default, entries = plain
    found = [(Cell(phase, agent), model, keys) for phase, agent, model, *keys in entries]
    paths = {cell: (keys[0], keys[1]) for cell, _, keys in found}
    return Table(default, {cell: model for cell, model, _ in found}, paths)


def table_path(policy_path: str) -> str:
    """Path of the table: beside the policy, both relative to the repository and with `/`."""
    folder, slash, _ = policy_path.rpartition("/")
    return f"{folder}{slash}{FILE_NAME}"


def read_table(text: str, file: str, rules: Rules) -> Table:
    """The table of a file's text. Raises InvalidInput with file, line and key of every problem."""
    table, wrong = table_from(parse(text, file), rules)
    if table is None:
        raise InvalidInput(located(wrong, text, file))
    return table


def table_from(document: Mapping[str, Any], rules: Rules) -> tuple[Table | None, list[Wrong]]:
    """The table of a parsed document, or None and every (path, what is wrong and what to do)."""
    wrong: list[Wrong] = []
    default = document.get("default")
    if "default" not in document:
        wrong.append((("default",), f"is missing; add default = {rules.ladder.names[0]!r}"))
    else:
        _check_model(default, ("default",), rules, wrong)
    entries: dict[Cell, str] = {}
    paths: dict[Cell, tuple[str, str]] = {}
    for phase, key, entry in _phase_tables(document, rules, wrong):
        for spelling, model in entry.items():
            agent = agent_name(spelling)
            path = (key, spelling)
            if agent is None:
                wrong.append((path, _bad_agent(spelling)))
            elif (cell := Cell(phase, agent)) in entries:
                other = paths[cell][1]
                wrong.append((path, f"is {agent} again, already spelled {shown(other)}; keep one"))
            elif _check_model(model, path, rules, wrong):
                entries[cell], paths[cell] = model, path
    if wrong or not isinstance(default, str):
        return None, wrong
    return Table(default, entries, paths), wrong


def _phase_tables(
    document: Mapping[str, Any], rules: Rules, wrong: list[Wrong]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    spelled: dict[str, str] = {}
    unknown = no_phase(rules.phases)
    for key, value in document.items():
        if key == "default":
            continue
        phase = phase_name(key)
        if phase is None or phase not in rules.phases:
            wrong.append(((key,), unknown))
        elif phase in spelled:
            wrong.append(
                ((key,), f"is {phase} again, already spelled {shown(spelled[phase])}; keep one")
            )
        elif not isinstance(value, dict):
            wrong.append(((key,), "must be a table of agents and models"))
        else:
            spelled[phase] = key
            yield phase, key, value


def _check_model(model: Any, path: Path, rules: Rules, wrong: list[Wrong]) -> bool:
    if model in rules.ladder.names:
        return True
    names = listed(rules.ladder.names)
    wrong.append((path, f"{shown(model)} is no rung of the ladder; use one of {names}"))
    return False


def _bad_agent(spelling: str) -> str:
    if spelling.upper() == RESERVED:
        return "is reserved for the top of the file; name an agent here"
    return f"is no agent name; use {SPELLING}"
