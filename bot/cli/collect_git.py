"""`calibration-bot collect git`: trailers and reverts on base into the rework log."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator

from bot.calendar import FIRST_INSTANT, SECOND
from bot.cli.collection import Desk, run_collection
from bot.collecting.fact_records import Origin
from bot.collecting.filing import cursor_at
from bot.collecting.landed_facts import found_in, looked_at
from bot.collecting.messages import Reading
from bot.evidence.imports.branches import Attribution
from bot.git.base import Base
from bot.git.landed import LandedCommit, in_history, landed_on
from bot.git.remote import repository_name
from bot.git.repository import Repository
from bot.policy import Policy
from bot.reports.collect_report import Collection


def run(args: argparse.Namespace) -> int:
    """Collect from base's history."""
    return run_collection(args, _origin, _collect)


def reading_of(policy: Policy) -> Reading:
    """How the policy puts commits and pull requests to work items."""
    attribution = Attribution(None, None, policy.imports.branches, policy.rules.phases)
    return Reading(attribution, policy.imports.sd_from == "pull-request")


def _origin(repository: Repository, base: Base) -> Origin:
    return Origin("git", repository_name(repository, base.remote))


def _collect(desk: Desk) -> Collection:
    repository, base = desk.repository, desk.base
    commits = looked_at(landed_on(repository.fields, base.commit), desk.span)
    found = found_in(
        _counted(commits),
        reading_of(desk.policy),
        lambda names: in_history(repository, repository.fields, names, base.commit),
        int(time.time()),
    )
    cursor = cursor_at(desk.origin, _seen_until(base), base.commit)
    return desk.log(found, f"{base.name} at {base.commit}", cursor)


def _seen_until(base: Base) -> int:
    """Microseconds since the epoch: the newest commit's date, as far as that can be one."""
    return max(FIRST_INSTANT, min(base.committed * SECOND, time.time_ns() // 1000))


def _counted(commits: Iterable[LandedCommit]) -> Iterator[LandedCommit]:
    """The commits, with a count on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield from commits
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("reading history: {task.completed:,} commits"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        for commit in commits:
            progress.advance(task)
            yield commit
