"""The branch of the logs as this repository knows it, without asking a server."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import BotError
from bot.git import remote
from bot.git.process import Git
from bot.git.repository import Repository


def last_fetched(repository: Repository, branch: str) -> str | None:
    """Newest commit of a branch: the remote's as last fetched, else our own; None without one."""
    where = remote.find_remote(repository)
    refs = [f"refs/remotes/{where.name}/{branch}"] if where else []
    return next(filter(None, map(repository.resolve, (*refs, f"refs/heads/{branch}"))), None)


def on_base(branch: str) -> str:
    """What is wrong where the branch of the logs is base, and what to do."""
    return (
        f"{branch} is the base branch, and logs need a branch of their own: name another one, "
        'e.g. "calibration/logs", or another base (pull_request.base)'
    )


def check_apart(branch: str, base: str | None) -> None:
    """Raises BotError where the branch of the logs is base; nobody is to push rows straight to that."""
    if branch == base:
        raise BotError(f"the policy's logs.ref: {on_base(branch)}")


def blobs_of(git: Git, commit: str | None) -> Mapping[str, str]:
    """Blob of every file of a commit, by path; links count as files."""
    if commit is None:
        return {}
    said = git.check("ls-tree", "-r", "-z", commit).out.decode("utf-8", "surrogateescape")
    lines = (line.partition("\t") for line in said.split("\0")[:-1])
    return {path: what.split()[2] for what, _, path in lines}
