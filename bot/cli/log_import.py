"""`calibration-bot log import`: put what agents' own tools have written into the logs."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.calibration.scope import check_phase, read_phase
from bot.cli import options
from bot.errors import UsageError
from bot.evidence.events import BadValue, text_of
from bot.evidence.imports import claude_code, leo
from bot.evidence.imports.branches import Attribution
from bot.evidence.imports.source import Source
from bot.evidence.imports.store import Stored, store
from bot.inputs.work_tree import rows_fetched
from bot.policy import Policy, read_policy
from bot.wording.escape import terminal
from bot.wording.figures import plural

_SHOWN = 20
"""Reasons that are listed; the rest is counted."""


def run(args: argparse.Namespace) -> int:
    """Import, and say what was logged, what was left out and why."""
    phase = read_phase(args.phase) if args.phase else None
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    check_phase(phase, policy.rules.phases)
    now = time.time_ns() // 1000
    if args.source == "leo":
        source: Source = leo.read(Path(args.path), policy.rules.phases, now)
    else:
        source = _transcripts(args, policy, now)
    calendar, phases = policy.week.calendar, policy.rules.phases
    elsewhere = rows_fetched(Path(top), policy.logs.ref, policy.logs.tokens, phases)
    stored = store(top, policy.logs.tokens, calendar, phases, source, elsewhere)
    print(_document(stored, source) if args.format == "json" else _text(stored, source), end="")
    return 0


def _check(sd: str | None, phase: str | None, phases: Sequence[str]) -> None:
    """Raises UsageError for what no row of a log may say: it would leave out everything."""
    try:
        if sd is not None:
            text_of("sd")(sd)
    except BadValue as wrong:
        raise UsageError(f"--sd (or $CALIBRATION_SD): {wrong}") from wrong
    check_phase(read_phase(phase) if phase is not None else None, phases)


def _transcripts(args: argparse.Namespace, policy: Policy, now: int) -> Source:
    sd = args.sd or os.environ.get("CALIBRATION_SD") or None
    phase = args.phase or os.environ.get("CALIBRATION_PHASE") or None
    phases, imports = policy.rules.phases, policy.imports
    _check(sd, phase, phases)
    choices = claude_code.Choices(
        attribution=Attribution(sd, phase, imports.branches, phases, otherwise=phases[-1]),
        main_agent=imports.main_agent,
        count_cache_reads=imports.count_cache_reads,
        now=now,
    )
    paths = claude_code.files(Path(args.path))
    with _progress(sum(path.stat().st_size for path in paths)) as seen:
        return claude_code.read(paths, choices, seen)


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = ("reading", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=size)
        yield lambda read: progress.advance(task, read)


def _text(stored: Stored, source: Source) -> str:
    lines = [f"{plural(stored.events, 'new event')}, {plural(stored.tokens, 'token')}"]
    lines += [f"  {path}" for path in stored.files]
    if stored.already:
        lines.append(f"{plural(stored.already, 'event')} logged before")
    if stored.differing:
        said = "logged before with other figures, left as they are"
        lines.append(f"{plural(stored.differing, 'event')} {said}")
    if source.skipped:
        lines.append("left out:")
    for skip in source.skipped[:_SHOWN]:
        tokens = f", {plural(skip.tokens, 'token')}" if skip.tokens else ""
        lines.append(f"  {plural(skip.count, 'time')}: {skip.reason}{tokens} (first: {skip.place})")
    if len(source.skipped) > _SHOWN:
        more = sum(skip.count for skip in source.skipped[_SHOWN:])
        lines.append(f"  {more:,} more, for other reasons (--format json lists them)")
    lines += [f"note: {note}" for note in source.notes]
    return "".join(f"{terminal(line)}\n" for line in lines)


def _document(stored: Stored, source: Source) -> str:
    document = {
        "schema_version": 1,
        "events": stored.events,
        "tokens": stored.tokens,
        "already_logged": stored.already,
        "logged_with_other_figures": stored.differing,
        "files": list(stored.files),
        "skipped": [
            {"reason": s.reason, "count": s.count, "tokens": s.tokens, "first": s.place}
            for s in source.skipped
        ],
        "notes": list(source.notes),
    }
    return json.dumps(document, indent=2) + "\n"
