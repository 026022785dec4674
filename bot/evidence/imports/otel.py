"""Import of OpenTelemetry's spans and log records of generative models, as OTLP JSON.

In: files of exporters, or a folder of them. Out: one token event a response of a model.

A span around others often repeats what those have used, and a log record what its span says. So the innermost
that says what was used counts, and takes agent, conversation and branch from the closest span around it that
says them. An id derives from trace and span, so that what was written twice counts once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from bot.evidence.events import BadValue
from bot.evidence.imports.choices import Choices, Placing, Said
from bot.evidence.imports.gathered import Gathered
from bot.evidence.imports.otlp import Telemetry, Used, records
from bot.evidence.imports.source import Skips, identity

_T = TypeVar("_T")
_Key = bytes
"""16 bytes that tell spans apart."""


class _About(NamedTuple):
    """What a span says of whose work is done in it; None where it says nothing."""

    agent: str | None
    session: str | None
    branch: str | None

    def within(self, outer: _About) -> _About:
        """The same, the rest filled in by what is around it."""
        pairs = zip(self, outer, strict=True)
        return _About(*(out if own is None else own for own, out in pairs))


_SILENT = _About(None, None, None)


class _Use(NamedTuple):
    """A response that was seen."""

    at: int
    used: Used
    trace: str
    own: _About
    """What its log record says itself; a span's is in the tree."""
    place: str


def read(
    paths: Sequence[Path], choices: Choices, seen: Callable[[int], None] = lambda _: None
) -> Gathered:
    """Read files, holding some 500 bytes a span in memory, never a file."""
    skips = Skips()
    found, placing, tree = Gathered(skips, choices.now), Placing(choices), _Tree()
    for path in paths:
        for record, place in records(path, skips, seen):
            tree.add(record, place)
    for key, use, about in tree.innermost():
        used = use.used
        said = Said(about.agent, used.model, about.branch, about.session or use.trace)
        try:
            tokens = choices.counted(used.given, used.made, used.cached)
            fields = placing.fields(said, use.at, tokens)
        except BadValue as wrong:
            skips.add(str(wrong), use.place, used.given + used.made)
            continue
        if found.add(use.at, {**fields, "id": f"otel-{key}"}, use.place):
            placing.count(said, fields)
    found.notes += placing.notes
    return found


class _Tree:
    """Spans with those around them, and what was used in them."""

    def __init__(self) -> None:
        self._parents: dict[_Key, _Key] = {}
        self._abouts: dict[_Key, _About] = {}
        self._filled: dict[_Key, _About] = {}
        self._spans: dict[_Key, _Use] = {}
        self._logs: dict[_Key, dict[tuple[int, Used], _Use]] = {}
        self._same: dict[Any, Any] = {}

    def add(self, record: Telemetry, place: str) -> None:
        """Take a span or a log record."""
        # Where a log record names no span, all it says tells it apart.
        key = _key(record.trace, record.span) if record.span else _key(*record)
        about = self._once(_About(record.agent, record.session, record.branch))
        if record.parent:
            self._parents[key] = _key(record.trace, record.parent)
        if not record.is_log:
            self._abouts[key] = about
        if record.used is None:
            return
        own = about if record.is_log else _SILENT
        use = _Use(record.at, self._once(record.used), self._once(record.trace), own, place)
        if record.is_log:
            self._logs.setdefault(key, {}).setdefault((use.at, use.used), use)
        else:
            self._spans.setdefault(key, use)

    def innermost(self) -> Iterator[tuple[str, _Use, _About]]:
        """Every response, with what tells it apart, and whose it is."""
        around: set[_Key] = set()
        for key in self._spans:
            self._mark(key, around)
        said = around | self._spans.keys()
        logs = {key: uses for key, uses in self._logs.items() if key not in said}
        for key in logs:
            self._mark(key, around)
        for key, use in self._spans.items():
            if key not in around:
                yield identity(key), use, self._about(key)
        for key, uses in logs.items():
            # The first has its span's id: the span may say the same in a file that comes later.
            for number, use in enumerate(
                sorted(uses.values(), key=lambda use: (use.at, repr(use)))
            ):
                parts = (use.at, *use.used) if number else ()
                yield identity(key, *parts), use, use.own.within(self._about(key))

    def _mark(self, key: _Key, around: set[_Key]) -> None:
        """Put the spans around one to the others; where one is known, those around it are."""
        outer = self._parents.get(key)
        while outer is not None and outer not in around:
            around.add(outer)
            outer = self._parents.get(outer)

    def _about(self, span: _Key) -> _About:
        """Whose work a span is: what it says, and for the rest the closest around it that says it."""
        path: dict[_Key, None] = {}
        key: _Key | None = span
        while key in self._abouts and key not in self._filled and key not in path:
            path[key] = None
            key = self._parents.get(key)
        about = self._filled.get(key, _SILENT) if key is not None else _SILENT
        for inner in reversed(path):
            about = self._filled[inner] = self._once(self._abouts[inner].within(about))
        return about

    def _once(self, value: _T) -> _T:
        """One object for all that are equal: spans of a trace say the same again and again."""
        known: _T = self._same.setdefault(value, value)
        return known


def _key(*parts: object) -> _Key:
    joined = "\0".join(map(str, parts)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(joined).digest()[:16]
