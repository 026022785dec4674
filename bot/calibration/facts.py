"""From counted evidence to the facts one verdict stands on: sums and selections, no decision yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calibration.findings import Counts, WeekCounts
from bot.evidence.records import CellWeek, Evidence, Question, SdRun


@dataclass(frozen=True)
class Facts:
    """What is known of one cell at the end of the reviewed week."""

    cell: Cell
    model: str
    """Declared rung at base."""
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
    """Of these, on a model other than the one in force for them."""
    drifted_up: int
    """Of the drifted ones, on a higher rung than the declared one."""
    escalated: int
    """SDs of the reviewed week that also ran on a higher rung than the one in force for them."""
    shifted: bool
    """Whether the reviewed week is no evidence, as rework jumped across the fleet in it."""
    unknown_model: bool
    """Whether an SD of the reviewed week ran on a model the ladder does not know."""
    before_assignment: int
    """SDs of the reviewed week on the current model that ran before it was assigned."""
    assumed: int
    """SDs of the reviewed week known only from rows without agent."""
    unlogged: int
    """SDs of the reviewed week unknown to the token log."""
    causes: tuple[tuple[str, int], ...]
    """(cause, SDs) over the window, most first, ties by name."""
    runs: tuple[SdRun, ...]
    """SDs of the reviewed week on the current assignment."""
    previous: tuple[str, Counts] | None
    """Rung of the assignment before, and its last weeks with SDs; None without such evidence."""
    tokens: int
    """Tokens of the reviewed week on the declared rung, or on none named."""
    mismatch: bool
    """Whether the token log contradicts itself on an SD of the reviewed week."""


def spells_of(question: Question, cell: Cell) -> tuple[Spell, ...]:
    """The assignments of a cell over time; a cell no table ever listed follows the default."""
    return question.spells.get(cell, question.default_spells)


def by_cell(evidence: Evidence) -> dict[Cell, list[CellWeek]]:
    """The counted rows of each cell that has any."""
    rows: dict[Cell, list[CellWeek]] = {}
    for row in evidence.cell_weeks:
        rows.setdefault(row.cell, []).append(row)
    return rows


def gather(
    cell: Cell,
    rows: Sequence[CellWeek],
    evidence: Evidence,
    question: Question,
    window_weeks: int,
    left_out: Container[str] = (),
) -> Facts:
    """The facts of one cell from its rows. The declared rung is that of its current spell.

    Weeks that are `left_out` (labels) are a fleet shift's: of the reviewed one the plain counts are told.
    """
    past, current = spells_of(question, cell)[:-1], spells_of(question, cell)[-1]
    usual = [row for row in rows if row.week not in left_out]
    own = _of_spell(usual, current)
    window = own[-window_weeks:]
    label = question.week.label
    higher = partial(_higher, model=current.model, question=question)
    this_week = [row for row in rows if row.week == label]
    own_week = [row for row in _of_spell(rows, current) if row.week == label]
    ran = {run.sd for row in this_week for run in row.runs}
    return Facts(
        cell=cell,
        model=current.model,
        weeks=tuple(map(_counts, own)),
        week=_pool(own_week),
        week_raw=_pool_raw(own_week),
        window=_pool(window),
        window_raw=_pool_raw(window),
        window_troubled=sum(row.troubled for row in window),
        ran=len(ran),
        drifted=min(len(ran), sum(row.drifted for row in this_week)),
        drifted_up=sum(row.drifted for row in this_week if higher(row)),
        escalated=sum(row.drifted for row in this_week if higher(row)),
        unknown_model=any(row.model is None for row in this_week),
        before_assignment=sum(
            row.sds for row in this_week if row.model == current.model and row not in own_week
        ),
        assumed=sum(row.assumed for row in this_week),
        unlogged=sum(row.unlogged for row in this_week),
        causes=_causes(window),
        runs=tuple(run for row in own_week for run in row.runs),
        shifted=label in left_out,
        previous=_previous(usual, past, window_weeks),
        tokens=sum(
            use.tokens
            for use in evidence.usage
            if (use.week, use.phase, use.agent) == (label, cell.phase, cell.agent)
            and use.model in (current.model, None)
        ),
        mismatch=any(
            (wrong.week, wrong.phase) == (label, cell.phase) and wrong.sd in ran
            for wrong in evidence.mismatches
        ),
    )


def _of_spell(rows: Iterable[CellWeek], spell: Spell) -> list[CellWeek]:
    own = [row for row in rows if (row.model, row.spell_start) == (spell.model, spell.start)]
    return sorted(own, key=lambda row: row.week)


def _counts(row: CellWeek) -> WeekCounts:
    return WeekCounts(row.week, row.sds, row.rework, row.troubled, row.raw_rework)


def _pool(rows: Iterable[CellWeek]) -> Counts:
    rows = list(rows)
    return Counts(sum(row.sds for row in rows), sum(row.rework for row in rows))


def _pool_raw(rows: Iterable[CellWeek]) -> Counts:
    rows = list(rows)
    return Counts(sum(row.sds for row in rows), sum(row.raw_rework for row in rows))


def _higher(row: CellWeek, model: str, question: Question) -> bool:
    ladder = question.ladder
    known = row.model in ladder.names  # a rung of an old table need not be on today's ladder
    return known and ladder.rank(row.model or "") > ladder.rank(model)


def _causes(rows: Iterable[CellWeek]) -> tuple[tuple[str, int], ...]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(dict(row.causes))
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _previous(
    rows: Sequence[CellWeek], past: Sequence[Spell], window_weeks: int
) -> tuple[str, Counts] | None:
    if not past:
        return None
    pooled = _pool(_of_spell(rows, past[-1])[-window_weeks:])
    return (past[-1].model, pooled) if pooled.sds else None
