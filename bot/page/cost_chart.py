"""What an SD that was accepted at once has cost, the dearest cells first.

In: an overview. Out: a row a cell with a bar as long as its cost. Cells that nothing is known of are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bot.calibration.findings import Verdict
from bot.calibration.overview import Overview
from bot.page.axes import WIDTH
from bot.wording import figures
from bot.wording.cost_words import amount
from bot.wording.escape import name, page_text
from bot.wording.sentences import cell_name

_MOST_ROWS = 15
_LONGEST = 34
"""Characters that a row has room for beside the cost."""
ROW = 62
"""Units from a row to the next."""


@dataclass(frozen=True)
class CostRow:
    """One cell."""

    y: int
    said: str
    cost: str
    width: int
    """Of its bar, at least 1."""


@dataclass(frozen=True)
class CostChart:
    """What the template draws."""

    said: str
    rows: tuple[CostRow, ...]
    height: int
    left_out: str
    """What of the cells is not shown, in words; empty for nothing."""


def accepted_cost(verdict: Verdict) -> Fraction | None:
    """Of one SD accepted at once, since the model was assigned; None where it is not known."""
    return None if verdict.spent is None else verdict.spent.accepted


def cost_chart(of: Overview) -> CostChart | None:
    """The dearest cells; None where no cost is known."""
    found = [(cost, v) for v in of.review.verdicts if (cost := accepted_cost(v)) is not None]
    known = sorted(found, key=lambda one: (-one[0], one[1].cell))
    if not known:
        return None
    most, shown = known[0][0], known[:_MOST_ROWS]
    return CostChart(
        said=f"Cost of an SD accepted at once, {figures.plural(len(shown), 'cell')}, the dearest first",
        rows=tuple(_row(n, cost, verdict, most) for n, (cost, verdict) in enumerate(shown)),
        height=ROW * len(shown) + 4,
        left_out=_left_out(len(known) - len(shown), len(of.review.verdicts) - len(known)),
    )


def _row(place: int, cost: Fraction, verdict: Verdict, most: Fraction) -> CostRow:
    spent = verdict.spent
    priced = spent is not None and spent.priced
    accepted = 0 if spent is None else spent.sds - spent.rework
    return CostRow(
        y=ROW * place,
        said=page_text(f"{cell_name(verdict)} on {name(verdict.model)}", _LONGEST),
        cost=f"{amount(cost, priced=priced)} ({figures.plural(accepted, 'SD')})",
        width=max(1, int(WIDTH * cost / most)) if most else 1,
    )


def _left_out(cheaper: int, unknown: int) -> str:
    told = (
        f"{figures.plural(cheaper, 'cheaper cell')} in the table of verdicts" if cheaper else "",
        f"{figures.plural(unknown, 'cell')} without a known cost or an SD accepted at once"
        if unknown
        else "",
    )
    return "; ".join(filter(None, told))
