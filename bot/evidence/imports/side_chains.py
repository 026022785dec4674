"""Whose work the side chains inside a session's own file are: named after the `subagent_type` of their call.

In: the rows of one file, in order. Out: the type a sub-agent was called by, where a row is a sub-agent's.

A call is a tool use with a `subagent_type` in its input. The rows of a sub-agent lead back to it in one of
three ways, as the tool's releases differ: they name the call's id, they begin with its prompt, or their
parents end at the row that made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

_Row = Mapping[str, Any]


class SideChains:
    """What the rows of one file, so far, tell of sub-agents. Holds some 200 bytes a row of theirs."""

    def __init__(self) -> None:
        self._of_call: dict[str, str] = {}
        self._of_prompt: dict[bytes, str] = {}
        self._of_row: dict[str, str] = {}

    def kind(self, row: _Row) -> str | None:
        """Type of the sub-agent a row belongs to; None for the session's own, and where nothing tells."""
        side = row.get("isSidechain") is True
        kind = self._kind(row) if side else None
        called = set(self._calls(row))
        uuid = row.get("uuid")
        if isinstance(uuid, str):
            # A row of the session leads to a type only if it calls one type; a sub-agent's to its own.
            leads_to = {kind} if side else called
            if len(leads_to) == 1 and (name := leads_to.pop()) is not None:
                self._of_row[uuid] = name
        return kind

    def _kind(self, row: _Row) -> str | None:
        for key in ("parent_tool_use_id", "parentToolUseID", "sourceToolUseID"):
            if (kind := self._of_call.get(_text(row.get(key)))) is not None:
                return kind
        if row.get("type") == "user" and (kind := self._of_prompt.get(_digest(_said(row)))):
            return kind
        return self._of_row.get(_text(row.get("parentUuid")))

    def _calls(self, row: _Row) -> Iterator[str]:
        """The types a row calls sub-agents by, each call remembered."""
        for part in _parts(row):
            given = part.get("input")
            if part.get("type") != "tool_use" or not isinstance(given, dict):
                continue
            kind = _text(given.get("subagent_type"))
            if not kind:
                continue
            if call := _text(part.get("id")):
                self._of_call[call] = kind
            if prompt := _text(given.get("prompt")):
                self._of_prompt[_digest(prompt)] = kind
            yield kind


def _parts(row: _Row) -> list[_Row]:
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _said(row: _Row) -> str:
    """What a user's message says, which for a sub-agent is its prompt."""
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return _text(content) or "".join(_text(part.get("text")) for part in _parts(row))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _digest(text: str) -> bytes:
    """In place of a prompt, which may be long."""
    return sha256(text.strip().encode("utf-8", "surrogatepass")).digest()[:16]
