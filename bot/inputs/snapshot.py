"""What base says: policy, table and the table's past, read from one commit and never from the work tree."""

from __future__ import annotations

from dataclasses import dataclass

from bot.allocation.history import Version, read_version
from bot.allocation.table import Table, read_table, table_path
from bot.allocation.toml import decode
from bot.errors import BotError, InvalidInput, Problem
from bot.git.base import Base
from bot.git.repository import Repository
from bot.paths import LogFile
from bot.policy import Policy, read_policy


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


@dataclass(frozen=True)
class Logs:
    """The log files to read, and what is worth a warning about them."""

    tokens: tuple[LogFile, ...]
    rework: tuple[LogFile, ...]
    uncommitted: tuple[str, ...]
    """Paths of log files in the work tree that hold what the commit read has not been given."""


def take(repository: Repository, policy_path: str) -> Snapshot:
    """Read base. Raises InvalidInput where its policy or table is missing or wrong."""
    base = repository.base()
    policy_text = _text(repository, base, policy_path)
    policy = read_policy(policy_text, policy_path)
    wanted = policy.pull_request.base
    if wanted is not None and wanted != base.name:
        base = repository.base(wanted)
        policy_text = _text(repository, base, policy_path)
        policy = read_policy(policy_text, policy_path)
    path = table_path(policy_path)
    table_text = _text(repository, base, path)
    return Snapshot(
        base=base,
        policy=policy,
        policy_text=policy_text,
        table=read_table(table_text, path, policy.rules),
        table_text=table_text,
        table_path=path,
        versions=_versions(repository, base, path),
    )


def logs(repository: Repository, snapshot: Snapshot) -> Logs:
    """Lay out the log files of base, or of the branch that the policy's `logs.ref` names."""
    policy = snapshot.policy.logs
    commit: str | None = snapshot.base.commit
    if policy.ref is not None:
        commit = repository.tip(snapshot.base, policy.ref)
    if commit is None:
        raise BotError(
            f"there is no branch {policy.ref} (policy logs.ref); create it or remove the key"
        )
    globs = (policy.tokens, policy.rework)
    return Logs(
        tokens=repository.logs(commit, policy.tokens),
        rework=repository.logs(commit, policy.rework),
        uncommitted=tuple(path for glob in globs for path in repository.uncommitted(glob, commit)),
    )


def _text(repository: Repository, base: Base, path: str) -> str:
    data = repository.read(base.commit, path)
    if data is None:
        said = (
            f"is not on branch {base.name}; commit it there (the bot reads base, not the work tree)"
        )
        raise InvalidInput([Problem(path, said)])
    return decode(data, path)


def _versions(repository: Repository, base: Base, path: str) -> tuple[Version, ...]:
    found = (
        read_version(past.commit, past.committed, past.data)
        for past in repository.versions(base.commit, path)
        if past.data is not None
    )
    return tuple(version for version in found if version is not None)
