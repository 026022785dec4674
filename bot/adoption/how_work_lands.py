"""What a repository's history and branches tell of its work items: `[imports]` of the first policy.

In: an opened repository. Out: whether work comes in pull requests, and whether branches name tickets.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.git.repository import Repository

TICKETS = r"(?:.*/)?(?P<sd>[A-Z][A-Z0-9]+-[0-9]+)(?:[-_/].*)?"
"""Branches such as `feature/ABC-12-login`."""
_RECENT = 100  # commits, and branches
_LANDED = re.compile(r"\(#[0-9]+\)$|^Merge pull request #[0-9]+ ")
_TICKET = re.compile(TICKETS)
_REMOTE = re.compile(r"^refs/(?:heads|remotes/[^/]+)/")
_SEVERAL = 2
"""Branches that make a habit."""


class Landing(NamedTuple):
    """How work arrives."""

    pull_requests: bool = False
    """Whether commits of the current branch name the pull requests they came in."""
    tickets: bool = False
    """Whether branches begin with a ticket's id."""


NOTHING_KNOWN = Landing()


def how_work_lands(repository: Repository) -> Landing:
    """What the newest commits and branches show; nothing where there are none."""
    log = ("log", "--first-parent", f"-{_RECENT}", "-z", "--format=%s")
    subjects = repository.run(*log).out.decode("utf-8", "replace").split("\0")
    newest = ("--sort=-committerdate", f"--count={_RECENT}", "--format=%(refname)")
    named = repository.run("for-each-ref", *newest, "refs/heads", "refs/remotes").out
    branches = {_REMOTE.sub("", line) for line in named.decode("utf-8", "replace").split("\n")}
    return Landing(
        pull_requests=any(_LANDED.search(subject) for subject in subjects),
        tickets=sum(_TICKET.fullmatch(branch) is not None for branch in branches) >= _SEVERAL,
    )
