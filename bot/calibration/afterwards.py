"""What came of every rise of a declared value: its weeks folded anew, with today's rows and policy. Pure.

In: one cell's weeks on every model, its spells in the order of history, and which weeks are no evidence. Out:
a record for every two spells of which the second is on a higher rung (SPEC § 7, "Afterwards").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calendar import Calendar
from bot.calibration import chart
from bot.calibration.conclusions import FINAL, Afterwards, Conclusion, Earlier, Ended, conclude
from bot.calibration.counts import Counts, WeekCounts, pool
from bot.calibration.findings import Reason
from bot.calibration.stretch import stretch
from bot.calibration.verdict_rules import grounds
from bot.evidence.records import CellWeek
from bot.policy import Promotion

LOOKED_BACK = 13
"""So many of the weeks that told late facts, the newest, are asked what they moved: each is another fold."""
Step = Callable[[Spell, Spell], int | None]
"""How many rungs the second of two spells is above the first; None where no ladder holds both models."""


def step_on(*names: str) -> Step:
    """Steps on a ladder of some rungs, the lowest first."""
    ranks = {name: rank for rank, name in enumerate(names)}

    def step(old: Spell, new: Spell) -> int | None:
        known = old.model in ranks and new.model in ranks
        return ranks[new.model] - ranks[old.model] if known else None

    return step


@dataclass(frozen=True)
class Judging:
    """By what every rise is judged."""

    promotion: Promotion
    step: Step
    calendar: Calendar
    lowerable: Callable[[Cell, str], bool]
    """Whether people may bring a cell back to a rung."""
    aside: Collection[str]
    """Labels of weeks that enter nothing: fleet shifts, and weeks without outcomes."""


@dataclass(frozen=True)
class _Rise:
    """Two spells of a cell, back to back, and what ended the second."""

    old: Spell
    new: Spell
    week: str
    """Label of the week in which it was raised."""
    followed: tuple[str, Ended] | None
    """Label of the week in which another value came, and what that means."""


class Standing(NamedTuple):
    """How a rise stands after some weeks on the new model."""

    after: Counts
    tally: int
    conclusion: Conclusion
    since: str | None


class _Fold(NamedTuple):
    """What all weeks of a rise come to."""

    before: Counts
    stand: Standing
    ended: Ended | None


def afterwards(
    cell: Cell, rows: Sequence[CellWeek], spells: Sequence[Spell], judging: Judging
) -> tuple[Afterwards, ...]:
    """Every rise of a cell, oldest first. `rows` are all of the cell's."""
    return tuple(
        _judged(cell, [row for row in rows if _on(row, rise.old, rise.new)], rise, judging)
        for rise in _rises(spells, judging)
    )


def tenure(rows: Iterable[CellWeek], spell: Spell, judging: Judging) -> Counts:
    """SDs that ran on a model in one spell of it, while it was the cell's."""
    return pool(_weeks([row for row in rows if _on(row, spell)], judging))


def _rises(spells: Sequence[Spell], judging: Judging) -> Iterator[_Rise]:
    for old, new, then in zip_longest(spells, spells[1:], spells[2:]):
        if new is None or (judging.step(old, new) or 0) <= 0:
            continue
        followed = None
        if then is not None:
            later = judging.calendar.week_of(then.start).label
            followed = later, _ended_by(judging.step(new, then))
        yield _Rise(old, new, judging.calendar.week_of(new.start).label, followed)


def _ended_by(step: int | None) -> Ended:
    if step is None:
        return Ended.REPLACED
    return Ended.RAISED_AGAIN if step > 0 else Ended.LOWERED


def _on(row: CellWeek, *spells: Spell) -> bool:
    """Whether a row is of one of these spells; a model off the ladder goes by its own name."""
    model = row.raw_model if row.model is None else row.model
    return any((model, row.spell_start) == (spell.model, spell.start) for spell in spells)


def _judged(cell: Cell, rows: Sequence[CellWeek], rise: _Rise, judging: Judging) -> Afterwards:
    now = _fold(rows, rise, judging)
    return Afterwards(
        cell=cell,
        old=rise.old.model,
        new=rise.new.model,
        commit=rise.new.commit,
        raised=rise.new.start,
        week=rise.week,
        before=now.before,
        after=now.stand.after,
        tally=now.stand.tally,
        conclusion=now.stand.conclusion,
        since=now.stand.since,
        ended=now.ended,
        was=_earlier(rows, rise, now.stand.conclusion, judging),
        lowerable=judging.lowerable(cell, rise.old.model),
    )


def _fold(rows: Sequence[CellWeek], rise: _Rise, judging: Judging) -> _Fold:
    own = [row for row in rows if _on(row, rise.new)]
    anew = min((row.week for row in own if row.epoch), default=None)
    ended = rise.followed if anew is None else (anew, Ended.NEW_VERSION)
    over, before = _before([row for row in rows if _on(row, rise.old)], rise, judging)
    first = _weeks([row for row in own if not row.epoch and not row.old_version], judging)
    stand = stand_after(first, before, judging.promotion, _by_issues(over, judging.promotion))
    if ended is None:
        return _Fold(before, stand, None)
    week, why = ended
    if why is not Ended.RAISED_AGAIN and stand.conclusion not in FINAL:
        stand = stand._replace(conclusion=Conclusion.SUPERSEDED, since=week)
    return _Fold(before, stand, why)


def stand_after(
    weeks: Iterable[WeekCounts], before: Counts, promotion: Promotion, by_issues: bool = False
) -> Standing:
    """Week after week on the new model: the first final conclusion stays, the counts go on."""
    stand = Standing(Counts(0, 0), 0, Conclusion.TOO_EARLY, None)
    for week in weeks:
        after = Counts(stand.after.sds + week.sds, stand.after.rework + week.rework)
        tally = chart.step(stand.tally, chart.rework_gain(week, promotion), promotion)
        stand = stand._replace(after=after, tally=tally)
        if stand.conclusion in FINAL:
            continue
        said = conclude(before, after, tally, promotion, by_issues=by_issues)
        if said is not stand.conclusion or stand.since is None:
            stand = stand._replace(conclusion=said, since=week.week)
    return stand


def _before(
    rows: Sequence[CellWeek], rise: _Rise, judging: Judging
) -> tuple[list[WeekCounts], Counts]:
    """The old model's weeks that were over when it was raised, and the stretch that spoke for the rise.

    The chart takes up what ran in the week of the rise itself, up to the commit; the bare threshold was read
    at the end of a week.
    """
    ran = [row for row in rows if _in_force(row)[0]]
    latest = max((row.epoch for row in ran), default=0)
    weeks = _weeks([r for r in ran if r.epoch == latest and not r.old_version], judging)
    over = [week for week in weeks if week.week < rise.week]
    decisive = over if judging.promotion.rule == "threshold" and over else weeks
    return over, stretch(decisive, judging.promotion)


def _by_issues(weeks: Sequence[WeekCounts], promotion: Promotion) -> bool:
    """Whether the tally that counts issues was what called for a promotion."""
    if promotion.rule == "threshold":
        return False
    tallies = chart.tally(weeks, promotion), chart.tally(weeks, promotion, chart.issue_gain)
    return grounds(*tallies, promotion) is Reason.QUALITY_ISSUES


def _weeks(rows: Iterable[CellWeek], judging: Judging) -> list[WeekCounts]:
    """What ran while the model was the cell's, by week, without the weeks that enter nothing."""
    found = []
    for row in sorted(rows, key=lambda row: row.week):
        sds, rework = _in_force(row)
        if sds and row.week not in judging.aside:
            found.append(WeekCounts(row.week, sds, rework, row.troubled, row.raw_rework))
    return found


def _in_force(row: CellWeek) -> tuple[int, int]:
    return (row.sds, row.rework) if row.in_force is None else row.in_force


# ---------------------------------------------------------------------------- facts told late


def _earlier(
    rows: Sequence[CellWeek], rise: _Rise, now: Conclusion, judging: Judging
) -> Earlier | None:
    """The last other conclusion that a review had come to before rows of a later week moved it."""
    told = {late.known for row in rows for late in row.late if late.known > rise.week}
    for known in sorted(told, reverse=True)[:LOOKED_BACK]:
        weeks = [_as_of(row, known) for row in rows if row.week < known]
        then = _fold(weeks, rise, judging)
        said = then.stand.conclusion
        if said in FINAL and said is not now:
            return Earlier(said, known)
    return None


def _as_of(row: CellWeek, week: str) -> CellWeek:
    """A cell's week as it was known before some week began."""
    later = [late for late in row.late if late.known >= week]
    sds, rework = _in_force(row)
    then = sds - sum(late.sds for late in later), rework - sum(late.rework for late in later)
    return replace(row, in_force=then)
