"""Worlds from seeds: settings, a table with a past, stories, and their rows in disguise.

In: a seed and the features wanted. Out: a `World` with its truth. The disguise (spellings, folders,
order, repeats, places, lines that are no rows) never changes what is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from bot.calendar import Week
from tests.reference import stories
from tests.reference.builder import SECOND, Builder, Sd
from tests.reference.disguise import into_files
from tests.reference.phase_only import phase_only
from tests.reference.world import Cell, Rung, Settings, Table, World

FEATURES = (
    "redo",  # redone on another model: who is to blame
    "drift",  # never on the model in force
    "unknown-model",
    "unlogged",  # rework of an SD that no token row names
    "other-cause",  # causes that do not count
    "unknown-cause",
    "issues",
    "threshold",  # the bare rule
    "first-table",  # rows from before the table's first commit
    "history",  # the table changes while SDs run
    "shared-sds",  # an SD runs in several cells and weeks
    "agentless",  # a phase logged without agents
    "unlisted",  # an agent without any entry
    "small-limits",  # another bar, cap, floor, window, min_sds
    "bad",  # lines that are no rows, quarantined
    "respelled",  # a row repeated under its id in other words
    "places",  # a logs branch beside base
    "empty-weeks",  # weeks in which nothing is logged
    "silence",  # four weeks and more without any outcome
    "silence-unknown",
    "versions",
    "fleet",
    "max-promotions",
)
CALENDARS = (
    ("monday", "00:00", "UTC", "2025-W07"),
    ("monday", "14:00", "America/Los_Angeles", "2025-W06"),  # clocks change on 2025-03-09
    (
        "sunday",
        "02:30",
        "America/New_York",
        "2025-W07",
    ),  # a start that the clocks skip on 2025-03-09
    ("sunday", "02:30", "Europe/Berlin", "2025-W39"),  # shown twice on 2025-10-26
    ("saturday", "00:00", "Pacific/Auckland", "2025-W35"),
    ("monday", "00:00", "Africa/Cairo", "2025-W13"),  # midnight itself is skipped, on a Friday
    ("thursday", "09:15", "UTC", "2025-W50"),  # over a new year
)
AGENTS = ("TESTING", "DESIGN", "SECURITY", "VALIDATION", "API", "GITHUB", "DOCMON")
PHASE_ONLY = "QA"


def world(seed: int, features: Iterable[str], length: int = 12) -> World:
    """One world of `length` weeks with some features, the same for the same seed."""
    wanted = frozenset(features)
    assert wanted <= {*FEATURES}, wanted
    rng = Random(f"{seed} {sorted(wanted)}")
    settings, first = _settings(rng, wanted)
    weeks = _weeks(settings, first, length)
    quiet = _quiet(rng, weeks) if "silence" in wanted else []
    tables = _tables(rng, weeks, wanted, settings)
    if "fleet" in wanted and rng.random() < 0.5:  # a stretch that people have accepted
        first = rng.randrange(2 * length // 3, length)
        accepted = weeks[first : first + rng.choice((1, 2, 4))]
        settings = replace(settings, accepted_shifts=tuple(week.label for week in accepted))
    b = Builder(rng, wanted, settings, tables, weeks, frozenset(quiet))
    b.shifted_rate = rng.choice((0.15, 0.25, 0.4))
    empty = set(rng.sample(weeks, 2)) if "empty-weeks" in wanted else set()
    _tell(b, [week for week in weeks if week not in empty])
    made = b.world(f"seed {seed}", wanted)
    made.quiet = {*quiet[3:]}
    into_files(b, made)
    return made


def _settings(rng: Random, wanted: frozenset[str]) -> tuple[Settings, str]:
    starts_on, starts_at, zone, first = rng.choice(CALENDARS)
    found = Settings(
        phases=("LEAD", "PLAN", "EXEC", PHASE_ONLY),
        gates=(("EXEC", "GITHUB"),),
        rule="threshold" if "threshold" in wanted else "cusum",
        count_issues="issues" in wanted,
        silence="unknown" if "silence-unknown" in wanted else None,
        max_promotions=rng.choice((0, 1, 2)) if "max-promotions" in wanted else None,
        on_bad_line="quarantine" if "bad" in wanted else "fail",
        starts_on=starts_on,
        starts_at=starts_at,
        time_zone=zone,
        weekly_tokens=rng.choice((50_000, 500_000)),
    )
    if "small-limits" in wanted:
        found = replace(
            found,
            promote_above=rng.choice((20, 25, 33)),
            keep_below=rng.choice((10, 15)),
            bar=rng.choice((1, 2, 3)),
            cap=rng.choice((1, 2)),
            floor=rng.choice((0, -1, -4)),
            window_weeks=rng.choice((1, 2, 5)),
            min_sds=rng.choice((1, 2, 3)),
        )
    if "versions" in wanted:
        found = replace(found, ladder=tuple(map(_with_versions, found.ladder)))
    return found, first


def _with_versions(rung: Rung) -> Rung:
    return replace(rung, versions=tuple(f"claude-{rung.name}-{n}*" for n in (3, 4, 5)))


def _weeks(settings: Settings, first: str, length: int) -> list[Week]:
    weeks = [settings.calendar.named(first)]
    while len(weeks) < length:
        weeks.append(settings.calendar.week_of(weeks[-1].end))
    return weeks


def _quiet(rng: Random, weeks: list[Week]) -> list[str]:
    start = rng.randrange(1, max(2, len(weeks) - 5))
    return [week.label for week in weeks[start : start + rng.choice((3, 4, 5, 6))]]


def _tables(
    rng: Random, weeks: list[Week], wanted: frozenset[str], settings: Settings
) -> list[Table]:
    """A first table (committed before, or weeks after, the first row), then changes of a value each."""
    cells = _cells(rng, wanted)
    entries = {cell: _value(rng, cell, settings) for cell in sorted({*cells, *_gates(settings)})}
    before = (-90_000, 0) if "first-table" not in wanted else (1, 3 * 86_400, 16 * 86_400)
    committed = weeks[0].start + rng.choice(before)
    tables = [Table(committed, rng.choice(("haiku", "sonnet")), entries)]
    if "history" in wanted:
        moments = rng.sample(range(committed + 1, weeks[-1].end, 1800), 6)
        moments += [week.start for week in rng.sample(weeks[3:], 2)]
        for moment in sorted({*moments}):
            tables.append(
                _changed(rng, tables[-1], max(moment, tables[-1].committed + 1), settings)
            )
    return tables


def _cells(rng: Random, wanted: frozenset[str]) -> list[Cell]:
    if "fleet" in wanted:
        return [(phase, agent) for phase in ("LEAD", "PLAN", "EXEC") for agent in AGENTS[:5]]
    everywhere = [(phase, agent) for phase in ("LEAD", "PLAN", "EXEC") for agent in AGENTS]
    found = rng.sample(everywhere, 7)
    if "agentless" in wanted:
        found += [(PHASE_ONLY, agent) for agent in rng.sample(AGENTS, 3)]
    return found


def _gates(settings: Settings) -> list[Cell]:
    """Cells that must have an entry, as the default is below their floor."""
    built_in = [(phase, "VALIDATION") for phase in ("PLAN", "EXEC")]
    return [(phase, "SECURITY") for phase in settings.phases] + built_in + [*settings.gates]


def _value(rng: Random, cell: Cell, settings: Settings) -> str:
    if cell in _gates(settings):
        return "opus"
    return rng.choice(("haiku", "sonnet", "sonnet", "opus"))


def _changed(rng: Random, table: Table, committed: int, settings: Settings) -> Table:
    """The next version: one entry another value, an entry more or less (never of a gate), or
    another default.
    """
    entries = dict(table.entries)
    free = [cell for cell in entries if cell not in _gates(settings) and cell[1] != "VALIDATION"]
    what = rng.choice(("value", "value", "value", "default", "remove", "add"))
    if what == "remove":
        free = [cell for cell in free if cell[0] != PHASE_ONLY]
    if what == "value" and free:
        cell = rng.choice(free)
        entries[cell] = _value(rng, cell, settings)
    if what == "remove" and free:
        del entries[rng.choice(free)]
    if what == "add":
        cell = (rng.choice(("LEAD", "PLAN", "EXEC")), rng.choice(("API", "DESIGN", "TESTING")))
        entries.setdefault(cell, _value(rng, cell, settings))
    default = rng.choice(("haiku", "sonnet", "opus")) if what == "default" else table.default
    return Table(committed, default, entries)


# ------------------------------------------------------------------------------ stories


def _tell(b: Builder, weeks: list[Week]) -> None:
    """Every week's stories."""
    cells = _cells_with_stories(b)
    open_sds: list[Sd] = []
    late: list[Sd] = []
    for week in weeks:
        for cell in cells:
            for _ in range(_how_many(b)):
                _story(b, week, cell, open_sds)
        if week.label not in b.quiet:
            at = b.instant(week)
            stories.pass_known(b, b.sd(at), cells[0], at)
        if "agentless" in b.features and week.label not in b.quiet:
            late = _phase_only(b, week, late)


def _cells_with_stories(b: Builder) -> list[Cell]:
    """Every cell that ever had an entry, one that may live by the default, and agents that nobody
    listed.
    """
    listed = {agent for _, agent in b.tables[-1].entries}
    cells = {cell for table in b.tables for cell in table.entries} | {
        ("PLAN", "API"),
        ("LEAD", "DESIGN"),
    }
    found = {cell for cell in cells if cell[0] != PHASE_ONLY and cell[1] in listed}
    return sorted(
        found | ({("EXEC", "TYPO"), ("LEAD", "NOBODY")} if "unlisted" in b.features else set())
    )


def _how_many(b: Builder) -> int:
    if "fleet" in b.features:
        return b.rng.choice((1, 2, 3, 4))
    return b.rng.choice((0, 0, 1, 1, 2, 3, 5))


def _story(b: Builder, week: Week, cell: Cell, open_sds: list[Sd]) -> None:
    at = b.instant(week)
    known = [sd for sd in open_sds if sd.start <= at and cell not in sd.cells]
    if "shared-sds" in b.features and known and b.rng.random() < 0.6:
        sd = b.rng.choice(known)
    else:
        sd = b.sd(at)
        open_sds.append(sd)
    sd.cells.add(cell)
    b.rng.choice(_stories(b, week))(b, sd, cell, at)


def _stories(b: Builder, week: Week) -> list[Callable[[Builder, Sd, Cell, int], None]]:
    if "fleet" in b.features:
        return [stories.shifted]
    found: list[Callable[[Builder, Sd, Cell, int], None]] = [stories.plain] * 7
    if "redo" in b.features:
        found += [stories.redone] * 2
    if "drift" in b.features:
        found += [stories.drifted, stories.drifted_twice]
    if "unknown-model" in b.features:
        found.append(stories.unknown_model)
    if "unlogged" in b.features and week.label not in b.quiet:
        found.append(stories.only_reported)
        if "drift" in b.features:
            found.append(stories.reported_first)
    return found


def _phase_only(b: Builder, week: Week, late: list[Sd]) -> list[Sd]:
    agents = [agent for phase, agent in b.tables[-1].entries if phase == PHASE_ONLY]
    first, last = week.start * SECOND, week.end * SECOND - 1
    times = sorted(b.rng.sample(range(first, last, 1_000_003), b.rng.randrange(1, 5)))
    times[0] = b.rng.choice((first, times[0]))
    times[-1] = max(times[-1], b.rng.choice((last, times[-1])))
    strangers = sorted({agent for _, agent in b.tables[-1].entries} - {*agents})
    stranger = b.rng.choice(strangers) if strangers else None
    return phase_only(b, PHASE_ONLY, agents, stranger, times, late)
