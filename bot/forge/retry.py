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
    """Seconds a run may lose to failed attempts and the waiting between them, of all requests."""
    attempts: int = 6
    """Times one request is sent at most."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, from any start."""
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)
    """Between 0 and 1: spreads the retries of runs that failed together."""


@dataclass
class Patience:
    """What a run has lost so far; `tries` counts for one request."""

    pace: Pace
    lost: float = 0.0
    """Seconds."""

    def tries(self) -> Tries:
        """For one request, from now on."""
        return Tries(self, self.pace.clock())


@dataclass
class Tries:
    """The attempts of one request."""

    patience: Patience
    since: float
    """When the attempt under way began."""
    used: int = 0

    def wait(self, asked: float | None) -> bool:
        """Wait before the next attempt, at least as long as the server asked (seconds).

        False, at once, where there is no next attempt or the wait would go beyond the limit.
        """
        pace, patience = self.patience.pace, self.patience
        self.used += 1
        patience.lost += pace.clock() - self.since
        backoff = min(0.5 * 2**self.used, 16.0) * (0.5 + pace.chance() / 2)
        pause = backoff if asked is None else asked
        if self.used >= pace.attempts or patience.lost + pause > pace.total:
            return False
        pace.sleep(pause)
        patience.lost += pause
        self.since = pace.clock()
        return True
