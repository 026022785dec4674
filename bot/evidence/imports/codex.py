"""Import of Codex's session rollouts, sub-agents included.

In: `rollout-….jsonl` files, or a folder of them. Out: one token event a response of a model.

A line says what the last response used and what the session has used so far. Its input holds what was read
from the cache, its output the reasoning. A session that was forked or resumed begins with its parent's lines,
their times sometimes those of the fork: a response is known by its oldest ancestor and both counts, and
belongs to the oldest session that shows it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evidence.events import BadValue
from bot.evidence.imports.choices import Choices, Placing, Said
from bot.evidence.imports.gathered import Gathered
from bot.evidence.imports.rollout import Rollout, UsedTokens
from bot.evidence.imports.source import Skips, identity
from bot.evidence.imports.tool_lines import row_of, told_lines

_COUNTS = struct.Struct("<6Q")
"""How the counts of a response are kept: used so far, then used by it."""
_SEEN = struct.Struct("<qII")
"""When it was seen, whose it is, in which file: a large folder holds hundreds of thousands."""


def read(
    paths: Sequence[Path], choices: Choices, seen: Callable[[int], None] = lambda _: None
) -> Gathered:
    """Read rollouts, holding some 300 bytes a response in memory, never a file."""
    skips = Skips()
    responses = _Responses()
    for path in paths:
        rollout = Rollout(path.stem)
        for line, place in told_lines(path, skips, seen):
            try:
                found = rollout.response(row_of(line))
            except BadValue as wrong:
                skips.add(str(wrong), place)
                continue
            if found is not None:
                responses.add(rollout, *found, path.name)
        responses.learn(rollout)
    return _gathered(responses, choices, skips)


def _gathered(responses: _Responses, choices: Choices, skips: Skips) -> Gathered:
    found, placing = Gathered(skips, choices.now), Placing(choices)
    for response in responses.each_once():
        given, cached, made = response.used
        try:
            tokens = choices.counted(given, made, cached)
            fields = placing.fields(response.said, response.at, tokens)
        except BadValue as wrong:
            skips.add(str(wrong), response.file, given + made)
            continue
        if found.add(response.at, {**fields, "id": response.id}, response.file):
            placing.count(response.said, fields)
    found.notes += [*placing.notes, *responses.notes]
    return found


@dataclass(frozen=True)
class _Response:
    id: str
    at: int
    """Microseconds since the epoch."""
    used: UsedTokens
    said: Said
    file: str


class _Responses:
    """What the files show, until all of them are read."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, bytes], bytes] = {}
        self._numbers: dict[object, int] = {}
        self._parents: dict[str, str] = {}
        self._files: set[str] = set()

    @property
    def notes(self) -> list[str]:
        """What the files leave open."""
        lost = {parent for parent in self._parents.values() if parent not in self._files}
        said = "pass the folder of all sessions, so that what forks repeat of them counts once"
        return [f"sessions that others were forked from and no file holds: {len(lost)}; {said}"][
            : len(lost)
        ]

    def add(
        self,
        rollout: Rollout,
        at: int,
        model: str | None,
        total: UsedTokens,
        used: UsedTokens,
        file: str,
    ) -> None:
        """Take a response as a line of a rollout shows it; further lines may show it again."""
        said = Said(rollout.agent, model, rollout.branch, rollout.session)
        key = self._number(rollout.session), _COUNTS.pack(*total, *used)
        packed = _SEEN.pack(at, self._number(said), self._number(file))
        self._found[key] = min(self._found.get(key, packed), packed, key=_SEEN.unpack)

    def learn(self, rollout: Rollout) -> None:
        """Take what a rollout that was read says of its family."""
        self._files.add(rollout.session)
        for session, parent in rollout.parents.items():
            self._parents.setdefault(session, parent)

    def each_once(self) -> Iterator[_Response]:
        """Every response, as its oldest session shows it."""
        names = list(self._numbers)
        lines = {session: self._line(str(names[session])) for session, _ in self._found}
        oldest: dict[tuple[str, bytes], tuple[Any, ...]] = {}
        for (session, counts), packed in self._found.items():
            generation, root = lines[session]
            at, said, file = _SEEN.unpack(packed)
            shown = (generation, at, str(names[session]), said, file)
            oldest[root, counts] = min(oldest.get((root, counts), shown), shown)
        for (root, counts), (_, at, _, said, file) in oldest.items():
            *total, given, cached, made = _COUNTS.unpack(counts)
            used = (given, cached, made)
            key = f"codex-{identity(root, *total, *used)}"
            yield _Response(key, at, used, names[said], names[file])

    def _line(self, session: str) -> tuple[int, str]:
        """How many ancestors a session has, and the oldest of them: itself, if it has none."""
        line = {session: None}
        while (parent := self._parents.get(session)) is not None and parent not in line:
            line[parent] = None
            session = parent
        return len(line) - 1, session

    def _number(self, thing: object) -> int:
        return self._numbers.setdefault(thing, len(self._numbers))
