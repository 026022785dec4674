"""SPEC § 6 "Counting" once more, row by row in plain Python: slow, but with nothing of SQL in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from bot.allocation.assignments import Spell, in_force
from bot.allocation.names import Cell, agent_name, names_model
from bot.calendar import SECOND, instant_of
from bot.evidence.records import (
    CellCost,
    CellSds,
    CellWeek,
    Evidence,
    Late,
    Mismatch,
    NamedIds,
    OldFirstRun,
    Question,
    SdRun,
    Usage,
)
from tests.support.logs import Row

Unit = tuple[str, Cell, str]
"""SD, cell, model."""


@dataclass
class Entry:
    """One row that counts."""

    is_rework: bool
    moment: int
    week: str
    sd: str
    phase: str
    cell: Cell | None
    tokens: int
    model: str | None
    id: str | None
    rework: bool
    issue: bool
    cause: str | None


@dataclass
class Run:
    """One run of one unit."""

    moment: int
    week: str
    assumed: bool
    entry: Entry | None


@dataclass
class Recount:
    """The evidence of two logs without bad lines."""

    token_rows: Iterable[Row]
    rework_rows: Iterable[Row]
    question: Question
    entries: list[Entry] = field(default_factory=list)
    number_of: dict[str, int] = field(default_factory=dict)

    def evidence(self) -> Evidence:
        """As `read_evidence` must give it."""
        self.entries = [
            *self._entries(self.token_rows, False),
            *self._entries(self.rework_rows, True),
        ]
        reviewed = [e for e in self.entries if e.week == self.question.week.label]
        known = self.question.counted_causes | self.question.ignored_causes
        usage, mismatches = self._tokens()
        units: dict[Unit, list[Run]] = defaultdict(list)
        for unit, run in self._runs():
            units[unit].append(run)
        return Evidence(
            tuple(self._cell_weeks(units)),
            tuple(self._cell_sds(units, mismatches, known)),
            tuple(self._old_first_runs(units)),
            tuple(self._ids()),
            tuple(self._no_outcomes(units)),
            usage,
            mismatches,
            rows=len(reviewed),
            unknown_causes=tuple(
                sorted({e.cause for e in reviewed if e.cause and (e.rework or e.issue)} - known)
            ),
            rejected=(),
            costs=tuple(self._costs(units)),
            newest=max((e.moment for e in reviewed), default=None),
        )

    # ------------------------------------------------------------------------------------- rows

    def _entries(self, rows: Iterable[Row], is_rework: bool) -> Iterator[Entry]:
        ids = set()
        for row in rows:
            moment = instant_of(str(row["ts"]))
            if moment is None or moment >= self.question.week.end * SECOND:
                continue
            if row.get("id") in ids:
                continue
            ids |= {row["id"]} if "id" in row else set()
            phase, agent = str(row["phase"]).upper(), agent_name(str(row.get("agent", "")))
            week = next(w for w in self.question.weeks if moment < w.end * SECOND).label
            model = row.get("model")
            yield Entry(
                is_rework=is_rework,
                moment=moment,
                week=week,
                sd=str(row["sd"]),
                phase=phase,
                cell=Cell(phase, agent) if agent else None,
                tokens=int(str(row.get("tokens", 0))),
                model=(self.question.ladder.rung_of(str(model)) or str(model)) if model else None,
                id=str(model) if model else None,
                rework=bool(row.get("rework")),
                issue=bool(row.get("issue")),
                cause=str(row["cause"]) if row.get("cause") else None,
            )

    # ------------------------------------------------------------------------------------- runs

    def _runs(self) -> Iterator[tuple[Unit, Run]]:
        silent = []
        told: dict[tuple[str, Cell], list[tuple[int, str]]] = defaultdict(list)
        for entry in self.entries:
            for cell in [entry.cell] if entry.cell else self._stood_for(entry):
                if (
                    entry.cell
                    and not entry.is_rework
                    and entry.model
                    and not names_model(entry.model)
                ):
                    continue
                if entry.is_rework and (entry.model is None or not names_model(entry.model)):
                    silent.append(entry)
                    continue
                said = entry.model if entry.cell else None
                model = said or self._assigned(entry.sd, cell)
                told[entry.sd, cell].append((entry.moment, model))
                run = Run(
                    entry.moment, entry.week, entry.cell is None, entry if entry.is_rework else None
                )
                yield (entry.sd, cell, model), run
        for entry in sorted(silent, key=lambda entry: entry.moment):
            assert entry.cell
            before = [run for run in told[entry.sd, entry.cell] if run[0] <= entry.moment]
            model = self._blamed(before, self._assigned(entry.sd, entry.cell))
            told[entry.sd, entry.cell].append((entry.moment, model))
            yield (entry.sd, entry.cell, model), Run(entry.moment, entry.week, False, entry)

    def _blamed(self, before: list[tuple[int, str]], assigned: str) -> str:
        """The model of a rework row that names none, from its SD's runs up to it."""
        if not before or any(model == assigned for _, model in before):
            return assigned
        last = max(moment for moment, _ in before)
        return min((model for moment, model in before if moment == last), key=self._rank)

    def _rank(self, model: str) -> tuple[int, str]:
        names = self.question.ladder.names
        return names.index(model) if model in names else len(names), model

    def _stood_for(self, entry: Entry) -> set[Cell]:
        here = [
            e for e in self.entries if e.week == entry.week and e.phase == entry.phase and e.cell
        ]
        named = {e.cell for e in here if not e.is_rework}
        reporting = {e.cell for e in here if e.is_rework}
        of_sd = {e.cell for e in here if e.is_rework and e.sd == entry.sd}
        explicit = {cell for cell in self.question.explicit if cell.phase == entry.phase}
        return {cell for cell in ((explicit - reporting) | of_sd) - named if cell}

    def _past(self, cell: Cell) -> tuple[Spell, ...]:
        return self.question.spells.get(cell, self.question.default_spells)

    def _assigned(self, sd: str, cell: Cell) -> str:
        began = min(e.moment for e in self.entries if e.sd == sd)
        model = in_force(self._past(cell), began // SECOND).model
        return self.question.ladder.rung_of(model) or model

    # ------------------------------------------------------------------------------------ units

    def _cell_weeks(self, units: Mapping[Unit, list[Run]]) -> list[CellWeek]:
        rows: dict[tuple[Cell, str, str, int], list[tuple[Unit, list[Run]]]] = defaultdict(list)
        for unit, runs in units.items():
            if not (self.question.silence_passes or any(run.entry for run in runs)):
                continue
            _, cell, model = unit
            first = min(runs, key=lambda run: run.moment)
            began = self._began(cell, model, first.moment)
            rows[cell, first.week, model, -1 if began is None else began].append((unit, runs))
        sds = sorted({entry.sd for entry in self.entries}, key=str.encode)
        self.number_of = {sd: number for number, sd in enumerate(sds, 1)}
        at_home = {(sd, cell) for sd, cell, model in units if self._assigned(sd, cell) == model}
        return [self._cell_week(key, rows[key], at_home) for key in sorted(rows)]

    def _cell_week(
        self,
        key: tuple[Cell, str, str, int],
        units: list[tuple[Unit, list[Run]]],
        at_home: set[tuple[str, Cell]],
    ) -> CellWeek:
        cell, week, model, began = key
        known = model in self.question.ladder.names
        runs = sorted((self._sd_run(unit, runs) for unit, runs in units), key=lambda run: run.sd)
        causes = Counter(
            cause
            for _, of_unit in units
            for cause in {
                run.entry.cause
                for run in of_unit
                if run.entry and run.entry.cause and run.entry.rework and self._counts(run.entry)
            }
        )
        return CellWeek(
            cell=cell,
            week=week,
            model=model if known else None,
            raw_model=None if known else model,
            spell_start=None if began < 0 else began,
            sds=len(runs),
            rework=sum(run.rework for run in runs),
            raw_rework=sum(run.raw_rework for run in runs),
            troubled=sum(run.rework or run.issue for run in runs),
            assumed=sum(run.assumed for run in runs),
            unlogged=sum(run.unlogged for run in runs),
            drifted=sum((unit[0], cell) not in at_home for unit, _ in units),
            causes=tuple(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))),
            runs=tuple(runs) if week == self.question.week.label else (),
            passed=self._numbers(week, units, rework=False),
            reworked=self._numbers(week, units, rework=True),
            in_force=(
                sum(self._on_assigned(*unit) for unit in units),
                sum(self._on_assigned(*unit) and self._sd_run(*unit).rework for unit in units),
            ),
            late=self._late(week, [unit for unit in units if self._on_assigned(*unit)]),
        )

    def _late(self, week: str, units: list[tuple[Unit, list[Run]]]) -> tuple[Late, ...]:
        """What later weeks told of SDs, by the week of the first row that did."""
        rework, sds = Counter[str](), Counter[str]()
        for _, runs in units:
            spoke = [run for run in runs if run.entry]
            told = [r for r in spoke if r.entry and r.entry.rework and self._counts(r.entry)]
            if told:
                rework[min(run.week for run in told)] += 1
            if spoke and not self.question.silence_passes:
                sds[min(run.week for run in spoke)] += 1
        later = sorted(known for known in rework.keys() | sds.keys() if known > week)
        return tuple(Late(known, rework[known], sds[known]) for known in later)

    def _escalated(
        self, here: Iterable[tuple[str, str, Mapping[str, str]]], week: str
    ) -> Counter[str]:
        names = self.question.ladder.names
        return Counter(
            assigned
            for _, assigned, models in here
            if models.get(assigned) == week
            and any(m in names and self._rank(m) > self._rank(assigned) for m in models)
        )

    def _on_assigned(self, unit: Unit, runs: list[Run]) -> bool:
        """Whether the unit's first run was on the model that the cell was assigned then."""
        first = min(run.moment for run in runs) // SECOND
        model = in_force(self._past(unit[1]), first).model
        return (self.question.ladder.rung_of(model) or model) == unit[2]

    def _numbers(
        self, week: str, units: list[tuple[Unit, list[Run]]], rework: bool
    ) -> tuple[int, ...]:
        """What numbers SDs have, by name, among all in the logs."""
        if week not in [w.label for w in self.question.weeks[-104:]]:
            return ()
        found = [
            unit[0]
            for unit, runs in units
            if self._on_assigned(unit, runs) and self._sd_run(unit, runs).rework == rework
        ]
        return tuple(sorted(self.number_of[sd] for sd in found))

    def _began(self, cell: Cell, model: str, moment: int) -> int | None:
        """Start of the latest spell of a model that had begun."""
        began = [
            spell.start
            for place, spell in enumerate(self._past(cell))
            if (self.question.ladder.rung_of(spell.model) or spell.model) == model
            and (place == 0 or spell.start * SECOND <= moment)
        ]
        return max(began, default=None)

    def _old_first_runs(self, units: Mapping[Unit, list[Run]]) -> list[OldFirstRun]:
        labels = [week.label for week in self.question.weeks]
        found = []
        by_pair: dict[tuple[str, Cell], set[tuple[int, str]]] = defaultdict(set)
        for (sd, cell, model), runs in units.items():
            by_pair[sd, cell] |= {(run.moment, run.week) for run in runs}
            first = min(runs, key=lambda run: run.moment)
            again = max((r.week for r in runs if r.entry and r.entry.rework), default="")
            if again > first.week and len(labels) - labels.index(first.week) > 13:
                start = self._began(cell, model, first.moment)
                found.append(OldFirstRun(cell, sd, first.week, again, model, start))
        for (sd, cell), moments in by_pair.items():
            (first_moment, first_week), *rest = sorted(moments)
            if rest and rest[0][0] - first_moment > 13 * 7 * 86_400 * SECOND:
                found.append(OldFirstRun(cell, sd, first_week, rest[0][1], None, None))
        return sorted(found, key=lambda o: (o.cell, o.sd, o.first, o.again, o.reworked_on or ""))

    def _ids(self) -> Iterator[NamedIds]:
        ids: dict[tuple[Cell, str, str], set[str]] = defaultdict(set)
        for e in self.entries:
            if e.cell and e.id and e.model in self.question.ladder.names and e.id != e.model:
                ids[e.cell, e.week, e.model].add(e.id)
        for key in sorted(ids):
            yield NamedIds(*key, tuple(sorted(ids[key])))

    def _no_outcomes(self, units: Mapping[Unit, list[Run]]) -> Iterator[str]:
        labels = [week.label for week in self.question.weeks]
        told = {labels.index(e.week) for e in self.entries if e.is_rework}
        asked = {min(runs, key=lambda run: run.moment).week for runs in units.values()}
        asked |= {e.week for e in self.entries if e.week == labels[-1]}
        for label in sorted(asked) if self.question.silence_passes else ():
            if not told & set(range(labels.index(label) - 3, labels.index(label) + 1)):
                yield label

    def _cell_sds(
        self, units: Mapping[Unit, list[Run]], wrong: Sequence[Mismatch], known: Set[str]
    ) -> Iterator[CellSds]:
        label = self.question.week.label
        ran: dict[tuple[str, Cell], dict[str, str]] = defaultdict(dict)
        for (sd, cell, model), runs in units.items():
            ran[sd, cell][model] = min(runs, key=lambda run: run.moment).week
        unknown = defaultdict(set)
        for e in self.entries:
            named = e.cause if e.rework or e.issue else None
            if e.cell and e.week == label and named and named not in known:
                unknown[e.cell, e.week].add(named)
        odd = defaultdict(set)
        for (_, cell, model), runs in units.items():
            if model not in self.question.ladder.names and any(r.week == label for r in runs):
                odd[cell, label].add(model)
        places = {(cell, week) for (_, cell), models in ran.items() for week in models.values()}
        for cell, week in sorted(places | unknown.keys() | odd.keys()):
            here = [
                (sd, self._assigned(sd, cell), models)
                for (sd, of), models in ran.items()
                if of == cell and week in models.values()
            ]
            drifted = [models for _, assigned, models in here if assigned not in models]
            lowest = Counter(
                min((m for m in models if models[m] == week), key=self._rank) for models in drifted
            )
            yield CellSds(
                cell,
                week,
                sds=len(here),
                drifted=len(drifted),
                drifted_to=tuple(sorted(lowest.items(), key=lambda pair: self._rank(pair[0]))),
                escalated=tuple(sorted(self._escalated(here, week).items())),
                contradicted=sum(
                    (w.week, w.phase) == (week, cell.phase) and w.week == label and w.sd == sd
                    for w in wrong
                    for sd, _, _ in here
                ),
                unknown_causes=tuple(sorted(unknown[cell, week])),
                unknown_models=tuple(sorted(odd[cell, week])),
            )

    def _sd_run(self, unit: Unit, runs: list[Run]) -> SdRun:
        entries = [run.entry for run in runs if run.entry]
        return SdRun(
            sd=unit[0],
            rework=any(e.rework and self._counts(e) for e in entries),
            raw_rework=any(e.rework for e in entries),
            issue=any(e.issue and self._counts(e) for e in entries),
            causes=tuple(sorted({e.cause for e in entries if e.cause and (e.rework or e.issue)})),
            assumed=all(run.assumed for run in runs),
            unlogged=not any(e.sd == unit[0] for e in self.entries if not e.is_rework),
        )

    def _counts(self, entry: Entry) -> bool:
        return entry.cause not in self.question.ignored_causes

    # ------------------------------------------------------------------------------------ costs

    def _costs(self, units: Mapping[Unit, list[Run]]) -> Iterator[CellCost]:
        """Tokens of rows that name the agent, of each SD beside its first run in the cell."""
        ran: dict[tuple[str, Cell], list[str]] = defaultdict(list)
        for sd, cell, model in units:
            ran[sd, cell].append(model)
        tokens: dict[tuple[str, Cell], Counter[str]] = defaultdict(Counter)
        for e in self.entries:
            if e.cell and not e.is_rework:
                tokens[e.sd, e.cell][e.model or self._assigned(e.sd, e.cell)] += e.tokens
        rungs = self.question.ladder.names
        found: dict[tuple[Cell, str, int, int], list[tuple[bool, Counter[str]]]] = defaultdict(list)
        for (sd, cell), models in ran.items():
            spent = tokens.get((sd, cell))
            began = {m: min(run.moment for run in units[sd, cell, m]) for m in models}
            first = min(models, key=lambda m: (began[m], self._rank(m)))
            runs = units[sd, cell, first]
            evident = self.question.silence_passes or any(run.entry for run in runs)
            if spent is None or not evident or any(m not in rungs for m in (first, *spent)):
                continue
            start = self._began(cell, first, began[first])
            week = min(runs, key=lambda run: run.moment).week
            key = (cell, week, rungs.index(first), -1 if start is None else start)
            spent[first] += 0
            found[key].append((self._sd_run((sd, cell, first), runs).rework, spent))
        for (cell, week, rung, start), sds in sorted(found.items()):
            total: dict[str, int] = defaultdict(int)
            for _, spent in sds:
                for model, count in spent.items():
                    total[model] += count
            yield CellCost(
                cell,
                week,
                rungs[rung],
                None if start < 0 else start,
                sds=len(sds),
                rework=sum(bad for bad, _ in sds),
                tokens=tuple(sorted(total.items(), key=lambda pair: rungs.index(pair[0]))),
            )

    # ----------------------------------------------------------------------------------- tokens

    def _tokens(self) -> tuple[tuple[Usage, ...], tuple[Mismatch, ...]]:
        used: Counter[tuple[str, str, str | None, str | None]] = Counter()
        stated: dict[tuple[str, str, str], int] = {}
        summed: Counter[tuple[str, str, str]] = Counter()
        for entry in self.entries:
            if entry.is_rework:
                continue
            key = (entry.week, entry.sd, entry.phase)
            if entry.cell is None:
                stated[key] = stated.get(key, 0) + entry.tokens
            else:
                summed[key] += entry.tokens
                used[entry.week, entry.phase, entry.cell.agent, entry.model] += entry.tokens
        for key, total in stated.items():
            used[key[0], key[2], None, None] += max(total - summed[key], 0)
        usage = [Usage(*who, tokens) for who, tokens in used.items() if tokens]
        below = [
            Mismatch(*key, total, summed[key])
            for key, total in stated.items()
            if total < summed[key]
        ]
        return (
            tuple(sorted(usage, key=lambda u: (u.week, u.phase, u.agent or "", u.model or ""))),
            tuple(sorted(below, key=lambda m: (m.week, m.sd, m.phase))),
        )
