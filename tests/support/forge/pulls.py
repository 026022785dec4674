"""Pull requests as GitHub shows them: what emulate 0.11.2 leaves out, from the git repositories.

The emulator keeps number, texts, author, state, labels and reviewers. It does not follow the head
branch, does not notice a deleted branch or a merge by push, and shows full pull requests in lists.
`Ledger` remembers what is needed to put that right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.forge.bare import BareRepository, MergeConflict
from tests.support.forge.faults import (
    Fault,
    custom_error,
    invalid_field,
    no_commits,
    pull_request_exists,
    unprocessable,
)

BODY_LIMIT = 65_536
TITLE_LIMIT = 256

# GitHub's "pull-request-simple", the shape of list items, lacks these of "pull-request".
_FULL_ONLY = (
    "merged",
    "mergeable",
    "rebaseable",
    "mergeable_state",
    "merged_by",
    "comments",
    "review_comments",
    "maintainer_can_modify",
    "commits",
    "additions",
    "deletions",
    "changed_files",
)


@dataclass
class PullRecord:
    """What the bed remembers of one pull request beside the emulator's row."""

    base_repository: str
    number: int
    head_repository: str
    head_branch: str
    base_branch: str
    open: bool = True
    head_sha: str = ""
    """The head as last seen while the pull request was open and the branch existed."""
    merge_sha: str | None = None
    tips: tuple[str, str] = ("", "")
    """Base and head when it was last looked at."""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """GitHub allows one open pull request for each."""
        names = (self.base_repository, self.base_branch)
        return (*names, self.head_repository, self.head_branch)

    @property
    def url(self) -> str:
        """Its path in the API."""
        return f"/repos/{self.base_repository}/pulls/{self.number}"


@dataclass(frozen=True)
class Settled:
    """A pull request that a change of the branches ended."""

    record: PullRecord
    merged_by: str | None
    """The commit on base that holds it; None: it is closed, not merged."""


class Ledger:
    """All pull requests of a host. `heads` gives a repository's branches → SHA."""

    def __init__(
        self,
        repository: Callable[[str], BareRepository],
        heads: Callable[[str], Mapping[str, str]],
    ) -> None:
        self._repository = repository
        self._heads = heads
        self._records: dict[tuple[str, int], PullRecord] = {}

    def get(self, full_name: str, number: int) -> PullRecord | None:
        """One pull request's record."""
        return self._records.get((full_name, number))

    def tips(self, record: PullRecord) -> tuple[str | None, str | None]:
        """Where base and head branch are; None: the branch is gone."""
        base = self._heads(record.base_repository).get(record.base_branch)
        return base, self._heads(record.head_repository).get(record.head_branch)

    def follow(self) -> list[Settled]:
        """Look where the branches of open pull requests are now; returns those that this ended."""
        settled = []
        for record in list(self._open()):
            base, head = self.tips(record)
            if base is None or head is None:
                settled.append(Settled(record, None))
            elif record.tips != (base, head):
                settled.extend(self._moved(record, base, head))
        return settled

    def _moved(self, record: PullRecord, base: str, head: str) -> list[Settled]:
        known = record.head_sha in ("", head)
        record.tips, record.head_sha = (base, head), head
        if not self._repository(record.head_repository).contains(head, base):
            return []
        # Base reached the head: merged by a push. The head was put back to base: nothing left.
        return [Settled(record, base if known else None)]

    def _open(self) -> list[PullRecord]:
        return [record for record in self._records.values() if record.open]

    def learn(self, shown: Mapping[str, Any]) -> PullRecord:
        """The record of a pull request the emulator shows; made at first sight."""
        name, number = shown["base"]["repo"]["full_name"], shown["number"]
        record = self._records.get((name, number))
        if record is None:
            head = shown["head"]
            record = PullRecord(
                name, number, head["repo"]["full_name"], head["ref"], shown["base"]["ref"]
            )
            self._records[(name, number)] = record
            base_tip, head_tip = self.tips(record)
            record.tips = (base_tip or "", head_tip or "")
            record.head_sha = head_tip or head["sha"]
        record.open = shown["state"] == "open"
        record.base_branch = shown["base"]["ref"]
        return record

    def correct(self, shown: dict[str, Any], *, in_list: bool) -> dict[str, Any]:
        """The pull request as GitHub would show it."""
        record = self.learn(shown)
        corrected = shown | {"head": shown["head"] | {"sha": record.head_sha}}
        if record.merge_sha is not None:
            corrected["merge_commit_sha"] = record.merge_sha
        if in_list:
            return {key: value for key, value in corrected.items() if key not in _FULL_ONLY}
        return corrected | self._figures(record)

    def _figures(self, record: PullRecord) -> dict[str, Any]:
        base, head = self.tips(record)
        if not record.open or base is None or head is None:
            return {}
        repository = self._repository(record.head_repository)
        found = repository.difference(base, head)
        return _mergeable(repository, base, head) | {
            "commits": found.commits,
            "changed_files": found.changed_files,
            "additions": found.additions,
            "deletions": found.deletions,
        }

    def creation_problem(self, candidate: PullRecord, wanted: Mapping[str, Any]) -> Fault | None:
        """Why GitHub would not open this pull request (422), or None."""
        base, head = self.tips(candidate)
        if head is None:
            return invalid_field("head")
        if base is None:
            return invalid_field("base")
        if self._is_taken(candidate):
            owner = candidate.head_repository.partition("/")[0]
            return pull_request_exists(f"{owner}:{candidate.head_branch}")
        if self._repository(candidate.head_repository).contains(head, base):
            return no_commits(candidate.base_branch, candidate.head_branch)
        return text_problem(wanted)

    def _is_taken(self, candidate: PullRecord) -> bool:
        return candidate.place in {record.place for record in self._open()}

    def change_problem(self, record: PullRecord, wanted: Mapping[str, Any]) -> Fault | None:
        """Why GitHub would not change this pull request so (422), or None."""
        new_base = wanted.get("base")
        if new_base is not None and new_base not in self._heads(record.base_repository):
            return invalid_field("base")
        if wanted.get("state") == "open" and not record.open:
            if record.merge_sha is not None or self.tips(record)[1] is None:
                return unprocessable(custom_error("state cannot be changed.", "state"))
            if self._is_taken(record):
                return pull_request_exists(record.head_branch)
        return text_problem(wanted)


def text_problem(wanted: Mapping[str, Any]) -> Fault | None:
    """422 for a title or a body over GitHub's limits."""
    for name, limit in (("title", TITLE_LIMIT), ("body", BODY_LIMIT)):
        if len(str(wanted.get(name) or "")) > limit:
            words = f"{name} is too long (maximum is {limit} characters)"
            return unprocessable(custom_error(words, name))
    return None


def _mergeable(repository: BareRepository, base: str, head: str) -> dict[str, Any]:
    try:
        repository.merged_tree(base, head)
    except MergeConflict:
        return {"mergeable": False, "mergeable_state": "dirty"}
    return {"mergeable": True, "mergeable_state": "clean"}
