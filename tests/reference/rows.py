"""Which lines of the logs are rows (SPEC § 6), one sentence a function, as naive as can be.

In: a `World`. Out: good rows with canonical names, and the lines that are none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.reference.world import World

_NAME = re.compile(r"[A-Z][A-Z0-9_-]*")
_TS = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Bad(Exception):
    """A line that is no row; the text says why."""


@dataclass(frozen=True)
class Row:
    """A good row. Two rows with the same content are equal."""

    log: str
    """`tokens` or `rework`."""
    at: int
    """Microseconds since the epoch."""
    sd: str
    phase: str
    agent: str | None
    model: str | None
    tokens: int
    rework: bool
    issue: bool
    cause: str | None
    note: str | None
    id: str | None


def name(text: Any) -> str | None:
    """§ 3: "Names match `[A-Z][A-Z0-9_-]*` after upper-casing; … `default` is reserved"."""
    if not isinstance(text, str) or not text.isascii():
        return None
    upper = text.upper()
    return upper if _NAME.fullmatch(upper) and upper != "DEFAULT" else None


def agent_name(text: Any) -> str | None:
    """§ 3: "a trailing `-AGENT` or `_AGENT` is dropped (`testing-agent` = TESTING)"."""
    upper = name(text)
    while upper and len(upper) > 6 and upper.endswith(("-AGENT", "_AGENT")):
        upper = upper[:-6]
    return name(upper)


def instant(text: Any) -> int:
    """§ 6: "`ts` (RFC 3339 with offset)"; microseconds since the epoch."""
    if not isinstance(text, str) or not _TS.fullmatch(text):
        raise Bad("ts")
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T").replace("Z", "+00:00"))
    except ValueError as err:
        raise Bad("ts") from err
    gone = moment - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


def row_of(line: str, log: str, phases: tuple[str, ...]) -> Row:
    """§ 6, the table of required and optional keys; "Numbers are parsed strictly: `42,000`, `"58000"`,
    `null`, NaN and negatives are errors."
    """
    said = _object(line)
    at = instant(said.get("ts"))
    sd = said.get("sd")
    if not isinstance(sd, str) or not sd:
        raise Bad("sd")
    phase = name(said.get("phase"))
    if phase not in phases:
        raise Bad("phase")
    agent = said.get("agent")
    if agent is not None or log == "rework":
        agent = agent_name(agent)
        if agent is None:
            raise Bad("agent")
    number = _tokens(said) if log == "tokens" else 0
    rework, issue = _outcome(said) if log == "rework" else (False, False)
    model, cause, note, id_ = (_text(said, key) for key in ("model", "cause", "note", "id"))
    cause = cause if log == "rework" else None
    return Row(log, at, sd, phase, agent, model, number, rework, issue, cause, note, id_)


def _tokens(said: dict[str, Any]) -> int:
    tokens = said.get("tokens")
    if type(tokens) is not int or tokens < 0:
        raise Bad("tokens")
    return tokens


def _outcome(said: dict[str, Any]) -> tuple[bool, bool]:
    rework, issue = said.get("rework"), said.get("issue") or False
    if type(rework) is not bool or type(issue) is not bool:
        raise Bad("rework")
    return rework, issue


def _text(said: dict[str, Any], key: str) -> str | None:
    text = said.get(key)
    if not (text is None or isinstance(text, str)):
        raise Bad(key)
    return text or None


def _object(line: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise Bad("duplicate key")
        return dict(pairs)

    def never(text: str) -> Any:
        raise Bad(text)

    try:
        said = json.loads(line, object_pairs_hook=once, parse_constant=never)
    except json.JSONDecodeError as err:
        raise Bad("JSON") from err
    if not isinstance(said, dict):
        raise Bad("object")
    return said


def read(world: World) -> tuple[list[Row], set[tuple[str, int]]]:
    """§ 6: "Logs of all places are one log: the same path and content is read once, each `id` counts
    once, lines without `id` count once each; one `id` with other content in another place is a bad line,
    named at the place read second (base before branch …)." "One `id` twice in one log with the same content
    counts once, with different content is a bad line." "Bad lines are never silently dropped: file, line
    number".

    The two logs have ids of their own. Files of a place are read in the order of their paths.
    """
    rows: list[Row] = []
    rejected: set[tuple[str, int]] = set()
    by_id: dict[tuple[str, str], Row] = {}
    read_before: set[tuple[str, str]] = set()
    for place in (world.base, world.branch):
        for path in sorted(place):
            text = place[path]
            if (path, text) in read_before:
                continue
            read_before.add((path, text))
            log = "tokens" if path.rpartition("/")[2].startswith("tokens") else "rework"
            for number, line in enumerate(text.split("\n"), 1):
                if not line.strip():
                    continue
                try:
                    row = row_of(line, log, world.settings.phases)
                    if row.id is not None:
                        first = by_id.setdefault((log, row.id), row)
                        if first is not row:
                            if first != row:
                                raise Bad("id")
                            continue
                except Bad:
                    rejected.add((path, number))
                    continue
                rows.append(row)
    return rows, rejected
