"""What is being done, on stderr while it takes long, if that is a terminal. Light."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 1
"""Seconds that nobody has to be told of."""


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], Callable[[], None]]]:
    """Gives what begins the bar when it is told the number of steps, and returns what each step calls."""
    if not sys.stderr.isatty():
        yield lambda steps: lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        def begin(steps: int) -> Callable[[], None]:
            task = bar.add_task("", total=steps)
            return lambda: bar.advance(task)

        yield begin


def with_count(things: Iterable[T], said: str) -> Iterator[T]:
    """The things, with a count on stderr, if that is a terminal; `said` holds `{task.completed}`."""
    if not sys.stderr.isatty():
        yield from things
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn(said))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        for thing in things:
            bar.advance(task)
            yield thing


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Says on stderr, from the first second on, what is done; gives what tells that it is something else now.

    For work whose steps nobody can count. Nothing is printed to stdout meanwhile.
    """
    if not sys.stderr.isatty():
        yield lambda now: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    turning = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    task = turning.add_task(what)
    timer = Timer(_PATIENCE, turning.start)
    timer.start()
    try:
        yield lambda now: turning.update(task, description=now)
    finally:
        timer.cancel()
        timer.join()
        if turning.live.is_started:
            turning.stop()
