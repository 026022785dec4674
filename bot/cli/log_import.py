"""`calibration-bot log import`: put what agents' own tools have written into the logs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TypeVar

from bot.allocation.toml import LARGEST, decode
from bot.calibration.scope import check_phase, read_phase
from bot.cli import options
from bot.cli.log_doubts import doubts, table_agents
from bot.errors import BotError, InvalidInput, Problem, UsageError
from bot.evidence.events import BadValue, text_of
from bot.evidence.imports import claude_code, codex, json_lines, leo, litellm, otel
from bot.evidence.imports.branches import Attribution
from bot.evidence.imports.choices import Choices
from bot.evidence.imports.line_map import read_map
from bot.evidence.imports.source import Skip, Source
from bot.evidence.imports.store import Stored, store
from bot.evidence.imports.tool_lines import tool_files
from bot.inputs.work_tree import rows_fetched
from bot.policy import Policy, read_policy
from bot.wording.elsewhere import counted_elsewhere
from bot.wording.escape import json_text, terminal
from bot.wording.figures import plural

_SHOWN = 20
"""Reasons, and odd names, that are listed; the rest is counted."""
_MOST_NAMES = 1_000
"""Names that are asked about; a file may hold any number of them."""
_Read = TypeVar("_Read")
_READERS = {
    "codex": (codex.read, "rollout", (".jsonl",)),
    "otel": (otel.read, "OTLP JSON", (".jsonl", ".json")),
    "litellm": (litellm.read, "spend log", (".jsonl", ".csv")),
}
"""How each format that fills the token log alone is read, what its files hold, and how their names end."""


def run(args: argparse.Namespace) -> int:
    """Import, and say what was logged, what was left out and why."""
    phase = read_phase(args.phase) if args.phase else None
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    check_phase(phase, policy.rules.phases)
    found = _read(args, policy, _choices(args, policy))
    stored = [_store(top, policy, source, rework=at > 0) for at, source in enumerate(found)]
    odd = _doubts(args, policy, found)
    if not found[0].skipped and not any(map(Stored.known, stored)):
        odd.append(f"the files hold nothing that {args.source} counts; is that their format?")
    print((_document if args.format == "json" else _text)(stored, found, odd), end="", flush=True)
    _check_read(stored, found[0].skipped)
    return 0


def _check_read(stored: Sequence[Stored], skipped: Sequence[Skip]) -> None:
    """Raises BotError where there is something to log, and nothing of it could be."""
    if any(map(Stored.known, stored)) or any(skip.well_read for skip in skipped) or not skipped:
        return
    most = skipped[0]
    said = f"{most.reason} (first: {most.place})"
    raise BotError(f"nothing that the files hold could be logged; most often, {said}")


def _check(sd: str | None, phase: str | None, phases: Sequence[str]) -> None:
    """Raises UsageError for what no row of a log may say: it would leave out everything."""
    try:
        if sd is not None:
            text_of("sd")(sd)
    except BadValue as wrong:
        raise UsageError(f"--sd (or $CALIBRATION_SD): {wrong}") from wrong
    check_phase(read_phase(phase) if phase is not None else None, phases)


def _choices(args: argparse.Namespace, policy: Policy) -> Choices:
    sd = args.sd or os.environ.get("CALIBRATION_SD") or None
    phase = args.phase or os.environ.get("CALIBRATION_PHASE") or None
    phases, imports = policy.rules.phases, policy.imports
    _check(sd, phase, phases)
    return Choices(
        attribution=Attribution(sd, phase, imports.branches, phases, otherwise=phases[-1]),
        main_agent=imports.main_agent,
        count_cache_reads=imports.count_cache_reads,
        now=time.time_ns() // 1000,
    )


def _read(args: argparse.Namespace, policy: Policy, choices: Choices) -> tuple[Source, ...]:
    """What the files say for the token log, and for the rework log where they say anything for it."""
    paths = [Path(path) for path in args.paths]
    if args.source == "leo":
        return (leo.read(leo.token_logs(paths), policy.rules.phases, choices.now),)
    if args.source == "claude-code":
        files = list(dict.fromkeys(file for path in paths for file in claude_code.files(path)))
        return (_read_all(claude_code.read, files, choices),)
    if args.source in _READERS:
        read, what, endings = _READERS[args.source]
        return (_read_all(read, tool_files(paths, what, *endings), choices),)
    line_map = read_map(_map_text(args.map), args.map)
    files = tool_files(paths, "JSON Lines", ".jsonl", ".ndjson")
    found = _read_all(lambda *given: json_lines.read(line_map, *given), files, choices)
    return found.tokens, found.reworks


def _map_text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:  # a device has no end
            return decode(file.read(LARGEST + 1), path)
    except OSError as err:
        said = f"cannot be read: {err.strerror or err}; name the map with --map"
        raise InvalidInput([Problem(path, said)]) from err


def _read_all(
    read: Callable[[Sequence[Path], Choices, Callable[[int], None]], _Read],
    files: Sequence[Path],
    choices: Choices,
) -> _Read:
    with _progress(sum(map(_size, files))) as seen:
        return read(files, choices, seen)


def _size(path: Path) -> int:
    """Bytes of a file; 0 for one that is gone meanwhile, of which its reader says so."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _store(top: str, policy: Policy, source: Source, *, rework: bool) -> Stored:
    logs, phases = policy.logs, policy.rules.phases
    glob = logs.rework if rework else logs.tokens
    elsewhere = rows_fetched(Path(top), logs.ref, glob, phases, rework=rework)
    return store(top, glob, policy.week.calendar, phases, source, elsewhere, rework=rework)


def _doubts(args: argparse.Namespace, policy: Policy, found: Sequence[Source]) -> list[str]:
    """What is odd about the names in the rows, each told once."""
    names: dict[tuple[str, str], None] = {}
    for event in chain.from_iterable(source.events() for source in found):
        for key in ("agent", "model", "cause"):
            if len(names) < _MOST_NAMES and (name := event.fields.get(key)):
                names[key, name] = None
    names.pop(("agent", policy.imports.main_agent), None)
    agents, known = table_agents(args), (policy.rules.ladder, policy.causes.known)
    odd = [said for key, name in sorted(names) for said in doubts(agents, {key: name}, *known)]
    return [*counted_elsewhere(policy.logs.source), *odd]


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


def _text(stored: Sequence[Stored], found: Sequence[Source], doubts: Sequence[str]) -> str:
    both = list(zip(stored, ("event", "outcome"), strict=False))
    told = [(one, what) for one, what in both if one.known()]
    lines = [line for one, what in told or both[:1] for line in _stored(one, what)]
    skipped, notes = found[0].skipped, found[0].notes
    if skipped:
        lines.append("left out:")
    for skip in skipped[:_SHOWN]:
        tokens = f", {plural(skip.tokens, 'token')}" if skip.tokens else ""
        lines.append(f"  {plural(skip.count, 'time')}: {skip.reason}{tokens} (first: {skip.place})")
    if len(skipped) > _SHOWN:
        more = sum(skip.count for skip in skipped[_SHOWN:])
        lines.append(f"  {more:,} more, for other reasons (--format json lists them)")
    lines += [f"note: {note}" for note in (*notes, *doubts[:_SHOWN])]
    if len(doubts) > _SHOWN:
        lines.append(f"note: {len(doubts) - _SHOWN:,} more like this (--format json lists them)")
    return "".join(f"{terminal(line)}\n" for line in lines)


def _stored(stored: Stored, what: str) -> list[str]:
    lines = [f"{plural(stored.events, f'new {what}')}"]
    lines[0] += f", {plural(stored.tokens, 'token')}" if what == "event" else ""
    lines += [f"  {path}" for path in stored.files]
    if stored.already:
        lines.append(f"{plural(stored.already, what)} logged before")
    if stored.differing:
        said = "logged before with other figures, left as they are"
        lines.append(f"{plural(stored.differing, what)} {said}")
    return lines


def _document(stored: Sequence[Stored], found: Sequence[Source], doubts: Sequence[str]) -> str:
    document = {
        "schema_version": 1,
        **_counts(stored[0]),
        "tokens": stored[0].tokens,
        **({"outcomes": _counts(stored[1])} if len(stored) > 1 else {}),
        "skipped": [
            {"reason": s.reason, "count": s.count, "tokens": s.tokens, "first": s.place}
            for s in found[0].skipped
        ],
        "notes": [*found[0].notes, *doubts],
    }
    return json_text(document)


def _counts(stored: Stored) -> dict[str, object]:
    return {
        "events": stored.events,
        "already_logged": stored.already,
        "logged_with_other_figures": stored.differing,
        "files": list(stored.files),
    }
