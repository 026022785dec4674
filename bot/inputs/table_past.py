"""The past of the table, as every reader of it asks for it: what a base branch's versions declared."""

from __future__ import annotations

from bot.allocation.assignments import Version, read_version
from bot.git.repository import Repository


def past_tables(repository: Repository, commit: str, path: str) -> tuple[Version, ...]:
    """The versions along a commit's first-parent line, oldest first, without those nobody could look up."""
    found = (
        read_version(past.committed, past.data, past.commit)
        for past in repository.versions(commit, path)
        if past.data is not None
    )
    return tuple(version for version in found if version is not None)
