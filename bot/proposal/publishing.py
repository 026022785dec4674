"""The shell around the decision: looks at the branch, lets `lifecycle` decide, carries it out.

A push comes first and the pull request second: whatever ends a run in between, the next one finds the
branch and goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from bot.allocation.table import table_path
from bot.errors import BotError, PublicationRefused
from bot.forge.protocol import Edited, Forge, Observed, Opened, Proposal, PullRequest, State
from bot.git.base import Base
from bot.git.repository import Repository
from bot.policy import PullRequestPolicy
from bot.proposal.comments import HANDS_OFF_TAG, hands_off_comment
from bot.proposal.decision import Decision, Wanted
from bot.proposal.footprint import footprint
from bot.proposal.guard_run import start_checks
from bot.proposal.lifecycle import decide, from_branch
from bot.proposal.marker import read_marker, text_above, with_note
from bot.proposal.ownership import BranchState, Pushed, by_github, signed
from bot.proposal.report import Action, PullRequestReport
from bot.proposal.sealing import reused, sealed
from bot.proposal.takeover import Keeping, keeping
from bot.wording.checklist import read_boxes

_WRITING = (Action.CREATE, Action.UPDATE, Action.CLOSE)


@dataclass(frozen=True)
class Published:
    """What publishing came to."""

    report: PullRequestReport
    """Its action is REFUSED where the branch is pushed and the forge would not open the pull request."""
    warnings: tuple[str, ...]
    """Plain sentences."""
    signed: tuple[str, ...] | None = None
    """Full SHAs of the commits that GitHub signed, empty where there are none yet; None without signing."""


def publish(
    forge: Forge,
    repository: Repository,
    base: Base,
    wanted: Wanted,
    observed: Observed,
    asked: PullRequestPolicy,
) -> Published:
    """Bring the forge to what is wanted, by the one action `lifecycle.decide` names.

    Raises BotError where the branch moved meanwhile, its name is taken, or the remote or forge fails.
    """
    branch = _look(repository, base, wanted, observed)
    wanted = reused(repository, base, wanted, branch)
    decision = decide(wanted, observed, branch)
    kept = _kept(base, wanted, branch, decision)
    said = (*observed.warnings, *(() if kept is None else (kept.sentence(),)))
    if decision.action in _WRITING:
        forge.ready(wanted.author, opening=decision.action is Action.CREATE)
    if decision.push:
        _check_names(wanted, observed, kept)
        wanted = sealed(forge, repository, base, wanted)
        decision = decide(wanted, observed, branch)
    _push(forge, base, wanted, observed, decision, kept)
    try:
        opened = _propose(forge, wanted, observed, decision, asked)
    except PublicationRefused as err:
        refused = _report(wanted, decision, Action.REFUSED, str(err), None)
        return Published(
            replace(refused, by_hand=err.by_hand), said, _signed(repository, base, wanted)
        )
    told = (*_beside(wanted, observed, decision), *_tell(forge, wanted, decision, kept))
    if decision.delete and branch is not None and not opened.left_open:
        forge.delete_branch(wanted.branch, branch.head)
    checks = start_checks(forge, repository, wanted, observed, decision)
    url = opened.url or _url(observed, decision)
    report = _report(wanted, decision, decision.action, decision.reason, url)
    warnings = (*said, *opened.warnings, *told, *checks)
    return Published(report, warnings, _signed(repository, base, wanted))


def _signed(repository: Repository, base: Base, wanted: Wanted) -> tuple[str, ...] | None:
    if wanted.judge is None or wanted.head is None:
        return None
    chain = repository.commits_between(base.commit, wanted.head)
    return tuple(commit.sha for commit in chain if by_github(commit, wanted.hand))


def _look(
    repository: Repository, base: Base, wanted: Wanted, observed: Observed
) -> BranchState | None:
    """The branch as it stands, with what its merge would give; None where there is none."""
    head = repository.tip(base, observed.branch)
    if head is None:
        return None
    merge = repository.merge(base.commit, head)
    commits = tuple(_pushed(repository, base.commit, head, wanted))
    if not merge.clean:
        return BranchState(head, commits, None)
    table = table_path(wanted.policy)
    merged = repository.read_plain(merge.tree, table)
    bound = {path: repository.read_plain(merge.tree, path) for path in wanted.bound}
    changed = {change.path for change in repository.changed(base.commit, merge.tree)}
    return BranchState(head, commits, merged, bound, frozenset(changed - {table} - bound.keys()))


def _pushed(repository: Repository, base: str, head: str, wanted: Wanted) -> Iterator[Pushed]:
    """The branch's commits, oldest first, with what they change; what is not signed needs no look."""
    for commit in repository.commits_between(base, head):
        bots = signed(commit, wanted.hand)
        made = footprint(repository, commit, wanted.policy, wanted.rules) if bots else None
        yield Pushed(commit, made)


def _kept(
    base: Base, wanted: Wanted, branch: BranchState | None, decision: Decision
) -> Keeping | None:
    if branch is None or not decision.keep:
        return None
    return keeping(wanted.branch, branch, wanted.hand, base.branches)


def _check_names(wanted: Wanted, observed: Observed, kept: Keeping | None) -> None:
    for name in (wanted.branch, *([kept.backup] if kept else [])):
        taken = in_the_way(name, observed.branches)
        if taken is not None:
            raise BotError(f"branch {name} cannot exist beside branch {taken}; rename that one")


def in_the_way(branch: str, branches: Iterable[str]) -> str | None:
    """A branch whose name keeps `branch` from existing: `a` and `a/b` cannot both be."""
    return next(
        (
            name
            for name in branches
            if branch.startswith(f"{name}/") or name.startswith(f"{branch}/")
        ),
        None,
    )


def _push(
    forge: Forge,
    base: Base,
    wanted: Wanted,
    observed: Observed,
    decision: Decision,
    kept: Keeping | None,
) -> None:
    """Move the branch; what it held and the bot did not make is kept first."""
    if not decision.push or wanted.head is None:
        return
    if kept is not None and kept.backup not in base.branches:
        forge.push(kept.backup, kept.head, None)
    forge.push(wanted.branch, wanted.head, observed.head)


def _tell(
    forge: Forge, wanted: Wanted, decision: Decision, kept: Keeping | None
) -> tuple[str, ...]:
    """Tell those who pushed where their commits are."""
    if kept is None or decision.number is None:
        return ()
    return _say(forge, wanted, decision.number, kept.comment(), kept.tag)


def _say(forge: Forge, wanted: Wanted, number: int, text: str, tag: str) -> tuple[str, ...]:
    """Comment once; what fails (a locked conversation, say) is a warning, as nothing hangs on it."""
    try:
        forge.comment_once(number, text, tag, wanted.author)
    except BotError as err:
        return (str(err),)
    return ()


def _beside(wanted: Wanted, observed: Observed, decision: Decision) -> tuple[str, ...]:
    """What else is open from the branch, and so moves with it."""
    others = (
        pull
        for pull in from_branch(observed)
        if pull.state is State.OPEN and pull.base != wanted.base and pull.number != decision.number
    )
    return tuple(
        f"#{pull.number} proposes the same branch for {pull.base}; what the bot pushes appears there too"
        for pull in others
    )


def _propose(
    forge: Forge, wanted: Wanted, observed: Observed, decision: Decision, asked: PullRequestPolicy
) -> Opened:
    if decision.action is Action.CREATE:
        return forge.open(_proposal(wanted, decision.body, asked))
    pull = _decided(observed, decision)
    if pull is None:
        return Opened(None)
    rewrite = partial(_rewritten, pull, decision.body)
    if decision.action is Action.UPDATE:
        done = forge.edit(pull.number, rewrite, wanted.title if decision.retitle else None)
        return Opened(None, _surprise(forge, pull, State.OPEN, done, retitled=decision.retitle))
    if decision.action is Action.CLOSE:
        done = forge.close(pull.number, rewrite)
        left_open = not done.written and done.state is State.OPEN
        return Opened(None, _surprise(forge, pull, State.CLOSED, done), left_open)
    if decision.action is Action.HANDS_OFF:
        said = hands_off_comment(decision.reason)
        return Opened(None, _say(forge, wanted, pull.number, said, HANDS_OFF_TAG))
    return Opened(None)


def _proposal(wanted: Wanted, body: str, asked: PullRequestPolicy) -> Proposal:
    return Proposal(
        wanted.branch,
        wanted.base,
        wanted.title,
        body,
        asked.draft,
        tuple(asked.labels),
        tuple(asked.reviewers),
        wanted.author,
    )


def _rewritten(seen: PullRequest, body: str, now: PullRequest) -> str | None:
    """The body with the note as it stands now; None where what was decided on is not there any more."""
    before, after = (
        (pull.state, pull.base, read_marker(pull.body), read_boxes(text_above(pull.body)))
        for pull in (seen, now)
    )
    return with_note(body, now.body) if before == after else None


def _surprise(
    forge: Forge, pull: PullRequest, expected: State, done: Edited, *, retitled: bool = False
) -> tuple[str, ...]:
    """Undo what was written on a pull request that a person merged or closed just before.

    What it remembers must be what that person saw: the next run reads its marker.
    """
    if done.state is expected and done.written:
        return ()
    if done.written:
        forge.edit(
            pull.number,
            lambda now: with_note(pull.body, now.body),
            pull.title if retitled else None,
        )
    how = "changed" if done.state is State.OPEN else done.state
    return (f"#{pull.number} was {how} while it was updated; the next run starts afresh",)


def _decided(observed: Observed, decision: Decision) -> PullRequest | None:
    pulls = observed.pull_requests or ()
    return next((pull for pull in pulls if pull.number == decision.number), None)


def _url(observed: Observed, decision: Decision) -> str | None:
    pull = _decided(observed, decision)
    return None if pull is None else pull.url


def _report(
    wanted: Wanted, decision: Decision, action: Action, reason: str, url: str | None
) -> PullRequestReport:
    body = decision.body or (wanted.body_for(wanted.marker(wanted.head), "") if wanted.head else "")
    pushed = wanted.head if decision.push else None
    return PullRequestReport(wanted.branch, wanted.title, body, url, action, reason, pushed=pushed)
