"""Printing what is made for people: colour and width as the terminal has them, none of either in a pipe."""

from __future__ import annotations

import os
import sys

from rich.console import Console, RenderableType

_WIDE = 120
"""Columns where there is no terminal to fit."""
_NARROWEST = 56
"""Columns that figures need; a narrower terminal breaks the lines itself, so that nothing is cut off."""


def print_styled(content: RenderableType) -> None:
    """Print to stdout. NO_COLOR is honoured; markup in the content means nothing."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        console.width = _WIDE
    console.width = max(console.width, _NARROWEST)
    console.print(content)
