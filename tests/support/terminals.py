"""What a terminal of some width shows of a rich renderable, as `print_styled` prints it."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, RenderableType

PIPE = 100_000
"""Columns of what is no terminal."""


def shown(content: RenderableType, columns: int = PIPE, *, colour: bool = False) -> str:
    """The text, with colour where it is asked for; blanks at the ends of lines are gone."""
    out = StringIO()
    console = Console(
        file=out,
        width=columns,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal=colour,
        color_system="standard" if colour else None,
    )
    console.print(content, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().split("\n")[:-1])
