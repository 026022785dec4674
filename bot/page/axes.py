"""Where things stand on a chart: weeks from left to right, values from bottom to top, in whole units."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 720
"""Units of every chart's view box; a phone shows two of them as one pixel."""
_LABEL = 104
"""Units that the label of a week needs."""
LEFT, RIGHT = 84, 708
"""Where the first and the last week's columns begin and end."""


@dataclass(frozen=True)
class WeekLabel:
    """A week's name below the chart."""

    x: int
    anchor: str
    """Its class: empty to begin there, `m` for the middle, `e` to end there."""
    week: str


@dataclass(frozen=True)
class WeekAxis:
    """Weeks as columns of one width."""

    labels: tuple[str, ...]
    """At least one."""

    @property
    def step(self) -> int:
        """From week to week; at most a quarter of the chart, so that two weeks do not look like a cliff."""
        return min((RIGHT - LEFT) // len(self.labels), (RIGHT - LEFT) // 4)

    @property
    def column(self) -> int:
        """Width of a column."""
        return max(2, min(28, self.step * 2 // 3))

    def middle(self, place: int) -> int:
        """Of the week at a place, counted from 0."""
        return LEFT + self.step * place + self.step // 2

    def ends(self) -> tuple[WeekLabel, ...]:
        """Labels of the first and the last week."""
        first, last = self.labels[0], self.labels[-1]
        if self.step >= _LABEL:
            labels = {0: first, len(self.labels) - 1: last}
            return tuple(WeekLabel(self.middle(place), "m", week) for place, week in labels.items())
        end = LEFT + self.step * len(self.labels)
        return WeekLabel(LEFT, "", first), WeekLabel(end, "e", last)

    def places(self) -> dict[str, int]:
        """Where each week stands."""
        return {label: place for place, label in enumerate(self.labels)}


@dataclass(frozen=True)
class ValueAxis:
    """Values between two lines; the lowest and the highest differ."""

    lowest: int
    highest: int
    top: int
    bottom: int

    def at(self, value: int) -> int:
        """Where a value stands, rounded to whole units; beyond the ends at the ends."""
        inside = min(max(value, self.lowest), self.highest)
        span, room = self.highest - self.lowest, self.bottom - self.top
        return self.bottom - (2 * (inside - self.lowest) * room + span) // (2 * span)
