"""Records of count.sql to `Evidence`: names, types and order are made here, nothing is counted. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.allocation.names import Cell
from bot.errors import Problem
from bot.evidence.codes import Codes
from bot.evidence.database import Record
from bot.evidence.records import (
    CellSds,
    CellWeek,
    Evidence,
    Mismatch,
    OldFirstRun,
    Question,
    SdRun,
    Usage,
)

NOTHING = Evidence((), (), (), (), (), (), 0, (), ())
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


QUIET = 3
"""Weeks without outcomes before a week without, after which silence says nothing."""


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
            cell_sds=tuple(self._cell_sds()),
            old_first_runs=tuple(self._old_first_runs()),
            no_outcomes=tuple(self._no_outcomes(cell_weeks)),
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
        runs = self._runs()
        found = ((self._key(record), record) for record in self._of["cell"])
        return [
            self._cell_week(
                key, record, drifted.get(key, 0), tuple(sorted(causes[key], key=_most)), runs[key]
            )
            for key, record in sorted(found, key=lambda pair: pair[0])
            if record.sds
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

    # -------------------------------------------------------------------------------- cell SDs

    def _cell_sds(self) -> list[CellSds]:
        strayed: dict[tuple[Cell, str], list[Record]] = defaultdict(list)
        for record in self._of["away sds"]:
            strayed[self._place(record)].append(record)
        home, escalated = self._sds("home"), self._sds("escalated")
        contradicted, unknown = self._sds("contradicted"), self._unknown()
        return [
            CellSds(
                cell=place[0],
                week=place[1],
                # Each SD on its assignment has one unit there; of all others each counts once.
                sds=home.get(place, 0) + sum(record.sds for record in strayed[place]),
                drifted=sum(record.drifted for record in strayed[place]),
                drifted_to=self._drifted_to(strayed[place]),
                escalated=escalated.get(place, 0),
                contradicted=contradicted.get(place, 0),
                unknown_causes=tuple(sorted(unknown[place])),
            )
            for place in sorted({*home, *strayed, *unknown})
        ]

    def _sds(self, kind: str) -> dict[tuple[Cell, str], int]:
        return {self._place(record): record.sds for record in self._of[kind]}

    def _old_first_runs(self) -> list[OldFirstRun]:
        records = (*self._of["again"], *self._of["reworked again"])
        return sorted(map(self._old_first_run, records), key=_by_sd)

    def _old_first_run(self, record: Record) -> OldFirstRun:
        cell, first = self._place(record)
        again = self._label(record.sds)
        return OldFirstRun(cell, record.sd, first, again, self._model(record), record.start)

    def _no_outcomes(self, cell_weeks: Sequence[CellWeek]) -> list[str]:
        """Weeks whose silence says nothing, as no outcome was logged in them or shortly before."""
        if not self._question.silence_passes:
            return []
        told = {record.week for record in self._of["outcomes"]}
        labels = {*(row.week for row in cell_weeks), *map(self._week, self._of["rows"])}
        return [
            week.label
            for number, week in enumerate(self._question.weeks)
            if week.label in labels and told.isdisjoint(range(number - QUIET, number + 1))
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
        return self._label(record.week)

    def _label(self, week: int) -> str:
        return self._question.weeks[week].label

    def _phase(self, record: Record) -> str:
        return self._codes.phases[record.phase]

    def _agent(self, record: Record) -> str | None:
        return None if record.agent is None else self._codes.agents[record.agent]

    def _model(self, record: Record) -> str | None:
        return None if record.model is None else self._codes.models[record.model]


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    """Sorts causes by how many SDs name them, most first, ties by name."""
    return -pair[1], pair[0]


def _by_sd(old: OldFirstRun) -> tuple[object, ...]:
    return old.cell, old.sd, old.first, old.again, old.reworked_on or ""


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
