"""Printing what is made for people: colour and width as the terminal has them, none of either in a pipe."""

from __future__ import annotations

import os
import sys

from rich.console import Console, RenderableType

_WIDE = 120
"""Columns where there is no terminal to fit."""


def show(content: RenderableType) -> None:
    """Print to stdout. NO_COLOR is honoured; markup in the content means nothing."""
    asked = os.environ.get("COLUMNS", "")
    width = None if sys.stdout.isatty() else int(asked) if asked.isdigit() and int(asked) else _WIDE
    console = Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)
    console.print(content)
