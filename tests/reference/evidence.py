"""What speaks of a cell: § 6 "Evidence of a cell", and the tallies of § 7 in exact 1/200 SD.

In: a `Count` and a cell. Out: its units, weeks and tallies.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.reference import flags, models
from tests.reference.counting import Count, Unit
from tests.reference.world import Cell, Settings, World

SD = 200
"""Tallies are whole numbers of 1/200 SD."""


@dataclass
class Week:
    """A cell's evidence of one week."""

    n: int = 0
    k: int = 0
    any_rework: int = 0
    issues: int = 0
    """SDs with a counted issue and no counted rework."""


# --------------------------------------------------------------------- evidence of a cell


def assigned_since(world: World, cell: Cell) -> int | None:
    """§ 6: "Evidence of a cell is what ran on its current model since that model was assigned: the
    committer time …; the first version of the table counts as assigned from the first row".
    Microseconds, None: from the first row.
    """
    since, model = None, world.tables[0].declared(cell)
    for table in world.tables[1:]:
        if table.declared(cell) != model:
            since, model = table.committed * models.SECOND, table.declared(cell)
    return since


def evidence(counted: Count, cell: Cell) -> list[Unit]:
    """The units that speak of the cell's current model. Reading: a unit is counted once, at its
    first run; that must not lie before the assignment.
    """
    model = counted.world.tables[-1].declared(cell)
    since = assigned_since(counted.world, cell)
    units = [
        unit
        for unit in counted.units.values()
        if unit.cell == cell and unit.rung == model and (since is None or unit.first >= since)
    ]
    return [unit for unit in newest_version(counted, units) if flags.is_evidence(counted, unit)]


def newest_version(counted: Count, units: list[Unit]) -> list[Unit]:
    """§ 6: "evidence starts anew with the first week in which at least two SDs of the cell ran a
    later version …; older versions running afterwards count tokens only".

    Reading: by first runs; of several later versions the highest that two SDs ran or passed; in the
    week of the change the older versions count no more; the first version ever seen is nothing new.
    """
    current: int | None = None
    start = ""
    for label in sorted_weeks(counted, {unit.week for unit in units}):
        ran = {(u.sd, u.version) for u in units if u.week == label and u.version is not None}
        if not ran:
            continue
        if current is None:
            current = min(version for _, version in ran)
        for version in sorted({version for _, version in ran}, reverse=True):
            if version > current and len({sd for sd, v in ran if v >= version}) >= 2:
                current, start = version, label
                break
    if current is None or not start:
        return units
    order = sorted_weeks(counted, {start, *(unit.week for unit in units)})
    later = order[order.index(start) :]
    return [u for u in units if u.week in later and u.version is not None and u.version >= current]


def sorted_weeks(counted: Count, labels: set[str]) -> list[str]:
    """Labels in the order of time."""
    return sorted(labels, key=lambda label: counted.world.settings.calendar.named(label).start)


def by_week(counted: Count, units: list[Unit]) -> dict[str, Week]:
    """N and k of each week with SDs, in the order of time."""
    weeks = {label: Week() for label in sorted_weeks(counted, {unit.week for unit in units})}
    for unit in units:
        week = weeks[unit.week]
        week.n += 1
        week.k += unit.rework
        week.any_rework += unit.any_rework
        week.issues += unit.issue and not unit.rework
    return weeks


# ------------------------------------------------------------------------------ tallies


def tally(settings: Settings, weeks: dict[str, Week], kind: str) -> int:
    """§ 6: "T = max(floor, T + min(cap, k − 0.20·n)), T = 0 at assignment"; of issues "step `k +
    i/2 − 0.20·n`, exact in 1/200 SD"; of other causes the same over "rework from **any** cause".
    """
    found = 0
    for week in weeks.values():
        bad = SD * week.k
        if kind == "issues":
            bad = SD * week.k + SD // 2 * week.issues
        if kind == "any":
            bad = SD * week.any_rework
        step = min(SD * settings.cap, bad - 2 * settings.promote_above * week.n)
        found = max(SD * settings.floor, found + step)
    return found


def pooled(settings: Settings, weeks: dict[str, Week]) -> tuple[int, int]:
    """§ 6: "the pooled rate over the last 13 weeks with SDs": SDs and rework."""
    last = list(weeks.values())[-settings.window_weeks :]
    return sum(week.n for week in last), sum(week.k for week in last)


def causes(settings: Settings, units: list[Unit], weeks: dict[str, Week]) -> dict[str, int]:
    """§ 11: why, over the weeks of the pooled rate: cause → SDs with counted rework; no cause, no entry."""
    last = list(weeks)[-settings.window_weeks :]
    found: dict[str, int] = {}
    for unit in units:
        for cause in unit.causes if unit.week in last else ():
            found[cause] = found.get(cause, 0) + 1
    return found
