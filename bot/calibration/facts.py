"""From counted evidence to the facts one verdict stands on: sums and selections, no decision yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calibration.counts import Counts, WeekCounts
from bot.evidence.records import (
    CellCost,
    CellSds,
    CellWeek,
    Evidence,
    NamedIds,
    OldFirstRun,
    Question,
    SdRun,
    Usage,
)


@dataclass(frozen=True)
class Facts:
    """What is known of one cell at the end of the reviewed week."""

    cell: Cell
    model: str
    """Declared rung at base."""
    listed: bool
    """Whether the table has an entry of the agent, in whatever phase."""
    weeks: tuple[WeekCounts, ...]
    """Weeks with SDs on the current assignment, oldest first."""
    week: Counts
    """The reviewed week on the current assignment."""
    week_raw: Counts
    """The same with rework from any cause."""
    window: Counts
    """The last weeks with SDs on the current assignment."""
    window_raw: Counts
    """The same with rework from any cause."""
    window_troubled: int
    """SDs of the window with counted rework or a counted issue."""
    ran: int
    """SDs of the reviewed week on any model."""
    drifted: int
    """Of these, with no run at all on the model in force for them."""
    escalated: int
    """Of these, on the model in force for them and on a stronger one too."""
    drifted_up: int
    """Of the drifted ones, on higher rungs than the declared one only."""
    no_outcomes: bool
    """Whether nobody logged outcomes in the reviewed week nor shortly before: then it is no evidence."""
    new_version: bool
    """Whether the reviewed week is the first in which the rung means a later version: evidence starts."""
    old_version: bool
    """Whether SDs of the reviewed week ran a version from before the last such start."""
    ids: tuple[str, ...]
    """Ids of the rung that the window's rows name, sorted, where its versions are not told apart. Hostile."""
    old_first_runs: tuple[str, ...]
    """SDs whose first run is so old that it hides what they do in the window, sorted. Hostile."""
    shifted: bool
    """Whether the reviewed week is no evidence, as rework jumped across the fleet in it."""
    unknown_causes: tuple[str, ...]
    """Causes in rows of the reviewed week that the policy does not know, sorted. Hostile."""
    unknown_model: bool
    """Whether an SD of the reviewed week ran on a model the ladder does not know."""
    before_assignment: int
    """SDs of the reviewed week on the current model that ran before it was assigned."""
    assumed: int
    """SDs of `week` known only from rows without agent."""
    unlogged: int
    """SDs of the reviewed week unknown to the token log."""
    causes: tuple[tuple[str, int], ...]
    """(cause, SDs) over the window, most first, ties by name."""
    runs: tuple[SdRun, ...]
    """SDs of the reviewed week on the current assignment."""
    tokens: int
    """Tokens of the reviewed week on the declared rung, or on none named."""
    costs: tuple[CellCost, ...]
    """What the SDs cost that first ran on the current assignment, by week."""
    contradicted: int
    """SDs of the reviewed week on which the token log contradicts itself."""


def spells_of(question: Question, cell: Cell) -> tuple[Spell, ...]:
    """The assignments of a cell over time; a cell no table ever listed follows the default."""
    return question.spells.get(cell, question.default_spells)


class OfCell(NamedTuple):
    """What the logs say of one cell."""

    weeks: list[CellWeek]
    sds: dict[str, CellSds]
    """By the label of the week."""
    usage: list[Usage]
    """Tokens of the rows that name the cell's agent."""
    old: list[OldFirstRun]
    ids: list[NamedIds]
    costs: list[CellCost]


def by_cell(evidence: Evidence, question: Question) -> dict[Cell, OfCell]:
    """What is said of each cell that has SDs."""
    cells: dict[Cell, OfCell] = {}
    for row in evidence.cell_weeks:
        _at(cells, row.cell).weeks.append(row)
    for sds in evidence.cell_sds:
        _at(cells, sds.cell).sds[sds.week] = sds
    for old in evidence.old_first_runs:
        _at(cells, old.cell).old.append(old)
    for named in evidence.ids:
        _at(cells, named.cell).ids.append(named)
    for cost in evidence.costs:
        if cost.cell in cells:
            cells[cost.cell].costs.append(cost)
    for use in evidence.usage:
        cell = cells.get(Cell(use.phase, use.agent or ""))
        if cell is not None:
            cell.usage.append(use)
    return {cell: said for cell, said in cells.items() if cell.agent != question.bystander}


def _at(cells: dict[Cell, OfCell], cell: Cell) -> OfCell:
    return cells.setdefault(cell, OfCell([], {}, [], [], [], []))


def gather(
    cell: Cell,
    said: OfCell | None,
    question: Question,
    window_weeks: int,
    no_outcomes: Collection[str] = (),
    left_out: Collection[str] = (),
) -> Facts:
    """The facts of one cell; `said` is None without SDs. The declared rung is that of its current spell.

    Weeks with `no_outcomes` (labels) are no evidence of any model. Those that are `left_out` are a fleet
    shift's: they count for nothing either, but of the reviewed one the plain counts are told.
    """
    said = said or OfCell([], {}, [], [], [], [])
    current = spells_of(question, cell)[-1]
    own_weeks = [row for row in of_spell(said.weeks, current) if row.week not in no_outcomes]
    own = [row for row in own_weeks if row.week not in left_out]
    window = own[-window_weeks:]
    label = question.week.label
    this_week = [row for row in said.weeks if row.week == label]
    own_week = [row for row in own_weeks if row.week == label]
    sds = said.sds.get(label, CellSds(cell, label, 0, 0, (), (), 0, ()))
    return Facts(
        cell=cell,
        model=current.model,
        listed=cell.agent in question.agents,
        weeks=tuple(map(counts_of, own)),
        week=_pool(own_week),
        week_raw=_pool_raw(own_week),
        window=_pool(window),
        window_raw=_pool_raw(window),
        window_troubled=sum(row.troubled for row in window),
        ran=sds.sds,
        drifted=sds.drifted,
        escalated=sum(count for _, count in sds.escalated),
        drifted_up=sum(n for rung, n in sds.drifted_to if _higher(rung, current.model, question)),
        no_outcomes=label in no_outcomes,
        new_version=_starts_anew(said.weeks, current.model, label),
        old_version=any(row.old_version and row.model == current.model for row in this_week),
        ids=_ids(said.ids, current.model, window, question),
        old_first_runs=tuple(sorted(set(_old_first_runs(said.old, window, current, label)))),
        unknown_causes=sds.unknown_causes,
        unknown_model=bool(sds.unknown_models),
        before_assignment=sum(
            row.sds
            for row in this_week
            if row.model == current.model and row.spell_start != current.start
        ),
        assumed=sum(row.assumed for row in own_week),
        unlogged=sum(row.unlogged for row in this_week),
        causes=_causes(window),
        runs=tuple(run for row in of_spell(this_week, current) for run in row.runs),
        shifted=label in left_out,
        tokens=sum(
            use.tokens
            for use in said.usage
            if use.week == label and use.model in (current.model, None)
        ),
        costs=tuple(
            cost
            for cost in said.costs
            if (cost.model, cost.spell_start) == (current.model, current.start)
            and cost.week not in {*no_outcomes, *left_out}
        ),
        contradicted=sds.contradicted,
    )


def of_spell(rows: Iterable[CellWeek], spell: Spell) -> list[CellWeek]:
    """The weeks of a spell that are evidence: of the version that the rung has come to mean since then.

    Silent weeks and those of a fleet shift belong in `rows`: a later version may have begun in them.
    """
    own = [row for row in rows if (row.model, row.spell_start) == (spell.model, spell.start)]
    latest = max((row.epoch for row in own), default=0)
    current = (row for row in own if row.epoch == latest and not row.old_version)
    return sorted(current, key=lambda row: row.week)


def counts_of(row: CellWeek) -> WeekCounts:
    """A week as a step of the chart."""
    return WeekCounts(row.week, row.sds, row.rework, row.troubled, row.raw_rework)


def _pool(rows: Iterable[CellWeek]) -> Counts:
    rows = list(rows)
    return Counts(sum(row.sds for row in rows), sum(row.rework for row in rows))


def _pool_raw(rows: Iterable[CellWeek]) -> Counts:
    rows = list(rows)
    return Counts(sum(row.sds for row in rows), sum(row.raw_rework for row in rows))


def _starts_anew(rows: Iterable[CellWeek], model: str, label: str) -> bool:
    epochs = {row.week: row.epoch for row in rows if row.model == model}
    before = max((epoch for week, epoch in epochs.items() if week < label), default=0)
    return epochs.get(label, 0) > before


def _ids(
    named: Iterable[NamedIds], model: str, window: Iterable[CellWeek], question: Question
) -> tuple[str, ...]:
    told_apart = {rung.name for rung in question.ladder.rungs if rung.versions}
    if model in told_apart:
        return ()
    weeks = {row.week for row in window}
    found = {id_ for of in named if of.week in weeks and of.model == model for id_ in of.ids}
    return tuple(sorted(found))


def _higher(rung: str, model: str, question: Question) -> bool:
    ladder = question.ladder
    known = rung in ladder.names  # logs may name what is on no ladder
    return known and ladder.rank(rung) > ladder.rank(model)


def _old_first_runs(
    found: Iterable[OldFirstRun], window: Sequence[CellWeek], spell: Spell, label: str
) -> Iterator[str]:
    """SDs whose second run is in the window, long after the first, or rework in it whose SD began before."""
    first = window[0].week if window else label
    for old in found:
        if old.reworked_on is None:
            counts = old.again >= first
        else:
            of_spell = (old.reworked_on, old.spell_start) == (spell.model, spell.start)
            counts = of_spell and old.first < first <= old.again
        if counts:
            yield old.sd


def _causes(rows: Iterable[CellWeek]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(dict(row.causes))
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0])))
