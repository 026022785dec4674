"""How long to try again: bounded in number and in total time, with jitter, as the server asks.

Clock, sleep and chance come from outside, so that a test can watch every wait.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pace:
    """The limits of one run's patience with a forge, and the clock they are measured by."""

    total: float = 60.0
    """Seconds all the waiting of one request may take."""
    attempts: int = 6
    """Times one request is sent at most."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, from any start."""
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)
    """Between 0 and 1: spreads the retries of runs that failed together."""


@dataclass
class Patience:
    """What is left of it for one request."""

    pace: Pace
    deadline: float
    used: int = 0

    def wait(self, asked: float | None) -> bool:
        """Wait before the next attempt, at least as long as the server asked (seconds).

        False, at once, where there is no next attempt or its time would lie beyond the limit.
        """
        self.used += 1
        backoff = min(0.5 * 2**self.used, 16.0) * (0.5 + self.pace.chance() / 2)
        pause = backoff if asked is None else asked
        if self.used >= self.pace.attempts or self.pace.clock() + pause > self.deadline:
            return False
        self.pace.sleep(pause)
        return True


def patience(pace: Pace) -> Patience:
    """Full patience, from now on."""
    return Patience(pace, pace.clock() + pace.total)
