"""SIGINT and SIGTERM: a command stops where it is, quietly, and its exit code says which it was.

The first signal raises `Stopped` in the main thread, so that everything on the way out cleans up; later ones
change nothing, or they would hit the cleaning. A library that swallows it is found out by `Stop.asked`.
A signal can hit a library between taking a lock and remembering so, and whoever wants that lock waits for
ever: what has not ended by itself after some seconds is ended.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AGAIN = 0.02
"""Seconds until a signal that came where nothing can be raised is delivered once more."""
PATIENCE = 10
"""Seconds until a program that was asked to stop, and still runs, is ended."""
_TIMED = hasattr(signal, "setitimer")
"""Not on Windows."""


class Stopped(KeyboardInterrupt):
    """A signal asked the program to stop."""


class Stop:
    """Which signal asked, if any."""

    def __init__(self) -> None:
        self.number: int | None = None
        """Of the signal."""
        self.over = False
        """Whether the work is done, so that there is nothing to stop any more."""

    @property
    def asked(self) -> bool:
        """Whether a signal came."""
        return self.number is not None

    @property
    def code(self) -> int:
        """The exit code for it: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.number or signal.SIGINT)

    def heard(self, number: int, _: FrameType | None) -> None:
        """The handler."""
        if self.number is None and not self.over:
            self.number = number
            if _TIMED:
                signal.signal(signal.SIGALRM, self._give_up)
                signal.setitimer(signal.ITIMER_REAL, PATIENCE)
            raise Stopped

    def _give_up(self, *_: object) -> None:
        """The handler of the timer: it runs even where the main thread waits for a lock that nobody frees."""
        from bot.scratch import leave_nothing

        leave_nothing()
        os._exit(self.code)

    def unraisable(self, args: sys.UnraisableHookArgs) -> None:
        """The hook for what nobody could catch: a signal within a finalizer comes again a moment later."""
        if not isinstance(args.exc_value, Stopped) or self.number is None:
            sys.__unraisablehook__(args)
            return
        from threading import Timer

        number, self.number = self.number, None
        Timer(_AGAIN, signal.raise_signal, (number,)).start()


@contextmanager
def stoppable(*, to_the_end: bool) -> Iterator[Stop]:
    """Signals stop what is in the block. `to_the_end`: no signal disturbs what comes after it, either."""
    stop = Stop()
    # What was started with a signal ignored, as by nohup, goes on ignoring it.
    theirs = {n: h for n in _SIGNALS if (h := signal.getsignal(n)) != signal.SIG_IGN}
    hook = sys.unraisablehook
    with suppress(ValueError):  # only the main thread hears signals
        for number in theirs:
            signal.signal(number, stop.heard)
    sys.unraisablehook = stop.unraisable
    try:
        yield stop
    finally:
        stop.over = True
        sys.unraisablehook = hook
        with suppress(ValueError):
            for number, handler in theirs.items():
                # Python's own end would make a handler of ours the default one, which kills.
                signal.signal(number, signal.SIG_IGN if to_the_end else handler)
        if stop.asked and _TIMED and not to_the_end:
            signal.setitimer(signal.ITIMER_REAL, 0)
