"""The git half of the host: real `git http-backend`, guarded by the host's tokens."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.support.forge.bare import git_environment
from tests.support.forge.tokens import Token
from tests.support.forge.wire import Answer, Request

GIT_PATH = re.compile(r"/(?P<name>[^/]+/[^/]+)\.git/(?P<service>.+)$")
"""Paths this module serves."""

_PASSED_ON = {
    "content-encoding": "HTTP_CONTENT_ENCODING",
    "git-protocol": "GIT_PROTOCOL",
    "accept-encoding": "HTTP_ACCEPT_ENCODING",
}


def serve(request: Request, root: Path, token: Token | None, may_push: bool) -> Answer:
    """Answer a git request: 401 without a known token, 404 unknown repository, 403 no right."""
    match = GIT_PATH.match(request.path)
    if match is None:
        return _plain(404, "Not Found")
    if token is None:
        return _plain(
            401, "Invalid username or token.", ("WWW-Authenticate", 'Basic realm="GitHub"')
        )
    if not (root / f"{match['name']}.git").is_dir():
        return _plain(404, "Repository not found.")
    if _is_push(request) and not may_push:
        return _plain(403, f"Permission to {match['name']}.git denied to {token.login}.")
    return _backend(request, root, token.login)


def _is_push(request: Request) -> bool:
    service = request.parameters.get("service", "")
    return "git-receive-pack" in (service, request.path.rsplit("/", 1)[-1])


def _backend(request: Request, root: Path, login: str) -> Answer:
    """Run `git http-backend` as a CGI program."""
    environment = git_environment(root) | {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": login,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    for header, variable in _PASSED_ON.items():
        if header in request.headers:
            environment[variable] = request.headers[header]
    done = subprocess.run(
        ["git", "-c", "http.receivepack=true", "http-backend"],
        input=request.body,
        capture_output=True,
        env=environment,
        check=False,
    )
    return _cgi_answer(done.stdout)


def _cgi_answer(output: bytes) -> Answer:
    head, _, body = output.partition(b"\r\n\r\n")
    status, headers = 200, []
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(":")
        if name == "Status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    return Answer(status, body, tuple(headers))


def _plain(status: int, words: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, f"{words}\n".encode(), (("Content-Type", "text/plain"), *headers))
