"""Scripted faults: what goes wrong, when, and whether the request took effect all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.forge.wire import Answer, Request, error_answer, json_answer

Predicate = Callable[[Request], bool]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one request."""

    name: str
    """Shown in the log and as a test id."""
    answer: Answer | None = None
    """What the client gets; None: the true answer, if it gets any."""
    drop: bool = False
    """Hang up instead of answering."""
    partial: bytes = b""
    """What is still sent before hanging up."""
    delay: float = 0.0
    """Seconds to wait before answering."""
    took_effect: bool = False
    """Whether the forge carried the request out before things went wrong."""

    def after(self) -> Fault:
        """The same fault, but the forge has carried the request out by then."""
        return replace(self, name=f"{self.name} after effect", took_effect=True)


def server_error(status: int = 502) -> Fault:
    """5xx from the load balancer: an HTML page, as GitHub sends, not JSON."""
    page = b"<html><body><h1>Server Error</h1></body></html>"
    return Fault(str(status), Answer(status, page, (("Content-Type", "text/html"),)))


def dropped() -> Fault:
    """The connection ends without an answer. `.after()`: the forge did what was asked.

    Git's libcurl repeats a request by itself if a connection it used before ends so: a push meets
    this fault unharmed, unless it is ordered twice. `cut_short` is not repeated.
    """
    return Fault("dropped", drop=True)


def cut_short() -> Fault:
    """The connection ends in the middle of the answer's headers."""
    return Fault("cut short", drop=True, partial=b"HTTP/1.1 200 OK\r\nDate: ")


def slow(seconds: float) -> Fault:
    """The true answer, late."""
    return Fault(f"slow {seconds} s", delay=seconds, took_effect=True)


def html_page() -> Fault:
    """HTML with status 200: a captive portal, a proxy's login page."""
    page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
    return Fault("HTML 200", Answer(200, page, (("Content-Type", "text/html; charset=utf-8"),)))


def bad_credentials() -> Fault:
    """401: the token is wrong, expired or revoked."""
    return Fault("401", error_answer(401, "Bad credentials"))


def forbidden(accepted: str | None = None, by: str = "integration") -> Fault:
    """403 for a missing permission; `accepted` as in `X-Accepted-GitHub-Permissions`."""
    headers = {} if accepted is None else {"X-Accepted-GitHub-Permissions": accepted}
    return Fault("403", error_answer(403, f"Resource not accessible by {by}", headers))


def actions_may_not_open_pull_requests() -> Fault:
    """403: the repository's setting "Allow GitHub Actions to create and approve …" is off."""
    message = "GitHub Actions is not permitted to create or approve pull requests."
    return Fault("403 Actions setting", error_answer(403, message))


def locked() -> Fault:
    """403: the conversation of the issue or pull request is locked."""
    return Fault("locked", error_answer(403, "Unable to create comment because issue is locked."))


def single_sign_on_required(url: str = "https://github.com/orgs/acme/sso?request=1") -> Fault:
    """403: the token is not authorised for the organization's SAML single sign-on."""
    message = "Resource protected by organization SAML enforcement. You must grant your Personal"
    answer = error_answer(403, f"{message} Access token access to this organization.")
    return Fault("403 SSO", answer.with_headers({"X-GitHub-SSO": f"required; url={url}"}))


def not_found() -> Fault:
    """404: gone, or hidden from this token."""
    return Fault("404", error_answer(404, "Not Found"))


def conflict(message: str = "Git Repository is empty.") -> Fault:
    """409."""
    return Fault("409", error_answer(409, message))


def unprocessable(*errors: Mapping[str, Any], message: str = "Validation Failed") -> Fault:
    """422 with GitHub's list of errors."""
    plain = error_answer(422, message).json
    return Fault("422", json_answer(422, plain | {"errors": list(errors)}))


def pull_request_exists(head: str) -> Fault:
    """422: another run was quicker. `head` as `owner:branch`."""
    return unprocessable(custom_error(f"A pull request already exists for {head}."))


def no_commits(base: str, head: str) -> Fault:
    """422: head holds nothing that base lacks."""
    return unprocessable(custom_error(f"No commits between {base} and {head}"))


def invalid_field(name: str, resource: str = "PullRequest") -> Fault:
    """422 for one field: `head` or `base` is not a branch."""
    return unprocessable({"resource": resource, "field": name, "code": "invalid"})


def too_many_requests(retry_after: int | None = None) -> Fault:
    """429, with or without `Retry-After` (seconds)."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    name = "429" if retry_after is None else f"429 Retry-After {retry_after}"
    return Fault(name, error_answer(429, "Too many requests", headers))


def primary_limit(reset_in: float = 3600.0, login: str = "calibrator") -> Fault:
    """403: the hour's requests are used up; `X-RateLimit-Reset` is `reset_in` seconds away."""
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": "5000",
        "X-RateLimit-Resource": "core",
        "X-RateLimit-Reset": str(int(time.time() + reset_in)),
    }
    message = f"API rate limit exceeded for user {login}."
    return Fault("primary limit", error_answer(403, message, headers))


def secondary_limit(retry_after: int | None = None) -> Fault:
    """403: too fast; GitHub sends `Retry-After` mostly, not always."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes."
    return Fault("secondary limit", error_answer(403, message, headers))


def rate_limited() -> Fault:
    """The query language's way to say that the hour's points are used up: an error, with status 200."""
    return Fault("RATE_LIMITED", _query_error("API rate limit exceeded.", "RATE_LIMITED"))


def gave_up() -> Fault:
    """The query language's way to say that a question took too long."""
    said = "Something went wrong while executing your query. This may be the result of a timeout"
    return Fault("gave up", _query_error(f"{said}, or it could be a GitHub bug."))


def _query_error(message: str, kind: str | None = None) -> Answer:
    error = {"message": message} | ({} if kind is None else {"type": kind})
    return json_answer(200, {"data": None, "errors": [error]})


def custom_error(message: str, field_name: str | None = None) -> dict[str, str]:
    """One entry of a 422's list of errors with GitHub's own words."""
    place = {} if field_name is None else {"field": field_name}
    return {"resource": "PullRequest", "code": "custom", **place, "message": message}


@dataclass
class _Planned:
    fault: Fault
    wanted: Predicate
    left: int | None
    """How many more times; None: always."""


@dataclass
class FaultScript:
    """The faults a test has ordered; each request takes the first that fits it."""

    _plan: list[_Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, index: int, fault: Fault) -> None:
        """Hit the request with this `Request.index` (0: the first the host receives)."""
        self.when(lambda request: request.index == index, fault)

    def when(self, wanted: Predicate, fault: Fault, times: int | None = 1) -> None:
        """Hit the next `times` requests that fit; None: all of them."""
        with self._lock:
            self._plan.append(_Planned(fault, wanted, times))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._plan.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault for this request, used up by asking."""
        with self._lock:
            for planned in self._plan:
                if planned.left != 0 and planned.wanted(request):
                    planned.left = None if planned.left is None else planned.left - 1
                    return planned.fault
        return None


def calls(method: str, ending: str) -> Predicate:
    """Fits API and git requests of `method` whose path ends so: `calls("POST", "/pulls")`."""
    return lambda request: request.method == method and request.path.endswith(ending)
