"""The tables of the policy, one class each: its keys, what they mean, their defaults, what excludes what."""

from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import field

from bot.allocation.essentials import Zones
from bot.calendar import Calendar
from bot.policy.reading import Conflict, Section, about
from bot.policy.values import (
    BranchName,
    Cost,
    Count,
    Day,
    LogGlob,
    LogsBranch,
    LogSource,
    Memory,
    OneLine,
    Percent,
    SdLink,
    Seconds,
    Slug,
    TableName,
    TimeOfDay,
    TimeZone,
    fraction,
    memory_in_bytes,
)

if TYPE_CHECKING:
    from fractions import Fraction


class RungPolicy(Section, frozen=True, kw_only=True):
    """One rung of the ladder."""

    name: Annotated[str, about('What the table writes, e.g. "sonnet".')]
    models: Annotated[
        list[str],
        about("Ids and aliases that logs may name: exact names or glob patterns. Exact names win."),
    ] = field(default_factory=list)
    versions: Annotated[
        list[str],
        about(
            "Glob patterns of the models the rung has meant over time, oldest first. Evidence starts anew "
            "with each; without the list all ids are one model."
        ),
    ] = field(default_factory=list)
    cost_as_written: Annotated[
        Cost,
        about(
            'Cost of a token against the other rungs: a whole number, or a fraction in quotes ("1/3").'
        ),
    ] = field(name="relative_cost")
    usd_as_written: Annotated[
        Cost | None, about("Price, where known: cost effects are then shown in US dollars.")
    ] = field(name="usd_per_million_tokens", default=None)
    expected_rework: Annotated[
        Percent | None,
        about(
            "Rework rate to expect, in percent of SDs. A KEEP above it carries the note above-expected."
        ),
    ] = None

    @property
    def relative_cost(self) -> "Fraction":
        """Cost of a token against the other rungs."""
        return fraction(self.cost_as_written)

    @property
    def usd_per_million_tokens(self) -> "Fraction | None":
        """Price, where known."""
        return None if self.usd_as_written is None else fraction(self.usd_as_written)


class GatePolicy(Section, frozen=True):
    """A gate added to the built-in ones: a cell and the rung it may not go below."""

    phase: Annotated[str, about("One of the phases.")]
    agent: Annotated[str, about("The agent; a trailing -agent is dropped.")]
    floor: Annotated[
        str | None,
        about('The rung; by default the gate rung ("opus", else the top of the ladder).'),
    ] = None


class Causes(Section, frozen=True):
    """Which causes of rework a stronger model could cure. Missing and unknown causes count too."""

    count: Annotated[list[Slug], about("Causes that count against the model.")] = field(
        default_factory=list
    )
    ignore: Annotated[
        list[Slug],
        about("Causes that do not: specification, reviewers, infrastructure, flakiness."),
    ] = field(default_factory=list)

    @property
    def known(self) -> frozenset[str]:
        """Every cause the policy knows, counted or not."""
        return frozenset((*self.count, *self.ignore))

    def conflicts(self) -> Iterator[Conflict]:
        """A cause counts or it does not."""
        both = sorted({*self.count} & {*self.ignore})
        if both:
            said = f"must not repeat what is in count: {', '.join(both)}"
            yield Conflict("ignore", "count", said)


class WeekPolicy(Section, frozen=True):
    """When a week starts."""

    starts_on: Annotated[Day, about("Day of the week, in the time zone below.")] = "monday"
    time_as_written: Annotated[TimeOfDay, about("Time of day, hours and minutes.")] = field(
        name="starts_at", default="00:00"
    )
    time_zone: Annotated[
        TimeZone, about("IANA time zone; weeks follow its daylight saving time.")
    ] = "UTC"

    @property
    def starts_at(self) -> time:
        """Time of day."""
        return time.fromisoformat(self.time_as_written)

    @property
    def calendar(self) -> Calendar:
        """The team's weeks."""
        return Calendar(self.starts_on, self.starts_at, self.time_zone)


class Budget(Section, frozen=True):
    """Weekly tokens and the zones that tell how fast they go. Guidance, never enforcement."""

    weekly_tokens: Annotated[Count, about("Tokens a week.")] = 500_000
    yellow: Annotated[Percent, about("Percent from which the zone is YELLOW.")] = 70
    orange: Annotated[Percent, about("Percent from which the zone is ORANGE.")] = 85
    red: Annotated[Percent, about("Percent from which the zone is RED.")] = 95

    def conflicts(self) -> Iterator[Conflict]:
        """Zones start one after the other."""
        if self.orange < self.yellow:
            yield Conflict("orange", "yellow", "must not be below yellow")
        if self.red < self.orange:
            yield Conflict("red", "orange", "must not be below orange")

    @property
    def zones(self) -> Zones:
        """The zones of this budget."""
        return Zones(self.weekly_tokens, self.yellow, self.orange, self.red)

    def zone(self, used: int) -> str:
        """Name of the zone of some tokens."""
        return self.zones.zone(used)


class Logs(Section, frozen=True):
    """Where the logs are and how strictly they are read."""

    tokens: Annotated[LogGlob, about("Glob of the token logs, from the top of the repository.")] = (
        ".calibration/logs/*/tokens*.jsonl"
    )
    rework: Annotated[
        LogGlob, about("Glob of the rework logs, from the top of the repository.")
    ] = ".calibration/logs/*/rework*.jsonl"
    on_bad_line: Annotated[
        Literal["fail", "quarantine"],
        about("fail: no decision at all. quarantine: use the rest, list every rejected line."),
    ] = "fail"
    silence: Annotated[
        Literal["passed", "unknown"],
        about(
            "What an SD without a rework row is. passed: it passed, as long as anybody logs outcomes. "
            "unknown: it does not count."
        ),
    ] = "passed"
    ref: Annotated[
        LogsBranch, about("Branch that `log sync` brings logs to; it is read besides base.")
    ] = "calibration/logs"
    memory_as_written: Annotated[
        Memory,
        about(
            "Memory that reading the logs may take, the whole process: beyond it they are counted on disk, "
            "in a temporary folder."
        ),
    ] = field(name="memory", default="512MiB")

    source: Annotated[
        LogSource | None,
        about(
            "The warehouse that has the rows, in place of the files: a PostgreSQL database, Spark Connect or "
            "a Spark master. Credentials come from the environment."
        ),
    ] = None
    token_table: Annotated[TableName, about("There, the table of the token log.")] = "tokens"  # noqa: S105
    rework_table: Annotated[TableName, about("There, the table of the rework log.")] = "rework"
    time_limit: Annotated[Seconds, about("Seconds after which what it is asked is given up.")] = 300

    @property
    def memory(self) -> int:
        """Memory that reading the logs may take, in bytes."""
        return memory_in_bytes(self.memory_as_written)


class Links(Section, frozen=True):
    """Where what the logs name can be looked up."""

    sd: Annotated[
        SdLink | None,
        about("Address of an SD; {sd} becomes its id, percent-encoded. Without it SDs are plain."),
    ] = None


class Commits(Section, frozen=True):
    """Who makes the bot's commits, and whether they are signed."""

    name: Annotated[OneLine, about("Author and committer name.")] = "calibration-bot"
    email: Annotated[OneLine, about("Author and committer e-mail address.")] = (
        "calibration-bot@users.noreply.github.com"
    )
    sign: Annotated[
        Literal["github"] | None,
        about(
            "github: GitHub makes the commits through its API and signs them, with its own committer and "
            "date, for branches that require signed commits. Without GitHub (--forge local) no effect."
        ),
    ] = None


class PullRequestPolicy(Section, frozen=True):
    """How the calibration is proposed."""

    base: Annotated[
        BranchName | None,
        about("Branch to calibrate; by default the remote's HEAD, else the current branch."),
    ] = None
    labels: Annotated[list[OneLine], about("Labels to put on a new pull request.")] = field(
        default_factory=list
    )
    reviewers: Annotated[
        list[OneLine], about('Reviewers to ask on a new pull request: logins, teams as "org/team".')
    ] = field(default_factory=list)
    draft: Annotated[bool, about("Open it as a draft.")] = False
    author: Annotated[
        OneLine,
        about(
            "Login whose pull requests are the bot's own: an App's \"slug[bot]\", a token owner's login."
        ),
    ] = "github-actions[bot]"
    commits: Annotated[
        Commits, about("Who makes the bot's commits, and whether they are signed.")
    ] = Commits()
