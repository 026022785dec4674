"""What base says: policy, table and the table's past, read from one commit and never from the work tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from bot.allocation.assignments import Version
from bot.allocation.table import Table, read_table, table_path
from bot.allocation.toml import decode
from bot.calendar import Week
from bot.errors import BotError, InvalidInput, Problem, UsageError
from bot.evidence.branch import check_apart
from bot.git.base import Base
from bot.git.history import Pusher, first_parent_times, pushers
from bot.git.repository import Repository
from bot.inputs.places import rows_elsewhere, together
from bot.inputs.strays import read_by_nobody
from bot.inputs.table_past import past_tables
from bot.paths import LogFile, strays_of
from bot.policy import Policy, read_policy
from bot.policy.own_branches import is_own

Listed = Sequence[tuple[str, str]]
"""Path and blob of some files of a commit."""


@dataclass(frozen=True)
class Snapshot:
    """The base branch's newest commit, parsed."""

    base: Base
    policy: Policy
    policy_text: str
    table: Table
    table_text: str
    """Every byte of the table, decoded: encoded again it is the blob."""
    table_path: str
    versions: tuple[Version, ...]
    """The table's past along the first-parent line, oldest first; the last is `table`."""
    newer_logs: str | None = None
    """Newest commit of the logs branch (full SHA), where a look at the past leaves it unread unasked."""


class AsOf(NamedTuple):
    """The commits to read from in place of the newest ones, as typed."""

    base: str
    logs: str | None
    """Of the logs branch; None for its newest one that is no younger than that of base."""


@dataclass(frozen=True)
class LogFiles:
    """The log files to read, and what is worth a warning about them."""

    lay_out: Callable[[str], tuple[LogFile, ...]]
    """Puts the files that a glob means where they can be read."""
    globs: tuple[str, str]
    """What the policy calls token logs and rework logs."""
    content: Mapping[str, Sequence[Listed]]
    """Every file: by glob, then by commit."""
    laid_out: Callable[[Listed], tuple[LogFile, ...]]
    """Puts some of these where they can be read."""
    uncommitted: tuple[str, ...]
    """Paths of log files in the work tree that hold rows that none of the branches read has been given."""
    strays: tuple[str, ...]
    """Paths on these branches that look like logs, and that no glob of the policy means."""
    pushers: tuple[Pusher, ...]
    """Whose commits the branch of the logs has got since the week asked for began."""
    secret: bytes = field(default=b"", repr=False)
    """Where there is one, only what was kept with it is believed in their place."""

    @property
    def tokens(self) -> tuple[LogFile, ...]:
        """The token logs, laid out by now."""
        return self.lay_out(self.globs[0])

    @property
    def rework(self) -> tuple[LogFile, ...]:
        """The rework logs, laid out by now."""
        return self.lay_out(self.globs[1])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the logs the bot does not read yet."""
        unread = "holds rows that are not on the branches the bot reads; run `log sync`, or commit and push"
        return (*(f"{path} {unread}" for path in self.uncommitted), *read_by_nobody(self.strays))


def take(repository: Repository, policy_path: str, as_of: AsOf | None = None) -> Snapshot:
    """Read base, perhaps as it was. Raises InvalidInput where its policy or table is missing or wrong.

    Raises UsageError for a commit of `as_of` that is none of its branch's first-parent line.
    Raises BotError where base is a branch the bot proposes from (it would propose to its own proposal), and
    where it is the branch of the logs.
    """
    base = _at(repository, repository.base(), as_of)
    policy_text = _text(repository, base, policy_path)
    policy = read_policy(policy_text, policy_path)
    wanted = policy.pull_request.base
    if wanted is not None and wanted != base.name:
        base = _at(repository, repository.base(wanted), as_of)
        policy_text = _text(repository, base, policy_path)
        policy = read_policy(policy_text, policy_path)
    if is_own(base.name):
        raise _own_branch(base.name, wanted)
    check_apart(policy.logs.ref, base.name)
    newer_logs = None
    if as_of is not None and policy.logs.source is None:
        tip = repository.tip(base, policy.logs.ref)
        base = _with_logs_at(repository, base, policy.logs.ref, as_of.logs)
        read = as_of.logs is not None or base.branches.get(policy.logs.ref) == tip
        newer_logs = None if read else tip
    path = table_path(policy_path)
    table_text = _text(repository, base, path)
    return Snapshot(
        base=base,
        policy=policy,
        policy_text=policy_text,
        table=read_table(table_text, path, policy.rules),
        table_text=table_text,
        table_path=path,
        versions=past_tables(repository, base.commit, path),
        newer_logs=newer_logs,
    )


def _at(repository: Repository, base: Base, as_of: AsOf | None) -> Base:
    if as_of is None:
        return base
    line = first_parent_times(repository, base.commit)
    commit = _on_line(repository, "--as-of", as_of.base, base.name, line)
    return replace(base, commit=commit, committed=line[commit])


def _with_logs_at(repository: Repository, base: Base, branch: str, wanted: str | None) -> Base:
    """With the logs branch at the commit wanted, else at its newest one no younger than base."""
    tip = repository.tip(base, branch)
    line = {} if tip is None else first_parent_times(repository, tip)
    newest = next((sha for sha, at in line.items() if at <= base.committed), None)
    found = newest if wanted is None else _on_line(repository, "--logs-as-of", wanted, branch, line)
    others = {name: sha for name, sha in base.branches.items() if name != branch}
    return replace(base, branches=others if found is None else {**others, branch: found})


def _on_line(
    repository: Repository, option: str, name: str, branch: str, line: Mapping[str, int]
) -> str:
    commit = repository.resolve(name)
    if commit is None or commit not in line:
        raise UsageError(f"{option} {name!r} names no commit of the first-parent line of {branch}")
    return commit


def _own_branch(name: str, configured: str | None) -> BotError:
    remedy = (
        "correct pull_request.base in the policy"
        if configured
        else "switch to another branch (on a remote: make another one its default), or set pull_request.base"
    )
    return BotError(f"base is {name}, which the bot itself proposes from; {remedy}")


def logs(repository: Repository, snapshot: Snapshot, week: Week) -> LogFiles:
    """The log files of base and of the branch that the policy's `logs.ref` names, if there is one."""
    policy = snapshot.policy.logs
    branch = repository.tip(snapshot.base, policy.ref)
    commits = [snapshot.base.commit, *([branch] if branch else [])]
    globs = policy.tokens, policy.rework
    listed = {glob: [repository.listed(commit, glob) for commit in commits] for glob in globs}

    @cache
    def lay_out(glob: str) -> tuple[LogFile, ...]:
        return together(repository.folder / "places", *map(repository.laid_out, listed[glob]))

    return LogFiles(
        lay_out=lay_out,
        globs=globs,
        content=listed,
        laid_out=repository.laid_out,
        uncommitted=tuple(
            path for glob in globs for path in _nowhere(repository, snapshot, glob, lay_out)
        ),
        strays=strays_of(
            (policy.tokens, policy.rework),
            lambda glob: [path for commit in commits for path in repository.paths(commit, glob)],
        ),
        pushers=pushers(repository, branch, week.start) if branch else (),
        secret=repository.secret,
    )


def _nowhere(
    repository: Repository,
    snapshot: Snapshot,
    glob: str,
    lay_out: Callable[[str], tuple[LogFile, ...]],
) -> tuple[str, ...]:
    """Files of the work tree with rows that are in none of those read."""
    asked = repository.uncommitted(glob, snapshot.base.commit)
    read = lay_out(glob) if asked else ()
    return tuple(path for path, _ in rows_elsewhere(repository.root, asked, read))


def _text(repository: Repository, base: Base, path: str) -> str:
    data = repository.read(base.commit, path)
    if data is None:
        said = (
            f"is not on branch {base.name}; commit it there (the bot reads base, not the work tree)"
        )
        raise InvalidInput([Problem(path, said)])
    return decode(data, path)
