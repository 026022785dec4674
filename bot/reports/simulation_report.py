"""What `replay --simulate` prints: figures with their errors, as text, Markdown and JSON.

In: what was simulated and its lines. Out: a rich renderable, GitHub Markdown, a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.policy import Promotion
from bot.simulation.measure import FRESH, GOOD, GOOD_WEEKS, Estimate, Measured, Setting
from bot.wording import figures
from bot.wording.escape import json_text

_HEADS = (
    "SDs a week",
    "rule",
    "false promotions a year",
    f"fresh at {FRESH:.0%}: median, mean weeks".replace("%", " %"),
    f"{GOOD:.0%} → {FRESH:.0%} after {GOOD_WEEKS} weeks: mean weeks".replace("%", " %"),
    "spent beyond an oracle",
)


@dataclass(frozen=True)
class SimulationReport:
    """Everything `replay --simulate` has to say."""

    promotion: Promotion
    """The rule as configured."""
    setting: Setting
    lines: Sequence[Measured]


def simulation_text(report: SimulationReport) -> Group:
    """For a terminal."""
    table = Table(*_HEADS, box=None, pad_edge=False, header_style="bold")
    for line in report.lines:
        table.add_row(*_row(line))
    return Group(Text(_fleet(report)), Text(), table, Text(), Text(_legend(report)))


def simulation_markdown(report: SimulationReport) -> str:
    """As GitHub Markdown; ends in a line break."""
    lines = [f"| {' | '.join(_HEADS)} |", "|---:|---|---:|---:|---:|---:|"]
    lines += [f"| {' | '.join(_row(line))} |" for line in report.lines]
    return "\n".join([_fleet(report), "", *lines, "", _legend(report)]) + "\n"


def simulation_json(report: SimulationReport) -> str:
    """The same as a document, unrounded; ends in a line break."""
    promotion, setting = report.promotion, report.setting
    document = {
        "schema_version": 1,
        "runs": setting.runs,
        "seed": setting.seed,
        "fleet": {key: value for key, value in asdict(setting.model).items() if key != "sds"},
        "rule": {name: getattr(promotion, name) for name in promotion.__struct_fields__},
        "lines": [asdict(line) for line in report.lines],
    }
    return json_text(document)


def _fleet(report: SimulationReport) -> str:
    model, promotion = report.setting.model, report.promotion
    low = model.cells * model.lowest // 100
    rates = ", ".join(map(str, model.rates))
    issues = f"; {model.issues} % of SDs have an issue and no rework" if model.issues else ""
    varying = " (on average, as independent arrivals)" if model.poisson else ""
    runs = figures.plural(report.setting.runs, "run")
    return (
        f"A simulated fleet of capable agents: {figures.plural(model.cells, 'cell')} without a gate, {low} "
        f"on the lowest rung and {model.cells - low} on the second, that need rework in {rates} % of "
        f"SDs{varying}{issues}; a rung up multiplies that by {model.better:g}. {runs} of {model.weeks} "
        f"weeks, seed {report.setting.seed}; bar {promotion.bar}, cap {promotion.cap}, floor "
        f"{promotion.floor}, {promotion.promote_above} %."
    )


def _legend(report: SimulationReport) -> str:
    return (
        "± is the Monte Carlo standard error. Every promotion of these cells is false: none is above "
        f"{report.promotion.promote_above} %. Weeks count from the first bad one to the proposal. The oracle "
        "knows every rate and promotes only who needs it; as many tokens an SD on every rung."
    )


def _row(line: Measured) -> tuple[str, ...]:
    fresh = _delay(line.fresh)
    if line.fresh_median is not None:
        fresh = f"{line.fresh_median:g}, {fresh}"
    return (
        str(line.sds),
        line.rule,
        _said(line.false_promotions, 2),
        fresh,
        _delay(line.turned),
        f"{_said(line.over_oracle)} %",
    )


def _delay(estimate: Estimate | None) -> str:
    return "none got so far" if estimate is None else _said(estimate)


def _said(estimate: Estimate, digits: int = 1) -> str:
    return f"{estimate.mean:.{digits}f} ± {estimate.error:.{digits}f}"
