"""Whose it is: pull requests by author and repository, commits by name, trailers and content. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.calibration.findings import Change
from bot.forge.protocol import Observed, PullRequest
from bot.git.history import Commit, Identity
from bot.proposal.marker import Marker
from bot.wording.commit_messages import change_label
from bot.wording.escape import trailer_value

# What git drops at both ends of a name before it writes it into a commit.
_CRUD = " .,:;<>\"\\'"


@dataclass(frozen=True)
class Hand:
    """What the bot's commits are known by."""

    identity: Identity
    """On those it makes itself."""
    login: str
    """Whom GitHub makes them for, where it does; an App's ends in `[bot]`."""

    @property
    def address(self) -> re.Pattern[str]:
        """The e-mail address that GitHub gives the login."""
        name = re.escape(self.login)
        return re.compile(rf"(\d+\+)?{name}@users\.noreply\.", re.IGNORECASE)


@dataclass(frozen=True)
class Pushed:
    """A commit on the branch, and what it changes."""

    commit: Commit
    change: Change | None
    """The promotion it makes, None where it changes anything but that."""


@dataclass(frozen=True)
class BranchState:
    """The branch as it stands on the remote."""

    head: str
    """Full SHA."""
    commits: tuple[Pushed, ...]
    """What it has beyond base, oldest first."""
    merged: bytes | None
    """The table that merging it into base would give; None for a conflict or no table."""
    bound: Mapping[str, bytes | None] = field(default_factory=dict)
    """What that merge would give in each file that is wanted beside the table; None for no such file."""
    beside: frozenset[str] = frozenset()
    """What else that merge would change in base: paths. Hostile."""


def ours(pull: PullRequest, observed: Observed, author: str) -> bool:
    """Whether a pull request is the bot's own: its head is in this repository and its author the bot."""
    return in_this_repository(pull, observed) and by(pull, author)


def in_this_repository(pull: PullRequest, observed: Observed) -> bool:
    """Whether its head branch is in the repository looked at, and not in a fork."""
    where = pull.head_repository
    return where is not None and where.casefold() == observed.repository.casefold()


def by(pull: PullRequest, author: str) -> bool:
    """Whether an account opened it; logins know no case."""
    return pull.author.casefold() == author.casefold()


def recorded(branch: BranchState, hand: Hand, wanted: str | None, marker: Marker) -> bool:
    """Whether the head of an open pull request's branch is what the bot pushed.

    Normally it is the one the marker names; a marker alone proves nothing, people can edit it. A run that
    ended between its push and its edit leaves the bot's own commits of other inputs; one of the marker's
    inputs but another head was cut short by a person.
    """
    if not built_by_bot(branch, hand, wanted):
        return False
    if branch.head in (marker.head, wanted):
        return True
    return bool(branch.commits) and branch.commits[-1].commit.inputs != marker.inputs


def built_by_bot(branch: BranchState, hand: Hand, wanted: str | None) -> bool:
    """Whether all it has beyond base is what one run of the bot makes.

    `wanted` is the head the bot would push now: built from the same inputs, it is the same commit.
    """
    return branch.head == wanted or len(_latest_run(branch, hand)) == len(branch.commits)


def outdated(branch: BranchState, hand: Hand, wanted: str | None) -> bool:
    """Whether the bot's commits change files that are not to change now: base's table binds them no more.

    What a person's commits change beside the table is that person's.
    """
    return bool(branch.beside) and built_by_bot(branch, hand, wanted)


def left_behind(branch: BranchState, hand: Hand, marker: Marker | None) -> bool:
    """Whether the bot made its newest commits, on a base that is base no more: its history was rewritten.

    `marker` is what the pull request remembers, None where there is none to ask.
    """
    run = _latest_run(branch, hand)
    if not run or len(run) == len(branch.commits):
        return False
    made = tuple(pushed.change for pushed in run)
    return marker is None or (marker.head, marker.changes) == (branch.head, made)


def _latest_run(branch: BranchState, hand: Hand) -> tuple[Pushed, ...]:
    """The newest commits, oldest first, as far down as one run of the bot could have made them."""
    found: list[Pushed] = []
    for pushed in reversed(branch.commits):
        newest = found[0] if found else pushed
        cells = {above.change.cell for above in found if above.change is not None}
        if pushed.change is None or pushed.change.cell in cells or not by_bot(pushed, hand):
            break
        if _run(pushed.commit) != _run(newest.commit):
            break
        found.insert(0, pushed)
    return tuple(found)


def _run(commit: Commit) -> tuple[str | None, str | None]:
    """What all commits of one run share."""
    return commit.week, commit.inputs


def by_bot(pushed: Pushed, hand: Hand) -> bool:
    """Whether the bot authored and committed it, with its trailers, and it changes what they say."""
    if pushed.change is None or not signed(pushed.commit, hand):
        return False
    return pushed.commit.change == trailer_value(change_label(pushed.change))


def signed(commit: Commit, hand: Hand) -> bool:
    """Whether it carries the bot's name, or was made by GitHub for it, and its trailers: as anybody's may."""
    names = (commit.author, commit.committer)
    own = all(_same(name, hand.identity) for name in names)
    return (own or by_github(commit, hand)) and commit.inputs is not None


def by_github(commit: Commit, hand: Hand) -> bool:
    """Whether GitHub says that it committed it itself, for the login that the bot runs as.

    GitHub gives an App an address of its own on every server; a person's address is up to the person. Whoever
    rebases the bot's own commits there is their committer so too, and leaves their author.
    """
    if not commit.committer.email.startswith("noreply@") or _same(commit.author, hand.identity):
        return False
    return not hand.login.endswith("[bot]") or hand.address.match(commit.author.email) is not None


def all_by_github(branch: BranchState, hand: Hand) -> bool:
    """Whether GitHub committed all that the branch has beyond base."""
    return all(by_github(pushed.commit, hand) for pushed in branch.commits)


def _same(one: Identity, other: Identity) -> bool:
    return [part.strip(_CRUD) for part in (one.name, one.email)] == [
        part.strip(_CRUD) for part in (other.name, other.email)
    ]
