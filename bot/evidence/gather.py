"""Records of count.sql to `Evidence`: names, types and order are made here, nothing is counted. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.allocation.names import Cell
from bot.errors import Problem
from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.records import CellSds, CellWeek, Evidence, Mismatch, Question, SdRun, Usage

NOTHING = Evidence((), (), (), (), 0, (), ())
"""What no logs say."""


def evidence_of(
    records: Iterable[Record],
    codes: Codes,
    question: Question,
    rejected: Sequence[Problem],
    most: int,
) -> Evidence:
    """Evidence of the reviewed week, every list in the order its record promises; `most` SDs one by one."""
    return _Gathering(records, codes, question, most).evidence(rejected)


class _Key(NamedTuple):
    """What makes a cell week one, in the order it is sorted by."""

    cell: Cell
    week: str
    model: str
    start: int
    """-1 where the model was never assigned before."""


class _Gathering:
    def __init__(
        self, records: Iterable[Record], codes: Codes, question: Question, most: int
    ) -> None:
        self._of: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            self._of[record.kind].append(record)
        self._codes, self._question, self._most = codes, question, most

    def evidence(self, rejected: Sequence[Problem]) -> Evidence:
        usage = [
            Usage(self._week(r), self._phase(r), self._agent(r), self._model(r), r.tokens)
            for r in self._of["usage"]
        ]
        mismatches = [
            Mismatch(self._week(r), r.sd, self._phase(r), r.tokens, r.summed)
            for r in self._of["mismatch"]
        ]
        cell_weeks = self._cell_weeks()
        return Evidence(
            cell_weeks=tuple(cell_weeks),
            cell_sds=tuple(self._cell_sds(cell_weeks)),
            usage=tuple(
                sorted(usage, key=lambda u: (u.week, u.phase, u.agent or "", u.model or ""))
            ),
            mismatches=tuple(sorted(mismatches, key=lambda m: (m.week, m.sd, m.phase))),
            rows=sum(record.sds for record in self._of["rows"]),
            unknown_causes=tuple(sorted(set().union(*self._unknown().values()))),
            rejected=tuple(rejected),
        )

    # ------------------------------------------------------------------------------ cell weeks

    def _cell_weeks(self) -> list[CellWeek]:
        causes: dict[_Key, list[tuple[str, int]]] = defaultdict(list)
        for record in self._of["cause"]:
            causes[self._key(record)].append((self._codes.causes[record.cause], record.sds))
        drifted = {self._key(record): record.drifted for record in self._of["away"]}
        runs, units = self._runs(), self._units()
        found = ((self._key(record), record) for record in self._of["cell"])
        return [
            replace(
                self._cell_week(
                    key,
                    record,
                    drifted.get(key, 0),
                    tuple(sorted(causes[key], key=_most)),
                    runs[key],
                ),
                passed=units.get((key, 0), ()),
                reworked=units.get((key, 1), ()),
            )
            for key, record in sorted(found, key=lambda pair: pair[0])
        ]

    def _cell_week(
        self,
        key: _Key,
        record: Record,
        drifted: int,
        causes: tuple[tuple[str, int], ...],
        runs: Sequence[SdRun],
    ) -> CellWeek:
        known = key.model in self._question.ladder.names
        return CellWeek(
            cell=key.cell,
            week=key.week,
            model=key.model if known else None,
            raw_model=None if known else key.model,
            spell_start=record.start,
            sds=record.sds,
            rework=record.rework,
            raw_rework=record.raw_rework,
            troubled=record.troubled,
            assumed=record.assumed,
            unlogged=record.unlogged,
            drifted=drifted,
            causes=causes,
            runs=tuple(sorted(runs, key=lambda run: run.sd)),
        )

    def _runs(self) -> Mapping[_Key, list[SdRun]]:
        """The SDs one by one; where they are too many, those without rework go first."""
        causes: dict[tuple[_Key, str], list[str]] = defaultdict(list)
        for record in self._of["run cause"]:
            causes[self._key(record), record.sd].append(self._codes.causes[record.cause])
        runs: dict[_Key, list[SdRun]] = defaultdict(list)
        for record in self._of["run"]:
            key = self._key(record)
            runs[key].append(_run(record, causes.get((key, record.sd), ())))
        for key, many in runs.items():
            if len(many) > self._most:
                runs[key] = sorted(many, key=lambda run: (not run.raw_rework, run.sd))[: self._most]
        return runs

    def _units(self) -> Mapping[tuple[_Key, int], tuple[int, ...]]:
        """Numbers of the SDs of a cell week without and with counted rework."""
        return {
            (self._key(record), record.rework): tuple(map(int, record.sd.split()))
            for record in self._of["units"]
        }

    # -------------------------------------------------------------------------------- cell SDs

    def _cell_sds(self, cell_weeks: Sequence[CellWeek]) -> list[CellSds]:
        away = Counter[tuple[Cell, str]]()
        for record in self._of["away"]:
            away[self._place(record)] += record.sds
        strayed: dict[tuple[Cell, str], list[Record]] = defaultdict(list)
        for record in self._of["away sds"]:
            strayed[self._place(record)].append(record)
        escalated = {self._place(record): record.sds for record in self._of["escalated"]}
        contradicted = {self._place(record): record.sds for record in self._of["contradicted"]}
        unknown = self._unknown()
        units = Counter[tuple[Cell, str]]()
        for row in cell_weeks:
            units[row.cell, row.week] += row.sds
        return [
            CellSds(
                cell=place[0],
                week=place[1],
                # Each SD on its assignment has one unit there; of all others each counts once.
                sds=units[place] - away[place] + sum(record.sds for record in strayed[place]),
                drifted=sum(record.drifted for record in strayed[place]),
                drifted_to=self._drifted_to(strayed[place]),
                escalated=escalated.get(place, 0),
                contradicted=contradicted.get(place, 0),
                unknown_causes=tuple(sorted(unknown[place])),
            )
            for place in sorted({*units, *unknown})
        ]

    def _drifted_to(self, strayed: Iterable[Record]) -> tuple[tuple[str, int], ...]:
        by_rung = sorted((r.model or 0, r.drifted) for r in strayed if r.drifted)
        return tuple((self._codes.models[model], sds) for model, sds in by_rung)

    def _unknown(self) -> dict[tuple[Cell, str], set[str]]:
        known = self._question.counted_causes | self._question.ignored_causes
        found: dict[tuple[Cell, str], set[str]] = defaultdict(set)
        for record in self._of["reported"]:
            cause = self._codes.causes[record.cause]
            if cause not in known:
                found[self._place(record)].add(cause)
        return found

    # ----------------------------------------------------------------------------------- names

    def _key(self, record: Record) -> _Key:
        cell, week = self._place(record)
        return _Key(
            cell, week, self._model(record) or "", -1 if record.start is None else record.start
        )

    def _place(self, record: Record) -> tuple[Cell, str]:
        return Cell(self._phase(record), self._agent(record) or ""), self._week(record)

    def _week(self, record: Record) -> str:
        return self._question.weeks[record.week].label

    def _phase(self, record: Record) -> str:
        return self._codes.phases[record.phase]

    def _agent(self, record: Record) -> str | None:
        return None if record.agent is None else self._codes.agents[record.agent]

    def _model(self, record: Record) -> str | None:
        return None if record.model is None else self._codes.models[record.model]


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    """Sorts causes by how many SDs name them, most first, ties by name."""
    return -pair[1], pair[0]


def _run(record: Record, causes: Iterable[str]) -> SdRun:
    return SdRun(
        sd=record.sd,
        rework=bool(record.rework),
        raw_rework=bool(record.raw_rework),
        issue=bool(record.troubled),
        causes=tuple(sorted(causes)),
        assumed=bool(record.assumed),
        unlogged=bool(record.unlogged),
    )
