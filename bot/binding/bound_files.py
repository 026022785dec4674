"""What the table says of the files it binds (SPEC § 9a), and what they say. Pure but for the source of files.

In: the policy's `[[apply]]`, the table and its rules, and `BoundSource`, a commit's or a work tree's. Out: a
`Binding`: every place with what it says and should say, the bytes that would make it so, and what is left to
people with the reason. A file that cannot be edited keeps no other from being so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.allocation.names import Cell, agent_name
from bot.allocation.rules import Rules, located
from bot.allocation.table import Table
from bot.binding.front_matter import (
    INHERIT,
    KeyReading,
    Uneditable,
    has_front_matter,
    read_model,
    with_model,
)
from bot.binding.table_document import table_json
from bot.errors import Problem
from bot.paths import matches, stem_of
from bot.policy.apply_rules import ApplyRule

NAME_KEY = "name"
"""Key of the front matter by which Claude Code and others know an agent."""


class BoundSource(Protocol):
    """Where files are read from."""

    def paths(self, glob: str) -> Iterable[str]:
        """Paths that a glob of the policy means, from the top of the repository."""
        ...

    def data(self, path: str) -> bytes | Uneditable | None:
        """Bytes of a file, None where there is none, or why it is not to be read."""
        ...


@dataclass(frozen=True)
class BoundPlace:
    """One key of one file, or a whole file of the table, and what the table says of it."""

    path: str
    """From the top of the repository. Hostile: escape before printing."""
    line: int
    """Of the key, from 1."""
    key: str | None
    """None for a whole file."""
    says: str | None
    """The model that stands there; None for none, and for a whole file."""
    should: str
    """What should stand there."""
    cells: tuple[Cell, ...]
    """Whose assignments it follows; none for a whole file."""
    rule: ApplyRule
    agrees: bool
    """Whether it says what it should, or is left alone because it says nothing."""
    called: str = ""
    """By what name a harness knows the agent. Hostile: escape before printing."""

    @property
    def silent(self) -> bool:
        """Whether it says nothing of its own, and is left so."""
        return self.key is not None and self.agrees and self.says in (None, INHERIT)

    def sentence(self) -> str:
        """What it is and should be, in words. Quotes the file, which is hostile."""
        if self.key is None:
            return "is not the table as it resolves now"
        says = "missing" if self.says is None else self.says
        whose = ", ".join(map(str, self.cells))
        return f"{self.key} is {says}, should be {self.should} ({whose})"


@dataclass(frozen=True)
class LeftAlone:
    """A bound file, or one place in it, that is for people to edit."""

    path: str
    why: Uneditable
    agent: str | None
    """Whose file it is, as far as its name tells."""
    cells: tuple[Cell, ...]
    """What it would follow."""
    listed: bool
    """Whether table or gates know this agent: else it may be no agent's file at all."""


@dataclass(frozen=True)
class Binding:
    """All that the table binds."""

    places: tuple[BoundPlace, ...]
    """By section, then by path."""
    left_alone: tuple[LeftAlone, ...]
    changed: Mapping[str, bytes]
    """New content of each file that has a place which is not what it should be."""
    clashes: tuple[tuple[int, str], ...]
    """Sections (by index) that want something else of a place than an earlier one, and what of it."""

    def problems(self, text: str, file: str) -> tuple[Problem, ...]:
        """The clashes in the policy's text, with their lines."""
        return located([(("apply", index), said) for index, said in self.clashes], text, file)

    @property
    def apart(self) -> tuple[BoundPlace, ...]:
        """Places that are not what they should be."""
        return tuple(place for place in self.places if not place.agrees)


@dataclass
class _Binder:
    table: Table
    rules: Rules
    files: BoundSource
    places: dict[tuple[str, str | None], BoundPlace] = field(default_factory=dict)
    left_alone: list[LeftAlone] = field(default_factory=list)
    changed: dict[str, bytes] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
    clashes: list[tuple[int, str]] = field(default_factory=list)

    def take(self, index: int, rule: ApplyRule) -> None:
        if rule.json is not None:
            self._whole(index, rule, rule.json)
            return
        meant = set(self.files.paths(rule.files or ""))
        for path in sorted(p for p in meant if not any(matches(glob, p) for glob in rule.except_)):
            left = self._file(index, rule, path)
            if left is not None:
                self.left_alone.append(left)

    def _whole(self, index: int, rule: ApplyRule, path: str) -> None:
        if any(place.path == path and place.key for place in self.places.values()):
            self.clashes.append(
                (index, f"wants to be all of {path}, of which an earlier one is a part")
            )
            return
        now, should = self.files.data(path), table_json(self.table, self.rules).encode()
        if isinstance(now, Uneditable):
            gates = self.rules.gates()
            self.left_alone.append(LeftAlone(path, now, None, gates, listed=True))
            return
        place = BoundPlace(path, 1, None, None, path, (), rule, agrees=now == should)
        if self._clash(index, place):
            return
        if not place.agrees:
            self.changed[path] = should

    def _file(self, index: int, rule: ApplyRule, path: str) -> LeftAlone | None:
        """Take in a place of a file; why it is left alone, None for one that is not."""
        if (path, None) in self.places:
            said = f"wants a part of {path}, which an earlier one wants to be the table"
            self.clashes.append((index, said))
            return None
        data = self.files.data(path)
        stem = stem_of(path)
        if data is None or isinstance(data, Uneditable):
            return self._left(rule, path, data or Uneditable("is gone"), [stem])
        try:
            text = self.changed.get(path, data).decode()
        except UnicodeDecodeError:
            return self._left(rule, path, Uneditable("is no UTF-8 text"), [stem])
        name, found = read_model(text, NAME_KEY), read_model(text, rule.key)
        if isinstance(name, Uneditable) and has_front_matter(text):
            return self._left(rule, path, name, [stem], self.rules.gates())
        called = name.model if isinstance(name, KeyReading) and name.model else stem
        agent = whose((rule,), stem, called)
        if isinstance(found, Uneditable) or agent is None:
            why = found if isinstance(found, Uneditable) else _nameless(called)
            return self._left(rule, path, why, [stem, called])
        return self._place(index, rule, path, text, found, (agent, called))

    def _place(
        self,
        index: int,
        rule: ApplyRule,
        path: str,
        text: str,
        found: KeyReading,
        names: tuple[str, str],
    ) -> LeftAlone | None:
        agent, called = names
        cells = rule.cells(agent, self.rules)
        rung = self.rules.ladder.highest(*(self.table.resolved(c, self.rules) for c in cells))
        should = rule.written(rung)
        silent = found.model in (None, INHERIT) and not rule.add
        agrees = silent or found.model == should
        new = with_model(text, should, rule.key, add=rule.add)
        if isinstance(new, Uneditable):
            return self._left(rule, path, new, [agent])
        says = found.model
        place = BoundPlace(path, found.line, rule.key, says, should, cells, rule, agrees, called)
        if not self._clash(index, place) and not agrees:
            self.changed[path] = new.encode()
        return None

    def _clash(self, index: int, place: BoundPlace) -> bool:
        """Whether another section came first; that it wants something else is remembered."""
        first = self.places.setdefault((place.path, place.key), place)
        if first is place:
            return False
        other = first.path if first.key is None else first.should
        same, cells = other == place.should, tuple(dict.fromkeys((*first.cells, *place.cells)))
        self.places[place.path, place.key] = replace(
            first, cells=cells, agrees=first.agrees or not same
        )
        if not same:
            self.disputed.add(place.path)
            said = (
                f"wants {place.should} for {place.key} of {place.path}, an earlier section {other}"
            )
            self.clashes.append((index, said))
        return True

    def _left(
        self,
        rule: ApplyRule,
        path: str,
        why: Uneditable,
        names: Sequence[str],
        perhaps: tuple[Cell, ...] = (),
    ) -> LeftAlone:
        """`perhaps` are cells that it may be of besides, as its name cannot be read."""
        agents = [rule.agents.get(name) or agent_name(name) for name in names]
        known = {cell.agent for cell in (*self.table.entries, *self.rules.gates())}
        listed = next((agent for agent in agents if agent in known), None)
        agent = listed or agents[-1]
        cells = rule.cells(agent, self.rules) if agent else ()
        return LeftAlone(path, why, agent, (*cells, *perhaps), listed is not None)


def bind(apply: Sequence[ApplyRule], table: Table, rules: Rules, files: BoundSource) -> Binding:
    """Hold the files against the table. A file that sections clash over is left as it is."""
    binder = _Binder(table, rules, files)
    for index, rule in enumerate(apply):
        binder.take(index, rule)
    return Binding(
        tuple(binder.places.values()),
        tuple(binder.left_alone),
        {path: data for path, data in binder.changed.items() if path not in binder.disputed},
        tuple(binder.clashes),
    )


def whose(apply: Iterable[ApplyRule], stem: str, called: str) -> str | None:
    """Whose a file is: as the sections say of either name, else by what it calls itself, or is called."""
    named = (rule.agents.get(stem) or rule.agents.get(called) for rule in apply)
    return next(filter(None, named), None) or agent_name(called) or agent_name(stem)


def _nameless(called: str) -> Uneditable:
    return Uneditable(
        f"is called {called!r}, which is no agent's name; say whose it is in `agents`"
    )
