"""A table where the terminal has room for it, else its rows one below the other: nothing is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_ROOMY = 10_000
"""Columns that every table fits into."""


@dataclass(frozen=True)
class Fitted:
    """Rows about cells: the first column names each, the second its model, the last holds numbers."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    """As many texts as heads in each, safe to print already; an empty one has nothing to tell."""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        table = self._table()
        roomy = options.update(width=_ROOMY)  # else it would promise to fit into what there is
        if Measurement.get(console, roomy, table).maximum <= options.max_width:
            yield table
            return
        for name, model, *texts in self.rows:
            yield indented(Text.assemble((name, "bold"), "  ", model), 2)
            both = zip(self.heads[2:], texts, strict=True)
            yield indented(Text(", ".join(f"{head} {text}" for head, text in both if text)), 4)

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 0, 0, 2), header_style="dim")
        told = [at for at in range(len(self.heads)) if any(row[at] for row in self.rows)]
        for at in told:
            table.add_column(
                self.heads[at],
                style="bold" if at == 0 else "",
                justify="right" if at == told[-1] else "left",
                overflow="fold",
            )
        for row in self.rows:
            table.add_row(*(Text(row[at]) for at in told))
        return table


def indented(content: RenderableType, by: int) -> Padding:
    """The content so many columns to the right, its broken lines too."""
    return Padding.indent(content, by)
