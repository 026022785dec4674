"""Gates: rules in code that no table and no policy can weaken. Pure.

In: two worlds, the table and rules of base and those of the result of a change. Out: every way in which the
change weakens a gate. Judged is what is *declared*: a declared value below its floor is an error, not
something to paper over. Floors come from base's policy and from this code, never from the change alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from bot.allocation.ladder import Ladder
from bot.allocation.names import Cell
from bot.allocation.rules import PROTECTED, Rules
from bot.allocation.table import Table
from bot.allocation.toml import Path
from bot.gates.refusals import Document, Refusal, Weakening


@dataclass(frozen=True)
class World:
    """A table and the rules it is read by."""

    table: Table
    rules: Rules
    costs: Mapping[str, Fraction] = field(default_factory=dict)
    """Relative cost of each rung that states one; only a change of the ladder needs it."""
    tabled: bool = True
    """False where no table could be read: what an entry was is not known, so no gate may go."""

    @cached_property
    def tables(self) -> Mapping[str, str]:
        """Key of the first table of each phase with an entry."""
        first: dict[str, str] = {}
        for cell, path in self.table.paths.items():
            first.setdefault(cell.phase, path[0])
        return first


@dataclass(frozen=True)
class Violation:
    """A gate that a world declares below its floor."""

    cell: Cell
    declared: str
    """The rung it is declared to have."""
    message: str
    """One plain sentence."""


def below_floor(world: World) -> tuple[Violation, ...]:
    """Gates of a world that are declared below their floor, in the rules' order."""
    found = []
    for cell in world.rules.gates():
        floor, declared = world.rules.floor(cell), world.table.declared(cell)
        if floor is not None and world.rules.ladder.rank(declared) < world.rules.ladder.rank(floor):
            found.append(Violation(cell, declared, _below(world, cell, floor)))
    return tuple(found)


def _below(world: World, cell: Cell, floor: str) -> str:
    """That a gate is declared below its floor, and what mends it: never the default of everybody else."""
    declared = f"{cell} is declared {world.table.declared(cell)}"
    if cell in world.table.entries:
        return f"{declared}, below its floor {floor}; raise it to {floor}"
    phase = world.tables.get(cell.phase, cell.phase)
    add = f'add {cell.agent} = "{floor}" to [{phase}]'
    return f"{declared} by the default, below its floor {floor}; {add}"


def unmet_floors(head: World) -> tuple[Refusal, ...]:
    """Why a table that has no base may not be merged: gates below the floor of its own policy."""
    return tuple(
        Refusal(
            Weakening.BELOW_FLOOR,
            violation.message,
            cell=violation.cell,
            after=violation.declared,
            path=declared_at(head, violation.cell),
        )
        for violation in below_floor(head)
    )


def lowered_gates(base: World, head: World) -> tuple[Refusal, ...]:
    """Every assignment that `head` weakens against `base`, in head's phase order, then by agent."""
    comparison = _Comparison(base, head, ranking(base.rules.ladder, head.rules.ladder))
    found = (comparison.judge(cell) for cell in _watched(base, head))
    return tuple(refusal for refusal in found if refusal is not None)


def extends(base: Ladder, head: Ladder) -> bool:
    """Whether head's ladder is base's with, at most, rungs added: base's in the same order among them."""
    return base.names == tuple(name for name in head.names if name in base.names)


def ranking(base: Ladder, head: Ladder) -> Callable[[str], int]:
    """Position of a rung, whichever world names it.

    Head's order counts only if it keeps base's. Otherwise base's does, and what base does not know ranks
    below everything: nobody climbs a ladder that was rebuilt on the way.
    """
    if extends(base, head):
        return head.rank
    return lambda name: base.rank(name) if name in base.names else -1


def _watched(base: World, head: World) -> tuple[Cell, ...]:
    """Cells that could be weakened: gates of either side, and the protected agents of every phase."""
    phases = (*base.rules.phases, *head.rules.phases)
    cells = {Cell(phase, agent) for phase in phases for agent in PROTECTED}
    cells |= {*base.rules.extra_gates, *head.rules.extra_gates}
    return tuple(sorted(cells, key=head.rules.order))


@dataclass(frozen=True)
class _Comparison:
    base: World
    head: World
    rank: Callable[[str], int]

    def judge(self, cell: Cell) -> Refusal | None:
        """The first reason, most telling first, why the change weakens this cell; None if it does not."""
        for check in (self._phase, self._removal, self._fall, self._floor):
            refusal = check(cell)
            if refusal is not None:
                return refusal
        return None

    def _phase(self, cell: Cell) -> Refusal | None:
        """A phase that goes takes its gates with it, and its gates stay."""
        if cell.phase in self.head.rules.phases or not self._held(cell):
            return None
        message = f"phase {cell.phase} is removed, and with it the gate {cell}; keep the phase"
        return self._refusal(
            Weakening.PHASE_REMOVED, message, cell, document=Document.POLICY, path=("phases",)
        )

    def _removal(self, cell: Cell) -> Refusal | None:
        """An explicit entry of a gate stays explicit, so that no later default can move it."""
        gone = cell in self.base.table.entries and cell not in self.head.table.entries
        if not gone or not self._held(cell):
            return None
        before, after = self.base.table.entries[cell], self.head.table.default
        message = (
            f"the entry of {cell} is gone: it was {before}, the default is {after}; put it back"
        )
        return self._refusal(Weakening.ENTRY_REMOVED, message, cell)

    def _fall(self, cell: Cell) -> Refusal | None:
        """What is protected never falls; nor does an entry in the change that removes its gate."""
        dropped = self._gate_dropped(cell)
        if not dropped and cell.agent not in PROTECTED:
            return None
        if not self._falls(cell):
            return None
        if dropped and cell.agent not in PROTECTED:
            message = (
                f"the gate {cell} goes while its model falls{self._step(cell)}; do one, not both"
            )
            return self._refusal(Weakening.GATE_REMOVED, message, cell)
        return self._lowered(cell, "nobody lowers it")

    def _floor(self, cell: Cell) -> Refusal | None:
        """Every gate is declared at or above its floor."""
        floor, after = self.floor(cell), self.head.table.declared(cell)
        if floor is None or self.rank(after) >= self.rank(floor):
            return None
        if cell.phase not in self.base.rules.phases:
            message = (
                f"phase {cell.phase} is added without its gate: {cell} is {after}, not {floor}"
            )
            return self._refusal(Weakening.PHASE_WITHOUT_GATE, message, cell)
        if self._falls(cell):
            return self._lowered(cell, f"its floor is {floor}")
        return self._refusal(Weakening.BELOW_FLOOR, _below(self.head, cell, floor), cell)

    def floor(self, cell: Cell) -> str | None:
        """The floor by this code and by head's gates, None where the cell is no gate.

        Base's own gates need no mention: one that head keeps has at least base's floor there, one that
        head drops or weakens lets its entry stay where it is (see `_fall`), as far as that is known.
        """
        base, head = self.base.rules, self.head.rules
        unknown = None if self.base.tabled else base.extra_gates.get(cell)
        floors = (base.built_in_floor(cell), head.extra_gates.get(cell), unknown)
        # A gate without a floor of its own stands at the gate rung, and base says which that is.
        known = [base.ladder.gate_rung if f == head.ladder.gate_rung else f for f in floors if f]
        return max(known, key=self.rank, default=None)

    def _held(self, cell: Cell) -> bool:
        """Whether the cell must stay declared: a gate of base's, or a protected agent's entry."""
        protected = cell.agent in PROTECTED and cell in self.base.table.entries
        return protected or self.base.rules.floor(cell) is not None

    def _gate_dropped(self, cell: Cell) -> bool:
        """Whether the change removes or weakens an extra gate of base's."""
        floor = self.base.rules.extra_gates.get(cell)
        kept = self.head.rules.extra_gates.get(cell)
        return floor is not None and (kept is None or self.rank(kept) < self.rank(floor))

    def _falls(self, cell: Cell) -> bool:
        before, after = self._before(cell), self.head.table.declared(cell)
        return before is not None and self.rank(after) < self.rank(before)

    def _before(self, cell: Cell) -> str | None:
        known = cell.phase in self.base.rules.phases
        return self.base.table.declared(cell) if known else None

    def _lowered(self, cell: Cell, why: str) -> Refusal:
        if cell in self.head.table.entries:
            message = f"{cell} is lowered{self._step(cell)}; {why}"
            return self._refusal(Weakening.ENTRY_LOWERED, message, cell)
        message = (
            f"the default is lowered{self._step(cell)} under {cell}, which has no entry; {why}"
        )
        return self._refusal(Weakening.DEFAULT_LOWERED, message, cell, path=("default",))

    def _step(self, cell: Cell) -> str:
        return f" from {self._before(cell)} to {self.head.table.declared(cell)}"

    def _refusal(
        self,
        reason: Weakening,
        message: str,
        cell: Cell,
        document: Document = Document.TABLE,
        path: Path | None = None,
    ) -> Refusal:
        gone = cell.phase not in self.head.rules.phases
        after = None if gone else self.head.table.declared(cell)
        where = declared_at(self.head, cell) if path is None else path
        return Refusal(reason, message, cell, self._before(cell), after, document, where)


def declared_at(world: World, cell: Cell) -> Path:
    """Where a cell's model is declared; without an entry, the closest table of its phase or the default."""
    if cell in world.table.paths:
        return world.table.paths[cell]
    return (world.tables.get(cell.phase, "default"),)
