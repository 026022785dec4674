"""Printing what is made for people: colour and width as the terminal has them, none of either in a pipe."""

from __future__ import annotations

import os
import sys

from rich.console import Console, RenderableType

_WIDE = 120
"""Columns where there is no terminal to fit."""
_NARROWEST = 56
"""Columns that figures need; a narrower terminal breaks the lines itself, so that nothing is cut off."""
UNBROKEN = 100_000
"""More columns than any line of ours: for programs that look for words, and workflow runners, which obey
what a broken line may begin with."""


def print_styled(content: RenderableType, piped: int = _WIDE, narrowest: int = _NARROWEST) -> None:
    """Print to stdout. With NO_COLOR (https://no-color.org) nothing is styled; markup means nothing.

    `piped`: columns where stdout is no terminal; `narrowest`: those that the content needs.
    """
    console = Console(
        highlight=False,
        markup=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )
    if os.environ.get("GITHUB_ACTIONS") == "true":
        console.width = UNBROKEN
    elif not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        console.width = piped
    console.width = max(console.width, narrowest)
    console.print(content, crop=False)
