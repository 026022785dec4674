"""The model an SD started with: it keeps it until it is finished, whatever is merged meanwhile (SPEC § 1).

In: a work tree, an SD, a cell. Out: the rung of that cell in the table of the SD's first logged run, by the
history of base as this clone knows it. Asks no server and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.allocation.assignments import in_force, spells
from bot.allocation.names import Cell
from bot.allocation.table import Table, table_path
from bot.calendar import SECOND
from bot.evidence.branch import last_fetched
from bot.evidence.rows import Rows
from bot.git import remote
from bot.git.repository import Repository
from bot.inputs.table_past import past_tables
from bot.inputs.work_tree import rows_in
from bot.policy import Policy


def model_of_sd(
    top: str, policy: Policy, policy_path: str, sd: str, cell: Cell, table: Table
) -> str:
    """The resolved rung of a cell for an SD; that of the work tree's `table` if the SD has not run yet.

    Today's gates hold for yesterday's assignments too. Raises BotError for a shallow clone, whose history
    does not reach back.
    """
    rules = policy.rules
    with Repository.open(Path(top)) as repository:
        started = min(_runs(repository, top, policy, sd), default=None)
        past = None
        if started is not None:
            path = table_path(policy_path)
            past = _declared(repository, policy, path, cell, started // SECOND)
    declared = past if past in rules.ladder.names else None
    if declared is None:
        return table.resolved(cell, rules)
    return rules.ladder.highest(declared, rules.floor(cell) or declared)


def _runs(repository: Repository, top: str, policy: Policy, sd: str) -> Iterator[int]:
    """Times at which the SD ran, microseconds since the epoch, by the work tree and the log branch."""
    phases = policy.rules.phases
    for glob, rework in ((policy.logs.tokens, False), (policy.logs.rework, True)):
        yield from (row.at for row in Rows(top, glob, phases, rework=rework) if row.sd == sd)
        commit = last_fetched(repository, policy.logs.ref)
        for file in repository.logs(commit, glob) if commit else ():
            rows = rows_in(file, phases, rework=rework)
            yield from (row.at for row in rows if row.sd == sd)


def _declared(repository: Repository, policy: Policy, path: str, cell: Cell, at: int) -> str | None:
    """What the table of a time said, None where base has no table."""
    named = policy.pull_request.base
    commit = (named and last_fetched(repository, named)) or _default(repository)
    if commit is None:
        return None
    versions = past_tables(repository, commit, path)
    return in_force(spells(versions, [cell])[cell], at).model if versions else None


def _default(repository: Repository) -> str | None:
    where = remote.find_remote(repository)
    refs = [f"refs/remotes/{where.name}/HEAD"] if where else []
    return next(filter(None, map(repository.resolve, (*refs, "HEAD"))), None)
