"""Reads pull requests from GitHub: everything that could be a fact, page after page, nothing twice.

In: `Questions`. Out: `PullSeen` and verdicts. A pull request that changed between two of its pages is left
for the next time: what changed last is what is looked at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec.structs import replace

from bot.calendar import SECOND
from bot.forge import queries
from bot.forge.nodes import (
    CommitNode,
    HeadNode,
    OriginsNode,
    PullNode,
    PullsNode,
    RestOfPull,
    RestOfSuite,
    SuiteNode,
    SuitesNode,
    WithId,
    read_node,
)
from bot.forge.pull_records import PullSeen, microseconds, pull_seen, verdicts_of
from bot.forge.pull_requests import CheckVerdict
from bot.forge.questions import Questions, TooMuch

_PARTS = ("reviews", "comments", "events", "commits")
_PULLS_ASKED, _NAMES_ASKED = 25, 50
"""Pull requests, and commits or numbers, in one question."""


class PullReader:
    """One run's reading; remembers what it was told."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self.repository = questions.settings.repository
        """`owner/name`: as GitHub calls it now, once it was asked."""
        self.left = 0
        """Pull requests that changed while they were read."""
        self._verdicts: dict[str, tuple[CheckVerdict, ...]] = {}

    def changed_since(self, since: int | None) -> Iterator[PullSeen]:
        """Pull requests no longer open that changed since then (seconds since the epoch), newest first."""
        after, size = None, _PULLS_ASKED
        known: set[str] = set()
        while True:
            try:
                page = self._page(size, after)
            except TooMuch:
                size //= 2
                continue
            self.repository = page.name_with_owner
            for pull in page.pull_requests.seen:
                if since is not None and microseconds(pull.updated_at) < since * SECOND:
                    return
                if pull.id not in known:  # what changes meanwhile pushes others onto the next page
                    known.add(pull.id)
                    yield from self._whole(pull)
            after = page.pull_requests.after
            if after is None:
                return

    def _page(self, size: int, after: str | None) -> PullsNode:
        told = {"size": size, "after": after}
        answer = self._questions.of_repository(queries.PULLS, told, divisible=size > 1)
        return read_node(answer, PullsNode)

    def named(self, ids: Sequence[str]) -> Iterator[PullSeen]:
        """Pull requests by node id, in any state."""
        for some in _slices(ids, _PULLS_ASKED):
            found = self._questions.ask(queries.NAMED_PULLS, {"ids": some}, gone=True)
            for document in filter(None, read_node(found.get("nodes"), list)):
                yield from self._whole(read_node(document, PullNode))

    def _whole(self, pull: PullNode) -> Iterator[PullSeen]:
        """A pull request with all its pages; none at all if it changed while they were read."""
        while cursors := {part: cursor for part in _PARTS if (cursor := getattr(pull, part).after)}:
            wanted = {f"more{part.capitalize()}": part in cursors for part in _PARTS}
            told = {"id": pull.id, **cursors, **wanted}
            found = self._questions.ask(queries.REST_OF_PULL, told, gone=True).get("node")
            more = read_node(found, RestOfPull) if found else None
            if more is None or more.updated_at != pull.updated_at:
                self.left += 1
                return
            pages = {part: getattr(pull, part).and_then(getattr(more, part)) for part in cursors}
            pull = replace(pull, **pages)
        yield pull_seen(pull)

    def verdicts(self, heads: Iterable[CommitNode]) -> Mapping[str, tuple[CheckVerdict, ...]]:
        """Every verdict on commits, by SHA; no commit is asked about twice."""
        new = {head.oid: head.id for head in heads if head.oid not in self._verdicts}
        for ids in _slices(list(new.values()), 2 * queries.MOST_IDS):
            for head in self._heads(ids):
                suites = [self._all_runs(suite) for suite in self._all_suites(head)]
                self._verdicts[head.oid] = verdicts_of(head, suites)
        return self._verdicts

    def _heads(self, ids: Sequence[str]) -> Iterator[HeadNode]:
        """Commits with the first pages of their verdicts; in halves, where GitHub cannot tell of all."""
        told = {"ids": ids[: queries.MOST_IDS], "more": ids[queries.MOST_IDS :]}
        try:
            both = self._questions.ask(queries.HEADS, told, gone=True, divisible=len(ids) > 1)
        except TooMuch:
            for some in _slices(ids, (len(ids) + 1) // 2):
                yield from self._heads(some)
            return
        found = (read_node(both.get(part), list) for part in told)
        for document in filter(None, chain.from_iterable(found)):
            yield read_node(document, HeadNode)

    def _all_suites(self, head: HeadNode) -> Iterator[SuiteNode]:
        suites = head.check_suites
        while suites.after is not None:
            told = {"id": head.id, "after": suites.after}
            more = read_node(
                self._questions.ask(queries.REST_OF_HEAD, told).get("node"), SuitesNode
            )
            suites = suites.and_then(more.check_suites)
        return suites.seen

    def _all_runs(self, suite: SuiteNode) -> SuiteNode:
        runs = suite.check_runs
        while runs.after is not None:
            told = {"id": suite.id, "after": runs.after}
            more = read_node(
                self._questions.ask(queries.REST_OF_SUITE, told).get("node"), RestOfSuite
            )
            runs = runs.and_then(more.check_runs)
        return replace(suite, check_runs=runs)

    def brought_by(self, shas: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Node ids of the pull requests that brought commits to base, by SHA."""
        found: dict[str, tuple[str, ...]] = {}
        for some in _slices(shas, _NAMES_ASKED):
            query, told = queries.brought_by(some)
            answer = self._questions.of_repository(query, told)
            for name, sha in told.items():
                node = read_node(answer.get(name) or {}, OriginsNode)
                found[sha] = tuple(pull.id for pull in node.associated_pull_requests.seen)
        return found

    def numbered(self, numbers: Sequence[int]) -> dict[int, str]:
        """Node ids of pull requests, by number; what is no pull request is left out."""
        found: dict[int, str] = {}
        for some in _slices(numbers, _NAMES_ASKED):
            answer = self._questions.of_repository(queries.numbered(some), {}, gone=True)
            told = {number: answer.get(f"pull{number}") for number in some}
            found |= {number: read_node(node, WithId).id for number, node in told.items() if node}
        return found


def _slices(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
