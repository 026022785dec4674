"""Records of count.sql to `Evidence`: names, types and order are made here, nothing is counted. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from msgspec.json import Decoder

from bot.allocation.names import Cell
from bot.errors import Problem
from bot.evidence.codes import OLDEST, VERSIONS, Codes
from bot.evidence.cost_records import cell_costs
from bot.evidence.database import Record
from bot.evidence.epochs import Epochs
from bot.evidence.lateness import past_evidence, told_late
from bot.evidence.named_records import NamedRecords
from bot.evidence.past_records import PastEvidence, Place
from bot.evidence.records import (
    CellSds,
    CellWeek,
    Evidence,
    Mismatch,
    NamedIds,
    OldFirstRun,
    Question,
    SdRun,
    Usage,
)
from bot.evidence.sd_runs import SdUnit, run_of, unit_of

NOTHING = Evidence((), (), (), (), (), (), (), 0, (), ())
"""What no logs say."""


def evidence_of(
    records: Iterable[Record],
    codes: Codes,
    question: Question,
    rejected: Sequence[Problem],
    most: int,
) -> PastEvidence:
    """Evidence of the reviewed week, every list in the order its record promises; `most` SDs one by one.

    With it what the weeks that are to be reviewed again did not know yet at their ends.
    """
    gathering = _Gathering(records, codes, question, most)
    return gathering.past(gathering.evidence(rejected))


QUIET = 3
"""Weeks without outcomes before a week without, after which silence says nothing."""


class _Gathering:
    def __init__(
        self, records: Iterable[Record], codes: Codes, question: Question, most: int
    ) -> None:
        self._of: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            self._of[record.kind].append(record)
        self._codes, self._question, self._most = codes, question, most
        self._named = NamedRecords(codes, question)
        self._epochs = Epochs()
        self._keys: dict[tuple[int | None, ...], Place] = {}
        for record in self._of["cell"]:
            version = (record.model or 0) % VERSIONS
            if version >= OLDEST:
                self._epochs.ran(self._named.spelled(record), record.week, version)
        for record in self._of["version"]:
            version = (record.model or 0) % VERSIONS
            self._epochs.reached(self._named.spelled(record), record.week, version, record.sds)

    def evidence(self, rejected: Sequence[Problem]) -> Evidence:
        cell_weeks = self._cell_weeks()
        reviewed = len(self._question.weeks) - 1
        rows = [record for record in self._of["rows"] if record.week == reviewed]
        return Evidence(
            cell_weeks=tuple(cell_weeks),
            cell_sds=tuple(self._cell_sds()),
            old_first_runs=tuple(self._old_first_runs()),
            ids=tuple(self._ids()),
            no_outcomes=tuple(self._no_outcomes(cell_weeks)),
            usage=tuple(self._usage()),
            mismatches=tuple(self._mismatches()),
            rows=sum(record.sds for record in rows),
            unknown_causes=tuple(sorted(set().union(*self._unknown.values()))),
            rejected=tuple(rejected),
            costs=cell_costs(self._of["cost"], self._named, self._codes),
            newest=max((record.tokens for record in rows), default=None),
        )

    def past(self, evidence: Evidence) -> PastEvidence:
        """The evidence, with what of it weeks did not know yet."""
        return past_evidence(evidence, self._of, self._key, self._named)

    def _usage(self) -> list[Usage]:
        """Tokens by rung: versions of one add up."""
        used = Counter[tuple[str, str, str | None, str | None]]()
        for r in self._of["usage"]:
            used[
                self._named.week(r),
                self._named.phase(r),
                self._named.agent(r),
                self._named.model(r),
            ] += r.tokens
        usage = [Usage(*who, tokens) for who, tokens in used.items()]
        return sorted(usage, key=lambda u: (u.week, u.phase, u.agent or "", u.model or ""))

    def _mismatches(self) -> list[Mismatch]:
        found = [
            Mismatch(self._named.week(r), r.sd, self._named.phase(r), r.tokens, r.summed)
            for r in self._of["mismatch"]
        ]
        return sorted(found, key=lambda m: (m.week, m.sd, m.phase))

    def _ids(self) -> list[NamedIds]:
        found: dict[tuple[Cell, str, str], set[str]] = defaultdict(set)
        for record in self._of["id"]:
            cell, week = self._named.place(record)
            found[cell, week, self._named.model(record) or ""].add(self._codes.ids[record.sds])
        return [NamedIds(*key, tuple(sorted(ids))) for key, ids in sorted(found.items())]

    # ------------------------------------------------------------------------------ cell weeks

    def _cell_weeks(self) -> list[CellWeek]:
        causes: dict[Place, Counter[str]] = defaultdict(Counter)
        for record in self._of["cause"]:
            causes[self._key(record)][self._codes.causes[record.cause]] += record.sds
        drifted = Counter[Place]()
        for record in self._of["away"]:
            drifted[self._key(record)] += record.drifted
        runs, units = self._runs(), self._units()
        late = told_late(self._of["late"], self._key, self._named)
        found: dict[Place, list[Record]] = defaultdict(list)
        for record in self._of["cell"]:
            if record.sds:
                found[self._key(record)].append(record)
        return [
            replace(
                self._cell_week(key, of_key, drifted[key], causes[key], runs[key]),
                passed=tuple(sorted(units[key, 0])),
                reworked=tuple(sorted(units[key, 1])),
                late=tuple(late[key]),
            )
            for key, of_key in sorted(found.items())
        ]

    def _cell_week(
        self,
        key: Place,
        records: Sequence[Record],
        drifted: int,
        causes: Counter[str],
        runs: Sequence[SdRun],
    ) -> CellWeek:
        known = key.model in self._question.ladder.names
        return CellWeek(
            cell=key.cell,
            week=key.week,
            model=key.model if known else None,
            raw_model=None if known else key.model,
            spell_start=records[0].start,
            sds=sum(record.sds for record in records),
            rework=sum(record.rework for record in records),
            raw_rework=sum(record.raw_rework for record in records),
            troubled=sum(record.troubled for record in records),
            assumed=sum(record.assumed for record in records),
            unlogged=sum(record.unlogged for record in records),
            drifted=drifted,
            causes=tuple(sorted(causes.items(), key=_most)),
            runs=tuple(sorted(runs, key=lambda run: run.sd)),
            epoch=self._epochs.number(self._named.spelled(records[0]), records[0].week),
            old_version=key.old,
            in_force=(sum(r.tokens for r in records), sum(r.summed for r in records)),
        )

    def _runs(self) -> Mapping[Place, list[SdRun]]:
        """The SDs one by one; where they are too many, those without rework go first."""
        causes: dict[SdUnit, list[str]] = defaultdict(list)
        for record in self._of["run cause"]:
            causes[unit_of(record)].append(self._codes.causes[record.cause])
        runs: dict[Place, list[SdRun]] = defaultdict(list)
        for record in self._of["run"]:
            runs[self._key(record)].append(run_of(record, causes.get(unit_of(record), ())))
        for key, many in runs.items():
            if len(many) > self._most:
                runs[key] = sorted(many, key=lambda run: (not run.raw_rework, run.sd))[: self._most]
        return runs

    def _units(self) -> Mapping[tuple[Place, int], list[int]]:
        """Numbers of the SDs of a cell week without and with counted rework."""
        units: dict[tuple[Place, int], list[int]] = defaultdict(list)
        for record in self._of["units"]:
            units[self._key(record), record.rework] += _NUMBERS.decode(f"[{record.sd}]")
        return units

    # -------------------------------------------------------------------------------- cell SDs

    def _cell_sds(self) -> list[CellSds]:
        strayed: dict[tuple[Cell, str], list[Record]] = defaultdict(list)
        for record in self._of["away sds"]:
            strayed[self._named.place(record)].append(record)
        escalated: dict[tuple[Cell, str], list[tuple[str, int]]] = defaultdict(list)
        for record in self._of["escalated"]:
            escalated[self._named.place(record)].append(
                (self._named.model(record) or "", record.sds)
            )
        odd: dict[tuple[Cell, str], list[str]] = defaultdict(list)
        for record in self._of["off ladder"]:
            odd[self._named.place(record)].append(self._named.model(record) or "")
        home = self._sds("home")
        contradicted, unknown = self._sds("contradicted"), self._unknown
        return [
            CellSds(
                cell=place[0],
                week=place[1],
                # Each SD on its assignment has one unit there; of all others each counts once.
                sds=home.get(place, 0) + sum(record.sds for record in strayed[place]),
                drifted=sum(record.drifted for record in strayed[place]),
                drifted_to=self._drifted_to(strayed[place]),
                escalated=tuple(sorted(escalated[place])),
                contradicted=contradicted.get(place, 0),
                unknown_causes=tuple(sorted(unknown.get(place, ()))),
                unknown_models=tuple(sorted(odd[place])),
            )
            for place in sorted({*home, *strayed, *unknown, *odd})
        ]

    def _sds(self, kind: str) -> dict[tuple[Cell, str], int]:
        return {self._named.place(record): record.sds for record in self._of[kind]}

    def _old_first_runs(self) -> list[OldFirstRun]:
        records = (*self._of["again"], *self._of["reworked again"])
        return sorted(map(self._old_first_run, records), key=_by_sd)

    def _old_first_run(self, record: Record) -> OldFirstRun:
        cell, first = self._named.place(record)
        again = self._named.label(record.sds)
        return OldFirstRun(cell, record.sd, first, again, self._named.model(record), record.start)

    def _no_outcomes(self, cell_weeks: Sequence[CellWeek]) -> list[str]:
        """Weeks whose silence says nothing, as no outcome was logged in them or shortly before."""
        if not self._question.silence_passes:
            return []
        told = {record.week for record in self._of["outcomes"]}
        labels = {*(row.week for row in cell_weeks), *map(self._named.week, self._of["rows"])}
        return [
            week.label
            for number, week in enumerate(self._question.weeks)
            if week.label in labels and told.isdisjoint(range(number - QUIET, number + 1))
        ]

    def _drifted_to(self, strayed: Iterable[Record]) -> tuple[tuple[str, int], ...]:
        by_rung = Counter[int]()
        for record in strayed:
            by_rung[(record.model or 0) // VERSIONS] += record.drifted
        rungs = sorted((rung, sds) for rung, sds in by_rung.items() if sds)
        return tuple((self._codes.models[rung], sds) for rung, sds in rungs)

    @cached_property
    def _unknown(self) -> Mapping[tuple[Cell, str], set[str]]:
        """Causes that the policy does not know, by cell and week."""
        known = self._question.counted_causes | self._question.ignored_causes
        found: dict[tuple[Cell, str], set[str]] = defaultdict(set)
        for record in self._of["reported"]:
            cause = self._codes.causes[record.cause]
            if cause not in known:
                found[self._named.place(record)].add(cause)
        return found

    # ----------------------------------------------------------------------------------- names

    def _key(self, record: Record) -> Place:
        same = record.week, record.phase, record.agent, record.model, record.start
        if same not in self._keys:
            self._keys[same] = self._found_key(record)
        return self._keys[same]

    def _found_key(self, record: Record) -> Place:
        _, week = self._named.place(record)
        cell, model, start = spelled = self._named.spelled(record)
        old = self._epochs.old(spelled, record.week, (record.model or 0) % VERSIONS)
        return Place(cell, week, model, start, old)


_NUMBERS = Decoder(list[int])


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    """Sorts causes by how many SDs name them, most first, ties by name."""
    return -pair[1], pair[0]


def _by_sd(old: OldFirstRun) -> tuple[object, ...]:
    return old.cell, old.sd, old.first, old.again, old.reworked_on or ""
