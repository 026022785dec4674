"""Which commits can be reverted to take back a rise that did not help, and nothing else with it.

In: the base branch and what came of its rises. Out: the same, with the arguments of `git revert` where such a
commit changed one value of the table and no other file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.allocation.assignments import Version, read_version
from bot.calibration.conclusions import Afterwards, Conclusion
from bot.git.history import parents
from bot.git.repository import Repository


def with_reverts(
    repository: Repository, rises: Iterable[Afterwards], table: str
) -> tuple[Afterwards, ...]:
    """Rises in force that did not help get their revert; `table` is the path of the table."""
    return tuple(_with_revert(repository, rise, table) for rise in rises)


def _with_revert(repository: Repository, rise: Afterwards, table: str) -> Afterwards:
    wanted = rise.conclusion is Conclusion.DID_NOT_HELP and rise.ended is None and rise.lowerable
    before = parents(repository, rise.commit) if wanted else ()
    if not before or not _alone(repository, rise, before[0], table):
        return rise
    main = ("-m", "1") if len(before) > 1 else ()
    return replace(rise, revert=(*main, rise.commit))


def _alone(repository: Repository, rise: Afterwards, parent: str, table: str) -> bool:
    """Whether the commit changed that one value and no other file, and nothing has moved the table since."""
    changed = repository.changed(parent, rise.commit)
    if [change.path for change in changed] != [table]:
        return False
    before, after = (_version(repository, commit, table) for commit in (parent, rise.commit))
    if before is None or after is None or before.default != after.default:
        return False
    both = before.entries.items() ^ after.entries.items()
    return {cell for cell, _ in both} == {rise.cell}


def _version(repository: Repository, commit: str, table: str) -> Version | None:
    data = repository.read_plain(commit, table)
    return None if data is None else read_version(0, data)
