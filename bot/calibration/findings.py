"""What crosses from the verdicts to whoever words, edits or publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from bot.allocation.essentials import Zones
from bot.allocation.names import Cell
from bot.calibration.conclusions import Afterwards
from bot.calibration.costs import SdCost, TokensRatio
from bot.calibration.counts import Counts, WeekCounts
from bot.calibration.fleet import Flag, FleetShift
from bot.evidence.records import SdRun
from bot.policy import Promotion


class Outcome(StrEnum):
    """What the rule says of a cell."""

    PROMOTE = "PROMOTE"
    KEEP = "KEEP"
    INVESTIGATE = "INVESTIGATE"


class Reason(StrEnum):
    """Why: machine-readable, stable."""

    ABOVE_BAR = "above-bar"
    ABOVE_THRESHOLD = "above-threshold"
    QUALITY_ISSUES = "quality-issues"
    WITHIN_ALLOWANCE = "within-allowance"
    NO_RUNS = "no-runs"
    THIN_EVIDENCE = "thin-evidence"
    BETWEEN_THRESHOLDS = "between-thresholds"
    TOP_OF_LADDER = "top-of-ladder"
    GATE = "gate"
    OTHER_CAUSE = "other-cause"
    MODEL_DRIFT = "model-drift"
    UNLISTED = "unlisted"
    FLEET_SHIFT = "fleet-shift"
    ESCALATION = "escalation"
    BUDGET_MISMATCH = "budget-mismatch"


class Note(StrEnum):
    """Worth knowing, never changes a verdict."""

    ABOVE_EXPECTED = "above-expected"
    ASSUMED_RUNS = "assumed-runs"
    BEFORE_ASSIGNMENT = "before-assignment"
    BUDGET_MISMATCH = "budget-mismatch"
    ESCALATION = "escalation"
    FLEET_SHIFT = "fleet-shift"
    MODEL_DRIFT = "model-drift"
    NEW_VERSION = "new-version"
    NO_OUTCOMES = "no-outcomes"
    OLD_FIRST_RUN = "old-first-run"
    OLD_VERSION = "old-version"
    QUEUED = "queued"
    SEVERAL_IDS = "several-ids"
    UNKNOWN_CAUSE = "unknown-cause"
    UNKNOWN_MODEL = "unknown-model"
    UNLOGGED_SDS = "unlogged-sds"


class Zone(StrEnum):
    """How much of the weekly budget is used."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    ORANGE = "ORANGE"
    RED = "RED"


@dataclass(frozen=True)
class CostEffect:
    """What a promotion would add, had the reviewed week's SDs run one rung up."""

    tokens: int
    """Tokens of the cell in the reviewed week, on its current rung."""
    factor: Fraction
    """Relative cost (or price) of an SD on the proposed rung over one on the current, tokens included."""
    added: Fraction
    """Added cost: US dollars if `priced`, else tokens at relative cost 1. Below 0 where it is less."""
    priced: bool
    """Whether both rungs have a price."""
    measured: TokensRatio | None = None
    """How many tokens an SD takes one rung up, where the team's own promotions say; else as many."""


@dataclass(frozen=True)
class Verdict:
    """The ruling on one cell, with all it stands on."""

    cell: Cell
    model: str
    """Declared rung at base."""
    outcome: Outcome
    proposed: str | None
    """The next rung up where the outcome is PROMOTE, else None."""
    reasons: tuple[Reason, ...]
    """At least one."""
    notes: tuple[Note, ...]
    gate: bool
    """Whether the cell has a floor."""
    tally: int
    """T of the control chart (SPEC § 7), in 1/100 SD; also shown under the threshold rule."""
    issue_tally: int
    """The same with half an SD more for each SD with a counted issue and no counted rework, in 1/100 SD."""
    week: Counts
    """The reviewed week, on the current assignment."""
    window: Counts
    """The last weeks with SDs (policy `window_weeks`), on the current assignment."""
    raw_rework: int
    """SDs of the window with rework from any cause (of the week, under the threshold rule)."""
    troubled: int
    """SDs of the window with counted rework or a counted issue."""
    drifted: int
    """SDs of the reviewed week that ran on a model other than the one in force for them."""
    escalated: int
    """SDs of the reviewed week that also ran on a stronger rung than the one in force for them."""
    ran: int
    """SDs of the reviewed week on any model."""
    before_assignment: int
    """SDs of the reviewed week on the current model that ran before it was assigned: set aside."""
    more_sds: int | None
    """For thin evidence: how many more SDs at this rate would reach the bar."""
    rise: Afterwards | None
    """What came of the rise that brought the model, while that is news: it has SDs this week."""
    cost: CostEffect | None
    """Set where the outcome is PROMOTE."""
    spent: SdCost | None
    """What SDs have cost since the model was assigned; None where no row tells."""
    causes: tuple[tuple[str, int], ...]
    """(cause, SDs with counted rework) over the window, most first, ties by name. Hostile."""
    weeks: tuple[WeekCounts, ...]
    """Every week with SDs since the model was assigned, oldest first: what the tally folds."""
    runs: tuple[SdRun, ...]
    """The reviewed week's SDs on the current assignment."""
    old_first_runs: tuple[str, ...] = ()
    """SDs whose first run is so old that it hides what they do in the window, sorted. Hostile."""
    ids: tuple[str, ...] = ()
    """Ids that the window's rows name for the rung, sorted, if its versions are not told apart. Hostile."""


@dataclass(frozen=True)
class Change:
    """One decided promotion."""

    cell: Cell
    old: str
    """Declared rung at base."""
    new: str
    """The next rung up."""


@dataclass(frozen=True)
class GatedPromotion:
    """A promotion the evidence asks for and a gate forbids: the bot never edits a gate cell."""

    cell: Cell
    reason: str
    """One plain sentence."""


@dataclass(frozen=True)
class BudgetStatus:
    """Tokens of the reviewed week against the weekly budget."""

    zone: Zone
    used: int
    """Tokens."""
    zones: Zones
    """The budget, and where its zones start."""
    by_phase: tuple[tuple[str, int], ...]
    """(phase, tokens), policy order."""
    by_agent: tuple[tuple[str, int], ...]
    """(agent, tokens), most first; `""` for what no agent was named for."""
    by_model: tuple[tuple[str, int], ...]
    """(model, tokens), most first; `""` where none was named. Hostile."""

    @property
    def limit(self) -> int:
        """Tokens a week."""
        return self.zones.weekly_tokens

    @property
    def percent(self) -> Fraction:
        """Used share of the limit, in percent, exact."""
        return Fraction(100 * self.used, self.limit)

    def after(self, added: Fraction) -> tuple[Fraction, Zone]:
        """Share of the limit in percent, and the zone, had so many tokens more been used."""
        used = self.used + added
        return 100 * used / self.limit, Zone(self.zones.zone(int(used)))


@dataclass(frozen=True)
class Scope:
    """Which cells a review is about: all of them, or one agent's (in one phase)."""

    agent: str | None = None
    """Canonical name; None for the weekly review of every cell."""
    phase: str | None = None
    """Canonical name; only together with an agent."""

    def covers(self, cell: Cell) -> bool:
        """Whether a cell is part of the review."""
        return self.agent in (None, cell.agent) and self.phase in (None, cell.phase)


@dataclass(frozen=True)
class Preview:
    """That the reviewed week is still open: what a review says of it may change."""

    until: int
    """Its end, seconds since the epoch."""
    newest: int | None
    """Time of its newest row, microseconds since the epoch; None without rows."""


@dataclass(frozen=True)
class Trial:
    """One cell that people may try on the rung below."""

    cell: Cell
    model: str
    """Its rung."""
    lower: str
    """The rung below."""
    sds: int
    """SDs on its rung since it was assigned."""
    rework: int
    """Of these, with counted rework."""
    weeks: int
    """Whole weeks since it was assigned."""


@dataclass(frozen=True)
class Review:
    """Everything one calibration decided, before anything is written."""

    week: str
    """Label of the reviewed week."""
    promotion: Promotion
    """The rule and the thresholds that every verdict was judged by."""
    scope: Scope
    verdicts: tuple[Verdict, ...]
    """Every explicit cell and every cell with rows, within the scope, in the policy's phase order; none in a
    week without any row."""
    changes: tuple[Change, ...]
    """The promotions, in the order of the verdicts."""
    refused: tuple[GatedPromotion, ...]
    budget: BudgetStatus
    nothing_logged: bool
    """True if the week has no row at all: no decision, no pull request touched."""
    afterwards: tuple[Afterwards, ...] = ()
    """What came of every rise of a value that the scope covers, in the policy's phase order, then by time."""
    trials: tuple[Trial, ...] = ()
    """Cells that people may try on the rung below: advice in the report, nothing that is proposed."""
    shift: FleetShift | None = None
    """Set where rework jumped across the fleet and the week therefore promotes nothing."""
    accepted: Flag | None = None
    """Set where it did, and the policy accepts that: the week is in no tally all the same."""
    no_outcomes: bool = False
    """Whether nobody logged outcomes in the week nor shortly before: then its SDs decide nothing."""
    left_out: frozenset[str] = frozenset()
    """Labels of weeks that enter nothing, as rework jumped across the fleet in them, accepted or not."""
    sd_link: str | None = None
    """Address of an SD, with `{sd}` for its id, where the policy names one."""
    preview: Preview | None = None
    """Set where the week is not over."""
    sources: Mapping[tuple[Cell, str], tuple[str, ...]] = field(default_factory=dict)
    """Notes of the collected rows of promoted cells' SDs, by time: what each row came from. Hostile."""
    web: str | None = None
    """Address of the repository on its forge, `https://host/owner/name`: where alone sources may lead."""

    @property
    def rule(self) -> str:
        """`cusum` or `threshold`."""
        return self.promotion.rule

    def verdict(self, cell: Cell) -> Verdict:
        """The verdict on a cell. Raises KeyError for a cell the review does not hold."""
        return self._by_cell[cell]

    @cached_property
    def _by_cell(self) -> Mapping[Cell, Verdict]:
        return {verdict.cell: verdict for verdict in self.verdicts}
