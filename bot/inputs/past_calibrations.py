"""Every change of a declared value that base's first-parent history shows, and what came of it.

In: the repository. Out: the changes, oldest first: squash merges, hand edits, reverts, those of a table that
was moved since and of another ladder. Trailers are not needed. Reads, never writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from bot.allocation.assignments import Spell
from bot.allocation.names import Cell
from bot.allocation.rules import read_rules
from bot.allocation.toml import decode
from bot.calibration.afterwards import Judging, Step, step_on, tenure
from bot.calibration.avoided import rises_of
from bot.calibration.conclusions import Afterwards
from bot.calibration.counts import Counts
from bot.calibration.facts import by_cell, spells_of
from bot.calibration.review import judging_by, shifts_in
from bot.errors import InvalidInput
from bot.evidence.records import CellWeek, Evidence, Question
from bot.git.base import Base
from bot.git.history import Identity, first_parent_times, signatures
from bot.git.repository import Repository
from bot.inputs.snapshot import Snapshot
from bot.inputs.taking_back import with_ways_back


@dataclass(frozen=True)
class PastChange:
    """One change of one declared value."""

    cell: Cell | None
    """None for the default, which every cell without an entry follows."""
    old: str
    """As the table of that time wrote it. Hostile."""
    new: str
    """The same."""
    commit: str
    """Full SHA of the first-parent commit on base."""
    committed: int
    """Its committer time, seconds since the epoch."""
    week: str
    """Label of the week that time is in."""
    author: Identity
    """As the commit claims. Hostile."""
    committer: Identity
    """The same; where a forge merges it is the forge's."""
    before: Counts
    """SDs on the old model while it was the cell's; of a rise the stretch that spoke for it."""
    after: Counts
    """SDs on the new model while it was the cell's."""
    rise: Afterwards | None
    """What came of it, where it was a rise of a cell."""


@dataclass(frozen=True)
class PastCalibrations:
    """What base's history shows, judged by the logs up to the end of a week."""

    base: Base
    week: str
    """Label of that week."""
    changes: tuple[PastChange, ...]
    """Oldest first; of one commit the default first, then in the policy's phase order."""
    no_outcomes: tuple[str, ...]
    """Labels of the weeks that are in no count, as nobody logged outcomes in them nor shortly before."""
    shifted: tuple[str, ...]
    """Those that are in none because of a fleet shift, accepted or not."""
    warnings: tuple[str, ...]
    """What of the logs was not read. May quote hostile text."""


def past_calibrations(
    repository: Repository,
    base: Snapshot,
    question: Question,
    evidence: Evidence,
    policy_path: str,
    warnings: tuple[str, ...] = (),
) -> PastCalibrations:
    """All changes, judged by the evidence up to the end of the question's week."""
    left_out = shifts_in(evidence, question, base.policy).left_out
    step = _step_of_its_time(repository, base, policy_path)
    judging = judging_by(base.policy, {*evidence.no_outcomes, *left_out}, step)
    rows = by_cell(evidence, question)
    cells = sorted({*question.spells, *rows}, key=base.policy.rules.order)
    past = {cell: spells_of(question, cell) for cell in cells}
    who = _who(repository, [*past.values(), question.default_spells])
    found = [*_changes(None, (), question.default_spells, who, judging)]
    for cell, spells in past.items():
        said = rows.get(cell)
        judged = rises_of(cell, said, spells, judging, base.policy)
        rises = with_ways_back(repository, judged, base)
        found += _changes(cell, said.weeks if said else (), spells, who, judging, rises)
    found.sort(key=lambda change: change.committed)
    return PastCalibrations(
        base=base.base,
        week=question.week.label,
        changes=tuple(found),
        no_outcomes=tuple(sorted(evidence.no_outcomes)),
        shifted=tuple(sorted(left_out)),
        warnings=warnings,
    )


def _step_of_its_time(repository: Repository, base: Snapshot, policy_path: str) -> Step:
    """Steps on today's ladder, else on that of the commit that made the change."""
    today = step_on(*base.policy.rules.ladder.names)

    @cache
    def policies() -> Mapping[str, bytes | None]:
        return _past_of(repository, base.base.commit, policy_path)

    @cache
    def then(commit: str) -> Step:
        data = policies().get(commit)
        try:
            rules = read_rules(decode(data or b"", policy_path), policy_path)
        except InvalidInput:
            return step_on()
        return step_on(*rules.ladder.names)

    def step(old: Spell, new: Spell) -> int | None:
        found = today(old, new)
        return then(new.commit)(old, new) if found is None else found

    return step


def _past_of(repository: Repository, commit: str, path: str) -> Mapping[str, bytes | None]:
    """What a file said at every commit of a first-parent line, wherever it was before it was moved."""
    changed = {version.commit: version.data for version in repository.versions(commit, path)}
    found: dict[str, bytes | None] = {}
    said: bytes | None = None
    for sha in reversed(first_parent_times(repository, commit)):
        said = found[sha] = changed.get(sha, said)
    return found


def _who(
    repository: Repository, past: Sequence[Sequence[Spell]]
) -> Mapping[str, tuple[Identity, Identity]]:
    return signatures(repository, sorted({s.commit for spells in past for s in spells[1:]}))


def _changes(
    cell: Cell | None,
    rows: Sequence[CellWeek],
    spells: Sequence[Spell],
    who: Mapping[str, tuple[Identity, Identity]],
    judging: Judging,
    rises: Sequence[Afterwards] = (),
) -> Iterator[PastChange]:
    by_commit = {rise.commit: rise for rise in rises}
    for old, new in pairwise(spells):
        rise = by_commit.get(new.commit)
        author, committer = who[new.commit]
        yield PastChange(
            cell=cell,
            old=old.model,
            new=new.model,
            commit=new.commit,
            committed=new.start,
            week=judging.calendar.week_of(new.start).label,
            author=author,
            committer=committer,
            before=rise.before if rise else tenure(rows, old, judging),
            after=rise.after if rise else tenure(rows, new, judging),
            rise=rise,
        )
