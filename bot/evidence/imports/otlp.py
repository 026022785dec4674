"""OTLP JSON: the spans and log records of a file, and what their attributes say of a model's response.

In: a file with one `{"resourceSpans": …}` or `{"resourceLogs": …}` a line, as exporters write them, or with
one such document over many lines. Out: `Telemetry`, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType
from msgspec.json import Decoder

from bot.evidence.events import BadValue, counted
from bot.evidence.imports.source import Skips
from bot.evidence.imports.tool_lines import row_of, told_lines

LARGEST_BATCH = 32 * 1024 * 1024
"""Bytes of the largest document that is read: a line, or a file that is one."""
_AGENT = ("gen_ai.agent.name",)
_MODEL = ("gen_ai.response.model", "gen_ai.request.model")
"""The one that answered before the one that was asked."""
_SESSION = ("gen_ai.conversation.id", "session.id")
_BRANCH = ("vcs.ref.head.name", "vcs.repository.ref.name")
_INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
_CACHED = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
)
_WANTED = {*_AGENT, *_MODEL, *_SESSION, *_BRANCH, *_INPUT, *_OUTPUT, *_CACHED}


class Used(NamedTuple):
    """What a response used, in tokens, and of which model."""

    given: int
    """Input, with what the cache gave."""
    made: int
    """Output."""
    cached: int
    """Read from the cache."""
    model: str | None
    """Hostile."""


class Telemetry(NamedTuple):
    """A span or a log record. All texts are hostile."""

    trace: str
    span: str
    """Its own id; of a log record the span it was written in. Empty where it names none."""
    parent: str
    """The span around it; empty for a root, and for a log record."""
    is_log: bool
    at: int
    """When it began, microseconds since the epoch."""
    used: Used | None
    agent: str | None
    session: str | None
    branch: str | None


class _Spans(Struct):
    spans: list[Raw] | None = None


class _LogRecords(Struct):
    logRecords: list[Raw] | None = None  # noqa: N815 - OTLP's own names


class _ResourceSpans(Struct):
    resource: Raw | UnsetType = UNSET
    scopeSpans: list[_Spans] | None = None  # noqa: N815


class _ResourceLogs(Struct):
    resource: Raw | UnsetType = UNSET
    scopeLogs: list[_LogRecords] | None = None  # noqa: N815


class _Batch(Struct):
    resourceSpans: list[_ResourceSpans] | UnsetType = UNSET  # noqa: N815
    resourceLogs: list[_ResourceLogs] | UnsetType = UNSET  # noqa: N815
    resourceMetrics: Raw | UnsetType = UNSET  # noqa: N815


_BATCH = Decoder(_Batch)


def records(
    path: Path, skips: Skips, seen: Callable[[int], None]
) -> Iterator[tuple[Telemetry, str]]:
    """Every span and log record of a file, with its place; what cannot be read becomes a skip."""
    whole = _whole(path)
    if whole is not None:
        seen(len(whole))
        yield from _of(whole, path.name, skips)
        return
    for line, place in told_lines(path, skips, seen, LARGEST_BATCH):
        yield from _of(line, place, skips)


def _whole(path: Path) -> bytes | None:
    """A file that is one document over many lines; None for one with a document a line."""
    try:
        with path.open("rb") as file:
            if file.readline(3).strip() != b"{":
                return None
            file.seek(0)
            data = file.read(LARGEST_BATCH + 1)
    except OSError:  # is told by whoever reads it line by line
        return None
    return data if len(data) <= LARGEST_BATCH else None


def _of(document: bytes, place: str, skips: Skips) -> Iterator[tuple[Telemetry, str]]:
    try:
        batch = _BATCH.decode(document)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        skips.add("not a whole document of OTLP JSON, with resourceSpans or resourceLogs", place)
        return
    if batch.resourceSpans is batch.resourceLogs is batch.resourceMetrics is UNSET:
        skips.add(
            "has neither resourceSpans nor resourceLogs; pass what OTLP exporters write", place
        )
    for resource, raw, is_log in _each(batch):
        try:
            yield _record(row_of(bytes(raw)), resource, is_log), place
        except BadValue as wrong:
            skips.add(str(wrong), place)


def _each(batch: _Batch) -> Iterator[tuple[Mapping[str, Any], Raw, bool]]:
    """Every span and log record, with the attributes of its resource, and whether it is a log record."""
    for spans in batch.resourceSpans or ():
        about = _about(spans.resource)
        yield from (
            (about, raw, False) for scope in spans.scopeSpans or () for raw in scope.spans or ()
        )
    for logs in batch.resourceLogs or ():
        about = _about(logs.resource)
        yield from (
            (about, raw, True) for scope in logs.scopeLogs or () for raw in scope.logRecords or ()
        )


def _about(resource: Raw | UnsetType) -> Mapping[str, Any]:
    if isinstance(resource, UnsetType):
        return {}
    try:
        return _attributes(row_of(bytes(resource)))
    except BadValue:
        return {}


def _record(row: Mapping[str, Any], resource: Mapping[str, Any], is_log: bool) -> Telemetry:
    own = _attributes(row)
    both = {**resource, **own}
    trace, span = (_text(row.get(key)) or "" for key in ("traceId", "spanId"))
    if not is_log and not (trace and span):
        raise BadValue("a span without traceId and spanId")
    times = ("timeUnixNano", "observedTimeUnixNano") if is_log else ("startTimeUnixNano",)
    used = _used(own)
    return Telemetry(
        trace=trace,
        span=span,
        parent="" if is_log else _text(row.get("parentSpanId")) or "",
        is_log=is_log,
        at=_moment(row, times) if used else 0,
        used=used,
        agent=_text(_first(both, _AGENT)),
        session=_text(_first(both, _SESSION)),
        branch=_text(_first(both, _BRANCH)),
    )


def _used(said: Mapping[str, Any]) -> Used | None:
    given, made, cached = (_count(said, names) for names in (_INPUT, _OUTPUT, _CACHED))
    if not given and not made:
        return None
    return Used(given, made, cached, _text(_first(said, _MODEL)))


def _attributes(row: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that matter, each with its plain value."""
    listed = row.get("attributes")
    found = {}
    for item in listed if isinstance(listed, list) else ():
        key = item.get("key") if isinstance(item, dict) else None
        if isinstance(key, str) and key in _WANTED:
            found[key] = _plain(key, item.get("value"))
    return found


def _plain(key: str, value: object) -> Any:
    """The value of an attribute, of whatever kind; whole numbers are often written as text."""
    kinds = value if isinstance(value, dict) else {}
    whole, real = kinds.get("intValue"), kinds.get("doubleValue")
    if isinstance(whole, str) and whole.isascii() and whole.isdigit() and len(whole) <= 20:
        return int(whole)
    if isinstance(real, float) and real.is_integer() and "usage" in key:
        return int(real)
    said = (kinds[kind] for kind in ("stringValue", "intValue", "doubleValue") if kind in kinds)
    return next(said, kinds or None)


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((said[name] for name in names if said.get(name) not in (None, "")), None)


def _count(said: Mapping[str, Any], names: tuple[str, ...]) -> int:
    name = next((name for name in names if said.get(name) is not None), None)
    try:
        return 0 if name is None else counted(said[name])
    except BadValue as wrong:
        raise BadValue(f"{name}: {wrong}") from wrong


def _moment(row: Mapping[str, Any], keys: tuple[str, ...]) -> int:
    """Microseconds of the first time that is said, in nanoseconds since the epoch."""
    for key in keys:
        value = row.get(key)
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if text.isascii() and text.isdigit() and len(text) <= 20 and int(text):
            return int(text) // 1000
    raise BadValue(f"{keys[0]} is no time in nanoseconds since the epoch")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
