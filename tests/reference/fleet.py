"""§ 7 "Fleet shift" in whole numbers, as naive as can be.

In: a `Count`. Out: the labels of the weeks that are flagged, accepted ones included.
"""

from __future__ import annotations

from tests.reference.counting import Count, week_of
from tests.reference.flags import is_evidence
from tests.reference.models import assigned
from tests.reference.world import Cell

Units = dict[tuple[str, Cell], bool]
"""(SD, cell) → whether it had counted rework."""


def units_by_week(counted: Count) -> dict[str, Units]:
    """§ 7: "Units: every (SD, cell) whose first run on the cell's model is in the week, with or
    without counted rework, gates and the top rung included."

    Reading: the cell's model is the one assigned when the unit first ran, so that a promotion does
    not empty the weeks before it.
    """
    firsts: dict[tuple[str, Cell, str], tuple[int, bool]] = {}
    for unit in counted.units.values():
        if unit.rung == assigned(counted.world, unit.cell, unit.first) and is_evidence(
            counted, unit
        ):
            key = (unit.sd, unit.cell, unit.rung)
            at, rework = firsts.get(key, (unit.first, False))
            firsts[key] = (min(at, unit.first), rework or unit.rework)
    found: dict[str, Units] = {}
    for (sd, cell, _), (at, rework) in firsts.items():
        found.setdefault(week_of(counted.world, at), {})[sd, cell] = rework
    return found


def rest(units: Units) -> Units:
    """§ 7: "Leave out the worst ⌈cells/4⌉ cells (most rework, then fewer SDs, then name)." Reading:
    the name is agent, then phase.
    """
    sds: dict[Cell, int] = {}
    rework: dict[Cell, int] = {}
    for (_, cell), redone in units.items():
        sds[cell] = sds.get(cell, 0) + 1
        rework[cell] = rework.get(cell, 0) + redone
    worst = sorted(sds, key=lambda cell: (-rework[cell], sds[cell], cell[1], cell[0]))
    left_out = worst[: (len(sds) + 3) // 4]
    return {key: redone for key, redone in units.items() if key[1] not in left_out}


def flagged_weeks(counted: Count) -> set[str]:
    """§ 7: "The chain of flags starts 52 weeks before the reviewed week." Oldest first, each judged
    by those before.

    Reading: weeks before the chain may be baseline, unflagged.
    """
    units = units_by_week(counted)
    calendar = counted.world.settings.calendar
    weeks = [week.label for week in calendar.until(counted.week)]
    flagged: set[str] = set()
    for label in weeks[-53:]:
        if label in units and is_flagged(counted, label, weeks, units, flagged):
            flagged.add(label)
    return flagged


def is_flagged(
    counted: Count, label: str, weeks: list[str], units: dict[str, Units], flagged: set[str]
) -> bool:
    """§ 7: "the week is flagged if all hold: counts …; level …; ratio …; significance …"."""
    settings = counted.world.settings
    accepted = settings.accepted_shifts
    of_week = rest(units[label])
    big_k, big_n = sum(of_week.values()), len(of_week)
    by_sd: dict[str, tuple[int, int]] = {}
    for (sd, _), redone in of_week.items():
        k, n = by_sd.get(sd, (0, 0))
        by_sd[sd] = (k + redone, n + 1)
    s = len(by_sd)

    earlier = [w for w in weeks[: weeks.index(label)] if w in units]
    sound = [w for w in earlier if (w not in flagged or w in accepted) and rest(units[w])]
    baseline = [rest(units[w]) for w in sound[-13:]]
    k0 = sum(sum(each.values()) for each in baseline)
    n0 = sum(len(each) for each in baseline)
    d = big_k * n0 - k0 * big_n

    cells = {cell for _, cell in units[label]}
    if len(cells) < 8 or big_n < 20 or s < 2 or len(baseline) < 4 or n0 < 80:
        return False
    if 200 * big_k < settings.promote_above * big_n:
        return False
    if d <= 0 or big_k * n0 < 2 * k0 * big_n:
        return False
    if earlier and earlier[-1] in flagged and earlier[-1] not in accepted:
        return True
    spread = sum((k * big_n - big_k * n) ** 2 for k, n in by_sd.values())
    return d * d * big_n * big_n * (s - 1) >= 6 * n0 * n0 * s * spread
