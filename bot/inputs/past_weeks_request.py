"""What a look at a range of past weeks reads: base, perhaps as it was, and the logs once for all weeks.

In: a repository and a request. Out: the past weeks to look up, and what the reader of the result must know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.calendar import Week
from bot.calibration.past_weeks import Logbook
from bot.calibration.replayed import Replay
from bot.errors import UsageError
from bot.evidence.past_records import PastEvidence
from bot.evidence.question import ask
from bot.evidence.records import Question
from bot.git.base import Base
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.request import check_lines
from bot.inputs.snapshot import AsOf, LogFiles, Snapshot
from bot.inputs.warehouse_evidence import no_log_files, past_in_warehouse
from bot.wording.remarks import not_used


@dataclass(frozen=True)
class RangeRequest:
    """Which past weeks to look at, and as of when."""

    policy: str
    """Path of the policy in the repository; the table lies beside it."""
    now: int
    """Seconds since the epoch: says which weeks are over, nothing else."""
    first: str
    """Label of the first week."""
    last: str
    """Label of the last week."""
    as_of: AsOf | None = None
    """None for base and logs as they are now."""


class Reread(NamedTuple):
    """What a request reads."""

    base: Snapshot
    book: Logbook
    numbers: range
    """Numbers of the weeks, for `Logbook.at`."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class PastReplay:
    """Past weeks under several rules, and what they were read from."""

    base: Base
    logs: str | None
    """Full SHA of the commit of the logs branch that was read; None without one."""
    first: str
    last: str
    rules: tuple[str, ...]
    """What each lane of the replay is: `configured`, or `tried`."""
    replay: Replay
    assumed: int
    """Weeks in which rows without agent may have stood for other cells than in the last one."""
    late: int
    """SDs of which something was told after their week; each week was judged without it."""
    warnings: tuple[str, ...]
    """What of the logs was not read. May quote hostile text."""


def reread(repository: Repository, request: RangeRequest) -> Reread:
    """Read base, then the logs up to the end of the last week.

    Raises InvalidInput for a policy, table or logs that are wrong; UsageError for weeks that are none or not
    over, and for commits that are none of base.
    """
    base = snapshot.take(repository, request.policy, request.as_of)
    first, last = (_week(label, base, request.now) for label in (request.first, request.last))
    versions = base.versions
    if request.as_of is None:
        versions = tuple(v for v in versions if v.committed < last.end) or versions[:1]
    question = ask(base.policy, versions, last)
    again = sum(week.start >= first.start for week in question.weeks) - 1
    said = _as_of_now(request.as_of, base.policy.logs.source)
    logs, past = _past(repository, base, question, again)
    check_lines(past.evidence, base.policy)
    book = Logbook(past, question, base.policy, versions)
    numbers = range(len(question.weeks) - 1 - again, len(question.weeks))
    if request.as_of is not None:  # what lies in the work tree today is beside the point
        logs = replace(logs, uncommitted=())
    warnings = (*logs.warnings, *said, *_unread(base), *not_used(past.evidence.rejected))
    return Reread(base, book, numbers, warnings)


def _past(
    repository: Repository, base: Snapshot, question: Question, again: int
) -> tuple[LogFiles, PastEvidence]:
    found = past_in_warehouse(base.policy, question, 0, again)
    if found is not None:
        return no_log_files(base.policy), found
    logs = snapshot.logs(repository, base, question.week)

    from bot.evidence.read import read_past  # DuckDB is loaded while git works

    return logs, read_past(logs.tokens, logs.rework, question, again)


def _as_of_now(as_of: AsOf | None, source: str | None) -> tuple[str, ...]:
    """That a warehouse has no past. Raises UsageError where that of the logs is asked for."""
    if as_of is None or source is None:
        return ()
    if as_of.logs is not None:
        raise UsageError(f"--logs-as-of names a commit, but the logs are read from {source}")
    return (f"--as-of is about table and policy: the rows are those that {source} has now",)


def _unread(base: Snapshot) -> Iterator[str]:
    """That the logs branch went on after the commit asked for: what is logged there may be what decided."""
    if base.newer_logs is not None:
        ref = base.policy.logs.ref
        found = base.base.branches.get(ref)
        read = "nothing" if found is None else f"only what was there at {found[:12]}"
        yield (
            f"of branch {ref} {read} is read, as --as-of names an older commit of {base.base.name}; "
            f"--logs-as-of {base.newer_logs[:12]} reads all of it"
        )


def _week(label: str, base: Snapshot, now: int) -> Week:
    week = base.policy.week.calendar.named(label)
    if week.end > now:
        raise UsageError(f"week {label} is not over; replay weeks that are complete")
    return week
