"""The command line's door: it hears signals before anything else is loaded, and leaves no folder behind."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cli.stopping import stoppable


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code; argparse itself exits with 2 on wrong usage."""
    with stoppable(to_the_end=argv is None) as stop:
        try:
            from bot.cli.command_line import run

            return run(argv, stop)
        except KeyboardInterrupt:
            return stop.code
        finally:
            stop.over = True
            from bot.scratch import leave_nothing

            leave_nothing()
