"""Fleets that shift, for the table of SPEC § 7: every cell at 5 %, 60 % on haiku and 40 % on sonnet."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bot.policy import Promotion
from bot.simulation.judge import Judge
from bot.simulation.measure import stretches
from bot.simulation.model import Model, Plan
from bot.simulation.play import Played, label, play

QUIET, CALM, SHIFTED = 26, 0.05, 0.30
"""Weeks before a shift; the rates before and after."""
LINES = {
    "40 x 5": Model(),
    "40 x 5 over 20 shared SDs": Model(shared=20),
    "the same, 10 % hard SDs": Model(shared=20, hard=10, hard_rate=30),
    "15 x 5 shared": Model(cells=15, shared=20),
    "40 x 2": Model(sds=2),
    "8 x 5": Model(cells=8),
    "3 x 2": Model(cells=3, sds=2),
}
"""The columns of SPEC § 7; a hard SD needs rework with 30 % in every cell."""


def _play(model: Model, plans: list[Plan], seed: str, promotion: Promotion | None = None) -> Played:
    rule = promotion or Promotion()
    return play(model, plans, rule, Judge(rule), 3, Random(seed))  # noqa: S311 (nothing secret)


def _plans(model: Model, *rates: tuple[int, float]) -> list[Plan]:
    low = model.cells * model.lowest // 100
    return [Plan(int(cell >= low), rates) for cell in range(model.cells)]


def false_alarms(model: Model, run: int) -> int:
    """Stretches of flagged weeks in five years in which nothing shifts."""
    years = replace(model, weeks=260)
    return stretches(_play(years, _plans(years, (0, CALM)), f"calm {run}").flags)


def lasting(model: Model, run: int, weeks: int = 8) -> Played:
    """A fleet that goes from 5 to 30 % and stays there."""
    shifted = replace(model, weeks=QUIET + weeks)
    return _play(shifted, _plans(shifted, (0, CALM), (QUIET, SHIFTED)), f"lasting {run}")


def accepted(model: Model, run: int, after: int = 12, stretch: int = 8) -> list[int]:
    """Promotions of each week after a shift was accepted with its first weeks, while it stays."""
    rule = Promotion(accepted_shifts=[f"{label(QUIET)}..{label(QUIET + stretch - 1)}"])
    shifted = replace(model, weeks=QUIET + stretch + after)
    played = _play(shifted, _plans(shifted, (0, CALM), (QUIET, SHIFTED)), f"accepted {run}", rule)
    weeks = [one.week - QUIET - stretch for one in played.promoted]
    return [weeks.count(week) for week in range(after)]


def alone(model: Model, run: int, rate: float = 0.80) -> int | None:
    """Weeks until the one cell that turns bad is promoted, None if it is not within 12."""
    shifted = replace(model, weeks=QUIET + 12)
    plans = _plans(shifted, (0, CALM))
    plans[0] = Plan(0, [(0, CALM), (QUIET, rate)])
    promoted = _play(shifted, plans, f"alone {run}").promoted
    weeks = [one.week for one in promoted if one.cell == 0 and one.week >= QUIET]
    return weeks[0] - QUIET + 1 if weeks else None
