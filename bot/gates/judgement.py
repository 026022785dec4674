"""The judgement: may a change to policy and table be merged? Pure.

In: base's world and the two files as the result of the change has them, readable or not. Out: every reason
why not, with file and line. What cannot be read is a reason like any other, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from bot.allocation.names import Cell, agent_name, phase_name
from bot.allocation.rules import Rules, Wrong, rules_from
from bot.allocation.table import Table, table_from
from bot.allocation.toml import LARGEST, Path, decode, lines_of, parse
from bot.errors import InvalidInput
from bot.gates.floors import World, lowered_gates, unmet_floors
from bot.gates.ladder_changes import ladder_refusals
from bot.gates.refusals import Document, Refusal, Weakening
from bot.policy.values import cost_of

MOST_REFUSALS = 100
"""In words; the others are counted. More of them help nobody."""
_LONGEST = 1_000
"""Characters of a message; only names that nobody would give make it longer."""
_MOST_LINES = 2_000
_TWICE = re.compile(r"overwrite|twice|[Dd]uplicate")


@dataclass(frozen=True)
class File:
    """One of the two files, as one side has it."""

    path: str
    """Where its content was found, relative to the repository."""
    data: bytes | None = None
    """Its content; None where it is no ordinary file."""
    reason: Weakening | None = None
    """What is wrong with the file itself: gone, moved, a link, … None if nothing is."""
    message: str = ""
    """With a reason: one plain sentence."""


@dataclass(frozen=True)
class Side:
    """Both files of one side."""

    policy: File
    table: File


def judge(base: World | None, head: Side, *more: World) -> tuple[Refusal, ...]:
    """Every reason to refuse the change, files first, then the ladder, then assignments in phase order.

    `base` is None where base has no files (the first pull request): head then answers to its own policy. With
    `more` worlds of a broken base it weakens none of them.
    A policy that cannot be read does not stop the judgement: base's reads the table in its place.
    """
    missing = [file.reason is Weakening.FILE_MISSING for file in (head.policy, head.table)]
    bases = [world for world in (base, *more) if world is not None]
    if not bases and all(missing):
        return ()  # a repository that does not use the bot
    texts = _texts(head)
    world, problems = _world(texts, bases[0].rules if bases else None)
    found = [refusal for text in texts.values() for refusal in text.wrong] + problems
    if world is not None:
        found += _weaknesses(bases, world)
    worded = [_located(refusal, texts[refusal.document]) for refusal in found[:MOST_REFUSALS]]
    return (*worded, *_counted(found[MOST_REFUSALS:], texts))


def _counted(rest: Sequence[Refusal], texts: Mapping[Document, _Text]) -> Iterator[Refusal]:
    """One refusal that stands for all those that are too many to be put into words."""
    if rest:
        first = rest[0]
        said = f"and {len(rest)} more reasons, not listed; mend those listed first"
        file = texts[first.document].path
        yield Refusal(first.reason, said, document=first.document, file=file)


def world_of(side: Side) -> World | None:
    """The world of a side if both files are there and entirely valid, else None."""
    texts = _texts(side)
    world, problems = _world(texts, None)
    return None if problems or any(text.wrong for text in texts.values()) else world


def tableless_world_of(side: Side) -> World | None:
    """The world of a side whose policy alone is valid: every cell stands on the lowest rung. Else None."""
    text = _Text.of(Document.POLICY, side.policy)
    rules, costs, _ = _rules(None if text.wrong else text.document)
    if rules is None:
        return None
    return World(Table(rules.ladder.names[0], {}, {}), rules, costs, tabled=False)


def violations(base: World, head: World) -> tuple[Refusal, ...]:
    """Every way in which `head` weakens the gates of `base`: the ladder first, then each assignment."""
    return (*ladder_refusals(base, head), *lowered_gates(base, head))


def _weaknesses(bases: Sequence[World], head: World) -> Iterable[Refusal]:
    if not bases:
        return unmet_floors(head)
    found: dict[object, Refusal] = {}
    for refusal in (one for base in bases for one in violations(base, head)):
        found.setdefault(refusal.cell or refusal, refusal)  # of one cell the first says enough
    return found.values()


@dataclass(frozen=True)
class _Text:
    """A file as text and as TOML, as far as it is either."""

    path: str
    wrong: tuple[Refusal, ...]
    text: str = ""
    document: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, kind: Document, file: File) -> _Text:
        wrong: tuple[Refusal, ...] = ()
        if file.reason is not None:
            wrong = (Refusal(file.reason, file.message, document=kind),)
        if file.data is None:
            return cls(file.path, wrong)
        unreadable = _unreadable(file.data)
        if unreadable is not None:
            reason, message, line = unreadable
            more = Refusal(reason, f"{file.path} {message}", document=kind, line=line)
            return cls(file.path, (*wrong, more))
        try:
            text = decode(file.data, file.path)
            return cls(file.path, wrong, text, parse(text, file.path))
        except InvalidInput as err:
            return cls(file.path, (*wrong, _from_problem(kind, err)))

    @cached_property
    def lines(self) -> Mapping[Path, int]:
        """Line of each key. None beyond any table that people keep, where it would take too long."""
        if self.document is None or self.text.count("\n") > _MOST_LINES:
            return {}
        try:
            return lines_of(self.text)
        except RecursionError:  # nested just so deeply that reading it once went well
            return {}


def _unreadable(data: bytes) -> tuple[Weakening, str, int | None] | None:
    """What no parser should be asked about: why, in words, and on which line."""
    if len(data) > LARGEST:
        return Weakening.FILE_TOO_LARGE, "is over 512 KiB; make it smaller", None
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        return Weakening.FILE_EMPTIED, "is empty; restore it", None
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        return Weakening.FILE_NOT_TEXT, "contains a NUL byte; save it as UTF-8 text", line
    return None


def _from_problem(kind: Document, err: InvalidInput) -> Refusal:
    problem = err.problems[0]
    reason = Weakening.FILE_UNREADABLE
    if isinstance(err.__cause__, UnicodeDecodeError):
        reason = Weakening.FILE_NOT_TEXT
    elif _TWICE.search(problem.message):
        reason = Weakening.DUPLICATE_KEY
    message = f"{problem.file} {problem.message}"
    return Refusal(reason, message, document=kind, line=problem.line)


def _texts(side: Side) -> dict[Document, _Text]:
    files = {Document.POLICY: side.policy, Document.TABLE: side.table}
    return {kind: _Text.of(kind, file) for kind, file in files.items()}


def _world(
    texts: Mapping[Document, _Text], stand_in: Rules | None
) -> tuple[World | None, list[Refusal]]:
    """What both files say, as far as it is valid, and a reason for each thing that is not."""
    rules, costs, unruly = _rules(texts[Document.POLICY].document)
    rules, document = rules or stand_in, texts[Document.TABLE].document
    if rules is None or document is None:
        return None, unruly
    table, undeclared = _table(document, rules)
    return None if table is None else World(table, rules, costs), unruly + undeclared


def _rules(
    document: Mapping[str, Any] | None,
) -> tuple[Rules | None, dict[str, Fraction], list[Refusal]]:
    """Rules and relative costs of a policy, or every reason why it has none."""
    if document is None:
        return None, {}, []
    rules, wrong = rules_from(document)
    if rules is None:
        worded = [
            _refusal(Weakening.BAD_POLICY, Document.POLICY, *one) for one in wrong[:MOST_REFUSALS]
        ]
        return None, {}, worded + _unworded(wrong, Weakening.BAD_POLICY)
    return rules, _costs(document["ladder"]), []


def _table(document: Mapping[str, Any], rules: Rules) -> tuple[Table | None, list[Refusal]]:
    """The table without its bad entries, and a reason for each of those."""
    table, wrong = table_from(document, rules)
    if table is None:
        table, _ = table_from(_pruned(document, wrong, rules), rules)
    worded = [_in_table(document, rules, *problem) for problem in wrong[:MOST_REFUSALS]]
    return table, worded + _unworded(wrong, Weakening.BAD_TABLE)


def _unworded(wrong: Sequence[Wrong], reason: Weakening) -> list[Refusal]:
    """What is wrong beyond what is put into words, only to be counted."""
    return [Refusal(reason, "")] * (len(wrong) - MOST_REFUSALS)


def _pruned(document: Mapping[str, Any], wrong: Iterable[Wrong], rules: Rules) -> dict[str, Any]:
    """The document without what is wrong. A bad default counts as the lowest rung: nothing is declared."""
    kept = {key: dict(v) if isinstance(v, dict) else v for key, v in document.items()}
    for path, _ in wrong:
        table: dict[Any, Any] = kept if len(path) == 1 else kept[str(path[0])]
        table.pop(path[-1], None)
    kept.setdefault("default", rules.ladder.names[0])
    return kept


def _in_table(document: Mapping[str, Any], rules: Rules, path: Path, message: str) -> Refusal:
    keys = [str(key) for key in path]
    phase, agent = phase_name(keys[0]), agent_name(keys[-1])
    cell = Cell(phase, agent) if len(keys) > 1 and phase and agent else None
    reason = _what_is_wrong(document, rules, path)
    return replace(_refusal(reason, Document.TABLE, path, message), cell=cell)


def _what_is_wrong(document: Mapping[str, Any], rules: Rules, path: Path) -> Weakening:
    value: Any = document
    for key in path:
        value = value.get(key)
    spelling = str(path[-1])
    name = phase_name(spelling) if len(path) == 1 else agent_name(spelling)
    names_model = len(path) > 1 or path == ("default",)
    if names_model and (name or len(path) == 1) and value not in rules.ladder.names:
        return Weakening.UNKNOWN_MODEL if isinstance(value, str) else Weakening.BAD_TABLE
    if name is None:
        return Weakening.BAD_NAME
    if len(path) == 1 and name not in rules.phases:
        return Weakening.UNKNOWN_PHASE
    return (
        Weakening.DUPLICATE_KEY if names_model or isinstance(value, dict) else Weakening.BAD_TABLE
    )


def _refusal(reason: Weakening, kind: Document, path: Path, message: str) -> Refusal:
    named = ".".join(map(str, path))
    plain = named if named.isascii() else f"{named} ({_code_points(named)})"
    return Refusal(reason, f"{plain}: {message}", document=kind, path=path)


def _code_points(text: str) -> str:
    """The characters that look like others, by number."""
    odd = dict.fromkeys(char for char in text if not char.isascii())
    return ", ".join(f"U+{ord(char):04X}" for char in odd)


def _costs(ladder: Iterable[Mapping[str, Any]]) -> dict[str, Fraction]:
    """Relative cost of each rung that states a readable one. `bot.policy` says what is wrong with others."""
    stated = {rung["name"]: cost_of(rung.get("relative_cost")) for rung in ladder}
    return {name: cost for name, cost in stated.items() if cost is not None}


def _located(refusal: Refusal, text: _Text) -> Refusal:
    """The refusal with file and line of the key it names, or of that key's closest parent."""
    line, path = refusal.line, refusal.path
    while line is None and path:
        line, path = text.lines.get(path), path[:-1]
    message = refusal.message
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]} ..."
    return replace(refusal, message=message, file=text.path, line=line)
