"""Past weeks, each with the question and the facts as a review at its own end had them. Pure.

In: the evidence of the last of them, with what the others did not know yet, and the table's past. Out: a
`PastWeek` for each. Told are counts and what holds a promotion back, not notes nor single SDs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.allocation.assignments import Version, starts_of
from bot.allocation.names import Cell
from bot.calendar import Week
from bot.calibration.facts import Facts, OfCell, by_cell, gather, spells_of
from bot.calibration.fleet import Rest, rest_of
from bot.calibration.known_then import KnownRow, known_then
from bot.calibration.shifts import Shifts, fold, units_by_week
from bot.evidence.past_records import PastEvidence, Place, Since
from bot.evidence.question import ask
from bot.evidence.records import CellSds, CellWeek, Question, Usage
from bot.policy import Policy, Promotion

UNITS_OF = 104
"""Weeks up to the reviewed one whose SDs are told apart."""


@dataclass(frozen=True)
class _Told:
    """What is said of one cell, of all weeks."""

    rows: tuple[KnownRow, ...]
    """By week."""
    labels: tuple[str, ...]
    """Their weeks."""
    sds: Mapping[str, CellSds]
    usage: Mapping[str, list[Usage]]
    """By week."""
    first: str
    """Label of the first week in which the cell is known."""

    def until(self, week: str) -> list[CellWeek]:
        """Its weeks up to one, as known at the end of that."""
        rows = self.rows[: bisect_right(self.labels, week)]
        return [row for row in (of.at(week) for of in rows) if row.sds]


class Logbook:
    """The evidence of many weeks, and the table's past, to look up any of the weeks in."""

    def __init__(
        self, past: PastEvidence, question: Question, policy: Policy, versions: Sequence[Version]
    ) -> None:
        """`question` is that of the last week; `versions` are the table's past, oldest first.

        The last of them is in force for the last week, even where it came after its end.
        """
        self._past, self._question, self._policy = past, question, policy
        # A version cannot outlast the one that replaced it: so the spells of any part are those of all.
        starts = starts_of(versions)
        self._versions = [replace(v, committed=at) for v, at in zip(versions, starts, strict=True)]
        self._starts = starts
        self._asked: dict[int, Question] = {}
        self._rests: dict[tuple[str, str | None, str | None], Rest | None] = {}

    def at(self, number: int) -> PastWeek:
        """The week of a number (that of `Question.weeks`), as known at its end."""
        week = self._question.weeks[number]
        return PastWeek(self, self._asked_at(number, week))

    def _asked_at(self, number: int, week: Week) -> Question:
        """The question of a week, by the table in force at its end, at least the first one."""
        count = max(1, sum(start < week.end for start in self._starts))
        if number == len(self._question.weeks) - 1:
            count = len(self._starts)
        weeks = self._question.weeks[: number + 1]
        if count not in self._asked:
            self._asked[count] = ask(self._policy, self._versions[:count], week, weeks)
        return replace(self._asked[count], week=week, weeks=weeks)

    @cached_property
    def cells(self) -> Mapping[Cell, _Told]:
        """What is said of every cell."""
        known = replace(self._question, bystander=None)
        found = by_cell(known_then(self._past), known)
        return {cell: self._told(said) for cell, said in found.items()}

    def _told(self, said: OfCell) -> _Told:
        usage: dict[str, list[Usage]] = defaultdict(list)
        for use in said.usage:
            usage[use.week].append(use)
        rows = tuple(self._row(row) for row in sorted(said.weeks, key=lambda row: row.week))
        seen = (*(row.final.week for row in rows), *said.sds, *(of.week for of in said.ids))
        old = (of.first for of in said.old)
        labels = tuple(row.final.week for row in rows)
        return _Told(rows, labels, said.sds, usage, min((*seen, *old)))

    def _row(self, row: CellWeek) -> KnownRow:
        return KnownRow(row, self._since.get(_place(row), ()))

    @cached_property
    def _since(self) -> Mapping[Place, list[Since]]:
        found: dict[Place, list[Since]] = defaultdict(list)
        for of in self._past.since:
            found[of.place].append(of)
        return found

    @cached_property
    def _fleet(self) -> Mapping[str, list[KnownRow]]:
        """The rows that are evidence, by week."""
        found: dict[str, list[KnownRow]] = defaultdict(list)
        for row in self._past.evidence.cell_weeks:
            if not row.old_version:
                found[row.week].append(self._row(row))
        return dict(sorted(found.items()))

    @cached_property
    def usage(self) -> Mapping[str, list[tuple[Cell, str, int]]]:
        """Tokens by week: cell, model, tokens, of all rows that name an agent and a model."""
        found: dict[str, list[tuple[Cell, str, int]]] = defaultdict(list)
        for use in self._past.evidence.usage:
            if use.agent is not None and use.model is not None:
                found[use.week].append((Cell(use.phase, use.agent), use.model, use.tokens))
        return found

    @cached_property
    def tokens(self) -> Mapping[str, int]:
        """All tokens by week."""
        found = Counter[str]()
        for use in self._past.evidence.usage:
            found[use.week] += use.tokens
        return found

    @cached_property
    def _settled(self) -> Mapping[str, str]:
        """From which week on each week is final."""
        return {label: max(row.settled for row in rows) for label, rows in self._fleet.items()}

    def silent(self, week: str) -> frozenset[str]:
        """Labels of the weeks up to one in which nobody logged outcomes."""
        return frozenset(label for label in self._past.evidence.no_outcomes if label <= week)

    @property
    def late(self) -> int:
        """SDs of which something was told after the end of their week."""
        return len(self._past.since)

    def others_assumed(self, numbers: Iterable[int]) -> int:
        """Weeks whose table listed other cells of the phases logged without agents than the last one's."""
        phases = {use.phase for use in self._past.evidence.usage if use.agent is None}

        def stood_for(question: Question) -> set[Cell]:
            return {cell for cell in question.explicit if cell.phase in phases}

        now = stood_for(self._question)
        return sum(stood_for(self.at(number).question) != now for number in numbers)

    def logged(self, week: str) -> bool:
        """Whether a week has rows."""
        return week in self._past.logged

    def shifts(self, question: Question, promotion: Promotion) -> Shifts:
        """The fleet shifts as they were at the end of a week."""
        week, silent = question.week.label, self.silent(question.week.label)
        labels = [label for label in self._fleet if label <= week and label not in silent]
        oldest = question.weeks[-UNITS_OF:][0].label
        rests = {
            label: rest
            for label in labels
            if label >= oldest and (rest := self._rest(label, week, question.bystander))
        }
        return fold(rests, labels, question, promotion)

    def _rest(self, label: str, week: str, bystander: str | None) -> Rest | None:
        """A week without its worst cells, as known at the end of another; None without units."""
        rows = self._fleet[label]
        key = label, bystander, week if self._settled[label] > week else None
        if key not in self._rests:
            known = (row.at(week) for row in rows if row.final.cell.agent != bystander)
            units = units_by_week(row for row in known if row.sds)
            self._rests[key] = rest_of(units[label]) if units else None
        return self._rests[key]


class PastWeek:
    """One week as it was known at its end."""

    def __init__(self, book: Logbook, question: Question) -> None:
        self._book = book
        self.question = question
        """As a review of the week asked it."""
        self.label = question.week.label
        self.logged = book.logged(self.label)
        """Whether it has rows; without any nothing is decided."""
        self.silent = book.silent(self.label)
        """Labels of weeks without outcomes."""
        self._shifts: dict[tuple[int, tuple[str, ...]], Shifts] = {}
        self._facts: dict[tuple[Cell, int, frozenset[str]], Facts] = {}

    @cached_property
    def cells(self) -> frozenset[Cell]:
        """Every cell that a review judged: those of the table and those with SDs by then."""
        bystander = self.question.bystander
        ran = (
            cell
            for cell, told in self._book.cells.items()
            if told.first <= self.label and cell.agent != bystander
        )
        return self.question.explicit.union(ran)

    def ran_before(self, cell: Cell) -> bool:
        """Whether the cell is known from weeks before this one."""
        told = self._book.cells.get(cell)
        return told is not None and told.first < self.label

    def ran(self, cell: Cell) -> int:
        """SDs of a cell in this week, on any model."""
        told = self._book.cells.get(cell)
        sds = None if told is None else told.sds.get(self.label)
        return 0 if sds is None else sds.sds

    def declared(self, cell: Cell) -> str:
        """What the table really said at the end of the week."""
        return spells_of(self.question, cell)[-1].model

    @cached_property
    def declarations(self) -> Mapping[Cell, str]:
        """The same of every cell of the table or the logs."""
        return {cell: self.declared(cell) for cell in (*self.question.spells, *self._book.cells)}

    @cached_property
    def usage(self) -> tuple[tuple[Cell, str, int], ...]:
        """Tokens of the week: cell, model, tokens, of all rows that name an agent and a model."""
        return tuple(self._book.usage.get(self.label, ()))

    def unpriced(self, priced: Collection[str]) -> int:
        """Tokens of the week that name no agent, or none of some models."""
        named = sum(tokens for _, model, tokens in self.usage if model in priced)
        return self._book.tokens.get(self.label, 0) - named

    def shifts(self, promotion: Promotion) -> Shifts:
        """The fleet shifts up to the week; they are those of what really ran."""
        key = promotion.promote_above, tuple(promotion.accepted_shifts)
        if key not in self._shifts:
            self._shifts[key] = self._book.shifts(self.question, promotion)
        return self._shifts[key]

    def facts(self, cell: Cell, window: int, left_out: frozenset[str]) -> Facts:
        """The facts of one cell on the model the table really declared."""
        key = cell, window, left_out
        if key not in self._facts:
            said = self._said(cell, self.declared(cell))
            self._facts[key] = gather(cell, said, self.question, window, self.silent, left_out)
        return self._facts[key]

    def _said(self, cell: Cell, model: str) -> OfCell | None:
        told = self._book.cells.get(cell)
        if told is None or cell.agent == self.question.bystander:
            return None
        weeks = told.until(self.label)
        weeks = [row for row in weeks if row.model == model or row.week == self.label]
        sds = told.sds.get(self.label)
        usage = list(told.usage.get(self.label, ()))
        return OfCell(weeks, {} if sds is None else {self.label: sds}, usage, [], [], [])


def _place(row: CellWeek) -> Place:
    model = row.raw_model if row.model is None else row.model
    start = -1 if row.spell_start is None else row.spell_start
    return Place(row.cell, row.week, model or "", start, row.old_version)
