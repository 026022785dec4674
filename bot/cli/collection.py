"""What every `collect` shares: what is logged already, what is new, and telling of it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Collection as Several
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from bot.calendar import BEGINNING, FIRST_INSTANT, SECOND, instant_of
from bot.cli import options, workflow
from bot.collecting.fact_records import Harvest, Origin
from bot.collecting.filing import file_away
from bot.collecting.landed_facts import Span, looked_at, span_of
from bot.collecting.messages import Reading
from bot.collecting.outcomes import collected, event
from bot.collecting.spoken import Listener
from bot.errors import BotError, UsageError
from bot.evidence.branch import check_apart
from bot.evidence.cursors import Cursor
from bot.evidence.imports.branches import Attribution
from bot.forge.sign_in import GitHubSettings
from bot.git.base import Base
from bot.git.landed import LandedCommit, in_history, landed_on
from bot.git.repository import Repository
from bot.inputs.logged_outcomes import everywhere, logged, newest_cursor
from bot.paths import LogFile
from bot.policy import Policy, read_policy
from bot.reports import collect_report
from bot.reports.collect_report import Collection
from bot.wording.elsewhere import counted_elsewhere
from bot.wording.escape import terminal


@dataclass(frozen=True)
class Desk:
    """Where a collection is done, and what is there already."""

    repository: Repository
    top: Path
    policy: Policy
    agents: frozenset[str]
    """Those that the work tree's table or a gate lists; none where it has no table that can be read."""
    base: Base
    origin: Origin
    rework: tuple[LogFile, ...]
    """The rework log of all places."""
    before: Cursor | None
    """How far the last collection saw."""
    since: int | None
    """What `--since` asks for, seconds since the epoch."""
    writes: bool
    """Whether anything is written; not with `--dry-run`."""

    @property
    def span(self) -> Span:
        """How far back to look."""
        if self.since is None:
            return span_of(self.before)
        return Span(self.since if self.since > BEGINNING else None)

    @property
    def reading(self) -> Reading:
        """How commits and pull requests are put to work items, and words to agents."""
        imports, phases = self.policy.imports, self.policy.rules.phases
        attribution = Attribution(None, None, imports.branches, phases)
        return Reading(
            attribution, Listener(phases, self.agents), imports.sd_from == "pull-request"
        )

    @property
    def base_at(self) -> int:
        """Microseconds since the epoch: the newest commit's date, as far as that can be one."""
        return max(FIRST_INSTANT, min(self.base.committed * SECOND, time.time_ns() // 1000))

    @property
    def landed(self) -> Iterator[LandedCommit]:
        """The first-parent commits on base that are looked at, newest first."""
        return looked_at(landed_on(self.repository.fields, self.base.commit), self.span)

    def in_base(self, names: Several[str]) -> Mapping[str, LandedCommit]:
        """Commits that base reaches, by SHAs, whole or their first digits."""
        return in_history(self.repository, self.repository.fields, names, self.base.commit)

    def log(self, found: Harvest, seen: str, cursor: Cursor | None) -> Collection:
        """Log what is new of what was found; `cursor` says how far this one saw, None for no further."""
        policy = self.policy
        needs_runs = any(not rule.always for rule in policy.collect)
        globs = [policy.logs.tokens] if needs_runs else []
        tokens = [file for glob in globs for file in self._everywhere(glob)]
        sds = {fact.sd for fact in found.facts} | {work.sd for work in found.settled}
        phases = policy.rules.phases
        known = logged(self.rework, tokens, self.origin, phases, sds)
        new = collected(found, self.origin, policy.collect, phases, known)
        events = [event(self.origin, outcome) for outcome in new.outcomes]
        kept = cursor if cursor is not None and self._is_further(cursor) else None
        calendar = policy.week.calendar
        to = (str(self.top), policy.logs.rework, calendar)
        files = file_away(*to, events, kept) if self.writes else ()
        return Collection(self.origin, seen, self.span.since, new, files, not self.writes)

    def _everywhere(self, glob: str) -> tuple[LogFile, ...]:
        return everywhere(self.repository, self.base, self.top, self.policy, glob)

    def _is_further(self, cursor: Cursor) -> bool:
        """Whether a cursor says more than the last: not the same, and no gap before what this one saw.

        The first one says that everything was seen: `--since` alone did not look at what is before it.
        """
        if self.before is None:
            return self.span.since is None
        gap = self.since is not None and self.since > self.before.at // SECOND
        as_far = (cursor.at, cursor.commit) == (self.before.at, self.before.commit)
        same = as_far and set(cursor.matched) <= set(self.before.matched)
        return not gap and not same


def run_collection(
    args: argparse.Namespace,
    origin: Callable[[Repository, Base], Origin],
    collect: Callable[[Desk], Collection],
    settings: GitHubSettings | None,
) -> int:
    """Collect, and say what came in, what was there already and what belongs to nobody."""
    since = None if args.since is None else _since(args.since)
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    if args.if_rules and not policy.collect:
        print("nothing to collect: the policy has no [[collect]] rules", file=sys.stderr)
        return 0
    agents = _agents(args)
    credentials = settings.credentials if settings else None
    with Repository.open(Path(top), credentials, around=args.environment) as repository:
        base = repository.base(policy.pull_request.base)
        check_apart(policy.logs.ref, base.name)
        whence = origin(repository, base)
        rework = everywhere(repository, base, Path(top), policy, policy.logs.rework)
        before = newest_cursor(rework, whence, int(time.time()))
        desk = Desk(
            repository,
            Path(top),
            policy,
            agents,
            base,
            whence,
            rework,
            before,
            since,
            not args.dry_run,
        )
        done = collect(desk)
    document = args.format == "json"
    print(
        collect_report.collection_json(done) if document else collect_report.collection_text(done),
        end="",
    )
    for said in counted_elsewhere(policy.logs.source):
        print(f"warning: {terminal(said)}", file=sys.stderr)
    if args.sync:
        _sync(args)
    workflow.add_summary(collect_report.collection_markdown(done))
    return 0


def _agents(args: argparse.Namespace) -> frozenset[str]:
    try:
        table, rules = options.read_allocation(args)
    except BotError:  # for `validate` to say
        return frozenset()
    return frozenset(cell.agent for cell in (*table.entries, *rules.gates()))


def _since(text: str) -> int:
    """Seconds since the epoch. Raises UsageError for what is no time."""
    at = instant_of(text) or instant_of(f"{text}T00:00:00Z")
    if at is None:
        raise UsageError(f"--since: {text!r} is no day or time, e.g. 2025-12-01")
    return at // SECOND


def _sync(args: argparse.Namespace) -> None:
    """`log sync` of what git does not track; where stdout is a document, it tells of itself on stderr."""
    from bot.cli.log_sync import bring

    with redirect_stdout(sys.stderr if args.format == "json" else sys.stdout):
        bring(args, tracked=False)
