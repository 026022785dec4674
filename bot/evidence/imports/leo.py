"""Import of the predecessor's `.token-log.json`, with the faults it is known for.

In: `{week_start, week_end, budget_limit, tokens_used, entries: [{timestamp, sd_id, phase, tokens, notes}]}`.
Out: token events without agent or model, which it did not know. A null number is no 0, and a total that
contradicts its entries is said, not repaired.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from reprlib import repr as shown
from typing import Any

from bot.errors import InvalidInput, Problem
from bot.evidence.events import BadValue, Event, counted, moment, phase, stamp, text_of
from bot.evidence.imports.choices import plain_note
from bot.evidence.imports.source import Skip, Skips, identity
from bot.evidence.imports.tool_lines import tool_files
from bot.paths import is_folder

LARGEST_EXPORT = 32 * 1024 * 1024
"""Bytes of the largest file that is read: one document has to be read as a whole."""


@dataclass(frozen=True)
class LeoLog:
    """One or more `.token-log.json` that were read."""

    skipped: tuple[Skip, ...]
    notes: tuple[str, ...]
    found: tuple[Event, ...]

    def events(self) -> Iterator[Event]:
        """The valid entries, by time."""
        return iter(self.found)


def token_logs(paths: Sequence[Path]) -> list[Path]:
    """Each path, of a folder the logs below it, each once. Raises InvalidInput where it holds none."""
    found = ([path] if not is_folder(path) else _below(path) for path in paths)
    return list(dict.fromkeys(chain.from_iterable(found)))


def _below(folder: Path) -> list[Path]:
    return tool_files([folder], "token log", ".token-log.json")


def read(paths: Sequence[Path], phases: Collection[str], now: int) -> LeoLog:
    """Read files as if one after the other was imported; `now` is in microseconds since the epoch.

    An entry that stands in several is one event. Raises InvalidInput for what is no such log.
    """
    skips, notes = Skips(), list[str]()
    events: dict[str, Event] = {}
    for path in paths:
        document = _document(path)
        found = list(_events(document["entries"], path.name, phases, now, skips))
        events.update((str(event.fields["id"]), event) for event in found)
        said = "" if len(paths) == 1 else f"{path}: "
        notes += [f"{said}{note}" for note in _notes(document, found)]
    in_order = sorted(events.values(), key=lambda event: event.at)
    return LeoLog(skips.all(), tuple(notes), tuple(in_order))


def _events(
    entries: Sequence[Any], file: str, phases: Collection[str], now: int, skips: Skips
) -> Iterator[Event]:
    seen = Counter[str]()
    for index, entry in enumerate(entries):
        try:
            yield _event(entry, phases, now, seen)
        except BadValue as wrong:
            skips.add(str(wrong), f"{file}: entries[{index}]", _known_tokens(entry))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:  # a device has no size and no end
            data = file.read(LARGEST_EXPORT + 1)
        if len(data) > LARGEST_EXPORT:
            raise _no_log(path, f"has more than {LARGEST_EXPORT:,} bytes")
        document = json.loads(data.decode("utf-8-sig"))
    except OSError as err:
        raise _no_log(path, f"cannot be read: {err.strerror or err}") from err
    except (ValueError, RecursionError) as err:
        raise _no_log(path, f"is not JSON: {err}") from err
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise _no_log(path, "has no list of entries")
    return document


def _no_log(path: Path, said: str) -> InvalidInput:
    return InvalidInput([Problem(str(path), f"{said}; expected a .token-log.json")])


def _event(entry: Any, phases: Collection[str], now: int, seen: Counter[str]) -> Event:
    if not isinstance(entry, dict):
        raise BadValue("is no entry")
    values = [_text(entry, key) for key in ("timestamp", "sd_id", "phase")]
    at = _named("timestamp", moment, values[0], now)
    fields: dict[str, str | int | bool] = {
        "ts": values[0],
        "sd": _named("sd_id", text_of("sd"), values[1]),
        "phase": _named("phase", phase, values[2], phases),
        "tokens": _named("tokens", counted, entry.get("tokens")),
    }
    note = plain_note(entry.get("notes"))
    if note:
        fields["note"] = note
    key = identity(*fields.items())
    seen[key] += 1  # two entries may well be alike; the second one is another event
    return Event(at, {**fields, "id": f"leo-{key}-{seen[key]}"})


def _named(field: str, check: Any, *values: Any) -> Any:
    try:
        return check(*values)
    except BadValue as wrong:
        raise BadValue(f"{field} {wrong}") from wrong


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise BadValue(f"{key} is missing" if value is None else f"{key} is no text")
    return value


def _known_tokens(entry: Any) -> int:
    try:
        return counted(entry.get("tokens")) if isinstance(entry, dict) else 0
    except BadValue:
        return 0


def _notes(document: Mapping[str, Any], events: list[Event]) -> Iterator[str]:
    stated, entries = document.get("tokens_used"), document["entries"]
    summed = sum(map(_known_tokens, entries))
    if stated != summed:
        said = f"{stated:,}" if isinstance(stated, int) else shown(stated)
        yield f"tokens_used says {said}, the entries add up to {summed:,}: verify the burn rate"
    start, end = _day(document.get("week_start")), _day(document.get("week_end"))
    if start is None or end is None:
        yield "week_start and week_end name no week; every entry goes to the week of its own time"
    else:
        outside = sum(not start <= stamp(event.at)[:10] <= end for event in events)
        if outside:
            said = "each goes to the week of its own time"
            yield f"entries outside the stated week {start} to {end}: {outside}; {said}"


def _day(value: Any) -> str | None:
    try:
        return datetime.fromisoformat(value).date().isoformat()
    except (TypeError, ValueError):
        return None
