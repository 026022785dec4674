"""A world to count: a team's settings, the past of its table, and its logs as lines in files. Plain values.

Nothing here knows how the bot works; `generate.py` makes worlds, `counting.py` and `verdicts.py` read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from bot.calendar import Calendar

Cell = tuple[str, str]
"""(phase, agent), canonical names."""
Place = dict[str, str]
"""Path of a log file → its text."""


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder."""

    name: str
    models: tuple[str, ...]
    """Exact names or globs."""
    cost: str
    versions: tuple[str, ...] = ()
    """Globs in rising order; empty: versions are not told apart."""
    expected: int | None = None
    """Expected rework in percent."""


@dataclass(frozen=True)
class Settings:
    """What the policy says."""

    phases: tuple[str, ...] = ("LEAD", "PLAN", "EXEC")
    ladder: tuple[Rung, ...] = (
        Rung("haiku", ("claude-haiku-*", "claude-3-haiku-*"), '"1/3"', expected=15),
        Rung("sonnet", ("claude-sonnet-*", "claude-opus-mini"), "1", expected=10),
        Rung("opus", ("claude-opus-*", "best"), "5"),
    )
    gates: tuple[tuple[str, str], ...] = ()
    """Extra gates as cells; each has the floor opus."""
    counted: tuple[str, ...] = ("edge-case-detection", "reasoning-depth")
    ignored: tuple[str, ...] = ("flaky-test", "requirements-change")
    rule: str = "cusum"
    promote_above: int = 20
    keep_below: int = 15
    count_issues: bool = True
    bar: int = 2
    cap: int = 2
    floor: int = -4
    window_weeks: int = 13
    min_sds: int = 1
    max_promotions: int | None = None
    """None: the policy does not say, so 10."""
    unlisted: str | None = None
    """None: the policy does not say, so held."""
    accepted_shifts: tuple[str, ...] = ()
    """Labels of weeks, each by itself."""
    silence: str | None = None
    """None: the policy does not say, so `passed`."""
    on_bad_line: str = "fail"
    starts_on: str = "monday"
    starts_at: str = "00:00"
    time_zone: str = "UTC"
    weekly_tokens: int = 500_000

    @property
    def calendar(self) -> Calendar:
        """The team's weeks."""
        return Calendar(self.starts_on, time.fromisoformat(self.starts_at), self.time_zone)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rungs, lowest first."""
        return tuple(rung.name for rung in self.ladder)


@dataclass(frozen=True)
class Table:
    """The table as one commit on base left it."""

    committed: int
    """Seconds since the epoch."""
    default: str
    entries: dict[Cell, str]

    def declared(self, cell: Cell) -> str:
        """The entry, else the default."""
        return self.entries.get(cell, self.default)


@dataclass(frozen=True)
class TrueUnit:
    """What the generator did: one SD of one cell on one rung."""

    week: str
    """Label of the week of its first run."""
    rework: bool = False
    """Of a cause that counts."""
    any_rework: bool = False
    """Of any cause."""
    issue: bool = False
    """A counted issue without counted rework."""


@dataclass
class World:
    """Everything that a review may read, and what is true of it."""

    name: str
    settings: Settings
    tables: list[Table]
    """Oldest first, by committer time; the last is the one in force."""
    base: Place = field(default_factory=dict)
    """Log files on the base branch."""
    branch: Place = field(default_factory=dict)
    """Log files on the logs branch; empty: there is none."""
    weeks: list[str] = field(default_factory=list)
    """Labels of the weeks to review, in order."""
    truth: dict[tuple[str, str, str, str], TrueUnit] = field(default_factory=dict)
    """(sd, phase, agent, rung) → what was done, when all rows are known."""
    quiet: set[str] = field(default_factory=set)
    """Weeks in which, and in the three weeks before which, nobody reported anything."""
    rejected: set[tuple[str, int]] = field(default_factory=set)
    """File and line number of what is no good row."""
    features: frozenset[str] = frozenset()
    """Which parts of SPEC §§ 6 and 7 beyond plain rows this world needs (see `generate.FEATURES`)."""
