"""One fleet, week after week, as if each proposal were merged at once.

In: the model, the truth of its cells, the rule. Out: which cell was promoted when, which weeks were flagged
as a fleet shift, what ran on which rung. Chart, rule, fleet shift and queue are the bot's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from bot.calibration.fleet import Chain, Flag
from bot.calibration.queue import first_in
from bot.policy import Promotion
from bot.simulation.draws import Model, Plan
from bot.simulation.judge import NO_SDS, Judge, Tallies
from bot.simulation.made_up_fleet import Fleet

_START = date(2001, 1, 1)
"""A Monday: simulated weeks have labels like any other."""


class Promoted(NamedTuple):
    """A promotion in a simulation."""

    week: int
    """At the end of which it was proposed and merged, from 0."""
    cell: int
    rate: float
    """The true chance of rework on the rung it left."""


@dataclass
class Played:
    """What became of one fleet."""

    promoted: list[Promoted] = field(default_factory=list)
    flags: dict[int, Flag] = field(default_factory=dict)
    """By week, from 0."""
    cell_weeks: list[int] = field(default_factory=list)
    """Weeks that cells spent on each rung of the ladder."""


def label(week: int) -> str:
    """The label of a simulated week, from 0."""
    year, number, _ = (_START + timedelta(weeks=week)).isocalendar()
    return f"{year:04}-W{number:02}"


def play(
    model: Model,
    plans: Sequence[Plan],
    promotion: Promotion,
    judge: Judge,
    rungs: int,
    rng: Random,
    *,
    until_promoted: bool = False,
) -> Played:
    """One run of a fleet on a ladder of so many rungs; `judge` is the one of `promotion`.

    `until_promoted` ends it with the first week that promotes.
    """
    played = Played(cell_weeks=[0] * rungs)
    chain, fleet = Chain(promotion), Fleet(model, plans, rng)
    tallies = dict.fromkeys(range(len(plans)), Tallies())
    for week in range(model.weeks):
        drawn = fleet.week(week)
        flag = chain.add(label(week), fleet.units(drawn))
        if flag is not None:
            played.flags[week] = flag
        counts = flag is None and not promotion.accepts(label(week))
        asked = {}
        for cell, rung in enumerate(fleet.rungs):
            played.cell_weeks[rung] += 1
            tallies[cell], rank = judge(tallies[cell], drawn[cell] if counts else NO_SDS)
            if rank is not None and rung + 1 < rungs:
                asked[cell] = (rank, fleet.names[cell])
        if asked and (flag is None or flag.accepted):
            for cell in sorted(first_in(asked, promotion.max_promotions)):
                played.promoted.append(Promoted(week, cell, fleet.rate(cell, week)))
                fleet.promote(cell)
                tallies[cell] = Tallies()
        if until_promoted and played.promoted:
            break
    return played
