"""What a review wants proposed, and what is decided about it: what enters `lifecycle` and what leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.allocation.rules import Rules
from bot.calibration.findings import Change, Scope
from bot.git.history import Identity
from bot.proposal.marker import Dropped, Marker
from bot.proposal.ownership import Hand
from bot.proposal.report import Action


@dataclass(frozen=True)
class Wanted:
    """What the review would like to see proposed."""

    week: str
    """Label of the reviewed week."""
    scope: Scope
    changes: tuple[Change, ...]
    """After `sift`; empty where nothing is to be proposed."""
    inputs: str
    """SHA-256 (hex) of all the review derives from."""
    branch: str
    base: str
    """Name of the base branch."""
    head: str | None
    """Full SHA of the last commit: as built here, or as the forge made it. None without changes."""
    policy: str
    """The policy's path; the table lies beside it."""
    rules: Rules
    """Phases, ladder and gates at base."""
    latest: str
    """Label of the last week that is over: nobody can have reviewed a later one."""
    table: bytes
    """The table with the changes made; base's own without changes."""
    base_table: bytes
    """The table at base."""
    title: str
    body_for: Callable[[Marker, str], str]
    """The body that ends in a marker, and below it in somebody's note as it stands there."""
    author: str
    """Login whose pull requests are the bot's own."""
    identity: Identity
    """On the bot's commits."""
    nothing_logged: bool = False
    """The week has no row: nothing is decided and nothing is touched."""
    dropped: tuple[Dropped, ...] = ()
    """Promotions that were turned down by their boxes and so are not among the changes."""
    bound: Mapping[str, bytes] = field(default_factory=dict)
    """Files that the table binds and that change with it, by path; none without changes."""
    take_over: bool = False
    """Whether somebody asked for the branch to be the bot's again, whoever pushed to it."""
    judge: Callable[[Sequence[str]], None] | None = None
    """Where the forge makes the commits again and signs them: holds the gates against what came back, full
    SHAs, oldest first; raises GateRefusal. None where they are pushed as built."""

    @property
    def hand(self) -> Hand:
        """What the bot's commits are known by."""
        return Hand(self.identity, self.author)

    def marker(self, head: str) -> Marker:
        """What a pull request that is up to date remembers; `head` is its branch's (full SHA)."""
        return Marker(
            self.week,
            self.scope,
            self.changes,
            self.inputs,
            head,
            closed_by_bot=False,
            dropped=self.dropped,
        )


@dataclass(frozen=True)
class Decision:
    """What to do with the pull request, and why."""

    action: Action
    reason: str
    """One plain sentence."""
    push: bool = False
    """Whether the branch is to be moved to the wanted head."""
    number: int | None = None
    """The pull request to edit, close or comment on."""
    head: str | None = None
    """Head that the marker in the body shall name."""
    retitle: bool = False
    """Whether the title changes too."""
    delete: bool = False
    """Whether the branch is to go."""
    body: str = ""
    """Its body: with what to open it, as it is to be, or to close it with."""
    keep: bool = False
    """Whether the branch's head is kept under another name before it is moved: it is not the bot's."""
