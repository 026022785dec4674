"""Patience: bounded in number and in time, over all requests of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.retry import Pace, Patience


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def patience(self, chance: float = 1.0, **more: float) -> Patience:
        pace = Pace(clock=lambda: self.now, sleep=self.sleep, chance=lambda: chance, **more)
        return Patience(pace)


def test_a_minute_and_six_attempts_are_the_limits_unless_told() -> None:
    assert (Pace().total, Pace().attempts) == (60.0, 6)


@pytest.mark.parametrize(
    ("chance", "waits"),
    [(1.0, [1.0, 2.0, 4.0, 8.0, 16.0]), (0.0, [0.5, 1.0, 2.0, 4.0, 8.0])],
    ids=["longest", "shortest"],
)
def test_waits_double_and_differ_by_chance(chance: float, waits: list[float]) -> None:
    clock = Clock()
    tries = clock.patience(chance).tries()
    assert [tries.wait(None) for _ in range(6)] == [True] * 5 + [False]
    assert clock.waits == waits


def test_what_the_server_asks_is_waited_exactly_or_not_at_all() -> None:
    clock = Clock()
    patience = clock.patience()
    assert patience.tries().wait(45)
    assert not patience.tries().wait(16)
    assert patience.tries().wait(15)
    assert clock.waits == [45, 15]


def test_slow_failures_count_too() -> None:
    clock = Clock()
    patience = clock.patience()
    tries = patience.tries()
    clock.now += 59.5
    assert not tries.wait(None)


def test_what_goes_well_costs_no_patience() -> None:
    clock = Clock()
    patience = clock.patience()
    for _ in range(10):
        patience.tries()
        clock.now += 30
    assert patience.tries().wait(None)


@given(st.lists(st.lists(st.none() | st.floats(0, 100), max_size=8), max_size=20))
def test_a_run_never_waits_longer_than_its_limit(
    requests: list[list[float | None]],
) -> None:
    clock = Clock()
    patience = clock.patience()
    for asked in requests:
        tries = patience.tries()
        for seconds in asked:
            if not tries.wait(seconds):
                break
    assert sum(clock.waits) <= 60
