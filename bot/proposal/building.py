"""The proposal itself: the edited table, a commit a change, and what the lifecycle is to want.

In: base, the review and the changes to propose. Out: `Built`, and `Wanted` for `publish`. Commits are made in
the quarantine; nothing is pushed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from bot.allocation.names import listed
from bot.allocation.table import read_table
from bot.binding.bound_files import Binding, bind
from bot.binding.bound_source import CommitFiles
from bot.calibration.findings import Change, Review
from bot.errors import Problem
from bot.git.diff import unified
from bot.git.history import Identity, Pusher
from bot.git.repository import Repository
from bot.inputs.snapshot import Snapshot
from bot.policy import Policy
from bot.proposal.decision import Wanted
from bot.proposal.marker import Dropped, Marker, ended, render
from bot.proposal.report import Action, CommitReport, PullRequestReport, Report
from bot.wording.body import Extras, pull_request_body
from bot.wording.commit_messages import branch, commit_message, title
from bot.wording.figures import plural


@dataclass(frozen=True)
class Built:
    """The proposal in git's terms."""

    changes: tuple[Change, ...]
    """One a commit, in order."""
    commits: tuple[CommitReport, ...]
    """On base's newest commit, oldest first; empty without changes."""
    table: str
    """The table with all changes made; base's own without changes."""
    inputs: str
    """SHA-256 (hex) of all the review derives from."""
    bound: Mapping[str, bytes]
    """The files that the table binds and that change with it (SPEC § 9a), by path."""
    diff: str
    """Unified, from base to all that: the table first, then by path; empty without changes."""
    warnings: tuple[str, ...]
    """Bound files that are left to people, in plain sentences."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the pull request says of bound files. May quote their names, which are hostile."""
        if not self.bound:
            return self.warnings
        files = (
            f"{plural(len(self.bound), 'file')} that the table binds: {listed(sorted(self.bound))}"
        )
        return (f"The commits also bring to what the table says {files}", *self.warnings)

    @property
    def head(self) -> str | None:
        """Full SHA of the last commit, None without changes."""
        return self.commits[-1].sha if self.commits else None

    def as_signed(self, shas: Sequence[str] | None) -> Built:
        """The same with the SHAs of the commits that GitHub signed, none before it did; None: as it is."""
        if shas is None:
            return self
        pairs = zip_longest(self.commits, shas)
        return replace(self, commits=tuple(replace(one, sha=sha) for one, sha in pairs))


def build(
    repository: Repository,
    base: Snapshot,
    found: Review,
    changes: tuple[Change, ...],
    inputs: str,
    end: int,
) -> Built:
    """One commit a change, dated by the inputs alone; `end` of the week is in seconds since the epoch."""
    from bot.allocation.edit import edit_by_edit  # tomlkit is loaded while git works

    parent, text = base.base.commit, base.table_text
    decided = {change.cell: change.new for change in changes}
    texts = edit_by_edit(
        text, read_table(text, base.table_path, base.policy.rules), decided, base.table_path
    )
    at, identity = max(end, base.base.committed), _identity(base.policy)
    commits: list[CommitReport] = []
    bound: dict[str, bytes] = {}
    warnings: tuple[str, ...] = ()
    for change, text in zip(changes, texts, strict=True):
        binding = _binding(repository, parent, base, text)
        bound, warnings = {**bound, **binding.changed}, tuple(_left_to_people(binding))
        message = commit_message(change, found.verdict(change.cell), found, inputs)
        files = {base.table_path: text.encode(), **binding.changed}
        parent = repository.commit(parent, files, message, identity, at)
        commits.append(CommitReport(change, message, parent))
    diff = unified(base.table_text.encode(), text.encode(), base.table_path)
    for path, content in sorted(bound.items()):
        diff += unified(repository.read(base.base.commit, path) or b"", content, path)
    return Built(changes, tuple(commits), text, inputs, bound, diff, warnings)


def _binding(repository: Repository, parent: str, base: Snapshot, text: str) -> Binding:
    """What a table's text binds among the files of a commit. Reads the text only where it binds any."""
    if not base.policy.apply:
        return Binding((), (), {}, ())
    table = read_table(text, base.table_path, base.policy.rules)
    files = CommitFiles(repository, parent, to_write=True)
    return bind(base.policy.apply, table, base.policy.rules, files)


def _left_to_people(binding: Binding) -> Iterator[str]:
    """What the table binds and the commits leave as it is."""
    for left in binding.left_alone:
        if left.listed:
            yield f"{left.path} is not brought to what the table says: it {left.why.reason}"
    for _, clash in binding.clashes:
        yield f"a section [[apply]] {clash}; the earlier one counts, `validate` says where"


def wanted(
    base: Snapshot,
    found: Review,
    built: Built,
    extras: Extras,
    *,
    policy_path: str,
    latest: str,
    dropped: tuple[Dropped, ...] = (),
    take_over: bool,
    judge: Callable[[Sequence[str]], None] | None = None,
) -> Wanted:
    """What the review would like to see proposed, for `publish`; `latest` is the last week that is over."""

    def body_for(marker: Marker, note: str) -> str:
        line = render(marker)
        text = pull_request_body(found, built.changes, built.inputs, line, extras, len(note))
        return ended(text, note)

    return Wanted(
        week=found.week,
        scope=found.scope,
        changes=built.changes,
        inputs=built.inputs,
        branch=branch(found.scope),
        base=base.base.name,
        head=built.head,
        policy=policy_path,
        rules=base.policy.rules,
        latest=latest,
        table=built.table.encode(),
        base_table=base.table_text.encode(),
        bound=built.bound,
        title=title(found, built.changes),
        body_for=body_for,
        author=base.policy.pull_request.author,
        identity=_identity(base.policy),
        nothing_logged=found.nothing_logged,
        dropped=dropped,
        take_over=take_over,
        judge=judge,
    )


def _identity(policy: Policy) -> Identity:
    commits = policy.pull_request.commits
    return Identity(commits.name, commits.email)


def report_on(
    base: Snapshot,
    found: Review,
    built: Built,
    pull_request: PullRequestReport,
    rejected: tuple[Problem, ...],
    warnings: tuple[str, ...],
    pushers: tuple[Pusher, ...],
) -> Report:
    """What the run did, as every output tells it; no pull request where there is none to speak of."""
    spoken_of = built.commits or pull_request.action is not Action.NONE
    return Report(
        review=found,
        base=base.base.name,
        base_sha=base.base.commit,
        inputs=built.inputs,
        diff=built.diff,
        commits=built.commits,
        pull_request=pull_request if spoken_of else None,
        rejected=rejected,
        warnings=warnings,
        pushers=pushers,
    )
