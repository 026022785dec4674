"""The files that the table binds, on both sides of a change: what a merge does to them.

In: a repository, base's commit and the tree of the result, both sides' policy and table, base's world. Out:
refusals, and where the change leaves files and table apart. Sections of either side's policy count: a change
that takes one away does not free its files by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.allocation.rules import Rules
from bot.allocation.toml import decode, parse
from bot.binding.bound_files import Binding, BoundPlace, bind
from bot.binding.bound_source import CommitFiles
from bot.errors import InvalidInput
from bot.gates.bound_gates import apart_refusals, bound_below
from bot.gates.bound_sections import ungated, untrue_models
from bot.gates.checkouts import recoded, shadowed
from bot.gates.floors import World
from bot.gates.judgement import File, Side, world_of
from bot.gates.refusals import Document, Refusal, Weakening
from bot.git.objects import DamagedTree
from bot.git.repository import Repository
from bot.policy.apply_rules import ApplyRule, sound_sections


@dataclass(frozen=True)
class Bound:
    """Both sides' files."""

    repository: Repository
    base: str | None
    """Base's commit, None where there is none yet."""
    tree: str
    """The result's tree."""

    def judge(
        self, before: Sequence[File], head: Side, world: World | None, *, own: bool
    ) -> tuple[tuple[Refusal, ...], tuple[BoundPlace, ...]]:
        """Reasons not to merge, and what is only told.

        `before`: base's policy and what stands in for it; `world`: base's; `own`: the branch is the bot's.
        """
        old = [section for policy in before for section in _sections(policy)]
        new = _sections(head.policy)
        if not old and not new:
            return (), ()
        try:
            refused = self._refused(old, new, world or world_of(head), head.policy.path)
            now = self._binding(new, world_of(head), self.tree)
        except DamagedTree as err:
            file = head.policy.path
            damaged = Refusal(Weakening.TREE_DAMAGED, str(err), document=Document.BOUND, file=file)
            return (damaged,), ()
        if own:
            return (*refused, *apart_refusals(now)), ()
        then = self._binding(old, world, self.base or self.tree)
        known = {(p.path, p.key, p.says, p.should) for p in then.apart if self.base}
        told = (p for p in now.apart if (p.path, p.key, p.says, p.should) not in known)
        return refused, tuple(told)

    def _refused(
        self,
        old: Sequence[ApplyRule],
        new: Sequence[ApplyRule],
        world: World | None,
        policy: str,
    ) -> tuple[Refusal, ...]:
        """By base's rules; where base has none, the change answers to its own."""
        if world is None:
            return ()
        rules, sections = world.rules, (*old, *new)
        files = CommitFiles(self.repository, self.tree)
        before = CommitFiles(self.repository, self.base) if self.base else _Nothing()
        base, head = (bind(sections, world.table, world.rules, side) for side in (before, files))
        then, now = (bind(some, world.table, rules, files) for some in (old, new))
        return (
            *untrue_models(old, new, rules, policy),
            *ungated(then, now, rules, policy),
            *bound_below(rules, base, before, head, files, self._moves(rules, base, files)),
            *self._checked_out(rules, head),
        )

    def _moves(self, rules: Rules, base: Binding, head: CommitFiles) -> dict[str, str]:
        """Where the files of gates went that base has and the result has not."""
        gated = {place.path for place in base.places if any(map(rules.floor, place.cells))}
        gone = [path for path in sorted(gated) if head.data(path) is None]
        found = (
            (path, self.repository.moved_to(self.base or "", self.tree, path)) for path in gone
        )
        return {path: to for path, to in found if to is not None}

    def _checked_out(self, rules: Rules, head: Binding) -> tuple[Refusal, ...]:
        """Gates' files that a checkout makes something else of since this change."""
        gated = [place.path for place in head.places if any(map(rules.floor, place.cells))]
        guarded = dict.fromkeys(gated, Document.BOUND)
        if not guarded:
            return ()
        before, after = (
            ()
            if tree is None
            else (
                *shadowed(self.repository, tree, guarded),
                *recoded(self.repository, tree, guarded),
            )
            for tree in (self.base, self.tree)
        )
        return tuple(refusal for refusal in after if refusal not in before)

    def _binding(self, sections: Sequence[ApplyRule], world: World | None, tree: str) -> Binding:
        if world is None:
            return Binding((), (), {}, ())
        files = CommitFiles(self.repository, tree, to_write=True)
        return bind(sections, world.table, world.rules, files)


class _Nothing:
    """The files of no commit at all."""

    def paths(self, glob: str) -> Sequence[str]:
        return ()

    def data(self, path: str) -> None:
        return None


def _sections(policy: File) -> list[ApplyRule]:
    try:
        return [] if policy.data is None else sound_sections(parse(decode(policy.data, ""), ""))
    except InvalidInput:
        return []
