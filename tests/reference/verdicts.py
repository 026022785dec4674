"""§ 7 as loops: tallies in exact 1/200 SD, both rules, what holds a promotion back, what is only noted.

In: a `World` and the week under review. Out: `Reviewed`. Written from the SPEC alone, as `counting.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.reference import counting, flags, models
from tests.reference.counting import Count
from tests.reference.evidence import SD, Week, by_week, causes, evidence, pooled, tally
from tests.reference.fleet import flagged_weeks
from tests.reference.world import Cell, Settings, World

HOLDS = ("other-cause", "model-drift", "fleet-shift", "unlisted")
DOUBTS = ("escalation", "budget-mismatch")
"""Turn a KEEP into INVESTIGATE and hold nothing back."""


@dataclass
class Verdict:
    """What is said of one cell."""

    cell: Cell
    model: str
    verdict: str
    proposed: str | None
    reasons: set[str]
    notes: set[str]
    tally: int
    issue_tally: int
    week: tuple[int, int]
    """SDs and rework."""
    window: tuple[int, int]
    causes: dict[str, int]
    """Cause → SDs with counted rework, over the window."""


@dataclass
class Reviewed:
    """One week's review."""

    label: str
    nothing_logged: bool
    verdicts: dict[Cell, Verdict] = field(default_factory=dict)
    changes: list[tuple[Cell, str, str]] = field(default_factory=list)
    """Cell, from, to."""
    rejected: set[tuple[str, int]] = field(default_factory=set)
    tokens: int = 0
    flagged: set[str] = field(default_factory=set)


def review(world: World, label: str) -> Reviewed:
    """Everything a review of that week says."""
    counted = counting.count(world, label)
    tokens = flags.tokens_of_week(counted, label)
    if not any(counting.week_of(world, row.at) == label for row in counted.rows):
        return Reviewed(label, True, rejected=counted.rejected, tokens=tokens)
    flagged = flagged_weeks(counted)
    verdicts = {cell: judge(counted, cell, flagged) for cell in cells_of(counted)}
    changes = promotions(world.settings, verdicts)
    return Reviewed(label, False, verdicts, changes, counted.rejected, tokens, flagged)


def cells_of(counted: Count) -> list[Cell]:
    """§ 11: "every explicit cell plus every cell with rows, in the policy's phase order, then by agent"."""
    cells = {*counted.world.tables[-1].entries}
    for row in counted.rows:
        if row.agent is not None:
            cells.add((row.phase, row.agent))
    phases = counted.world.settings.phases
    return sorted((c for c in cells if c[0] in phases), key=lambda c: (phases.index(c[0]), c[1]))


# ------------------------------------------------------------------------------ verdicts


def judge(counted: Count, cell: Cell, flagged: set[str]) -> Verdict:
    """The verdict on one cell, before the others are looked at."""
    world, settings, label = counted.world, counted.world.settings, counted.week.label
    shifted = {week for week in flagged if week not in settings.accepted_shifts}
    units = evidence(counted, cell)
    everything = by_week(counted, units)
    # "A flagged week adds nothing to any tally"; "accepted weeks enter the baseline, never a tally".
    weeks = {
        week: found
        for week, found in everything.items()
        if week not in shifted and week not in settings.accepted_shifts
    }
    model = world.tables[-1].declared(cell)
    above = next_rung(settings, model)
    t, issues, raw = (tally(settings, weeks, kind) for kind in ("counted", "issues", "any"))
    this_week = everything.get(label, Week())
    window = pooled(settings, weeks)
    free = above is not None and not is_gate(settings, cell)
    if settings.rule == "cusum":
        wanted, reasons = cusum(settings, this_week, window, t, issues, free)
    else:
        wanted, reasons = threshold(settings, this_week, free)
    if not reasons:
        reasons = top_reasons(settings, cell, above)

    found_holds = holds(counted, cell, above, this_week, (t, issues, raw), shifted, wanted)
    verdict = wanted
    if wanted == "PROMOTE" and found_holds:
        verdict, reasons = "INVESTIGATE", set(found_holds)
    if wanted == "KEEP" and found_holds & {"other-cause", "model-drift"}:
        verdict, reasons = "INVESTIGATE", found_holds & {"other-cause", "model-drift"}
    doubted = doubts(counted, cell)
    if verdict == "KEEP" and doubted:
        verdict, reasons = "INVESTIGATE", set(doubted)
    if flags.without_outcomes(counted, label):  # "every verdict … say[s] so", whatever holds it
        reasons = (reasons - {"no-runs"}) | {"no-outcomes"}
    return Verdict(
        cell,
        model,
        verdict,
        above if verdict == "PROMOTE" else None,
        reasons,
        notes(counted, cell),
        t,
        issues,
        (this_week.n, this_week.k),
        window,
        causes(settings, units, weeks),
    )


def cusum(
    settings: Settings, week: Week, window: tuple[int, int], t: int, issues: int, free: bool
) -> tuple[str, set[str]]:
    """The default rule, bullet by bullet. Reading: in a week without SDs nothing but the bar is
    looked at; where every week of the model was flagged, nothing speaks against it.
    """
    bar = SD * settings.bar
    if free and t >= bar:
        return "PROMOTE", {"above-bar"}
    if free and settings.count_issues and issues >= bar:
        return "PROMOTE", {"quality-issues"}
    n, k = window
    if week.n == 0:
        return "KEEP", {"no-runs"}
    if not free:
        if 100 * k > settings.promote_above * n or t >= bar:
            return "INVESTIGATE", set()
        return "KEEP", {"within-allowance"}
    if n and 100 * k > settings.promote_above * n:
        return "INVESTIGATE", {"thin-evidence"}
    if n and 100 * k >= settings.keep_below * n:
        return "INVESTIGATE", {"between-thresholds"}
    return "KEEP", {"within-allowance"}


def threshold(settings: Settings, week: Week, free: bool) -> tuple[str, set[str]]:
    """§ 7: "the bare reading of one week: rate > 20 % PROMOTE, < 15 % KEEP, else INVESTIGATE; top
    rung or gate: KEEP up to and including 20 %, else INVESTIGATE; fewer than `min_sds` (default
    1): `thin-evidence`."

    Reading: a week without SDs is no evidence, thin or not: KEEP (`no-runs`).
    """
    if week.n == 0:
        return "KEEP", {"no-runs"}
    if week.n < settings.min_sds:
        return "INVESTIGATE", {"thin-evidence"}
    if 100 * week.k > settings.promote_above * week.n:
        return ("PROMOTE", {"above-threshold"}) if free else ("INVESTIGATE", set())
    if free and 100 * week.k >= settings.keep_below * week.n:
        return "INVESTIGATE", {"between-thresholds"}
    return "KEEP", {"within-allowance"}


def top_reasons(settings: Settings, cell: Cell, above: str | None) -> set[str]:
    """§ 7: "(`top-of-ladder`, `gate`)": each that is true; one of them has to be given."""
    found = set()
    if above is None:
        found.add("top-of-ladder")
    if is_gate(settings, cell):
        found.add("gate")
    return found


def next_rung(settings: Settings, model: str) -> str | None:
    """The next rung up."""
    names = settings.names
    index = names.index(model) + 1
    return names[index] if index < len(names) else None


def is_gate(settings: Settings, cell: Cell) -> bool:
    """§ 5: "SECURITY is opus in every phase and every context. VALIDATION is opus in PLAN and EXEC."."""
    phase, agent = cell
    built_in = agent == "SECURITY" or (agent == "VALIDATION" and phase in ("PLAN", "EXEC"))
    return built_in or cell in settings.gates


# ------------------------------------------------------------- what holds, what is doubted


def holds(
    counted: Count,
    cell: Cell,
    above: str | None,
    week: Week,
    tallies: tuple[int, int, int],
    shifted: set[str],
    wanted: str,
) -> set[str]:
    """§ 7: "These hold a promotion back and make it INVESTIGATE; the first two also turn a KEEP
    into one".
    """
    found = set()
    if week.n and other_cause(counted.world.settings, week, tallies):
        found.add("other-cause")
    if drift_holds(counted, cell, above if wanted == "PROMOTE" else None):
        found.add("model-drift")
    if counted.week.label in shifted:
        found.add("fleet-shift")
    if is_unlisted(counted.world, cell):
        found.add("unlisted")
    return found


def other_cause(settings: Settings, week: Week, tallies: tuple[int, int, int]) -> bool:
    """§ 7: "the tally of rework from **any** cause is at the bar (rule `threshold`: the raw rate
    above 20 %) and the one from causes that count is not …. What the counted causes justify
    alone is never held back."

    Reading: a promotion by counted issues is justified by counted causes. A week without SDs is a
    KEEP (`no-runs`) and stays one.
    """
    if settings.rule == "threshold":
        limit = settings.promote_above * week.n
        return (
            100 * week.any_rework > limit
            and not 100 * week.k > limit
            and week.n >= settings.min_sds
        )
    t, issues, raw = tallies
    bar = SD * settings.bar
    return raw >= bar and t < bar and not (settings.count_issues and issues >= bar)


def drift_holds(counted: Count, cell: Cell, proposed: str | None) -> bool:
    """§ 7: "most of the week's SDs drifted (§ 6). Not where they drifted to the proposed rung or
    higher".
    """
    sds = flags.sds_of_week(counted, cell, counted.week.label)
    drifted = {sd for sd in sds if flags.drifts(counted, cell, sd)}
    if proposed is not None:
        drifted = {sd for sd in drifted if not flags.drifted_up(counted, cell, sd, proposed)}
    return 2 * len(drifted) > len(sds)


def is_unlisted(world: World, cell: Cell) -> bool:
    """§ 7: "the agent has no entry in any phase (a typo adds no key). `[promotion] unlisted =
    "propose"` lifts it.".
    """
    agents = {agent for _, agent in world.tables[-1].entries}
    return cell[1] not in agents and world.settings.unlisted != "propose"


def escalated(counted: Count, cell: Cell) -> tuple[int, int]:
    """§ 7: "more than 20 % of the week's SDs also ran on a stronger rung": such SDs, and all.

    Reading: the week's SDs are those of `model-drift`; one also ran on a stronger rung if it first
    ran on the model in force for it in the week; the stronger run may be any up to the week's end.
    """
    rungs = {
        unit.sd: unit.rung
        for unit in counted.units.values()
        if unit.cell == cell
        and unit.week == counted.week.label
        and unit.rung == models.assigned(counted.world, cell, counted.starts[unit.sd])
    }
    redone = [flags.redone_stronger(counted, cell, sd, rung) for sd, rung in rungs.items()]
    return sum(redone), len(flags.sds_of_week(counted, cell, counted.week.label))


def doubts(counted: Count, cell: Cell) -> set[str]:
    """§ 7: "These turn a KEEP into INVESTIGATE and hold nothing back: `escalation` … and
    `budget-mismatch` (the token log contradicts itself on the cell's SDs …)." Reading: SDs with
    a run of the cell in the week.
    """
    found = set()
    redone, sds = escalated(counted, cell)
    if 100 * redone > 20 * sds:
        found.add("escalation")
    if is_contradicted(counted, cell):
        found.add("budget-mismatch")
    return found


def is_contradicted(counted: Count, cell: Cell) -> bool:
    """Whether an SD that ran in the cell this week has a deficit in the cell's phase."""
    wrong = flags.mismatches(counted, counted.week.label)
    ran = {
        run.sd
        for run in counted.runs
        if run.cell == cell and counting.week_of(counted.world, run.at) == counted.week.label
    }
    return any((sd, cell[0]) in wrong for sd in ran)


def notes(counted: Count, cell: Cell) -> set[str]:
    """What § 6 and § 7 have flagged and noted. `above-expected` is not told here."""
    label = counted.week.label
    found = set()
    sds = flags.sds_of_week(counted, cell, label)
    if any(flags.drifts(counted, cell, sd) for sd in sds):
        found.add("model-drift")
    if flags.unknown_models(counted, cell, label):
        found.add("model-drift")
    if flags.unknown_causes(counted, cell, label):
        found.add("unknown-cause")
    if flags.unlogged(counted, cell, label):
        found.add("unlogged-sds")
    if escalated(counted, cell)[0]:
        found.add("escalation")
    if any(u.assumed and u.week == label for u in evidence(counted, cell)):
        found.add("assumed-runs")
    if is_contradicted(counted, cell):
        found.add("budget-mismatch")
    return found


def promotions(settings: Settings, verdicts: dict[Cell, Verdict]) -> list[tuple[Cell, str, str]]:
    """§ 7: "`[promotion] max_promotions` (default 10, 0 = no limit): of more, the highest tallies
    are proposed, ties by name; the others wait with the note `queued`".

    Reading: the higher of the two tallies; the name is agent, then phase; who waits keeps the
    verdict PROMOTE.
    """
    limit = 10 if settings.max_promotions is None else settings.max_promotions
    wanted = [v for v in verdicts.values() if v.verdict == "PROMOTE"]
    wanted.sort(key=lambda v: (-max(v.tally, v.issue_tally), v.cell[1], v.cell[0]))
    if limit:
        for waiting in wanted[limit:]:
            waiting.notes.add("queued")
        wanted = wanted[:limit]
    return [(v.cell, v.model, v.proposed or "") for v in wanted]
