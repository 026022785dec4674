"""§ 6 once more: drift, redos, silence, tokens, and what is flagged. Loops, as in `counting.py`.

In: a `Count`. Out: sets of SDs and causes, sums, and one table of everything counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.reference import counting, models
from tests.reference.counting import Count, Unit
from tests.reference.rows import Row
from tests.reference.world import Cell

# ------------------------------------------------------------- drift, redos, what is flagged


def sds_of_week(counted: Count, cell: Cell, label: str) -> set[str]:
    """The cell's SDs of a week. Reading: those whose first run on some model, an unknown one too, or on
    a version where the rung lists some, is in it: those of the units counted in it are among them.
    """
    first: dict[tuple[str, str, int | None], int] = {}
    for run in counted.runs:
        if run.cell == cell:
            key = (run.sd, run.rung or f"unknown {run.model}", run.version)
            first[key] = min(run.at, first.get(key, run.at))
    return {sd for (sd, _, _), at in first.items() if counting.week_of(counted.world, at) == label}


def drifts(counted: Count, cell: Cell, sd: str) -> bool:
    """§ 6: "An SD **drifts** only if it has no run at all on the model in force for it"."""
    in_force = models.assigned(counted.world, cell, counted.starts[sd])
    return in_force not in {run.rung for run in counted.runs if (run.sd, run.cell) == (sd, cell)}


def drifted_up(counted: Count, cell: Cell, sd: str, proposed: str) -> bool:
    """§ 6: "Not where they drifted to the proposed rung or higher". Reading: all of its runs are there."""
    names = counted.world.settings.names
    rungs = {run.rung for run in counted.runs if (run.sd, run.cell) == (sd, cell)}
    return all(rung in names[names.index(proposed) :] for rung in rungs)


def redone_stronger(counted: Count, cell: Cell, sd: str, rung: str) -> bool:
    """§ 6: "also ran on a stronger rung"."""
    names = counted.world.settings.names
    stronger = names[names.index(rung) + 1 :]
    return any(run.rung in stronger for run in counted.runs if (run.sd, run.cell) == (sd, cell))


def unlogged(counted: Count, cell: Cell, label: str) -> set[str]:
    """§ 6: "Rework for an SD the token log does not know is counted and flagged". Reading: any row of
    the rework log, true or false, in the week it is reported; the token log of any phase knows an SD.
    """
    known = {row.sd for row in counted.rows if row.log == "tokens"}
    return {row.sd for row in _reported(counted, cell, label) if row.sd not in known}


def unknown_causes(counted: Count, cell: Cell, label: str) -> set[str]:
    """§ 6: "… and so is an unknown cause in whatever week it is reported." Reading: a cause
    is one of rework or of an issue; a row that reports neither has none.
    """
    rows = _reported(counted, cell, label)
    return {
        row.cause
        for row in rows
        if row.cause and (row.rework or row.issue) and counting.is_unknown(counted.world, row.cause)
    }


def _reported(counted: Count, cell: Cell, label: str) -> list[Row]:
    return [
        row
        for row in counted.rows
        if row.log == "rework"
        and (row.phase, row.agent) == cell
        and counting.week_of(counted.world, row.at) == label
    ]


def unknown_models(counted: Count, cell: Cell, label: str) -> set[str]:
    """§ 6: "an unknown one counts tokens, not evidence, and is flagged (`model-drift`)"."""
    return {
        run.model
        for run in counted.runs
        if run.rung is None
        and run.cell == cell
        and counting.week_of(counted.world, run.at) == label
    }


# ----------------------------------------------------------------------- silence and tokens


def without_outcomes(counted: Count, label: str) -> bool:
    """§ 6: "a week with no rework row of any cell in it nor in the three weeks before is a week
    without outcomes"; "Any row of the rework log, true or false, counts for this, by its `ts`."
    Only for `silence = "passed"`.
    """
    if label not in counted.silent:
        counted.silent[label] = _is_silent(counted, label)
    return counted.silent[label]


def _is_silent(counted: Count, label: str) -> bool:
    if counted.world.settings.silence == "unknown":
        return False
    calendar = counted.world.settings.calendar
    week = calendar.named(label)
    labels = {label}
    for _ in range(3):
        week = calendar.week_of(week.start - 1)
        labels.add(week.label)
    reported = (row for row in counted.rows if row.log == "rework")
    return not any(counting.week_of(counted.world, row.at) in labels for row in reported)


def is_evidence(counted: Count, unit: Unit) -> bool:
    """Silence, for one unit: a week without outcomes tells nothing; with `silence = "unknown"`,
    "only SDs with a rework row, true or false, count". Reading: a rework row of the unit, not of
    the SD on another model.
    """
    if counted.world.settings.silence == "unknown":
        return unit.outcome
    return not without_outcomes(counted, unit.week)


def tokens_of_week(counted: Count, label: str) -> int:
    """§ 6: "where an (SD, phase) has rows with and without agent, the agent-less sum of a week is
    the total and adds only its excess over the agents' sum of that week"
    """
    total = 0
    for with_agent, without in _sums(counted, label).values():
        total += with_agent + max(0, without - with_agent)
    return total


def mismatches(counted: Count, label: str) -> set[tuple[str, str]]:
    """§ 6: "… a deficit is `budget-mismatch`." (SD, phase) of that week; rows of both kinds must be
    there.
    """
    found = set()
    without_agent = {
        (row.sd, row.phase)
        for row in counted.rows
        if row.log == "tokens"
        and row.agent is None
        and counting.week_of(counted.world, row.at) == label
    }
    for key, (with_agent, without) in _sums(counted, label).items():
        if key in without_agent and without < with_agent:
            found.add(key)
    return found


def _sums(counted: Count, label: str) -> dict[tuple[str, str], tuple[int, int]]:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for row in counted.rows:
        if row.log == "tokens" and counting.week_of(counted.world, row.at) == label:
            with_agent, without = sums.get((row.sd, row.phase), (0, 0))
            if row.agent is None:
                without += row.tokens
            else:
                with_agent += row.tokens
            sums[row.sd, row.phase] = (with_agent, without)
    return sums


def tokens_by_cell(counted: Count) -> dict[tuple[str, Cell, str | None], int]:
    """Tokens of the rows that name an agent: (week, cell, rung or None for an unknown model) → sum."""
    sums: dict[tuple[str, Cell, str | None], int] = {}
    for run in counted.runs:
        if run.row.log == "tokens" and not run.assumed:
            key = (counting.week_of(counted.world, run.at), run.cell, run.rung)
            sums[key] = sums.get(key, 0) + run.row.tokens
    return sums


# ------------------------------------------------------------------ all of it, as one table


@dataclass
class Line:
    """One (week, cell, rung)."""

    n: int = 0
    k: int = 0
    any_rework: int = 0
    issues_only: int = 0
    drifted: int = 0
    escalated: int = 0
    tokens: int = 0
    causes: dict[str, int] = field(default_factory=dict)
    """Cause → SDs."""


def lines(counted: Count) -> dict[tuple[str, Cell, str], Line]:
    """§ 6: "**n** = such SDs; **k** = those with rework from a cause that counts." Every unit, of
    evidence or not.
    """
    found: dict[tuple[str, Cell, str], Line] = {}
    for unit in counted.units.values():
        line = found.setdefault((unit.week, unit.cell, unit.rung), Line())
        line.n += 1
        line.k += unit.rework
        line.any_rework += unit.any_rework
        line.issues_only += unit.issue and not unit.rework
        line.drifted += drifts(counted, unit.cell, unit.sd)
        line.escalated += redone_stronger(counted, unit.cell, unit.sd, unit.rung)
        for cause in unit.causes:
            line.causes[cause] = line.causes.get(cause, 0) + 1
    for (week, cell, rung), tokens in tokens_by_cell(counted).items():
        if rung is not None:
            found.setdefault((week, cell, rung), Line()).tokens += tokens
    return found
