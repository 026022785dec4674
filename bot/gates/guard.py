"""The guard: a change against its base, both read from git objects, never from the work tree.

In: a repository, names of commits and the path of the policy. Out: a `GuardReport`. What stands in the way
of judging the change itself (an unknown name, a merge conflict) is an error; what the change does to the
files is part of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.allocation.table import table_path
from bot.allocation.toml import LARGEST
from bot.binding.bound_files import BoundPlace
from bot.errors import BotError
from bot.gates.bound_merge import Bound
from bot.gates.checkouts import FOLDER, entry_at, recoded, shadowed
from bot.gates.floors import World
from bot.gates.judgement import File, Side, judge, tableless_world_of, world_of
from bot.gates.refusals import Document, Refusal, Weakening
from bot.git.objects import DamagedTree
from bot.git.repository import Repository
from bot.paths import normal

_DEFAULT_POLICY = "config/policy.toml"
_NOT_A_FILE = {
    "120000": (Weakening.FILE_LINK, "a symbolic link"),
    "160000": (Weakening.FILE_SUBMODULE, "a submodule"),
    FOLDER: (Weakening.FILE_DIRECTORY, "a folder"),
}


@dataclass(frozen=True)
class GuardReport:
    """What the guard judged and found."""

    base: str
    """SHA of the base commit; empty where there is no commit yet."""
    head: str
    """SHA of the head commit; `index` for what is staged."""
    refusals: tuple[Refusal, ...]
    """Every reason not to merge; none means that no gate gets weaker."""
    apart: tuple[BoundPlace, ...] = ()
    """Where the change leaves files and the table that binds them apart: told, and no reason to refuse it."""


def guard_merge(
    repository: Repository, base: str, head: str, policy: str, *, own: bool = False
) -> GuardReport:
    """Judge what merging `head` into `base` would give; both are names of commits.

    `own`: it is the bot's own branch, which leaves no file apart from the table that binds it.

    A branch name means for base the remote's, as last fetched, for head our own, which may be ahead of it.
    Raises BotError for an unknown or ambiguous name, unrelated histories, or a conflict.
    """
    before = _commit(repository, base)
    after = _commit(repository, head, own_first=True)
    if _is_damaged(
        _side(repository, after, _paths(policy))
    ):  # git may fall over it where it merges
        return _judge(repository, before, after, after, policy)
    merged = repository.merge(before, after)
    if not merged.tree:
        raise BotError(f"{base} and {head} have unrelated histories; rebase it, then run again")
    if not merged.clean:
        raise BotError(
            f"{head} does not merge into {base} without conflicts; merge or rebase it, then run again"
        )
    return _judge(repository, before, after, merged.tree, policy, own=own)


def guard_staged(repository: Repository, base: str | None, policy: str) -> GuardReport:
    """Judge what is staged against `base`, by default HEAD, which need not exist yet.

    Raises BotError for an unknown name or an index with conflicts.
    """
    before = repository.resolve("HEAD") if base is None else _commit(repository, base)
    return _judge(repository, before, "index", repository.staged(), policy)


def _commit(repository: Repository, name: str, *, own_first: bool = False) -> str:
    found = repository.resolve(name, own_first=own_first)
    if found is None:
        raise BotError(f"{name} names no commit here; fetch it, or correct the name")
    return found


def _judge(
    repository: Repository,
    base: str | None,
    name: str,
    tree: str,
    policy: str,
    *,
    own: bool = False,
) -> GuardReport:
    """`name` is what the report calls the head, `tree` what merging it would give."""
    paths = _paths(policy)
    before = None if base is None else _side(repository, base, paths)
    bases = () if base is None or before is None else _bases(repository, base, before)
    worlds = [world for _, world in bases]
    head = Side(*(_head_file(repository, base, tree, path) for path in paths))
    if not worlds:
        _check_policy(policy, head.policy, head.table)
    judged = judge(worlds[0] if worlds else None, head, *worlds[1:])
    if _is_damaged(head):
        return GuardReport(base or "", name, judged)
    guarded = dict(zip(paths, (Document.POLICY, Document.TABLE), strict=True))
    shadowing = shadowed(repository, tree, guarded)
    sides = Bound(repository, base, tree)
    known = (before, *(side for side, _ in bases))
    policies = [*dict.fromkeys(side.policy for side in known if side is not None)]
    bound, apart = sides.judge(policies, head, worlds[0] if worlds else None, own=own)
    attributed = recoded(repository, tree, guarded)
    return GuardReport(base or "", name, (*judged, *shadowing, *attributed, *bound), apart)


def _is_damaged(side: Side) -> bool:
    return Weakening.TREE_DAMAGED in (side.policy.reason, side.table.reason)


def _paths(policy: str) -> tuple[str, str]:
    """Policy and table, from the top of the repository. Raises UsageError for what lies outside."""
    path = normal(policy)
    return path, table_path(path)


def _check_policy(named: str, policy: File, table: File) -> None:
    """Raises BotError for a `--policy` that is a folder, or that neither side has: nothing would be judged.

    The default's absence is a repository that does not use the bot.
    """
    if policy.reason is Weakening.FILE_DIRECTORY:
        raise BotError(f"--policy {named}: is a folder; name the policy file in it")
    gone = policy.reason is table.reason is Weakening.FILE_MISSING
    if gone and policy.path != _DEFAULT_POLICY:
        raise BotError(f"--policy {named}: neither base nor the change has it; correct the path")


def _bases(repository: Repository, base: str, side: Side) -> tuple[tuple[Side, World], ...]:
    """Base with its world; where base is broken, its newest valid first-parent ancestor with that one's.

    A policy that base itself has in order binds in any case: only the table is then to be stood in for.
    None where base has neither file: the change is the first one to bring them.
    """
    if side.policy.reason is side.table.reason is Weakening.FILE_MISSING:
        return ()
    newest = world_of(side)
    if newest is not None:
        return ((side, newest),)
    paths = side.policy.path, side.table.path
    older = (_side(repository, commit, paths) for commit in repository.touching(base, *paths))
    stand_in = next(((old, world) for old in older if (world := world_of(old))), None)
    tableless = tableless_world_of(side)
    found = (stand_in, None if tableless is None else (side, tableless))
    return tuple(filter(None, found))


def _side(repository: Repository, commit: str, paths: Sequence[str]) -> Side:
    policy, table = (_file(repository, commit, path) for path in paths)
    return Side(policy, table)


def _file(repository: Repository, tree: str, path: str) -> File:
    """A file of a commit or tree, or what stands in its place."""
    try:
        entry, walked = entry_at(repository, tree, path)
    except DamagedTree as err:
        return File(path, None, Weakening.TREE_DAMAGED, str(err))
    if entry is None:
        return File(path, None, Weakening.FILE_MISSING, f"{path} is missing; put it back")
    if entry.mode in _NOT_A_FILE:
        reason, what = _NOT_A_FILE[entry.mode]
        return File(path, None, reason, f"{walked} is {what}; make {path} a regular file")
    data = repository.blob(entry.sha, LARGEST)
    if data is None:
        return File(
            path, None, Weakening.FILE_TOO_LARGE, f"{path} is over 512 KiB; make it smaller"
        )
    return File(path, data)


def _head_file(repository: Repository, base: str | None, tree: str, path: str) -> File:
    """A file of the result; one that was moved is found, and said to be moved."""
    file = _file(repository, tree, path)
    if base is None or file.reason is not Weakening.FILE_MISSING:
        return file
    moved = repository.moved_to(base, tree, path)
    if moved is None:
        return file
    message = f"{path} is moved to {moved}; move it back"
    return replace(_file(repository, tree, moved), reason=Weakening.FILE_MOVED, message=message)
