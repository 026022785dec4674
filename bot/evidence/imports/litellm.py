"""Import of LiteLLM's spend logs.

In: the rows of its table `LiteLLM_SpendLogs` as JSON Lines or as CSV with a header, or a folder of them. Out:
one token event a request that a model answered.

A proxy knows neither branch nor SD: they are what its callers tell it, in tags (`sd:SD-7`, `agent:TESTING`,
`phase:EXEC`, `branch:…`, or a branch by itself) or, under the same names, in `spend_logs_metadata`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from reprlib import repr as shown
from typing import Any

from bot.calendar import instant_of
from bot.evidence.events import BadValue, counted, whole
from bot.evidence.imports.choices import Choices, Placing, Said
from bot.evidence.imports.gathered import Gathered
from bot.evidence.imports.source import NoEvent, Skips, identity
from bot.evidence.imports.tool_lines import LONGEST_TRANSCRIPT_LINE, row_of, told_lines

_TOLD = ("sd", "phase", "agent", "branch")
_NEEDED = ("request_id", "startTime", "model", "prompt_tokens", "completion_tokens")


def read(
    paths: Sequence[Path], choices: Choices, seen: Callable[[int], None] = lambda _: None
) -> Gathered:
    """Read files, holding some 200 bytes a request in memory, never a file."""
    skips = Skips()
    found, placing = Gathered(skips, choices.now), Placing(choices)
    for path in paths:
        rows = _csv_rows if path.suffix.lower() == ".csv" else _json_rows
        for row, place in rows(path, skips, seen):
            try:
                _take(row, place, found, placing, choices)
            except BadValue as wrong:
                skips.add(str(wrong), place, well_read=isinstance(wrong, NoEvent))
    found.notes += placing.notes
    return found


def _take(
    row: Mapping[str, Any], place: str, found: Gathered, placing: Placing, choices: Choices
) -> None:
    request = _text(row.get("request_id"))
    if request is None:
        raise BadValue("request_id is missing")
    if str(row.get("status")).lower() == "failure":
        raise NoEvent("a request that failed; no model answered it")
    if str(row.get("cache_hit")).lower() == "true":
        raise NoEvent("a request that was answered from LiteLLM's own cache; no model ran")
    at = _moment(row.get("startTime"))
    given, made = (_count(row.get(key), key) for key in ("prompt_tokens", "completion_tokens"))
    metadata = _object(row.get("metadata"))
    if not given and not made:
        raise NoEvent("a request without tokens; no model answered it")
    said = _said(row, metadata, choices)
    tokens = choices.counted(given, made, _from_cache(metadata))
    fields = placing.fields(said, at, tokens)
    if found.add(at, {**fields, "id": f"litellm-{identity(request)}"}, place):
        placing.count(said, fields)


def _said(row: Mapping[str, Any], metadata: Mapping[str, Any], choices: Choices) -> Said:
    """What callers have told of a request; tags speak before metadata."""
    tags = [tag for tag in _list(row.get("request_tags")) if isinstance(tag, str)]
    noted = _object(metadata.get("spend_logs_metadata"))
    told: dict[str, str | None] = {key: _text(noted.get(key)) for key in _TOLD}
    for tag in reversed(tags):  # the first of a kind speaks
        key, value = (part.strip() for part in tag.partition(":")[::2])
        if key.lower() in _TOLD and value:
            told[key.lower()] = value
    by_itself = (tag for tag in tags if any(choices.attribution.named(tag)))
    return Said(
        agent=told["agent"] or _text(row.get("agent_id")),
        model=_text(row.get("model")),
        branch=told["branch"] or next(by_itself, None),
        session=_text(row.get("session_id")),
        phase=told["phase"],
        sd=told["sd"],
    )


def _from_cache(metadata: Mapping[str, Any]) -> int:
    """Tokens of the prompt that the provider had cached, wherever this release of LiteLLM puts them."""
    usage = _object(metadata.get("usage_object"))
    details = _object(usage.get("prompt_tokens_details"))
    more = _object(metadata.get("additional_usage_values"))
    places = (
        (usage, "cache_read_input_tokens"),
        (details, "cached_tokens"),
        (more, "cache_read_input_tokens"),
    )
    return next((_count(place[key], key) for place, key in places if place.get(key)), 0)


def _json_rows(
    path: Path, skips: Skips, seen: Callable[[int], None]
) -> Iterator[tuple[Mapping[str, Any], str]]:
    for line, place in told_lines(path, skips, seen):
        try:
            yield row_of(line, strict=True), place
        except BadValue as wrong:
            said = "; write one row a line, e.g. with jq -c '.[]'" if line[:1] == b"[" else ""
            skips.add(f"{wrong}{said}", place)


def _csv_rows(
    path: Path, skips: Skips, seen: Callable[[int], None]
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The rows of a table, by the names in its first line; a row may go over several lines."""
    usual = csv.field_size_limit(LONGEST_TRANSCRIPT_LINE)
    header: list[str] | None = None
    try:
        for row, place in _records(path, skips, seen):
            if header is None:
                header = row
                missing = [name for name in _NEEDED if name not in header]
                if missing:
                    skips.add(f"the first line names no {', '.join(missing)}", place)
                    return
            elif len(row) != len(header):
                said = f"has {len(row)} fields where the first line has {len(header)}"
                skips.add(said, place)
            else:
                yield dict(zip(header, row, strict=True)), place
    finally:
        csv.field_size_limit(usual)


def _records(
    path: Path, skips: Skips, seen: Callable[[int], None]
) -> Iterator[tuple[list[str], str]]:
    """Each record of a CSV file, with the place it ends at."""
    place = str(path)

    def texts() -> Iterator[str]:
        nonlocal place
        for line, here in told_lines(path, skips, seen):
            place = here
            yield line.decode("utf-8", "surrogateescape")

    reader = csv.reader(texts(), strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as err:
            skips.add(f"is no CSV: {err}", place)
            continue
        if row is None:
            return
        yield row, place


def _moment(value: object) -> int:
    """Microseconds of a time; one without offset is UTC, as LiteLLM's database keeps it."""
    text = _text(value) or ""
    found = (instant_of(f"{text}{offset}") for offset in ("", "Z", ":00"))
    at = next((at for at in found if at is not None), None)
    if at is None:
        raise BadValue(f"startTime: {shown(value)} is no time, e.g. 2025-12-03T10:15:00Z")
    return at


def _count(value: object, key: str) -> int:
    try:
        return whole(value) if isinstance(value, str) else counted(value)
    except BadValue as wrong:
        raise BadValue(f"{key}: {wrong}") from wrong


def _object(value: object) -> Mapping[str, Any]:
    """An object, in CSV written as JSON text; empty where there is none. Raises BadValue for other text."""
    if isinstance(value, str) and value:
        return row_of(value.encode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    """A list, in CSV written as JSON text; empty where there is none."""
    if isinstance(value, str) and value.startswith("["):
        value = row_of(f'{{"list": {value}}}'.encode("utf-8", "surrogatepass"))["list"]
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
