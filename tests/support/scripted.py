"""A loopback HTTP server that gives scripted answers and keeps what it was asked.

For single steps only: whole runs go against the stateful test bed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DROP = "drop"
"""A scripted answer: the connection closes without one."""


@dataclass(frozen=True)
class Request:
    """What was asked."""

    verb: str
    path: str
    headers: Mapping[str, str]
    said: Any


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> bytes:
        """The body: text as it is, anything else as JSON."""
        text = self.data if isinstance(self.data, str) else json.dumps(self.data)
        return text.encode()


@dataclass
class Script:
    """Answers in order; when they run out, 500."""

    url: str = ""
    replies: list[Reply | str] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)

    def asked(self) -> list[str]:
        """Verb and path of every request so far."""
        return [f"{request.verb} {request.path}" for request in self.seen]


@contextmanager
def scripted() -> Iterator[Script]:
    """A running server; its script may be filled and read while it runs."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Silent."""

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            said = self.rfile.read(length)
            document = json.loads(said) if said[:1] in (b"{", b"[") else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.seen.append(Request(self.command, self.path, headers, document))
            reply = script.replies.pop(0) if script.replies else Reply(500, {"message": "no more"})
            if isinstance(reply, str):
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.text)))
            self.end_headers()
            self.wfile.write(reply.text)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - names http.server calls

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
