"""What crosses from the evidence room to the verdicts: frozen values, counted and checked.

In every record `rework` counts SDs whose rework has a cause that counts against the model (missing and
unknown causes do), `raw_rework` those with rework from any cause, `troubled` those with counted rework or
a counted issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bot.allocation.assignments import Spell
from bot.allocation.ladder import Ladder
from bot.allocation.names import NO_PHASES, Cell
from bot.calendar import Week
from bot.errors import Problem


@dataclass(frozen=True)
class Question:
    """What to read the logs for. All of it derives from the base commit and the policy."""

    week: Week
    """The reviewed week; rows at or after its end are ignored."""
    weeks: tuple[Week, ...]
    """Every week up to and including the reviewed one, oldest first, without gaps."""
    phases: tuple[str, ...]
    """Canonical phase names."""
    ladder: Ladder
    """Maps concrete model ids to rungs."""
    explicit: frozenset[Cell]
    """Cells with an entry in the table at base: a row without agent stands for these."""
    spells: Mapping[Cell, tuple[Spell, ...]]
    """Assignments over time, oldest first, of every cell that any version of the table listed."""
    default_spells: tuple[Spell, ...]
    """Assignments over time of every other cell (the `cell` in them is meaningless)."""
    counted_causes: frozenset[str]
    """Known causes that count against the model."""
    ignored_causes: frozenset[str]
    """Known causes that do not."""
    bystander: str | None = None
    """Agent whose rows are tokens of sessions and no cell's: nobody gives it a model by the table."""
    silence_passes: bool = True
    """Whether an SD without a rework row passed; else only those with one count."""
    memory: int = 512 * 2**20
    """Bytes that the whole process may take; it changes no answer."""

    @cached_property
    def agents(self) -> frozenset[str]:
        """Agents with an entry in the table at base, in whatever phase."""
        return frozenset(cell.agent for cell in self.explicit)


@dataclass(frozen=True)
class SdRun:
    """One SD of one cell on one model in the reviewed week: a line of the folded evidence."""

    sd: str
    """Ticket id. Hostile."""
    rework: bool
    """Rework from a cause that counts."""
    raw_rework: bool
    """Rework from any cause."""
    issue: bool
    """An issue from a cause that counts."""
    causes: tuple[str, ...]
    """Causes its rework and issue rows name, sorted. Hostile."""
    assumed: bool
    """Known only from rows without agent."""
    unlogged: bool
    """No row of the token log names this SD."""


class Late(NamedTuple):
    """What of a cell's week was not known yet when that week ended."""

    known: str
    """Label of the week whose rows told it."""
    rework: int
    """SDs whose rework counts since then."""
    sds: int
    """SDs that count since then, where only those with a rework row do."""


@dataclass(frozen=True)
class CellWeek:
    """What one cell's SDs did in one week on one model, each (SD, cell, model) counted once."""

    cell: Cell
    week: str
    """Label of the week of the SDs' first runs on that model."""
    model: str | None
    """Rung that really ran; None where the logs name a model the ladder does not know."""
    raw_model: str | None
    """The unknown model's id where `model` is None. Hostile."""
    spell_start: int | None
    """Start of the latest spell of that model on that cell that had begun by the first run (seconds since
    the epoch); None where that model was never assigned before the run. Evidence of the current
    assignment is what carries the current spell's start."""
    sds: int
    """Distinct SDs."""
    rework: int
    """Of these, with counted rework."""
    raw_rework: int
    """Of these, with rework from any cause."""
    troubled: int
    """Of these, with counted rework or a counted issue."""
    assumed: int
    """Of these, known only from rows without agent."""
    unlogged: int
    """Of these, unknown to the token log."""
    drifted: int
    """Of these, of SDs with no run at all on the model in force for them."""
    causes: tuple[tuple[str, int], ...]
    """(cause, SDs with counted rework that name it), most first, ties by name. Hostile."""
    runs: tuple[SdRun, ...]
    """The SDs one by one, by SD, in the reviewed week; empty for other weeks. Of very many only some, those
    with rework before the others: `sds` is how many there are."""
    epoch: int = 0
    """How often evidence has started anew, up to that week, because the rung came to mean a later version."""
    old_version: bool = False
    """Whether these SDs ran a version from before the last such start: no evidence."""
    passed: tuple[int, ...] = ()
    """Numbers of the SDs without counted rework whose first run on the model was while the cell was assigned
    it, rising; one number is one SD in all cells. Empty for weeks long before the reviewed one."""
    reworked: tuple[int, ...] = ()
    """The same of those with counted rework."""
    in_force: tuple[int, int] | None = None
    """Of `sds` and `rework`, those that first ran on the model while it was assigned; None for all."""
    late: tuple[Late, ...] = ()
    """Which of these were told in later weeks, by those weeks."""


@dataclass(frozen=True)
class CellSds:
    """A cell's SDs in one week on any model, each once."""

    cell: Cell
    week: str
    """Label."""
    sds: int
    """SDs whose first run on a model was in that week."""
    drifted: int
    """Of these, with no run at all on the model in force for them."""
    drifted_to: tuple[tuple[str, int], ...]
    """(rung, or id off the ladder, drifted SDs whose lowest it was), in rising order. Hostile."""
    escalated: tuple[tuple[str, int], ...]
    """(rung, SDs it was in force for, that first ran on it that week and on a stronger one ever)."""
    contradicted: int
    """Of these, SDs on which the token log contradicts itself; 0 for weeks other than the reviewed one."""
    unknown_causes: tuple[str, ...]
    """Causes of rework or issues that the policy does not know in rows of the reviewed week, whatever week
    they count in, sorted; empty for other weeks. Hostile."""
    unknown_models: tuple[str, ...] = ()
    """Ids off the ladder that runs of the reviewed week were on, sorted; empty for other weeks. Hostile."""


@dataclass(frozen=True)
class NamedIds:
    """The concrete ids that a cell's rows of one week name for one rung."""

    cell: Cell
    week: str
    """Label."""
    model: str
    """Rung."""
    ids: tuple[str, ...]
    """Sorted; the rung's own name is none. Hostile."""


@dataclass(frozen=True)
class OldFirstRun:
    """An SD whose first run in a cell is so old that it may hide what came after, or be a wrong time."""

    cell: Cell
    sd: str
    """Ticket id. Hostile."""
    first: str
    """Label of the week of its first run."""
    again: str
    """Label of the week of its second run, over 13 weeks later; or of the latest rework, in a later week."""
    reworked_on: str | None
    """Rung, or id where the ladder does not know it, whose rework it is; None for a second run. Hostile."""
    spell_start: int | None
    """As in `CellWeek`, for rework."""


@dataclass(frozen=True)
class Usage:
    """Tokens of one week by who spent them."""

    week: str
    """Label."""
    phase: str
    """Canonical name."""
    agent: str | None
    """Canonical name; None for what rows without agent add over their agents' sum."""
    model: str | None
    """Rung, or the id as logged where the ladder does not know it (hostile), or None where unsaid."""
    tokens: int
    """Tokens, at least 0."""


@dataclass(frozen=True)
class CellCost:
    """Tokens of one cell's SDs by the rung they first ran on: of rows that name the agent, redos included.

    SDs that no such row names are left out, and those with tokens of a model the ladder does not know.
    """

    cell: Cell
    week: str
    """Label of the week of the SDs' first runs in the cell."""
    model: str
    """Rung of these first runs."""
    spell_start: int | None
    """As in `CellWeek`, of the first runs."""
    sds: int
    """Distinct SDs."""
    rework: int
    """Of these, with counted rework of their first run's model."""
    tokens: tuple[tuple[str, int], ...]
    """(rung, tokens on it), lowest rung first; every rung they ran on."""


@dataclass(frozen=True)
class Mismatch:
    """A phase total that is less than the sum of its agents: the token log contradicts itself."""

    week: str
    """Label."""
    sd: str
    """Ticket id. Hostile."""
    phase: str
    """Canonical name."""
    stated: int
    """Tokens of the rows without agent."""
    summed: int
    """Tokens of the rows that name an agent."""

    def __str__(self) -> str:
        if self.phase == NO_PHASES:
            where, whole = self.sd, "without an agent"
        else:
            where, whole = f"{self.sd}, {self.phase}", "for the phase"
        said = f"{self.stated} tokens logged {whole}, {self.summed} for its agents"
        return f"{where}: {said}; verify the burn rate"


@dataclass(frozen=True)
class Evidence:
    """All the logs say up to the end of the reviewed week."""

    cell_weeks: tuple[CellWeek, ...]
    """By cell, week, model."""
    cell_sds: tuple[CellSds, ...]
    """By cell, week: one for every week of a cell with SDs or unknown causes."""
    old_first_runs: tuple[OldFirstRun, ...]
    """By cell, SD, weeks; those whose rework came later only if the first run is 13 weeks old or more."""
    ids: tuple[NamedIds, ...]
    """By cell, week, rung."""
    no_outcomes: tuple[str, ...]
    """Labels of the weeks with SDs, and of the reviewed one if it has rows, that nobody logged outcomes in
    nor in the three weeks before: silence says nothing there. None where only SDs with a rework row count."""
    usage: tuple[Usage, ...]
    """By week, phase, agent, model."""
    mismatches: tuple[Mismatch, ...]
    """By week, SD, phase."""
    rows: int
    """Rows of the reviewed week, in both logs."""
    unknown_causes: tuple[str, ...]
    """Causes of the reviewed week that the policy does not know, sorted. Hostile."""
    rejected: tuple[Problem, ...]
    """Every bad line, by file and line."""
    costs: tuple[CellCost, ...] = ()
    """By cell, week, rung, start of the spell."""
    newest: int | None = None
    """Time of the reviewed week's newest row, microseconds since the epoch; None without rows."""

    @property
    def agents(self) -> frozenset[str]:
        """Every agent that the logs name, or stand for one without."""
        counted = (of.cell.agent for of in self.cell_weeks)
        return frozenset(counted) | {of.agent for of in self.usage if of.agent is not None}
