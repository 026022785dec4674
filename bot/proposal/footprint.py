"""What a commit on the bot's branch changes, as far as that is no more than what a calibration changes.

In: a commit. Out: its one `Change`, or None for any other footprint. A name and trailers can be written by
anybody; bytes cannot pretend. The edit is made again on what was there before, and must give the same file.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.allocation.edit import edit
from bot.allocation.rules import Rules, read_rules
from bot.allocation.table import Table, read_table, table_path
from bot.allocation.toml import decode, parse
from bot.binding.bound_files import bind
from bot.binding.bound_source import CommitFiles
from bot.calibration.findings import Change
from bot.errors import BotError, InvalidInput
from bot.git.history import Commit
from bot.git.repository import Repository
from bot.policy.apply_rules import ApplyRule, sound_sections

_NEW_FILE = ("000000", "100644")


def footprint(
    repository: Repository, commit: Commit, policy_path: str, rules: Rules
) -> Change | None:
    """The one cell a commit raises by one rung; None where it does anything else, or more.

    Judged by the policy that the commit was built on, whose ladder may be an older one; where that cannot be
    read by `rules`.
    """
    path = table_path(policy_path)
    if len(commit.parents) != 1:
        return None
    (parent,) = commit.parents
    changed = {change.path: change for change in repository.changed(parent, commit.sha)}
    if path not in changed or not changed[path].content_only:
        return None
    before, after = (repository.read_plain(sha, path) for sha in (parent, commit.sha))
    if before is None or after is None:
        return None
    policy = repository.read_plain(parent, policy_path)
    then = _rules(policy, rules)
    try:
        made = _raised(decode(before, path), decode(after, path), path, then)
        table = read_table(decode(after, path), path, then)
        bound = bind(
            _sections(policy), table, then, CommitFiles(repository, parent, to_write=True)
        ).changed
    except BotError:  # no table, or none that the edit could have made
        return None
    beside = changed.keys() - {path} == bound.keys() and all(
        (changed[name].content_only or changed[name].modes == _NEW_FILE)
        and repository.read_plain(commit.sha, name) == content
        for name, content in bound.items()
    )
    return made if beside else None


def _rules(policy: bytes | None, now: Rules) -> Rules:
    try:
        return now if policy is None else read_rules(decode(policy, "policy"), "policy")
    except InvalidInput:
        return now


def _sections(policy: bytes | None) -> Sequence[ApplyRule]:
    """Where the table bound by then."""
    try:
        return () if policy is None else sound_sections(parse(decode(policy, ""), ""))
    except InvalidInput:
        return ()


def _raised(before: str, after: str, path: str, rules: Rules) -> Change | None:
    old, new = read_table(before, path, rules), read_table(after, path, rules)
    change = _only_change(old, new)
    if change is None or rules.floor(change.cell) is not None:
        return None
    if rules.ladder.above(change.old) != change.new:
        return None
    if old.entries.keys() == new.entries.keys() and _one_value(before, after, change):
        return change
    return change if edit(before, old, {change.cell: change.new}, path) == after else None


def _one_value(before: str, after: str, change: Change) -> bool:
    """Whether the texts differ by the one model in its quotes: all that the edit of an entry does.

    Of tables with the same entries, whose keys are therefore the same. It spares a hundred commits of a large
    table a reading by tomlkit each; what is spelled in another way is left to the edit.
    """
    lines, others = before.split("\n"), after.split("\n")
    differing = [pair for pair in zip(lines, others, strict=False) if pair[0] != pair[1]]
    old, new = f'"{change.old}"', f'"{change.new}"'
    return (
        len(lines) == len(others)
        and len(differing) == 1
        and all(
            line.count(old) == 1 and line.replace(old, new) == other for line, other in differing
        )
    )


def _only_change(old: Table, new: Table) -> Change | None:
    cells = [cell for cell, model in new.entries.items() if old.entries.get(cell) != model]
    if len(cells) != 1:
        return None
    (cell,) = cells
    return Change(cell, old.declared(cell), new.entries[cell])
