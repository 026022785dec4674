"""Redirects, said instead of followed: where they are seen before any library follows them its own way."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from urllib3 import Retry
from urllib3.response import BaseHTTPResponse

_REDIRECTS = frozenset({301, 302, 307, 308})


class Moved(RuntimeError):
    """The server sends us elsewhere: the repository was renamed or given to another owner."""

    def __init__(self, location: str) -> None:
        super().__init__("redirected")
        self.location = location
        """Address as the server gave it; it may repeat a secret, so it is in no message."""


class Detours(Retry):
    """No retries, and a redirect said instead of followed.

    PyGithub follows a 301 without the query, so that a list of all pull requests becomes one of the open
    ones, and no other redirect at all. Here is the one place that sees the answer first.
    """

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Whether it is a redirect."""
        return status_code in _REDIRECTS

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Raises Moved for a redirect that says where to."""
        location = None if response is None else response.headers.get("location")
        if location is None:
            return super().increment(method, url, response, error, _pool, _stacktrace)
        raise Moved(location)
