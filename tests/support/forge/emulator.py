"""One Node process running emulate's GitHub service, started once and emptied between tests."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.support.forge.node import ensure_node_modules, node

BASE_URL = "http://emulate.invalid"
"""Stands in the emulator's answers for the host's address, which differs from test to test."""
OWNER = "acme"
REPOSITORY = "widget"
APP_ID = 4711
APP_SLUG = "calibration-app"
INSTALLATION_ID = 815
APP_PERMISSIONS = {
    "contents": "write",
    "pull_requests": "write",
    "issues": "write",
    "metadata": "read",
}
"""What the App was granted where it is installed."""
ADMINISTRATOR = "administrator"
MEMBERS = (
    ADMINISTRATOR,
    "calibrator",
    "reviewer",
    "github-actions[bot]",
    f"{APP_SLUG}[bot]",
)
"""Who belongs to the organization and may write to its repository."""
LOGINS = (*MEMBERS, "stranger")
"""Everybody the emulator knows."""

# Emulate counts 5,000 requests a token and forgets neither at a reset: start afresh before that.
_REQUESTS_A_PROCESS = 4_000


def internal_token(login: str) -> str:
    """The credential by which the proxy makes the emulator act as `login`."""
    return f"internal-{login}"


def _user(login: str) -> dict[str, str]:
    address = {} if login.endswith("[bot]") else {"email": f"{login}@example.com"}
    return {"login": login, "name": login} | address


def _seed() -> dict[str, Any]:
    members = [{"login": login, "role": "admin"} for login in MEMBERS]
    return {
        "tokens": {internal_token(login): {"login": login, "scopes": ["repo"]} for login in LOGINS},
        "github": {
            "users": [_user(login) for login in LOGINS],
            "orgs": [{"login": OWNER, "name": "Acme", "members": members}],
            "repos": [{"owner": OWNER, "name": REPOSITORY, "auto_init": False}],
            "apps": [
                {
                    "app_id": APP_ID,
                    "slug": APP_SLUG,
                    "name": "Calibration App",
                    "permissions": APP_PERMISSIONS,
                    "events": [],
                    "installations": [{"installation_id": INSTALLATION_ID, "account": OWNER}],
                }
            ],
        },
    }


@dataclass(frozen=True)
class Reply:
    """What the emulator answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Emulator:
    """The process and one connection to it; requests are answered one at a time."""

    def __init__(self, requests_a_process: int = _REQUESTS_A_PROCESS) -> None:
        self._limit = requests_a_process
        self._lock = threading.RLock()
        self._start()

    def _start(self) -> None:
        ensure_node_modules()
        launcher = Path(__file__).with_name("emulate.mjs")
        self._process = subprocess.Popen(
            [node(), str(launcher)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self._command(json.dumps({"baseUrl": BASE_URL, "seed": _seed()}))
        self._connection = http.client.HTTPConnection("127.0.0.1", ready["port"], timeout=20)
        self.app_private_key: str = ready["secrets"][0]["value"]
        self._requests = 0

    def _pipe(self, pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise RuntimeError("the emulator was started without pipes")
        return pipe

    def _command(self, line: str) -> dict[str, Any]:
        to_node = self._pipe(self._process.stdin)
        to_node.write(line + "\n")
        to_node.flush()
        answer = self._pipe(self._process.stdout).readline()
        if not answer:
            raise RuntimeError("the emulator ended; its words are on stderr above")
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def reset(self) -> None:
        """Back to the seed: one empty repository, no pull requests, no issued tokens."""
        with self._lock:
            if self._requests >= self._limit:
                self.close()
                self._start()
            else:
                self._command("reset")

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request; `body` is bytes, or a value to send as JSON."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        with self._lock:
            self._requests += 1
            self._connection.request(method, url, raw, sent)
            answer = self._connection.getresponse()
            return Reply(answer.status, tuple(answer.getheaders()), answer.read())

    def as_login(self, login: str, method: str, url: str, body: Any = None) -> Reply:
        """Send one request as somebody of `LOGINS`."""
        return self.request(method, url, body, {"Authorization": f"token {internal_token(login)}"})

    def close(self) -> None:
        """End the process and wait for it."""
        self._connection.close()
        self._pipe(self._process.stdin).close()
        self._process.wait(timeout=10)
        self._pipe(self._process.stdout).close()


@dataclass
class EmulatorPool:
    """Emulators waiting for a test; one test at a time holds one."""

    _idle: list[Emulator] = field(default_factory=list)

    def take(self) -> Emulator:
        """An emulator in its seeded state."""
        if not self._idle:
            return Emulator()
        emulator = self._idle.pop()
        emulator.reset()
        return emulator

    def give_back(self, emulator: Emulator) -> None:
        """For the next test."""
        self._idle.append(emulator)

    def close(self) -> None:
        """End every process that came back."""
        _close_all(self._idle)
        self._idle.clear()


def _close_all(emulators: Iterable[Emulator]) -> None:
    for emulator in emulators:
        emulator.close()
