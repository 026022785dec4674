"""The hidden marker that ends the bot's part of a body: what it proposed, from what, what it pushed.

One HTML comment on a line of its own. Read strictly: what the bot could not have written itself is no marker.
Only names, hashes and a week get in, each held to its pattern, so hostile text never does. What stands below
it is somebody's note: theirs, to the byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.allocation.names import Cell, agent_name, is_rung_name, phase_name
from bot.calibration.findings import Change, Scope

_OPEN, _CLOSE = "<!-- calibration-bot:", " -->"
_VERSION = 1
_WEEK = re.compile(r"[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])")
_HEX256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Dropped:
    """A promotion that somebody turned down by its box."""

    change: Change
    week: str
    """Label of the week the pull request was about when its box was unticked."""


@dataclass(frozen=True)
class Marker:
    """What the bot remembers in a pull request."""

    week: str
    """Label of the reviewed week."""
    scope: Scope
    changes: tuple[Change, ...]
    """The proposed promotions, in order."""
    inputs: str
    """SHA-256 (hex) of all the review derives from."""
    head: str
    """Full SHA of the branch head the bot pushed."""
    closed_by_bot: bool
    """Whether the bot itself closed the pull request."""
    dropped: tuple[Dropped, ...] = ()
    """What was turned down by its box and is not among the changes, in order."""


def render(marker: Marker) -> str:
    """The marker as one line. Raises ValueError for a value that `parse` would not accept."""
    if not _sound(marker):
        raise ValueError(f"not a marker that could be read back: {marker}")
    document: dict[str, Any] = {
        "v": _VERSION,
        "week": marker.week,
        "scope": [marker.scope.agent, marker.scope.phase],
        "changes": [*map(_plain, marker.changes)],
        "inputs": marker.inputs,
        "head": marker.head,
        "closed_by_bot": marker.closed_by_bot,
    }
    if marker.dropped:  # what was written before there were boxes reads as it did
        document["dropped"] = [[*_plain(one.change), one.week] for one in marker.dropped]
    # Escaped dashes: a name like A-- can then never help to end the comment, nor GH-1 be a reference.
    text = json.dumps(document, separators=(",", ":")).replace("-", "\\u002d")
    return f"{_OPEN}{text}{_CLOSE}"


def read_marker(body: str) -> Marker | None:
    """The marker of a body; None unless there is exactly one, and exactly as `render` writes it."""
    _, line, _ = _parted(body)
    try:
        document = json.loads(line.removeprefix(_OPEN).removesuffix(_CLOSE))
        marker = _marker(document)
        return marker if render(marker) == line else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def text_above(body: str) -> str:
    """The bot's own text, without its marker; the whole body where there is no one marker."""
    return _parted(body)[0]


def note_below(body: str) -> str:
    """What somebody wrote below the marker, the line end after the marker included; empty for nothing."""
    _, _, note = _parted(body)
    return note if note.strip() else ""


def with_note(body: str, other: str) -> str:
    """A body with the note of another in place of its own."""
    kept, line, _ = _parted(body)
    return ended(kept + line, note_below(other))


def ended(text: str, note: str) -> str:
    """A text that ends in the marker, with somebody's note back below it."""
    return text.rstrip("\n") + (note or "\n")


def _parted(body: str) -> tuple[str, str, str]:
    """What is above the one marker's line, the marker, what is below; only the first where there is none.

    A marker that somebody quotes (`> <!-- …`) begins no line, and is none.
    """
    start = 0 if body.startswith(_OPEN) else body.find(f"\n{_OPEN}") + 1
    end = body.find(_CLOSE, start)
    if f"\n{body}".count(f"\n{_OPEN}") != 1 or end < 0:
        return body, "", ""
    end += len(_CLOSE)
    line_ends = not body[end:].partition("\n")[0].strip()
    return (body[:start], body[start:end], body[end:]) if line_ends else (body, "", "")


def _marker(document: Mapping[str, Any]) -> Marker:
    agent, phase = document["scope"]
    return Marker(
        week=document["week"],
        scope=Scope(agent, phase),
        changes=tuple(Change(Cell(p, a), old, new) for p, a, old, new in document["changes"]),
        inputs=document["inputs"],
        head=document["head"],
        closed_by_bot=document["closed_by_bot"],
        dropped=tuple(
            Dropped(Change(Cell(p, a), old, new), week)
            for p, a, old, new, week in document.get("dropped", ())
        ),
    )


def _plain(change: Change) -> list[str]:
    return [change.cell.phase, change.cell.agent, change.old, change.new]


def _sound(marker: Marker) -> bool:
    scope = marker.scope
    named = (*marker.changes, *(one.change for one in marker.dropped))
    weeks = (marker.week, *(one.week for one in marker.dropped))
    return (
        all(map(_WEEK.fullmatch, weeks))
        and (scope.agent is None or agent_name(scope.agent) == scope.agent)
        and (scope.phase is None or phase_name(scope.phase) == scope.phase)
        and (scope.phase is None or scope.agent is not None)
        and all(map(_sound_change, named))
        and len({change.cell for change in named}) == len(named)
        and _HEX256.fullmatch(marker.inputs) is not None
        and _COMMIT.fullmatch(marker.head) is not None
        and isinstance(marker.closed_by_bot, bool)
    )


def _sound_change(change: Change) -> bool:
    rungs = (change.old, change.new)
    return (
        phase_name(change.cell.phase) == change.cell.phase
        and agent_name(change.cell.agent) == change.cell.agent
        and all(map(is_rung_name, rungs))
        and change.old != change.new
    )
