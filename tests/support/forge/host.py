"""A GitHub host on the loopback interface, for one test.

`/OWNER/REPO.git` is real git behind token auth; the API, below `/api/v3` as on GitHub Enterprise or
at the root as on github.com, is the emulator with its gaps closed. Every request is logged, checked
against GitHub's description, and may be hit by a scripted fault.
"""

from __future__ import annotations

import itertools
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.support.forge import git_backend
from tests.support.forge.api import Api
from tests.support.forge.bare import BareRepository, Signature
from tests.support.forge.contract import github_contract
from tests.support.forge.emulator import APP_ID, MEMBERS, OWNER, REPOSITORY, Emulator
from tests.support.forge.faults import Fault, FaultScript
from tests.support.forge.memory import Memory
from tests.support.forge.people import People
from tests.support.forge.server import LoopbackServer
from tests.support.forge.stale import StaleReads
from tests.support.forge.tokens import Token
from tests.support.forge.wire import (
    GRAPHQL,
    Answer,
    Channel,
    ConnectionDropped,
    Exchange,
    Request,
    error_answer,
)

FOUNDER = Signature("Founder", "founder@example.com", "1764547200 +0000")
"""Author of the first commit of a repository: 2025-12-01 00:00 UTC."""


_BY_NUMBER = "/repositories/1"
"""GitHub redirects to a repository's number, which no renaming changes."""


class Shape(StrEnum):
    """Where the API is."""

    ENTERPRISE = "/api/v3"
    ROOT = ""


class Host:
    """The server, its repositories, its people, its log. Made by the `host` fixture."""

    def __init__(self, emulator: Emulator, root: Path, shape: Shape = Shape.ENTERPRISE) -> None:
        self.root = root
        self.shape = shape
        self.faults = FaultScript()
        self.stale = StaleReads()
        self.log: list[Exchange] = []
        self.violations: list[str] = []
        """What was against GitHub's description, or beyond the bed; the fixture wants it empty."""
        self.before: list[Callable[[Request], None]] = []
        """Called before a request is looked at: kill a process, move a branch, …"""
        self.after: list[Callable[[Exchange], None]] = []
        """Called when the forge is done and the client has not heard of it yet."""
        self.old_name: tuple[str, int] | None = None
        """A name the repository had once, and the status its requests are answered with."""
        self._server = LoopbackServer(self._handle)
        self.url = self._server.url
        self.api_url = self.url + shape
        self.api = Api(emulator, root, self.api_url, self.url)
        self.people = People(self.api)
        self.app_id, self.app_private_key = APP_ID, emulator.app_private_key
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.repository = self.add_repository(f"{OWNER}/{REPOSITORY}")
        self._server.start()

    def add_repository(self, full_name: str, default_branch: str = "main") -> BareRepository:
        """An empty repository; the emulator must know it (`acme/widget`, or a fork)."""
        repository = self.api.repository(full_name)
        repository.create(default_branch)
        self.api.serve(full_name)
        return repository

    def seed(self, files: dict[str, str | None], message: str = "Begin") -> str:
        """Commit files to `main` of the repository; returns the SHA."""
        return self.repository.commit("main", files, message, FOUNDER)

    def clone(self, folder: Path, branch: str = "main") -> Path:
        """A clone with `origin` at the host's address, no credential in it and nothing logged."""
        self.repository.git(
            "clone", "--quiet", "--branch", branch, str(self.repository.path), str(folder)
        )
        self.repository.git("-C", str(folder), "remote", "set-url", "origin", self.clone_url)
        return folder

    @property
    def clone_url(self) -> str:
        """The repository's address, without a credential."""
        return f"{self.url}/{self.repository.full_name}.git"

    def environment(self, token: Token | str | None = None) -> dict[str, str]:
        """What a workflow run would tell its steps; with `token` as GITHUB_TOKEN."""
        value = token.value if isinstance(token, Token) else token
        told = {
            "GITHUB_API_URL": self.api_url,
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_REPOSITORY": self.repository.full_name,
        }
        return told if value is None else told | {"GITHUB_TOKEN": value}

    def add_token(self, token: Token) -> Token:
        """Let the host know one more credential (its login must be one of `emulator.LOGINS`)."""
        self.api.tokens[token.value] = token
        return token

    def revoke(self, token: Token) -> None:
        """401 from now on."""
        self.api.tokens.pop(token.value, None)

    def requests(self, channel: Channel | None = None) -> list[Exchange]:
        """The log without token exchanges, of one channel or all."""
        return [
            exchange
            for exchange in self.log
            if not exchange.request.is_token_exchange
            and channel in (None, exchange.request.channel)
        ]

    def writes(self) -> list[Exchange]:
        """What asked to change something: API writes and pushes with ref updates, in order."""
        return [exchange for exchange in self.log if exchange.is_write]

    def pull(self, number: int) -> Any:
        """A pull request as the API shows it; nothing is logged."""
        return self.people.api("GET", f"/repos/{self.repository.full_name}/pulls/{number}").json

    def pulls(self, state: str = "open") -> list[Any]:
        """Pull requests as the API shows them, oldest first; nothing is logged."""
        query = f"state={state}&sort=created&direction=asc&per_page=100"
        shown = self.people.api("GET", f"/repos/{self.repository.full_name}/pulls", query=query)
        return sorted(shown.json, key=lambda pull: int(pull["number"]))

    @property
    def memory(self) -> Memory:
        """What GitHub remembers of pull requests that ended, in its query language."""
        return self.api.memory

    def questions(self) -> list[Exchange]:
        """What was asked in the query language, in order."""
        return [one for one in self.log if one.request.path == GRAPHQL]

    def forget(self) -> None:
        """Take back what tests told: memory, faults, hooks and log. Git and the emulator stay as they are."""
        for told in (self.log, self.violations, self.before, self.after):
            told.clear()
        self.memory.forget()
        self.faults.clear()

    def close(self) -> None:
        """Stop serving; answers still being delayed are let go."""
        self._closing.set()
        self._server.stop()
        self.violations.extend(self.api.problems)

    def _handle(self, arrived: Request) -> Answer:
        with self._lock:
            request = replace(self._sorted(arrived), index=next(self._numbers))
            exchange = Exchange(request)
            self.log.append(exchange)
        for hook in self.before:
            hook(request)
        fault = self.faults.take(request)
        answer = self._faulted(exchange, fault)
        for called in self.after:
            called(exchange)
        if answer is None:
            raise ConnectionDropped(fault.partial if fault else b"")
        exchange.status = answer.status
        return answer

    def _sorted(self, arrived: Request) -> Request:
        """The request with its channel and without the API's prefix."""
        if git_backend.GIT_PATH.match(arrived.path):
            return replace(arrived, channel=Channel.GIT)
        if arrived.path == f"{self.shape.removesuffix('/v3')}{GRAPHQL}":
            return replace(arrived, path=GRAPHQL)
        if not arrived.path.startswith(f"{self.shape}/"):
            return replace(arrived, channel=Channel.PAGE)
        path = arrived.path.removeprefix(self.shape)
        by_number = path.startswith(_BY_NUMBER)
        named = f"/repos/{self.repository.full_name}{path.removeprefix(_BY_NUMBER)}"
        return replace(arrived, path=named if by_number else path)

    def _redirect(self, request: Request) -> Answer | None:
        """Where the API, or git, sends whoever asks by the old name; None for the present one."""
        if self.old_name is None:
            return None
        name, status = self.old_name
        new = self.repository.full_name
        for old, place in (
            (f"/repos/{name}", f"{self.api_url}{_BY_NUMBER}"),
            (f"/{name}.git", f"{self.url}/{new}.git"),
        ):
            if request.path == old or request.path.startswith(f"{old}/"):
                query = f"?{request.query}" if request.query else ""
                location = f"{place}{request.path.removeprefix(old)}{query}"
                moved = error_answer(status, "Moved Permanently", {"Location": location})
                return replace(moved, status=status)
        return None

    def _faulted(self, exchange: Exchange, fault: Fault | None) -> Answer | None:
        """The answer with the fault at work; None: hang up."""
        if fault is None:
            return self._upstream(exchange)
        exchange.fault = fault.name
        truth = None
        if fault.took_effect:
            truth = self._upstream(exchange)
        elif exchange.request.channel is Channel.API:
            self._check(exchange.request, None)
        self._closing.wait(fault.delay)
        return None if fault.drop else fault.answer or truth

    def _upstream(self, exchange: Exchange) -> Answer:
        request = exchange.request
        moved = self._redirect(request)
        if moved is not None:
            exchange.upstream_status = moved.status
            return moved
        try:
            answer = self._true_answer(request)
        except Exception:  # the bed's own defect must fail the test, not hang the client
            self.violations.append(f"the bed failed on {request}:\n{traceback.format_exc()}")
            answer = error_answer(500, "the test bed failed")
        self.violations.extend(self.api.problems)
        self.api.problems.clear()
        exchange.upstream_status = answer.status
        if request.channel is Channel.API:
            self._check(request, answer)
        return self.stale.answer(request, answer)

    def _true_answer(self, request: Request) -> Answer:
        if request.channel is Channel.API:
            return self.api.answer(request)
        if request.channel is Channel.GIT:
            token = self.api.tokens.get(request.token or "")
            return git_backend.serve(request, self.root, token, self._may_push(request, token))
        page = b"<!DOCTYPE html><html><body>A page for people</body></html>"
        return Answer(200, page, (("Content-Type", "text/html; charset=utf-8"),))

    def _may_push(self, request: Request, token: Token | None) -> bool:
        """Write permission, and membership: a stranger may push to the own fork only."""
        if token is None or not token.grants("contents", "write"):
            return False
        owner = request.path.split("/")[1]
        return token.login in (owner, *MEMBERS)

    def _check(self, request: Request, answer: Answer | None) -> None:
        if request.path != GRAPHQL:  # checked where it is executed
            self.violations.extend(github_contract().violations(request, answer))
