"""Builders for the calibration room: evidence of one cell in a line, the shipped policy as a value."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.calendar import Week
from bot.evidence.records import CellSds, CellWeek, Evidence, Question, SdRun, Usage
from bot.policy import Policy, read_policy

SHIPPED = Path(__file__).parents[2] / "config" / "policy.toml"
TESTING = Cell("EXEC", "TESTING")
WEEK = "2025-W49"
ASSIGNED = 1_000


def shipped_policy(*, gates: bool = False, **promotion: object) -> Policy:
    """The shipped policy; without its extra gates unless asked for; `promotion` keys replaced."""
    policy = read_policy(SHIPPED.read_text(), "config/policy.toml")
    changed = replace(policy.promotion, **promotion)
    update: dict[str, object] = {"promotion": changed} | ({} if gates else {"gates": []})
    return replace(policy, **update)


def runs(sds: int, rework: int, **flags: object) -> tuple[SdRun, ...]:
    """`sds` SDs, the first `rework` of them with counted rework."""
    plain: dict[str, object] = {
        "issue": False,
        "causes": (),
        "assumed": False,
        "unlogged": False,
    }
    return tuple(
        SdRun(sd=f"SD-{i:03}", rework=i < rework, **{**plain, "raw_rework": i < rework, **flags})
        for i in range(sds)
    )


def cell_week(
    sds: int,
    rework: int,
    *,
    week: str = WEEK,
    cell: Cell = TESTING,
    model: str | None = "sonnet",
    spell_start: int | None = ASSIGNED,
    raw: int | None = None,
    troubled: int | None = None,
    drifted: int = 0,
    **more: object,
) -> CellWeek:
    """One row of evidence; raw and troubled SDs equal the reworked ones unless said."""
    defaults: dict[str, object] = {
        "raw_model": None,
        "assumed": 0,
        "unlogged": 0,
        "causes": (),
        "runs": runs(sds, rework) if week == WEEK else (),
    }
    return CellWeek(
        cell=cell,
        week=week,
        model=model,
        spell_start=spell_start,
        sds=sds,
        rework=rework,
        raw_rework=rework if raw is None else raw,
        troubled=rework if troubled is None else troubled,
        drifted=drifted,
        **{**defaults, **more},
    )


def cell_sds(*rows: CellWeek, **more: object) -> CellSds:
    """One cell's SDs of one week, each once, by the rows of that week; more as said."""
    named = {run.sd for row in rows for run in row.runs}
    ran = len(named) or sum(row.sds for row in rows)
    known: dict[str, object] = {
        "sds": ran,
        "drifted": min(ran, sum(row.drifted for row in rows)),
        "drifted_to": tuple(
            (str(row.model or row.raw_model), row.drifted) for row in rows if row.drifted
        ),
        "escalated": 0,
        "contradicted": 0,
        "unknown_causes": (),
    }
    return CellSds(rows[0].cell, rows[0].week, **{**known, **more})


def every_cell_sds(rows: tuple[CellWeek, ...]) -> tuple[CellSds, ...]:
    """`cell_sds` of every cell and week."""
    places = sorted({(row.cell, row.week) for row in rows})
    return tuple(
        cell_sds(*(row for row in rows if (row.cell, row.week) == place)) for place in places
    )


def evidence(*rows: CellWeek, usage: tuple[Usage, ...] = (), **more: object) -> Evidence:
    """Evidence of some cell weeks."""
    defaults: dict[str, object] = {
        "cell_sds": every_cell_sds(rows),
        "old_first_runs": (),
        "ids": (),
        "no_outcomes": (),
        "mismatches": (),
        "rows": sum(row.sds for row in rows if row.week == WEEK),
        "unknown_causes": (),
        "rejected": (),
    }
    return Evidence(cell_weeks=rows, usage=usage, **{**defaults, **more})


def question(
    policy: Policy, assigned: dict[Cell, tuple[tuple[str, int], ...]], default: str = "sonnet"
) -> Question:
    """The question for WEEK, with assignments as (model, start) per cell, oldest first."""
    return Question(
        week=Week(10_000, 20_000, WEEK),
        weeks=(Week(10_000, 20_000, WEEK),),
        phases=policy.rules.phases,
        ladder=policy.rules.ladder,
        explicit=frozenset(assigned),
        spells={cell: _spells(starts) for cell, starts in assigned.items()},
        default_spells=_spells(((default, ASSIGNED),)),
        counted_causes=frozenset(policy.causes.count),
        ignored_causes=frozenset(policy.causes.ignore),
    )


def _spells(starts: tuple[tuple[str, int], ...]) -> tuple[Spell, ...]:
    return tuple(Spell(model, start) for model, start in starts)
