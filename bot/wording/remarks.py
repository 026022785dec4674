"""What is odd about a week's logs as a whole, in plain sentences.

In: the evidence and the policy. Out: sentences that may quote hostile text; who prints them escapes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from bot.allocation.names import NO_PHASES, listed, nearest
from bot.allocation.table import Table
from bot.calendar import SECOND
from bot.calibration.findings import Preview, Review
from bot.errors import Problem
from bot.evidence.records import Evidence
from bot.policy import Policy
from bot.wording.figures import instant, plural


def remarks(evidence: Evidence, week: str, policy: Policy, table: Table) -> tuple[str, ...]:
    """Silence, contradictions of the token log, and names that nobody knows, with those that are known."""
    silent = (without_outcomes(week),) if week in evidence.no_outcomes else ()
    contradictions = (str(wrong) for wrong in evidence.mismatches if wrong.week == week)
    unknown = _unknown_models(evidence, week, policy)
    agents = _unlisted_agents(evidence, week, policy, table)
    return (*silent, *contradictions, *unknown, *agents, *_causes(evidence, policy))


def without_outcomes(week: str) -> str:
    """That a week is, as a warning says it."""
    return (
        f"nobody logged an outcome in {week} nor in the three weeks before: its SDs decide nothing"
    )


def not_used(rejected: Iterable[Problem]) -> tuple[str, ...]:
    """That log lines were not used, and why, where nothing else lists them."""
    return tuple(f"log line not used: {problem}" for problem in rejected)


def still_open(week: str, preview: Preview) -> str:
    """What a preview is, for the top of every output."""
    newest = ""
    if preview.newest is not None:
        newest = f" It holds rows up to {instant(preview.newest // SECOND)}."
    return (
        f"Preview: week {week} is open until {instant(preview.until)}, and what is logged until then may "
        f"change everything below. run decides when it is over.{newest}"
    )


def nothing_reviewed(found: Review) -> tuple[str, ...]:
    """That a review of one agent found nothing to judge, where it did not."""
    scope = found.scope
    if scope.agent is None or found.verdicts or found.nothing_logged:
        return ()
    where = "" if scope.phase in (None, NO_PHASES) else f" in phase {scope.phase}"
    return (f"{scope.agent} has no entry in the table{where} and no rows in the logs",)


def _unknown_models(evidence: Evidence, week: str, policy: Policy) -> Iterator[str]:
    sds: Counter[str] = Counter()
    for row in evidence.cell_weeks:
        if row.week == week and row.raw_model is not None:
            sds[row.raw_model] += row.sds
    if sds:
        names, runs = listed(sorted(sds)), plural(sds.total(), "run")
        known = listed(policy.rules.ladder.names)
        yield (
            f"no rung of the ladder knows {names}: {runs} count tokens, but no evidence; "
            f"add such ids to the models of {known}"
        )


def _unlisted_agents(evidence: Evidence, week: str, policy: Policy, table: Table) -> Iterator[str]:
    """Who ran and is neither in the table nor a gate, nor what a session's own tokens are under."""
    known = {entry.agent for entry in table.entries}
    runs: Counter[str] = Counter()
    for row in evidence.cell_weeks:
        agent = row.cell.agent
        somebody = agent in known or agent == policy.imports.main_agent
        if row.week == week and not somebody and policy.rules.floor(row.cell) is None:
            runs[agent] += row.sds
    if runs:
        names = listed([f"{name}{nearest(name, known)}" for name in sorted(runs)])
        yield (
            f"no phase of the table lists {names}: {plural(runs.total(), 'run')} judged, but never promoted; "
            "correct the names in the logs, or add entries"
        )


def _causes(evidence: Evidence, policy: Policy) -> Iterator[str]:
    if evidence.unknown_causes:
        names, known = listed(evidence.unknown_causes), listed(sorted(policy.causes.known))
        yield (
            f"the policy does not know the causes {names}, so they count against the model; "
            f"known are {known}"
        )
