"""One session rollout of Codex, line by line: whose it is, and what its responses used.

In: the rows of a file, in order. Out: the responses they show. Only what public descriptions of the format
name is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.calendar import instant_of
from bot.evidence.events import BadValue, counted

UsedTokens = tuple[int, int, int]
"""Tokens: input with what the cache gave, that alone, output with the reasoning."""
_NONE: UsedTokens = (0, 0, 0)
_NAMES = ("input_tokens", "cached_input_tokens", "output_tokens")


class Rollout:
    """A rollout, as far as it was read."""

    def __init__(self, name: str) -> None:
        self.session = name
        """Its session; by its file's name until it says so. Hostile."""
        self.branch: str | None = None
        """Branch that was checked out. Hostile."""
        self.agent: str | None = None
        """Name of the sub-agent, `""` where it has none; None for a person's session. Hostile."""
        self.parents: dict[str, str] = {}
        """Its session, and those it repeats, each to the one it was forked from."""
        self._model: str | None = None
        self._started = False
        self._total = self._used = _NONE

    def response(
        self, row: Mapping[str, Any]
    ) -> tuple[int, str | None, UsedTokens, UsedTokens] | None:
        """When, model, tokens so far and by this response; None for a row without a new response.

        Raises BadValue for a row that cannot be read.
        """
        kind, payload = row.get("type"), row.get("payload")
        if not isinstance(payload, dict):
            return None
        if kind == "session_meta":
            self._meet(payload)
        elif kind == "turn_context":
            self._model = _text(payload.get("model")) or self._model
        elif kind == "event_msg" and payload.get("type") == "token_count":
            return self._count(row, payload.get("info"))
        return None

    def _meet(self, meta: Mapping[str, Any]) -> None:
        """Its own description comes first; then those of the sessions whose lines it repeats."""
        session = _text(meta.get("id")) or _text(meta.get("session_id"))
        spawned = _spawned(meta)
        parent = next(
            (
                name
                for place, key in (
                    (meta, "forked_from_id"),
                    (meta, "parent_thread_id"),
                    (spawned, "parent_thread_id"),
                )
                if (name := _text(place.get(key)))
            ),
            None,
        )
        if session and parent and session != parent:
            self.parents.setdefault(session, parent)
        if self._started:
            return
        self._started = True
        self.session = session or self.session
        git = meta.get("git")
        self.branch = _text(git.get("branch")) if isinstance(git, dict) else None
        self.agent = _agent(meta, spawned)

    def _count(
        self, row: Mapping[str, Any], info: object
    ) -> tuple[int, str | None, UsedTokens, UsedTokens] | None:
        if info is None:  # limits were told, nothing was used
            return None
        if not isinstance(info, dict):
            raise BadValue("payload.info is no object")
        total, used = (_counts(info, f"{kind}_token_usage") for kind in ("total", "last"))
        if total is None and used in (None, self._used):
            return None
        if used is None and total is not None:
            used = _less(total, self._total)
        if total is None:
            total = _more(self._total, used or _NONE)
        before, self._total, self._used = self._total, total, used or _NONE
        if total == before or not used or not any(used):
            return None  # told again
        at = instant_of(row["timestamp"]) if isinstance(row.get("timestamp"), str) else None
        if at is None:
            raise BadValue("timestamp is no time with an offset")
        return at, _text(info.get("model")) or self._model, total, used


def _spawned(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `source.subagent.thread_spawn` says; empty where there is none."""
    here: Any = meta
    for key in ("source", "subagent", "thread_spawn"):
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _agent(meta: Mapping[str, Any], spawned: Mapping[str, Any]) -> str | None:
    """The role of a sub-agent, else what it is called or for."""
    source = meta.get("source")
    kind = source.get("subagent") if isinstance(source, dict) else None
    names = [
        place.get(key) for key in ("agent_role", "agent_nickname") for place in (spawned, meta)
    ]
    names += [kind, kind.get("other") if isinstance(kind, dict) else None]
    name = next(filter(None, map(_text, names)), None)
    return name or ("" if kind is not None else None)


def _counts(info: Mapping[str, Any], key: str) -> UsedTokens | None:
    usage = info.get(key)
    if usage is None:
        return None
    if not isinstance(usage, dict):
        raise BadValue(f"payload.info.{key} is no object")
    found = []
    for name in _NAMES:
        try:
            value = usage.get(name)
            found.append(0 if value is None and name.startswith("cached") else counted(value))
        except BadValue as wrong:
            raise BadValue(f"payload.info.{key}.{name}: {wrong}") from wrong
    given, cached, made = found
    return given, cached, made


def _less(total: UsedTokens, before: UsedTokens) -> UsedTokens:
    """What came on top; all of it where the session has begun to count anew."""
    if any(now < then for now, then in zip(total, before, strict=True)):
        return total
    given, cached, made = (now - then for now, then in zip(total, before, strict=True))
    return given, cached, made


def _more(before: UsedTokens, used: UsedTokens) -> UsedTokens:
    given, cached, made = (then + now for then, now in zip(before, used, strict=True))
    return given, cached, made


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
