"""Stale reads: GitHub's lists and searches may lag behind a write for some seconds."""

from __future__ import annotations

import threading

from tests.support.forge.wire import Answer, Request


class StaleReads:
    """Answers reads as they were before the last write, as often as ordered.

    A read never seen before is answered from an empty past: a list is empty, anything else 404.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = 0
        self._ordered = 0
        self._past: dict[str, Answer] = {}

    def after_next_write(self, reads: int) -> None:
        """Let the `reads` API reads that follow the next API write show the past."""
        with self._lock:
            self._ordered = reads

    def answer(self, request: Request, true: Answer) -> Answer:
        """The answer to give; writes start the lag, reads wear it off."""
        with self._lock:
            if request.is_write:
                self._left, self._ordered = max(self._left, self._ordered), 0
                return true
            if request.method != "GET" or true.status != 200 or true.json is None:
                return true
            if self._left == 0:
                self._past[request.url] = true
                return true
            self._left -= 1
            return self._past.get(request.url, _empty_past(true))


def _empty_past(true: Answer) -> Answer:
    if isinstance(true.json, list):
        return Answer(200, b"[]", true.headers)
    return Answer(404, b'{"message": "Not Found", "status": "404"}', true.headers)
