"""Which commit everything is read from: the base branch, as the remote has it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import BotError
from bot.git import remote
from bot.git.objects import Objects
from bot.git.process import Git, failed
from bot.git.remote import Remote


@dataclass(frozen=True)
class Base:
    """The base branch at the moment it was looked at."""

    name: str
    """Name of the branch."""
    commit: str
    """Full SHA of its newest commit."""
    committed: int
    """Committer time of that commit, seconds since the epoch."""
    remote: Remote | None
    """Where it comes from, None for a repository without remote."""
    branches: Mapping[str, str]
    """SHA of every branch at that moment, by name: the remote's, else this repository's own."""

    @property
    def needed_remote(self) -> Remote:
        """The remote. Raises BotError where there is none."""
        if self.remote is None:
            raise BotError(
                "the repository has no remote; add one named origin, or use --forge local"
            )
        return self.remote


def find_base(git: Git, objects: Objects, configured: str | None) -> Base:
    """The base branch (see `Repository.base`)."""
    where = remote.find_remote(git)
    if where is None:
        name, branches = configured or _current(git), local_branches(git)
    else:
        seen = remote.listing(git, where, with_head=configured is None)
        name, branches = configured or seen.head or "", seen.branches
    commit = branches.get(name)
    if commit is None:
        raise _no_base(name, configured, where, bool(branches))
    _bring(git, objects, where, commit)
    return Base(name, commit, objects.committed(commit), where, branches)


def tip(git: Git, objects: Objects, of: Base, branch: str) -> str | None:
    """Newest commit of a branch when base was looked at, made readable; None without such a branch."""
    commit = of.branches.get(branch)
    if commit is not None:
        _bring(git, objects, of.remote, commit)
    return commit


def local_branches(git: Git) -> Mapping[str, str]:
    """SHA of each branch of this repository, by name."""
    said = git.check("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads").lines
    pairs = (line.partition(" ") for line in said)
    return {name.removeprefix("refs/heads/"): sha for sha, _, name in pairs}


def _bring(git: Git, objects: Objects, where: Remote | None, commit: str) -> None:
    if where is not None and not objects.has(commit):
        remote.fetch(git, where, commit)


def last_known(git: Git) -> str | None:
    """Name of the base branch that no policy names, without asking a server; None where nothing tells.

    The remote's HEAD as a clone noted it, else the current branch.
    """
    where = remote.find_remote(git)
    folder = f"refs/remotes/{where.name}/" if where else None
    noted = git.run("symbolic-ref", "--quiet", f"{folder}HEAD").text if folder else ""
    return noted.removeprefix(folder or "") or current(git)


def current(git: Git) -> str | None:
    """Name of the branch that HEAD is on, which may have no commit yet; None for a detached one."""
    answer = git.run("symbolic-ref", "--quiet", "HEAD")
    if answer.status > 1:
        raise failed(("symbolic-ref",), answer)
    return None if answer.status else answer.text.removeprefix("refs/heads/")


def _current(git: Git) -> str:
    name = current(git)
    if name is None:
        raise BotError(
            "HEAD is detached and there is no remote to ask for its default branch; switch to a branch, "
            "or name one in the policy (pull_request.base)"
        )
    return name


def _no_base(name: str, configured: str | None, where: Remote | None, any_branch: bool) -> BotError:
    place = "this repository" if where is None else f"remote {where.name}"
    if not any_branch:
        return BotError(f"{place} has no commits yet; commit the table and the policy first")
    if configured is not None:
        return BotError(f"{place} has no branch {name}; correct pull_request.base in the policy")
    if name:
        return BotError(
            f"{place} has no commit on branch {name}; make one, or set pull_request.base"
        )
    return BotError(f"{place} names no default branch; set pull_request.base in the policy")
