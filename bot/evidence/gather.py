"""Records of count.sql to `Evidence`: types and order are made here, nothing is counted. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.allocation.ladder import Ladder
from bot.allocation.names import Cell
from bot.errors import Problem
from bot.evidence.records import CellWeek, Evidence, Mismatch, SdRun, Usage

Record = Mapping[str, Any]
"""A row of count.sql: `record` and the columns that kind has, None in all others."""


def evidence_of(
    records: Iterable[Record], rejected: Sequence[Problem], week: str, ladder: Ladder
) -> Evidence:
    """Evidence of the reviewed week's label `week`, every list in the order its record promises."""
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_kind[record["record"]].append(record)
    usage = [
        Usage(r["week"], r["phase"], r["agent"], r["model"], r["tokens"]) for r in by_kind["usage"]
    ]
    mismatches = [
        Mismatch(r["week"], r["sd"], r["phase"], r["tokens"], r["summed"])
        for r in by_kind["mismatch"]
    ]
    return Evidence(
        cell_weeks=tuple(_cell_weeks(by_kind, week, ladder)),
        usage=tuple(sorted(usage, key=lambda u: (u.week, u.phase, u.agent or "", u.model or ""))),
        mismatches=tuple(sorted(mismatches, key=lambda m: (m.week, m.sd, m.phase))),
        rows=sum(record["sds"] for record in by_kind["rows"]),
        unknown_causes=tuple(sorted(record["cause"] for record in by_kind["unknown cause"])),
        rejected=tuple(rejected),
    )


def _cell_weeks(by_kind: Mapping[str, list[Record]], week: str, ladder: Ladder) -> list[CellWeek]:
    causes: dict[_Key, list[tuple[str, int]]] = defaultdict(list)
    for record in by_kind["cause"]:
        causes[_key(record, record["week"])].append((record["cause"], record["sds"]))
    units = {_key(record, record["week"]): record for record in by_kind["units"]}
    runs: dict[_Key, list[SdRun]] = defaultdict(list)
    for record in by_kind["run"]:
        runs[_key(record, week)].append(_run(record))
    found = []
    for record in by_kind["cell"]:
        key = _key(record, record["week"])
        by_count = sorted(causes[key], key=lambda pair: (-pair[1], pair[0]))
        by_sd = sorted(runs[key], key=lambda run: run.sd)
        found.append(
            (key, _cell_week(record, ladder, tuple(by_count), tuple(by_sd), units.get(key)))
        )
    return [cell_week for _, cell_week in sorted(found, key=lambda pair: pair[0])]


_Key = tuple[Cell, str, str, int]


def _key(record: Record, week: str) -> _Key:
    """What makes a cell week one, in the order it is sorted by."""
    spell_start = record["spell_start"]
    cell = Cell(record["phase"], record["agent"])
    return cell, week, record["model"], -1 if spell_start is None else spell_start


def _cell_week(
    record: Record,
    ladder: Ladder,
    causes: tuple[tuple[str, int], ...],
    runs: tuple[SdRun, ...],
    units: Record | None,
) -> CellWeek:
    model = record["model"]
    known = model in ladder.names
    return CellWeek(
        cell=Cell(record["phase"], record["agent"]),
        week=record["week"],
        model=model if known else None,
        raw_model=None if known else model,
        spell_start=record["spell_start"],
        sds=record["sds"],
        rework=record["rework"],
        raw_rework=record["raw_rework"],
        troubled=record["troubled"],
        assumed=record["assumed"],
        unlogged=record["unlogged"],
        drifted=record["drifted"],
        causes=causes,
        runs=runs,
        passed=tuple((units and units["passed"]) or ()),
        reworked=tuple((units and units["reworked"]) or ()),
    )


def _run(record: Record) -> SdRun:
    return SdRun(
        sd=record["sd"],
        rework=bool(record["rework"]),
        raw_rework=bool(record["raw_rework"]),
        issue=bool(record["issue"]),
        causes=tuple(sorted(record["causes"] or ())),
        assumed=bool(record["assumed"]),
        unlogged=bool(record["unlogged"]),
    )
