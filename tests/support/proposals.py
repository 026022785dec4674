"""Builders for the life of a pull request: what is wanted, what is there, in a line each."""

from __future__ import annotations

from dataclasses import replace

from bot.allocation.names import Cell
from bot.calibration.findings import Change, Scope
from bot.forge.protocol import Observed, PullRequest, State
from bot.git.history import Commit, Identity
from bot.proposal.decision import Wanted
from bot.proposal.marker import Marker, ended, render
from bot.proposal.ownership import BranchState, Hand, Pushed
from bot.wording.checklist import box_row
from bot.wording.commit_messages import change_label
from tests.support.tables import RULES

BOT = "github-actions[bot]"
IDENTITY = Identity("calibration-bot", "bot@example.org")
HAND = Hand(IDENTITY, BOT)
PERSON = Identity("Ada", "ada@example.org")
REPOSITORY = "acme/app"
WEEKLY = "calibration/weekly"
TITLE = "calibration: 1 assignment upgraded (2025-W49)"
CHANGE = Change(Cell("EXEC", "TESTING"), "sonnet", "opus")
OTHER = Change(Cell("PLAN", "API"), "sonnet", "opus")
_LABELLED = {change_label(change): change for change in (CHANGE, OTHER)}
INPUTS, OLD_INPUTS = "ab" * 32, "cd" * 32
HEAD, OLD_HEAD, STRANGE = "a" * 40, "b" * 40, "c" * 40
TABLE, BASE_TABLE = b"wanted", b"base"


def marker(**more: object) -> Marker:
    """What an up-to-date pull request remembers."""
    plain = Marker("2025-W49", Scope(), (CHANGE,), INPUTS, HEAD, closed_by_bot=False)
    return replace(plain, **more)


def body(of: Marker, note: str = "") -> str:
    """A body that ends in a marker, and somebody's note below it."""
    return ended(f"What changes and why.\n\n{render(of)}", note)


def boxed(of: Marker, unticked: tuple[Change, ...] = (), *, note: str = "") -> str:
    """The body of a marker with a box a change, some of them as somebody left them unticked."""
    said = (*of.changes, *(one.change for one in of.dropped))
    rows = (box_row(change, "why", ticked=change not in unticked) for change in said)
    return ended("\n".join(["What changes.", "", *rows, "", render(of)]), note)


def wanted(**more: object) -> Wanted:
    """One change to propose on base `main`."""
    plain = Wanted(
        week="2025-W49",
        scope=Scope(),
        changes=(CHANGE,),
        inputs=INPUTS,
        branch=WEEKLY,
        base="main",
        head=HEAD,
        policy="config/policy.toml",
        rules=RULES,
        latest="2026-W30",
        table=TABLE,
        base_table=BASE_TABLE,
        title=TITLE,
        body_for=body,
        author=BOT,
        identity=IDENTITY,
    )
    return replace(plain, **more)


def nothing_wanted(**more: object) -> Wanted:
    """A review that promotes nothing."""
    return wanted(changes=(), head=None, table=BASE_TABLE, **more)


def pull(number: int = 7, says: Marker | None = None, **more: object) -> PullRequest:
    """An open pull request of the bot."""
    plain = PullRequest(
        number=number,
        url=f"https://github.com/{REPOSITORY}/pull/{number}",
        state=State.OPEN,
        branch=WEEKLY,
        head_repository=REPOSITORY,
        author=BOT,
        base="main",
        title=TITLE,
        body=body(says or marker()),
    )
    return replace(plain, **more)


def observed(*pulls: PullRequest, head: str | None = HEAD, **more: object) -> Observed:
    """What a forge with these pull requests shows."""
    branches = ("main", *([WEEKLY] if head else []))
    return replace(Observed(WEEKLY, head, branches, REPOSITORY, pulls), **more)


def commit(inputs: str | None = INPUTS, week: str | None = "2025-W49", **more: object) -> Commit:
    """A commit of the bot."""
    label = None if inputs is None else change_label(CHANGE)
    return replace(Commit(HEAD, IDENTITY, IDENTITY, week, inputs, label), **more)


def branch(
    head: str = HEAD,
    *commits: Commit,
    merged: bytes | None = TABLE,
    beside: frozenset[str] = frozenset(),
) -> BranchState:
    """The bot's branch, one commit unless said; what each changes is what its trailer says."""
    pushed = tuple(Pushed(one, _LABELLED.get(one.change)) for one in commits or (commit(),))
    return BranchState(head, pushed, merged, beside=beside)
