"""Import of Claude Code's session transcripts, sub-agents included.

In: `<session>.jsonl`, with `<session>/subagents/agent-<id>.jsonl` and `agent-<id>.meta.json` beside it, or a
folder of them. Out: one token event a response of a model.

The tool writes one line for each block of a response and repeats the usage on each; while a response still
arrives the figures grow; forked, resumed and copied sessions replay whole stretches. So lines are joined by
message and request id, and each count is the highest any line shows. A response that may still grow (no
reason for its end, and younger than an hour) is left for the next import, so that an event never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.calendar import SECOND
from bot.errors import InvalidInput
from bot.evidence.events import DAY_IN_MICROSECONDS, BadValue, Event, stamp
from bot.evidence.imports.choices import NAMELESS, Choices, called, unsaid
from bot.evidence.imports.side_chains import SideChains
from bot.evidence.imports.source import Skip, Skips
from bot.evidence.imports.tool_lines import files_in, nothing_at, row_of, told_lines
from bot.evidence.imports.transcript import PACKED, Response, agent_type, response
from bot.evidence.limits import MOST_TOKENS
from bot.paths import is_file, is_folder

SETTLED = 60 * 60 * SECOND
"""Microseconds after which a response without a reason for its end is taken for ended."""

_STILL_WRITTEN = "still being written; import again in an hour"
_OWN, _SUBAGENT, _UNKNOWN, _NOWHERE = range(4)
"""How well is known whom a line belongs to: its session or agent file says it, …, nothing does."""

_Owner = tuple[int, str, str, str, str]
"""How well it is known; SD, phase, agent, model. Where nothing says the SD: the reason instead."""


@dataclass(frozen=True)
class _File:
    agent: str | None
    """Agent whose file it is, None for a session's own."""
    session: str
    chains: SideChains


class Transcripts:
    """Transcripts that were read from beginning to end."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._skips = Skips()
        self._found: dict[bytes, bytes] = {}
        self._owners: list[_Owner] = []
        self._numbers: dict[_Owner, int] = {}
        self._settled: list[tuple[int, bytes]] = []
        self._of_sessions: set[_Owner] = set()
        self._of_no_phase: set[_Owner] = set()

    @property
    def skipped(self) -> Sequence[Skip]:
        """Lines and responses that are no events, and why."""
        return self._skips.all()

    @property
    def notes(self) -> Sequence[str]:
        """What to know about the transcripts."""
        owners = [self._owner(key) for _, key in self._settled]
        nameless = sum(owner[0] == _UNKNOWN for owner in owners)
        sessions = sum(owner in self._of_sessions for owner in owners)
        no_phase = sum(owner in self._of_no_phase for owner in owners)
        phase = self._choices.attribution.assumed
        return unsaid(nameless, sessions, no_phase, phase=phase)

    def events(self) -> Iterator[Event]:
        """One event a response, by time."""
        for at, key in self._settled:
            _, sd, phase, agent, model = self._owner(key)
            fields: dict[str, str | int | bool] = {
                "ts": stamp(at),
                "sd": sd,
                "phase": phase,
                "tokens": self._tokens(key),
            }
            if model:
                fields["model"] = model
            yield Event(at, {**fields, "agent": agent, "id": f"cc-{key.hex()}"})

    def take(self, path: Path, seen: Callable[[int], None]) -> None:
        """Read one file; `seen` is told how many bytes each step read."""
        file_ = _File(_agent_of(path), _session_of(path), SideChains())
        for line, place in told_lines(path, self._skips, seen):
            self._line(line, file_, place)

    def finish(self) -> None:
        """Join what is left to join, and set apart what cannot be logged."""
        self._join_without_request()
        for key, packed in self._found.items():
            first, last, number, complete, *_ = PACKED.unpack(packed)
            owner = self._owners[number]
            reason = owner[1] if owner[0] == _NOWHERE else self._too_new(first, last, complete)
            waits = reason == _STILL_WRITTEN
            if self._tokens(key) > MOST_TOKENS:
                # Each of its counts is possible, their sum is not: the reader would refuse the row.
                self._skips.add(f"adds up to more than {MOST_TOKENS:,} tokens", key.hex())
            elif reason:
                self._skips.add(reason, key.hex(), self._tokens(key), well_read=waits)
            else:
                self._settled.append((first, key))
        self._settled.sort()

    def _too_new(self, first: int, last: int, complete: int) -> str:
        if first > self._choices.now + DAY_IN_MICROSECONDS:
            return "timestamp is more than a day in the future; check the clock that wrote it"
        if not complete and last > self._choices.now - SETTLED:
            return _STILL_WRITTEN
        return ""

    def _line(self, line: bytes, file: _File, place: str) -> None:
        try:
            row = row_of(line)
            kind = file.chains.kind(row)
            found = response(row, line)
        except BadValue as wrong:
            self._skips.add(str(wrong), place)
            return
        if found is not None:
            agent = file.agent or (None if kind is None else called(kind))
            self._add(found, agent, found.session or file.session)

    def _add(self, found: Response, agent: str | None, session: str) -> None:
        owner = self._number(self._owner_of(found, agent, session))
        packed = PACKED.pack(found.at, found.at, owner, found.complete, *found.usage)
        self._put(found.key, packed)

    def _put(self, key: bytes, packed: bytes) -> None:
        known = self._found.get(key)
        self._found[key] = packed if known is None else self._joined(known, packed)

    def _joined(self, one: bytes, other: bytes) -> bytes:
        a, b = PACKED.unpack(one), PACKED.unpack(other)
        owner = min(a[2], b[2], key=self._owners.__getitem__)
        most = map(max, a[4:], b[4:])
        return PACKED.pack(min(a[0], b[0]), max(a[1], b[1]), owner, a[3] or b[3], *most)

    def _join_without_request(self) -> None:
        """A replay may have lost its request id: it then belongs to the response with its message id."""
        alone = {key[:8] for key in self._found if not any(key[8:])}
        partners: dict[bytes, bytes] = {}
        for key in self._found:
            if any(key[8:]) and key[:8] in alone:
                partners[key[:8]] = min(key, partners.get(key[:8], key))
        for half, key in partners.items():
            self._put(key, self._found.pop(half + bytes(8)))

    def _owner_of(self, found: Response, agent: str | None, session: str) -> _Owner:
        attribution = self._choices.attribution
        try:
            sd, phase = attribution.of(found.branch, session)
        except BadValue as wrong:
            return _NOWHERE, str(wrong), "", "", ""
        known, who = self._who(found, agent)
        owner = known, sd, phase, who, found.model or ""
        said_sd, said_phase = attribution.said(found.branch)
        if not said_sd:
            self._of_sessions.add(owner)
        if not said_phase:
            self._of_no_phase.add(owner)
        return owner

    def _who(self, found: Response, agent: str | None) -> tuple[int, str]:
        """How well it is known who got a response, and who."""
        if agent is not None:
            return (_UNKNOWN if agent == NAMELESS else _SUBAGENT), agent
        return (_UNKNOWN, NAMELESS) if found.sidechain else (_OWN, self._choices.main_agent)

    def _number(self, owner: _Owner) -> int:
        number = self._numbers.setdefault(owner, len(self._owners))
        if number == len(self._owners):
            self._owners.append(owner)
        return number

    def _owner(self, key: bytes) -> _Owner:
        number: int = PACKED.unpack(self._found[key])[2]
        return self._owners[number]

    def _tokens(self, key: bytes) -> int:
        *_, given, made, cached, read = PACKED.unpack(self._found[key])
        counted: int = given + made + cached
        return counted + read if self._choices.count_cache_reads else counted


def files(path: Path) -> list[Path]:
    """The transcripts of a session's file (its sub-agents' too) or below a folder, sorted.

    Raises InvalidInput where there is nothing.
    """
    if is_folder(path):
        found = files_in(path, ".jsonl")
    else:
        below = path.with_suffix("") / "subagents"
        found = [path, *files_in(below, ".jsonl")] if is_file(path) else []
    if not found:
        said = "holds no transcript; pass a session's .jsonl file, or a folder of them"
        raise InvalidInput([nothing_at(path, said)])
    return found


def read(
    paths: Sequence[Path], choices: Choices, seen: Callable[[int], None] = lambda _: None
) -> Transcripts:
    """Read transcripts, holding about 300 bytes a response in memory, never a file."""
    transcripts = Transcripts(choices)
    for path in paths:
        transcripts.take(path, seen)
    transcripts.finish()
    return transcripts


def _agent_of(path: Path) -> str | None:
    """Agent whose transcript a file is, None for a session's own."""
    if not path.name.startswith("agent-"):
        return None
    try:
        kind = agent_type(path.with_suffix(".meta.json").read_bytes())
    except OSError:
        kind = None
    return called(kind or "")


def _session_of(path: Path) -> str:
    """Session that a file belongs to by its place; its rows nearly always name it themselves."""
    return path.stem if path.parent.name != "subagents" else path.parent.parent.name
