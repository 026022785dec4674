"""What passes over the wire: a request, its answer, and the record of both."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote

ZERO = "0" * 40
GRAPHQL = "/graphql"
"""Where questions in GitHub's query language go."""


class Channel(StrEnum):
    """Which side of the host a request speaks to."""

    API = "api"
    GIT = "git"
    PAGE = "page"


@dataclass(frozen=True)
class RefUpdate:
    """One ref a push asks to change."""

    ref: str
    old: str
    """What the pusher saw; forty zeros: the ref is created."""
    new: str
    """What it shall become; forty zeros: the ref is deleted."""


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived."""

    method: str
    path: str
    """Without host and API prefix, percent-decoded: `/repos/acme/widget/pulls`."""
    channel: Channel = Channel.API
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    index: int = -1
    """Position among all requests the host received, from 0; −1 for the bed's own."""

    @cached_property
    def token(self) -> str | None:
        """The credential it carries (password of Basic, or bearer), or None."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return _basic_password(value)
        return value.strip() if scheme.lower() in ("bearer", "token") else None

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query string, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body parsed; None if empty, raises `ValueError` if it is not JSON."""
        return json.loads(self.body) if self.body else None

    @cached_property
    def pushes(self) -> tuple[RefUpdate, ...]:
        """The ref updates of a push; empty for every other request."""
        is_push = self.channel is Channel.GIT and self.method == "POST"
        if not (is_push and self.path.endswith("/git-receive-pack")):
            return ()
        return tuple(_ref_updates(self.body))

    @property
    def is_token_exchange(self) -> bool:
        """Whether it only trades an App's JWT for an installation token."""
        return self.channel is Channel.API and self.path.endswith("/access_tokens")

    @property
    def is_write(self) -> bool:
        """Whether it asks to change the forge or the repository (token exchange is not counted)."""
        if self.channel is Channel.GIT:
            return bool(self.pushes)
        if self.path == GRAPHQL:
            return str(self.json.get("query", "")).startswith("mutation")
        return self.method not in ("GET", "HEAD") and not self.is_token_exchange

    @property
    def url(self) -> str:
        """Path and query, encoded again as the emulator needs it."""
        path = quote(self.path, safe="/:@!$&'()*+,;=~")
        return f"{path}?{self.query}" if self.query else path

    def __str__(self) -> str:
        pushed = "".join(f" {p.ref} {p.old[:7]}→{p.new[:7]}" for p in self.pushes)
        return f"{self.method} {self.url}{pushed}"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def json(self) -> Any:
        """The body parsed, or None if it is empty or not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, value: Any) -> Answer:
        """The same answer with another body."""
        return replace(self, body=json.dumps(value).encode())

    def with_headers(self, extra: Mapping[str, str]) -> Answer:
        """The same answer with more headers; one already there keeps its value."""
        present = {name.lower() for name, _ in self.headers}
        added = tuple((n, v) for n, v in extra.items() if n.lower() not in present)
        return replace(self, headers=(*self.headers, *added))


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON, as the API gives them."""
    extra = tuple((headers or {}).items())
    kind = ("Content-Type", "application/json; charset=utf-8")
    return Answer(status, json.dumps(value).encode(), (kind, *extra))


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """GitHub's error body."""
    page = "https://docs.github.com/rest"
    body = {"message": message, "documentation_url": page, "status": str(status)}
    return json_answer(status, body, headers)


class ConnectionDropped(Exception):
    """Raised instead of an answer: the server hangs up, after `partial` if there is any."""

    def __init__(self, partial: bytes = b"") -> None:
        self.partial = partial
        super().__init__()


@dataclass
class Exchange:
    """One line of the host's log: a request and what became of it."""

    request: Request
    status: int | None = None
    """What the client was told; None: no answer (yet), the connection was dropped."""
    upstream_status: int | None = None
    """What really happened behind the proxy; None: the request never got there."""
    fault: str | None = None
    """Name of the scripted fault that hit it."""

    @property
    def is_write(self) -> bool:
        """See `Request.is_write`."""
        return self.request.is_write

    def __str__(self) -> str:
        fault = f" [{self.fault}]" if self.fault else ""
        return f"{self.request.index}: {self.request} → {self.status}{fault}"


def _basic_password(value: str) -> str:
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _ref_updates(body: bytes) -> Iterator[RefUpdate]:
    """The command list at the head of a receive-pack request (git's pkt-line format)."""
    position = 0
    while (length := int(body[position : position + 4] or b"0", 16)) > 4:
        line = body[position + 4 : position + length].split(b"\0")[0].decode()
        position += length
        parts = line.strip().split(" ", 2)
        if len(parts) == 3:  # "shallow SHA" lines have two
            yield RefUpdate(ref=parts[2], old=parts[0], new=parts[1])
