"""Facts and rules to rows of the rework log: each fact once, passes only where silence means something. Pure.

In: what was found, the policy's rules, what is logged already. Out: new rows, by time. The same facts give
the same rows, whoever collects them and when: ids and times derive from the facts alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.allocation.names import Cell
from bot.collecting.fact_records import Fact, Harvest, LeftOut, Origin, Settled
from bot.collecting.spoken import plain_text
from bot.evidence.events import Event, stamp
from bot.policy.collect_rules import CollectRule

NO_RULE = "no [[collect]] rule of the policy says whose work it is about"
PASSED = "passed"


@dataclass(frozen=True)
class NewRow:
    """One row to be."""

    of: str
    kind: str
    sd: str
    at: int
    cell: Cell
    rework: bool = False
    issue: bool = False
    cause: str | None = None
    note: str = ""

    @property
    def place(self) -> tuple[str, Cell, str]:
        """What there is at most one row for in a source: SD, cell, kind."""
        return self.sd, self.cell, self.kind


@dataclass(frozen=True)
class Logged:
    """What the logs of all places say already, as far as it matters here."""

    ids: frozenset[str] = frozenset()
    """Ids of the rework log."""
    places: frozenset[tuple[str, Cell, str]] = frozenset()
    """(SD, cell, kind) of rows collected from the same source."""
    faults: dict[tuple[str, Cell], int] = field(default_factory=dict)
    """When an SD of a cell had its first rework or issue, microseconds since the epoch."""
    ran: frozenset[tuple[str, Cell]] = frozenset()
    """SDs and the cells that ran in them, by the token log."""


@dataclass(frozen=True)
class Collected:
    """What a collection adds."""

    outcomes: tuple[NewRow, ...]
    """New ones, by time."""
    already: int
    """Facts and passes that were logged before."""
    left_out: tuple[LeftOut, ...]
    """Facts that say nothing about anybody's work."""


def collected(
    found: Harvest,
    origin: Origin,
    rules: Sequence[CollectRule],
    phases: Sequence[str],
    logged: Logged,
) -> Collected:
    """New outcomes of what was found. At most one for each SD, cell and kind: the first."""
    facts = sorted(found.facts, key=lambda fact: (fact.at, fact.of))
    meant = [(fact, list(_meant(fact, rules, phases))) for fact in facts]
    of_facts = [outcome for _, outcomes in meant for outcome in outcomes]
    passes = _passes(found.settled, rules, phases, _faults(of_facts, logged), logged)
    new: dict[tuple[str, Cell, str], NewRow] = {}
    already = 0
    for outcome in sorted([*of_facts, *passes], key=lambda o: (o.at, o.of)):
        known = outcome.place in logged.places or row_id(origin, outcome) in logged.ids
        already += known
        if not known:
            new.setdefault(outcome.place, outcome)
    nobody = [  # checks and labels have names, and most of them are nobody's business
        LeftOut(f"{fact.kind}: {NO_RULE}", fact.place)
        for fact, rows in meant
        if not rows and fact.name is None
    ]
    return Collected(tuple(new.values()), already, (*found.left_out, *nobody))


def row_id(origin: Origin, outcome: NewRow) -> str:
    """The id of a row: its kind, to be read off again, and a digest of the fact and the cell."""
    parts = (*origin, outcome.of, outcome.kind, outcome.cell.phase, outcome.cell.agent)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
    return f"{origin.source}-{outcome.kind}-{digest}"


def kind_of(source: str, id_: str) -> str:
    """The kind of a collected row, by its id."""
    return id_.removeprefix(f"{source}-").rpartition("-")[0]


def event(origin: Origin, outcome: NewRow) -> Event:
    """An outcome as a row of the rework log."""
    optional = {
        "issue": outcome.issue or None,
        "cause": outcome.cause,
        "note": plain_text(outcome.note) or None,
    }
    fields = {
        "ts": stamp(outcome.at),
        "sd": outcome.sd,
        "phase": outcome.cell.phase,
        "agent": outcome.cell.agent,
        "rework": outcome.rework,
        **{key: value for key, value in optional.items() if value is not None},
        "source": origin.source,
        "id": row_id(origin, outcome),
    }
    return Event(outcome.at, fields)


def _meant(fact: Fact, rules: Sequence[CollectRule], phases: Sequence[str]) -> Iterator[NewRow]:
    """What a fact says: its own word, else one outcome for each cell that a rule names."""
    if fact.word is not None:
        word, note = fact.word, f"{fact.place} {fact.word.note}"
        how = {"rework": word.kind == "rework", "issue": word.kind == "issue"}
        yield NewRow(
            fact.of, fact.kind, fact.sd, fact.at, word.cell, cause=word.cause, note=note, **how
        )
        return
    for cell, rule in _by_cell(fact, rules, phases).items():
        how = {"rework": rule.as_ == "rework", "issue": rule.as_ == "issue"}
        note = f"{fact.place} {fact.name or ''}"
        yield NewRow(fact.of, fact.kind, fact.sd, fact.at, cell, cause=rule.cause, note=note, **how)


def _by_cell(
    fact: Fact, rules: Sequence[CollectRule], phases: Sequence[str]
) -> dict[Cell, CollectRule]:
    """The rule that speaks for each cell: the first of those that mean the fact."""
    found: dict[Cell, CollectRule] = {}
    for rule in rules:
        if rule.means(fact.kind, fact.name) and (rule.forks or not fact.fork):
            found.setdefault(rule.cell(phases), rule)
    return found


def _faults(outcomes: Sequence[NewRow], logged: Logged) -> dict[tuple[str, Cell], int]:
    """When each SD of a cell had its first rework or issue, with those that are logged."""
    first = dict(logged.faults)
    for outcome in outcomes:
        if outcome.rework or outcome.issue:
            key = outcome.sd, outcome.cell
            first[key] = min(outcome.at, first.get(key, outcome.at))
    return first


def _passes(
    settled: Sequence[Settled],
    rules: Sequence[CollectRule],
    phases: Sequence[str],
    faults: dict[tuple[str, Cell], int],
    logged: Logged,
) -> Iterator[NewRow]:
    """A pass for each cell that rules name, that ran, and that had no fault by the time the work settled.

    Where a source cannot show every fact that the cell's rules ask for, its silence is no pass.
    """
    cells = {rule.cell(phases) for rule in rules}
    asked = {cell: [rule for rule in rules if rule.cell(phases) == cell] for cell in cells}
    for work in settled:
        for cell, of_cell in asked.items():
            key = work.sd, cell
            if not all(_would_show(work, rule) for rule in of_cell):
                continue
            ran = any(rule.always for rule in of_cell) or key in logged.ran
            if ran and not (key in faults and faults[key] <= work.at):
                yield NewRow(work.of, PASSED, work.sd, work.at, cell, note=work.place)


def _would_show(work: Settled, rule: CollectRule) -> bool:
    """Whether the fact that a rule asks for would have been seen."""
    ignored = rule.when == "check-failed" and work.fork and not rule.forks
    return rule.when in work.seen and not ignored
