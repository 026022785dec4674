"""Rows of the work tree's logs for the commands that must start at once: the rules of lines.py, light.

In: the top of a work tree and a glob. Out: the good rows, one after the other, and how many lines are bad.
What is wrong with a bad line is not said here: `validate` does, with the reader that `plan` uses too. A
property test holds the two to the same rows.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Collection, Iterator
from glob import iglob
from typing import Any, NamedTuple

from bot.allocation.names import agent_name, phase_name
from bot.calendar import instant_of
from bot.evidence.limits import BLANKS, LONGEST_LINE, MOST_PARTS, MOST_TOKENS

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_LONGEST_INTEGER = 20
_CLOCKS = 2 * 24 * 60 * 60
"""Seconds by which the clock of a file system may differ from the one that stamps events."""


class Row(NamedTuple):
    """One good row; rows with equal content are equal."""

    at: int
    """Microseconds since the epoch."""
    sd: str
    phase: str
    agent: str | None
    model: str | None
    tokens: int | None
    """None in the rework log."""
    rework: bool | None
    """None in the token log."""
    issue: bool
    cause: str | None
    note: str | None
    id: str | None


class Rows:
    """The rows of one log, file by file in the order of their paths; read anew by each iteration."""

    def __init__(
        self,
        top: str,
        glob: str,
        phases: Collection[str],
        *,
        rework: bool = False,
        since: int | None = None,
    ) -> None:
        """`since`: leave out files that nobody touched since then (seconds since the epoch).

        They hold no younger row, as no row is older than its file by more than clocks differ.
        """
        self.bad_lines = 0
        """Lines, and files that cannot be read, that the last iteration left out."""
        self._top, self._glob, self._phases, self._rework = top, glob, phases, rework
        self._since = None if since is None else since - _CLOCKS

    def __iter__(self) -> Iterator[Row]:
        self.bad_lines = 0
        seen: dict[str, int] = {}
        for path in self._files():
            try:
                with open(path, "rb") as file:
                    for line in file:
                        row = self._row(line.strip(BLANKS), seen)
                        if row is not None:
                            yield row
            except OSError:
                self.bad_lines += 1

    def _row(self, line: bytes, seen: dict[str, int]) -> Row | None:
        if not line:
            return None
        row = read_row(line, self._phases, rework=self._rework)
        if row is None:
            self.bad_lines += 1
        elif row.id is not None:
            if row.id in seen:
                self.bad_lines += seen[row.id] != hash(row)
                return None
            seen[row.id] = hash(row)
        return row

    def _files(self) -> Iterator[str]:
        root = os.path.realpath(self._top)
        inside: dict[str, bool] = {}
        found = iglob(self._glob, root_dir=root, recursive=True, include_hidden=True)
        for name in sorted(found, key=lambda path: path.split(os.sep)):
            path = os.path.join(root, name)
            folder = os.path.dirname(path)
            if folder not in inside:
                inside[folder] = _inside(folder, root)
            touched = _touched(path, root) if inside[folder] else None
            if touched is None:
                self.bad_lines += 1
            elif self._since is None or touched >= self._since:
                yield path


def _inside(path: str, root: str) -> bool:
    real = os.path.realpath(path)
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def _touched(path: str, root: str) -> float | None:
    """When a file was last changed, None for what is no regular file inside the repository."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode) and _inside(path, root):
            found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime if stat.S_ISREG(found.st_mode) else None


def read_row(line: bytes, phases: Collection[str], *, rework: bool) -> Row | None:
    """The row of a line without blanks around it, None for a bad one."""
    document = _document(line)
    try:
        return None if document is None else _row(document, phases, rework)
    except _Bad:
        return None


class _Bad(Exception):
    pass


def _row(document: dict[str, Any], phases: Collection[str], rework: bool) -> Row:
    at = instant_of(_text(document, "ts") or "")
    sd, agent = _text(document, "sd"), _text(document, "agent", empty="")
    phase = phase_name(_text(document, "phase") or "") or ""
    named = None if agent is None and not rework else agent_name(agent or "")
    if (
        at is None
        or not sd
        or phase not in phases
        or (named is None and (agent is not None or rework))
    ):
        raise _Bad
    return Row(
        at=at,
        sd=sd,
        phase=phase,
        agent=named,
        model=_text(document, "model"),
        tokens=None if rework else _tokens(document),
        rework=_flag(document, "rework", required=True) if rework else None,
        issue=rework and _flag(document, "issue", required=False),
        cause=_text(document, "cause") if rework else None,
        note=_text(document, "note"),
        id=_text(document, "id"),
    )


def _text(document: dict[str, Any], key: str, empty: str | None = None) -> str | None:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise _Bad
    return value or (empty if value == "" else None)


def _tokens(document: dict[str, Any]) -> int:
    value = document.get("tokens")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TOKENS:
        raise _Bad
    return value


def _flag(document: dict[str, Any], key: str, *, required: bool) -> bool:
    value = document.get(key)
    if not isinstance(value, bool) and (required or value is not None):
        raise _Bad
    return bool(value)


def _document(line: bytes) -> dict[str, Any] | None:
    try:
        text = line.decode("utf-8")
        if len(line) > LONGEST_LINE or text.startswith("\ufeff") or _parts(text) > MOST_PARTS:
            return None
        found = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False, default=str).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return dict(found) if isinstance(found, _Object) and found.unique else None


class _Object(dict[str, Any]):
    """A JSON object that remembers whether any of its keys came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.unique = len(self) == len(pairs)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else -1  # out of every range


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object, parse_constant=_no_number, parse_int=_integer
)


def _parts(text: str) -> int:
    count = text.count("[") + text.count("{")
    if count <= MOST_PARTS:
        return count
    bare = re.sub(_STRING, "", text)
    return bare.count("[") + bare.count("{")
