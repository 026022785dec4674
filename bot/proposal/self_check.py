"""The gates, held against the bot itself: before the edit, on the committed bytes, and on the merge.

The same rules judge everybody's pull requests (`guard`). Nothing has been pushed when these raise.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.allocation.table import Table, read_table
from bot.calibration.findings import Change
from bot.errors import GateRefusal
from bot.gates.floors import World
from bot.gates.guard import guard_merge
from bot.gates.judgement import violations
from bot.gates.refusals import Refusal
from bot.git.repository import Repository
from bot.inputs.snapshot import Snapshot


def check_changes(base: Snapshot, changes: Sequence[Change]) -> None:
    """Before the edit: no gate cell is touched and the declared table would be no weaker.

    Raises GateRefusal, also where base itself declares a gate below its floor.
    """
    for change in changes:
        if base.policy.rules.floor(change.cell) is not None:
            raise GateRefusal(f"{change.cell} is a gate, and the bot never edits one")
    decided = {change.cell: change.new for change in changes}
    _check_table(base, base.table._replace(entries={**base.table.entries, **decided}))


def check_commits(
    repository: Repository, base: Snapshot, commits: Sequence[str], policy_path: str
) -> None:
    """Before the push: every committed table, and what merging the last commit into base would give.

    `commits` are full SHAs, oldest first. Raises GateRefusal.
    """
    for commit in commits:
        data = repository.read(commit, base.table_path)
        if data is None:
            raise GateRefusal(f"commit {commit} lost {base.table_path}; nothing was pushed")
        _check_table(base, read_table(data.decode(), base.table_path, base.policy.rules))
    if commits:
        report = guard_merge(repository, base.base.commit, commits[-1], policy_path, own=True)
        _refuse(base, report.refusals)


def _check_table(base: Snapshot, table: Table) -> None:
    rules = base.policy.rules
    _refuse(base, violations(World(base.table, rules), World(table, rules)))


def _refuse(base: Snapshot, refusals: Sequence[Refusal]) -> None:
    if refusals:
        raise GateRefusal("\n".join(f"{r.file or base.table_path}: {r.message}" for r in refusals))
