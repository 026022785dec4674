"""`calibration-bot collect git`: trailers and reverts on base into the rework log."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.calendar import FIRST_INSTANT, SECOND, instant_of
from bot.cli import options
from bot.cli.calibration_run import signed_in
from bot.collecting.fact_records import Harvest, Origin
from bot.collecting.filing import cursor_at, file_away
from bot.collecting.landed_facts import Span, found_in, looked_at, span_of
from bot.collecting.messages import Reading
from bot.collecting.outcomes import collected, event
from bot.errors import UsageError
from bot.evidence.imports.branches import Attribution
from bot.git.base import Base
from bot.git.landed import LandedCommit, first_parents, in_history
from bot.git.remote import repository_name
from bot.git.repository import Repository
from bot.inputs.logged_outcomes import everywhere, logged, newest_cursor
from bot.policy import Policy, read_policy
from bot.reports import collect_report


def run(args: argparse.Namespace) -> int:
    """Collect, and say what came in, what was there already and what belongs to nobody."""
    since = _since(args.since) if args.since else None
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    settings = signed_in(args.environment)
    credentials = settings.credentials if settings else None
    with Repository.open(Path(top), credentials, around=args.environment) as repository:
        done = _collect(repository, Path(top), policy, since)
    document = args.format == "json"
    print(
        collect_report.collection_json(done) if document else collect_report.collection_text(done),
        end="",
    )
    if args.sync:
        from bot.cli.log_sync import run as sync

        return sync(args)
    return 0


def _since(text: str) -> int:
    """Seconds since the epoch. Raises UsageError for what is no time."""
    at = instant_of(text) or instant_of(f"{text}T00:00:00Z")
    if at is None:
        raise UsageError(f"--since: {text!r} is no day or time, e.g. 2025-12-01")
    return at // SECOND


def _collect(
    repository: Repository, top: Path, policy: Policy, since: int | None
) -> collect_report.Collection:
    base = repository.base(policy.pull_request.base)
    origin = Origin("git", repository_name(repository, base.remote))
    rework = everywhere(repository, base, top, policy, policy.logs.rework)
    before = newest_cursor(rework, origin)
    span = span_of(before) if since is None else Span(since)
    found = _found(repository, base, policy, span)
    tokens = everywhere(repository, base, top, policy, policy.logs.tokens)
    sds = {fact.sd for fact in found.facts} | {work.sd for work in found.settled}
    known = logged(rework, tokens, origin, policy.rules.phases, sds)
    new = collected(found, origin, policy.collect, policy.rules.phases, known)
    cursor = cursor_at(origin, _seen_until(base), base.commit)
    gap = before is not None and since is not None and since > before.at // SECOND
    files = file_away(
        str(top),
        policy.logs.rework,
        policy.week.calendar,
        [event(origin, outcome) for outcome in new.outcomes],
        None if gap or (before is not None and before.id == cursor.id) else cursor,
    )
    return collect_report.Collection(
        origin, f"{base.name} at {base.commit}", span.since, new, files
    )


def _found(repository: Repository, base: Base, policy: Policy, span: Span) -> Harvest:
    attribution = Attribution(None, None, policy.imports.branches, policy.rules.phases)
    reading = Reading(attribution, policy.imports.sd_from == "pull-request")
    commits = looked_at(first_parents(repository.fields, base.commit), span)
    return found_in(
        _counted(commits),
        reading,
        lambda names: in_history(repository, repository.fields, names, base.commit),
        int(time.time()),
    )


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
