"""What each week spent, by model, against the zones of the budget.

In: an overview. Out: columns of stacked parts, the zones as lines, and the same numbers as a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.calibration.overview import Overview
from bot.page.axes import ValueAxis, WeekAxis
from bot.wording import figures
from bot.wording.escape import page_text

SPEND_HEIGHT = 340
_TOP, _BOTTOM = 24, 292
_LINE = 22
"""Units that a label needs from the next one."""
_MOST_MODELS = 6
_OTHERS, _UNNAMED = "other models", "no model named"


@dataclass(frozen=True)
class ColumnPart:
    """One model's share of a week's column."""

    model: int
    """Its place in the legend."""
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class ZoneLine:
    """Where a zone of the budget begins."""

    y: int
    name: str
    percent: int
    labelled: bool
    """Whether its label has room."""


@dataclass(frozen=True)
class SpendChart:
    """What the template draws."""

    said: str
    models: tuple[str, ...]
    """The legend: rungs from the lowest on, then what is off the ladder and what was not named."""
    parts: tuple[ColumnPart, ...]
    zones: tuple[ZoneLine, ...]
    column: int
    table: tuple[tuple[str, tuple[str, ...], str], ...]
    """Week, tokens of each model of the legend, all of them and the share of the budget; newest first."""


def spend_chart(of: Overview) -> SpendChart | None:
    """The weeks' spend; None where the weeks shown have none."""
    models, spent = _by_model(of)
    totals = [sum(week) for week in spent]
    if not any(totals):
        return None
    axis, budget = WeekAxis(of.weeks), of.review.budget
    scale = ValueAxis(0, max(budget.limit, *totals), _TOP, _BOTTOM)
    return SpendChart(
        said=f"Tokens a week by model, {of.weeks[0]} to {of.weeks[-1]}; {totals[-1]:,} of "
        f"{budget.limit:,} in the newest",
        models=models,
        parts=tuple(_parts(spent, axis, scale)),
        zones=tuple(_zones(of, scale)),
        column=axis.column,
        table=tuple(
            (label, tuple(f"{tokens:,}" for tokens in week), _total(sum(week), budget.limit))
            for label, week in reversed([*zip(of.weeks, spent, strict=True)])
        ),
    )


def _total(tokens: int, limit: int) -> str:
    return f"{tokens:,} ({figures.percent(tokens, limit)})"


def _by_model(of: Overview) -> tuple[tuple[str, ...], list[list[int]]]:
    """The legend, and for each week the tokens of its entries."""
    weeks = [of.spend.get(label, {}) for label in of.weeks]
    used = {model for week in weeks for model, tokens in week.items() if tokens}
    rungs = [rung for rung in of.rungs if rung in used][-_MOST_MODELS:]
    others = used - {*rungs, ""}
    shown = [*rungs, *([_OTHERS] if others else []), *([_UNNAMED] if "" in used else [])]
    if len(others) == 1:  # then it can be named
        shown[len(rungs)] = page_text(next(iter(others)), 40)

    def tokens(week: dict[str, int]) -> list[int]:
        own = [week.get(rung, 0) for rung in rungs]
        rest = [sum(week.get(model, 0) for model in others)] if others else []
        return [*own, *rest, *([week.get("", 0)] if "" in used else [])]

    return tuple(shown), [tokens(dict(week)) for week in weeks]


def _parts(
    spent: Sequence[Sequence[int]], axis: WeekAxis, scale: ValueAxis
) -> Iterator[ColumnPart]:
    for place, week in enumerate(spent):
        x, below = axis.middle(place) - axis.column // 2, 0
        for model, tokens in enumerate(week):
            if tokens:
                top, bottom = scale.at(below + tokens), scale.at(below)
                yield ColumnPart(model, x, top, bottom - top)
            below += tokens


def _zones(of: Overview, scale: ValueAxis) -> Iterator[ZoneLine]:
    zones = of.review.budget.zones
    last = None
    named = {"YELLOW": zones.yellow, "ORANGE": zones.orange, "RED": zones.red}
    for zone, percent in named.items():
        y = scale.at(percent * zones.weekly_tokens // 100)
        labelled = last is None or last - y >= _LINE
        last = y if labelled else last
        yield ZoneLine(y, zone, percent, labelled)
