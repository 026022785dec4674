"""T of one cell by week, as a chart: line, bar, what each week had beyond the allowance, calibrations.

In: the stretches of a cell on its models and the weeks that are shown. Out: coordinates and words. T starts
anew at every calibration, so each stretch is a line of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.calibration.chart import rework_gain
from bot.calibration.counts import WeekCounts
from bot.calibration.findings import Verdict
from bot.calibration.overview import Overview, Tenure
from bot.page.axes import RIGHT, ValueAxis, WeekAxis
from bot.policy import Promotion
from bot.wording import figures
from bot.wording.escape import page_text
from bot.wording.sentences import cell_name

CONTROL_HEIGHT = 300
_TOP, _BOTTOM = 34, 186
_LOW_TOP, _LOW_BOTTOM = 204, 264
_LONGEST_MODEL = 24

Placed = tuple[int, int]
"""A week's place on the axis, and a value."""


@dataclass(frozen=True)
class Mark:
    """A calibration, as an upright line."""

    x: int
    said: str
    """The model since then."""
    left: bool
    """Whether the words stand on its left, because there is no room on its right."""


@dataclass(frozen=True)
class ControlChart:
    """What the template draws, in units of the view box."""

    said: str
    """The chart in a sentence, for who does not see it."""
    tallies: tuple[str, ...]
    """Points of T, a line for each stretch on one model."""
    issue_tallies: tuple[str, ...]
    """The same of the second tally, where it differs."""
    bar: int
    zero: int
    """T = 0."""
    allowance: int
    """Where a week had just the rework that is allowed."""
    above: str
    """Columns of weeks beyond the allowance, as path data."""
    below: str
    """The same of weeks within it."""
    column: int
    """How wide they are."""
    marks: tuple[Mark, ...]


def control_chart(of: Overview, verdict: Verdict) -> ControlChart | None:
    """The chart of one cell; None where none of the weeks shown has SDs that count."""
    axis, promotion = WeekAxis(of.weeks), of.review.promotion
    places = axis.places()
    tenures = of.tenures[verdict.cell]
    shown = [_placed(tenure, tenure.tallies, places) for tenure in tenures]
    points = [point for line in shown for point in line]
    if not points:
        return None
    issues = [
        _placed(tenure, tenure.issue_tallies, places) if _differs(tenure, promotion) else []
        for tenure in tenures
    ]
    bar = 100 * promotion.bar
    values = [value for line in (*shown, *issues) for _, value in line]
    scale = ValueAxis(min(0, *values), max(bar, *values), _TOP, _BOTTOM)
    gains = _gains(tenures, places, promotion)
    widest = max(100, *(abs(gain) for _, gain in gains))
    low = ValueAxis(-widest, widest, _LOW_TOP, _LOW_BOTTOM)
    return ControlChart(
        said=_said(verdict, promotion, points),
        tallies=tuple(_line(line, axis, scale) for line in shown if line),
        issue_tallies=tuple(_line(line, axis, scale) for line in issues if line),
        bar=scale.at(bar),
        zero=scale.at(0),
        allowance=low.at(0),
        above=_columns([point for point in gains if point[1] > 0], axis, low),
        below=_columns([point for point in gains if point[1] <= 0], axis, low),
        column=axis.column,
        marks=tuple(_marks(tenures, places, axis)),
    )


def _said(verdict: Verdict, promotion: Promotion, points: Sequence[Placed]) -> str:
    now, bar = figures.tally_words(points[-1][1]), figures.tally_words(100 * promotion.bar)
    weeks = figures.plural(len(points), "week")
    return f"T of {cell_name(verdict)} in {weeks} with SDs: now {now}, the bar is {bar}"


def _placed(tenure: Tenure, tallies: Sequence[int], places: dict[str, int]) -> list[Placed]:
    return [
        (places[week.week], tally)
        for week, tally in zip(tenure.weeks, tallies, strict=True)
        if week.week in places
    ]


def _differs(tenure: Tenure, promotion: Promotion) -> bool:
    return promotion.count_issues and tenure.issue_tallies != tenure.tallies


def _gains(tenures: Sequence[Tenure], places: dict[str, int], promotion: Promotion) -> list[Placed]:
    weeks: list[WeekCounts] = [week for tenure in tenures for week in tenure.weeks]
    return [
        (places[week.week], rework_gain(week, promotion)) for week in weeks if week.week in places
    ]


def _line(points: Sequence[Placed], axis: WeekAxis, scale: ValueAxis) -> str:
    return " ".join(f"{axis.middle(place)},{scale.at(value)}" for place, value in points)


def _columns(gains: Sequence[Placed], axis: WeekAxis, scale: ValueAxis) -> str:
    """Each from the end of the one before, which takes half the room on a page of a thousand charts."""
    zero, data, last = scale.at(0), [], (0, 0)
    for place, gain in gains:
        x, height = axis.middle(place), scale.at(gain) - zero
        data.append(f"m{x - last[0]} {zero - last[1]}v{height}")
        last = (x, zero + height)
    return "".join(data)


def _marks(tenures: Sequence[Tenure], places: dict[str, int], axis: WeekAxis) -> list[Mark]:
    marks = []
    for tenure in tenures:
        if tenure.since in places:
            x = axis.middle(places[tenure.since]) - axis.step // 2
            said = page_text(tenure.model, _LONGEST_MODEL)
            marks.append(Mark(x, said, left=x + 12 * len(said) > RIGHT))
    return marks
