"""What a rule would have promoted over past weeks, had each of its proposals been merged at once. Pure.

In: the past weeks, oldest first, and the rules to try. Out: a `Lane` for each rule. The logs hold only what
really ran: while a lane has a cell on another rung than the table had, what would have come of it cannot be
known, and no verdict is made up. What people lower is lowered in every lane; what they raise is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from msgspec import structs

from bot.allocation.names import Cell
from bot.calibration.chart import above
from bot.calibration.findings import Outcome, Verdict
from bot.calibration.past_weeks import PastWeek
from bot.calibration.queue import first_in, rank
from bot.calibration.verdicts import verdict_on
from bot.policy import Policy, Promotion


@dataclass(frozen=True)
class LaneWeek:
    """One week under one rule."""

    week: str
    """Label."""
    logged: bool
    """Whether it has rows; without any nothing is decided."""
    held: bool
    """Whether a fleet shift that nobody accepted held every promotion back."""
    silent: bool
    """Whether nobody logged outcomes in it nor shortly before: then its SDs decide nothing."""
    verdicts: tuple[Verdict, ...]
    """Of the cells that can be known, in the policy's phase order."""
    promoted: tuple[Verdict, ...]
    """Those proposed, and so merged at the end of the week."""
    queued: tuple[Verdict, ...]
    """Those beyond `max_promotions`, which wait."""


@dataclass(frozen=True)
class Unknown:
    """A stretch of weeks in which a cell's evidence says nothing about a rule."""

    cell: Cell
    since: str
    """Label of its first week."""
    until: str
    """Label of its last week."""
    weeks: int
    sds: int
    """SDs of the cell that ran in them."""
    assumed: str
    """What the rule had it on."""
    real: str
    """What the table declared at its start. Hostile where no rung of today's ladder."""


@dataclass(frozen=True)
class Spend:
    """Tokens of rows that name an agent, at relative cost 1: each times the cost of what it ran on."""

    known: Fraction
    """Of what ran as the rule had it."""
    estimated: Fraction
    """Of what ran on another rung than the rule had it: the same tokens at the cost of the rule's rung."""


@dataclass(frozen=True)
class Lane:
    """Past weeks under one rule."""

    promotion: Promotion
    weeks: tuple[LaneWeek, ...]
    above: tuple[Verdict, ...]
    """Cells whose pooled rate is above `promote_above` after the last week with rows."""
    unknown: tuple[Unknown, ...]
    """By cell in the policy's phase order, then week."""
    spend: Spend

    @property
    def promotions(self) -> int:
        """How many there were."""
        return sum(len(week.promoted) for week in self.weeks)


@dataclass(frozen=True)
class Replay:
    """Past weeks under several rules."""

    lanes: tuple[Lane, ...]
    spent: Fraction
    """What really ran, in the unit of `Spend`."""
    unpriced: int
    """Tokens that are in no spend: no agent, or no model of the ladder, is named."""


@dataclass
class _Play:
    """A lane as it goes."""

    policy: Policy
    """With the lane's rule."""
    elsewhere: dict[Cell, str] = field(default_factory=dict)
    """Cells that the rule has on another rung than the table, and on which."""
    weeks: list[LaneWeek] = field(default_factory=list)
    open: dict[Cell, Unknown] = field(default_factory=dict)
    """Stretches that go on."""
    closed: list[Unknown] = field(default_factory=list)
    spend: Spend = Spend(Fraction(0), Fraction(0))

    def follow(self, week: PastWeek, before: Mapping[Cell, str]) -> None:
        """What people did to the table in the week: `before` is what it said at the end of the last one."""
        names = self.policy.rules.ladder.names
        for cell, real in week.declarations.items():
            was = before.get(cell, real)
            step = names.index(real) - names.index(was) if {was, real} <= {*names} else 0
            if step < 0 or self.elsewhere.get(cell) == real:
                self.elsewhere.pop(cell, None)
            elif step > 0 and cell not in self.elsewhere and week.ran_before(cell):
                self.elsewhere[cell] = was

    def judge(self, week: PastWeek) -> None:
        """The week's verdicts, and what they make of the table."""
        promotion = self.policy.promotion
        shifts = week.shifts(promotion)
        cells = sorted(week.cells, key=self.policy.rules.order) if week.logged else []
        verdicts = tuple(
            verdict_on(
                week.facts(cell, promotion.window_weeks, shifts.left_out),
                self.policy,
                held=shifts.running is not None,
            )
            for cell in cells
            if cell not in self.elsewhere and week.declared(cell) in self.policy.rules.ladder.names
        )
        asked = [verdict for verdict in verdicts if verdict.outcome is Outcome.PROMOTE]
        ranks = {verdict.cell: rank(verdict, promotion) for verdict in asked}
        first = first_in(ranks, promotion.max_promotions)
        self.note_unknown(week)
        promoted = tuple(verdict for verdict in asked if verdict.cell in first)
        self.elsewhere |= {v.cell: v.proposed for v in promoted if v.proposed is not None}
        queued = tuple(verdict for verdict in asked if verdict.cell not in first)
        held, silent = shifts.running is not None, week.label in week.silent
        self.weeks.append(
            LaneWeek(week.label, week.logged, held, silent, verdicts, promoted, queued)
        )

    def note_unknown(self, week: PastWeek) -> None:
        """Open, go on with or close the stretches in which cells cannot be known."""
        names = self.policy.rules.ladder.names
        strange = {cell: real for cell, real in week.declarations.items() if real not in names}
        blind = {**strange, **self.elsewhere}
        for cell in [cell for cell in self.open if cell not in blind]:
            self.closed.append(self.open.pop(cell))
        for cell, assumed in blind.items():
            so_far = self.open.get(cell)
            if so_far is None:
                real = week.declared(cell)
                so_far = Unknown(cell, week.label, week.label, 0, 0, assumed, real)
            self.open[cell] = replace(
                so_far,
                until=week.label,
                weeks=so_far.weeks + 1,
                sds=so_far.sds + week.ran(cell),
                assumed=assumed,
            )

    def lane(self) -> Lane:
        """The lane when all weeks are over."""
        order = self.policy.rules.order
        unknown = sorted(
            [*self.closed, *self.open.values()], key=lambda u: (order(u.cell), u.since)
        )
        last = [week for week in self.weeks if week.logged][-1:]
        allowed = self.policy.promotion.promote_above
        stays = tuple(
            verdict
            for week in last
            for verdict in week.verdicts
            if verdict not in week.promoted and above(verdict.window, allowed)
        )
        return Lane(self.policy.promotion, tuple(self.weeks), stays, tuple(unknown), self.spend)


def replay(
    weeks: Iterable[PastWeek],
    policy: Policy,
    rules: Sequence[Promotion],
    done: Callable[[], None] = lambda: None,
) -> Replay:
    """Play all weeks under each of the rules, the rest of the policy as it is; `done` after each week."""
    plays = [_Play(structs.replace(policy, promotion=promotion)) for promotion in rules]
    costs = {rung.name: rung.relative_cost for rung in policy.ladder}
    before: Mapping[Cell, str] | None = None
    spent, unpriced = Fraction(0), 0
    for week in weeks:
        for play in plays:
            if before is not None:
                play.follow(week, before)
            play.spend = _spend(play.spend, week, play.elsewhere, costs)
            play.judge(week)
        real = _spend(Spend(Fraction(0), Fraction(0)), week, {}, costs)
        spent += real.known
        unpriced += week.unpriced(costs)
        before = week.declarations
        done()
    return Replay(tuple(play.lane() for play in plays), spent, unpriced)


def _spend(
    so_far: Spend,
    week: PastWeek,
    elsewhere: Mapping[Cell, str],
    costs: Mapping[str, Fraction],
) -> Spend:
    """With the tokens of a week; a cell that is elsewhere would have spent as many on its rung there."""
    known, estimated = so_far.known, so_far.estimated
    for cell, model, tokens in week.usage:
        real = week.declared(cell)
        if model not in costs:
            continue
        if cell in elsewhere and model == real:
            estimated += tokens * costs[elsewhere[cell]]
        else:
            known += tokens * costs[model]
    return Spend(known, estimated)
