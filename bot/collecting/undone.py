"""Which pull requests were taken back later: by a commit on base, or by GitHub's own button. Pure.

In: commits on base, and pull requests. Out: reverts of commits by SHA, and of pull requests by number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.calendar import SECOND
from bot.collecting.landed_facts import Lookup, is_datable
from bot.collecting.messages import Reading, read_message
from bot.forge.pull_requests import PullRecord, Undoing
from bot.git.landed import LandedCommit

_BUTTON = re.compile(r"revert-([1-9][0-9]{0,8})-")
"""How GitHub begins the name of the branch on which its button reverts a pull request."""


class Reverting(NamedTuple):
    """A commit on base that takes another one back."""

    reverted: str
    """Full SHA."""
    by: str
    """Full SHA."""
    at: int
    """Microseconds since the epoch."""


def reverts_in(
    commits: Iterable[LandedCommit], reading: Reading, lookup: Lookup, now: int
) -> tuple[Reverting, ...]:
    """Commits of base that were taken back; to revert a revert puts work back. `now` as in `found_in`."""
    said = [
        (commit.sha, commit.committed * SECOND, name)
        for commit in commits
        if is_datable(commit.committed, now)
        for name in read_message(commit, reading).reverts
    ]
    known = lookup({name for _, _, name in said})
    return tuple(
        Reverting(known[name].sha, by, at)
        for by, at, name in said
        if name in known and not read_message(known[name], reading).reverts
    )


def reverted_by_button(
    pulls: Iterable[PullRecord], repository: str
) -> Iterator[tuple[int, Undoing]]:
    """Number of a pull request, and the one that takes it back: merged, from a branch of the repository."""
    for pull in pulls:
        button = _BUTTON.match(pull.branch)
        own = (pull.head_repository or "").lower() == repository.lower()
        if button and own and pull.merged_at is not None:
            yield int(button[1]), Undoing(pull.node_id, pull.merged_at, pull.address)
