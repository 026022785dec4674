"""How people take back a rise that did not help: the entry as base spells it, and a revert that works.

In: the base branch and what came of its rises. Out: the same, with the keys to edit and, where such a commit
changed one value of the table and no other file, the arguments of `git revert`. A revert is tried before it
is told: its neighbours may have changed since, and the default that it falls back to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.allocation.assignments import Version, read_version
from bot.allocation.names import Cell
from bot.allocation.table import Table
from bot.calibration.conclusions import Afterwards, Conclusion
from bot.git.history import Identity, parents
from bot.git.repository import Repository
from bot.inputs.snapshot import Snapshot

_NOBODY = Identity("nobody", "nobody@invalid")
"""Of the commit that a revert is tried with, which never leaves the quarantine."""


def with_ways_back(
    repository: Repository, rises: Iterable[Afterwards], base: Snapshot
) -> tuple[Afterwards, ...]:
    """Rises in force that did not help get what takes them back."""
    return tuple(_with_way_back(repository, rise, base) for rise in rises)


def _with_way_back(repository: Repository, rise: Afterwards, base: Snapshot) -> Afterwards:
    if rise.conclusion is not Conclusion.DID_NOT_HELP or rise.ended or not rise.lowerable:
        return rise
    keys = keys_of(rise.cell, base.table)
    before = parents(repository, rise.commit)
    if not before or not _alone(repository, rise, before[0], base):
        return replace(rise, keys=keys)
    main = ("-m", "1") if len(before) > 1 else ()
    works = _takes_back(repository, rise, before[0], base)
    return replace(rise, keys=keys, revert=(*main, rise.commit) if works else ())


def keys_of(cell: Cell, table: Table) -> tuple[str, str]:
    """Phase and agent as the table spells them: a second spelling of one name is an error."""
    if cell in table.paths:
        return table.paths[cell]
    spelled = {other.phase: phase for other, (phase, _) in table.paths.items()}
    return spelled.get(cell.phase, cell.phase), cell.agent


def _alone(repository: Repository, rise: Afterwards, parent: str, base: Snapshot) -> bool:
    """Whether the commit changed that one value, and no file but those the table binds."""
    table, binding = base.table_path, base.policy.apply
    others = [c for c in repository.changed(parent, rise.commit) if c.path != table]
    if not all(c.content_only and any(rule.means(c.path) for rule in binding) for c in others):
        return False
    before, after = (_version(repository, commit, table) for commit in (parent, rise.commit))
    if before is None or after is None or before.default != after.default:
        return False
    both = before.entries.items() ^ after.entries.items()
    return {cell for cell, _ in both} == {rise.cell}


def _takes_back(repository: Repository, rise: Afterwards, parent: str, base: Snapshot) -> bool:
    """Whether the revert meets no conflict on base, gives the cell its old value and changes no other.

    A revert is a merge of base with the commit's own undoing, which stands on the commit.
    """
    path, head = base.table_path, base.base.commit
    paths = [change.path for change in repository.changed(parent, rise.commit)]
    undone = {path: repository.read_plain(parent, path) for path in paths}
    files = {path: data for path, data in undone.items() if data is not None}
    if len(files) < len(undone):
        return False
    undoing = repository.commit(rise.commit, files, "Undo", _NOBODY, rise.raised)
    merge = repository.merge(head, undoing)
    before, after = (_version(repository, tree, path) for tree in (head, merge.tree or head))
    if not merge.clean or before is None or after is None:
        return False
    wanted = {**before.entries, rise.cell: rise.old}
    cells = {*before.entries, *after.entries}
    same = all(after.declared(cell) == wanted[cell] for cell in cells | {rise.cell})
    return same and after.default == before.default


def _version(repository: Repository, commit: str, table: str) -> Version | None:
    data = repository.read_plain(commit, table)
    return None if data is None else read_version(0, data)
