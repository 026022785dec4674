"""One line of a Claude Code session transcript: what it says about tokens.

In: the bytes of a line. Out: its row, and `Response` or None for a row that is about something else. Only the
fields that public descriptions of the format name are looked at.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.allocation.names import names_model
from bot.calendar import instant_of
from bot.evidence.events import BadValue, counted, text_of
from bot.evidence.imports.tool_lines import row_of


@dataclass(frozen=True)
class Response:
    """One response of a model, as one line shows it; further lines may show more of it."""

    key: bytes
    """16 bytes that tell responses apart: half from the message's id, half from the request's (or zeros)."""
    at: int
    """When the line was written, microseconds since the epoch."""
    model: str | None
    """Id of the model. Hostile."""
    branch: str | None
    """Branch that was checked out. Hostile."""
    session: str | None
    """Id of the session it belongs to. Hostile."""
    sidechain: bool
    """Whether a sub-agent got it."""
    complete: bool
    """Whether it says why the response ended: nothing will be added to it."""
    usage: tuple[int, int, int, int]
    """Tokens: input, output, cache creation, cache reads."""


def response(row: Mapping[str, Any], line: bytes) -> Response | None:
    """What a row, written as `line`, tells of a response's tokens. Raises BadValue where it is none."""
    message = row.get("message")
    usage = message.get("usage") if isinstance(message, dict) else None
    if (
        row.get("type", "assistant") != "assistant"
        or usage is None
        or not isinstance(message, dict)
    ):
        return None
    model = message.get("model")
    if isinstance(model, str) and not names_model(model):
        return None  # a message that the tool itself made up
    return Response(
        key=_key(row, message, line),
        at=_moment(row.get("timestamp")),
        model=None if model is None else _model(model),
        branch=_optional(row.get("gitBranch")),
        session=_optional(row.get("sessionId")),
        sidechain=row.get("isSidechain") is True,
        complete=isinstance(message.get("stop_reason"), str),
        usage=_usage(usage),
    )


def agent_type(data: bytes) -> str | None:
    """The `agentType` of a sub-agent's `meta.json`, None where it has none."""
    try:
        return _optional(row_of(data).get("agentType"))
    except BadValue:
        return None


def _key(row: Mapping[str, Any], message: Mapping[str, Any], line: bytes) -> bytes:
    """Message and request; without a message id the line's own id, or all it says: replays repeat both."""
    own, request = _optional(message.get("id")), _optional(row.get("requestId"))
    if own is not None:
        return _half("message", own) + (_half("request", request) if request else bytes(8))
    uuid = _optional(row.get("uuid"))
    return _half("line", uuid or line.strip().decode("utf-8")) + bytes(8)


def _half(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).digest()[:8]


def _moment(value: Any) -> int:
    at = instant_of(value) if isinstance(value, str) else None
    if at is None:
        raise BadValue("timestamp is no time with an offset")
    return at


def _model(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("message.model is no text")
    try:
        return text_of("model")(value)
    except BadValue as wrong:
        raise BadValue(f"message.model {wrong}") from wrong


def _optional(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _usage(value: Any) -> tuple[int, int, int, int]:
    if not isinstance(value, dict):
        raise BadValue("message.usage is no object")
    given = (_count(value, "input_tokens"), _count(value, "output_tokens"))
    # What a gateway without a cache leaves out or writes as null is none.
    creation = _count(value, "cache_creation_input_tokens", absent=0)
    return *given, creation, _count(value, "cache_read_input_tokens", absent=0)


def _count(usage: Mapping[str, Any], key: str, absent: int | None = None) -> int:
    value = usage.get(key)
    if value is None and absent is not None:
        return absent
    try:
        return counted(value)
    except BadValue as wrong:
        raise BadValue(f"message.usage.{key}: {wrong}") from wrong


PACKED = struct.Struct("<qqIBQQQQ")
"""How a response is kept: first and last seen, who it belongs to, complete, the four counts.

A large transcript holds hundreds of thousands; packed they take a third of the memory.
"""
