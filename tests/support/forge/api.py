"""The API half of the host: emulate behind a proxy that closes its gaps.

A request in, the answer GitHub would give out. One at a time: the lock makes "is there one already"
and "create it" one step, as GitHub's database does.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.forge import accounts, local_routes
from tests.support.forge.bare import BareRepository
from tests.support.forge.emulator import (
    ADMINISTRATOR,
    APP_PERMISSIONS,
    APP_SLUG,
    BASE_URL,
    OWNER,
    REPOSITORY,
    Emulator,
    Reply,
    internal_token,
)
from tests.support.forge.made_commits import Workbench
from tests.support.forge.memory import Memory
from tests.support.forge.mirror import Mirror, MirrorFailed
from tests.support.forge.pulls import Ledger
from tests.support.forge.tokens import STANDARD, Token, TokenKind, announced, refusal
from tests.support.forge.wire import GRAPHQL, Answer, Request, error_answer

_APP_PATH = re.compile(r"/app(/.*)?$|/(repos/[^/]+/[^/]+|orgs/[^/]+|users/[^/]+)/installation$")
_API_LINK = re.compile(
    re.escape(BASE_URL).encode() + rb"(?=/(?:repos|users|orgs|app|installation|search|teams)\b)"
)
_PASSED_BACK = frozenset({"content-type", "link", "location"})


class Api:
    """State and routes of one host's API."""

    def __init__(self, emulator: Emulator, root: Path, api_url: str, server_url: str) -> None:
        self.emulator = emulator
        self.tokens: dict[str, Token] = {token.value: token for token in STANDARD}
        self.app_permissions: Mapping[str, str] | None = None
        """What the App was granted, where it differs from the emulator's seed."""
        self.dispatches: list[dict[str, Any]] = []
        """Workflow dispatches that were accepted: workflow, ref, inputs."""
        self.problems: list[str] = []
        """What the bed itself could not do; a test must not pass over it."""
        self.memory = Memory(f"{OWNER}/{REPOSITORY}", server_url)
        self.ledger = Ledger(self.repository, lambda name: self._mirrors[name].heads)
        self._root = root
        self._links = (
            (api_url.encode(), _API_LINK),
            (server_url.encode(), re.compile(re.escape(BASE_URL).encode())),
        )
        self._mirrors: dict[str, Mirror] = {}
        self._workbenches: dict[str, Workbench] = {}
        self._api_url = api_url
        self._lock = threading.RLock()

    def repository(self, full_name: str) -> BareRepository:
        """A repository on the host's disk."""
        return BareRepository(self._root, full_name)

    def workbench(self, full_name: str) -> Workbench:
        """Where objects of a repository are made, and which of its commits are signed is known."""
        made = Workbench(self.repository(full_name), f"{self._api_url}/repos/{full_name}")
        return self._workbenches.setdefault(full_name, made)

    def knows(self, full_name: str) -> bool:
        """Whether the host has this repository."""
        return full_name in self._mirrors

    def serve(self, full_name: str) -> None:
        """Carry this repository over into the emulator from now on."""
        with self._lock:
            self._mirrors[full_name] = Mirror(self.emulator, self.repository(full_name))

    def forget_branch(self, full_name: str, branch: str) -> None:
        """The emulator changed this branch by itself; git's word counts."""
        self._mirrors[full_name].forget(branch)

    def answer(self, request: Request) -> Answer:
        """Answer one request as GitHub would."""
        with self._lock:
            value = request.token
            if value is not None and value.count(".") == 2 and _APP_PATH.match(request.path):
                return self._as_app(request)
            token = None if value is None else self.tokens.get(value)
            if value is not None and token is None:
                return error_answer(401, "Bad credentials")
            if request.path == GRAPHQL:
                return self._asked(request, token)
            self.catch_up()
            answer = refusal(request, token) or self._routed(request, token)
            return answer.with_headers(announced(request, token))

    def _asked(self, request: Request, token: Token | None) -> Answer:
        """A question in the query language, whose library is loaded for those who ask."""
        from tests.support.forge.query_language import QueryLanguage

        if token is None:
            return error_answer(401, "This endpoint requires you to be authenticated.")

        def commit(input: dict[str, Any]) -> dict[str, Any]:
            name = input["branch"]["repositoryNameWithOwner"]
            return {"commit": {"oid": self.workbench(name).on_branch(input, token.login)}}

        return QueryLanguage(self.memory, self.problems, commit).answer(request, token)

    def catch_up(self) -> None:
        """Let the API side see what git holds: branches, and pull requests that ended by that."""
        with self._lock:
            try:
                for mirror in self._mirrors.values():
                    mirror.update()
            except MirrorFailed as failed:
                self.problems.append(f"mirror: {failed}")
            for settled in self.ledger.follow():
                if settled.merged_by is None:
                    settled.record.open = False
                    self.emulated(ADMINISTRATOR, "PATCH", settled.record.url, {"state": "closed"})
                else:
                    local_routes.note_merge(self, settled.record, settled.merged_by, ADMINISTRATOR)

    def emulated(self, login: str, method: str, url: str, body: Any = None) -> Answer:
        """The emulator's own answer to somebody, with the host's addresses in it."""
        return self._translated(self.emulator.as_login(login, method, url, body))

    def _as_app(self, request: Request) -> Answer:
        """Requests signed with the App's JWT. Emulate does not check it on every route."""
        headers = {"Authorization": f"Bearer {request.token}"}
        if self.emulator.request("GET", "/app", None, headers).status != 200:
            return error_answer(401, "A JSON web token could not be decoded")
        body, asked = request.body, None
        if request.is_token_exchange:  # emulate would measure it by its seed, and takes {} for none
            asked = (request.json or {}).get("permissions")
            rest = {
                name: said for name, said in (request.json or {}).items() if name != "permissions"
            }
            body = json.dumps(rest).encode()
        if asked and not self._grants(asked):
            words = "The permissions requested are not granted to this installation."
            return error_answer(422, words)
        reply = self.emulator.request(request.method, request.url, body or None, headers)
        answer = self.shown(self._translated(reply))
        shows_permissions = "permissions" in (answer.json or {})
        if self.app_permissions is not None and shows_permissions:
            answer = answer.with_json(answer.json | {"permissions": dict(self.app_permissions)})
        if asked and shows_permissions:
            answer = answer.with_json(answer.json | {"permissions": asked})
        if request.is_token_exchange and answer.status == 201:
            self._register(answer.json)
        return answer

    def _grants(self, asked: Mapping[str, str]) -> bool:
        """Whether the App was granted as much: a token cannot be for more."""
        held = APP_PERMISSIONS if self.app_permissions is None else self.app_permissions
        levels = ("none", "read", "write")
        return all(
            levels.index(held.get(name, "none")) >= levels.index(level)
            for name, level in asked.items()
        )

    def _register(self, issued: Mapping[str, Any]) -> None:
        login, kind = f"{APP_SLUG}[bot]", TokenKind.INSTALLATION
        token = Token(issued["token"], login, kind, (), issued["permissions"])
        self.tokens[token.value] = token

    def _routed(self, request: Request, token: Token | None) -> Answer:
        login = None if token is None else token.login
        local = local_routes.answer(self, request, login or "")
        if local is not None:
            return local
        headers = {} if login is None else {"Authorization": f"token {internal_token(login)}"}
        return self.shown(
            self._translated(
                self.emulator.request(request.method, request.url, request.body or None, headers)
            )
        )

    def _translated(self, reply: Reply) -> Answer:
        kept = [(name, value) for name, value in reply.headers if name.lower() in _PASSED_BACK]
        raw, body = json.dumps(kept).encode(), reply.body
        for address, pattern in self._links:
            raw, body = pattern.sub(address, raw), pattern.sub(address, body)
        headers = tuple((name, value) for name, value in json.loads(raw))
        return Answer(reply.status, body, headers)

    def shown(self, answer: Answer) -> Answer:
        """The emulator's answer with its pull requests, accounts and refs put right."""
        if answer.json is None:
            return answer
        return answer.with_json(self._corrected(answer.json, in_list=False))

    def _corrected(self, value: Any, *, in_list: bool) -> Any:
        if isinstance(value, list):
            return [self._corrected(item, in_list=True) for item in value]
        if not isinstance(value, dict):
            return value
        value = {key: self._corrected(item, in_list=False) for key, item in value.items()}
        if _is_pull(value):
            return self.ledger.correct(value, in_list=in_list)
        if accounts.is_account(value):
            return accounts.completed(value)
        if "ref" in value and "/git/ref/" in str(value.get("url")):
            return value | {"url": value["url"].replace("/git/ref/", "/git/refs/")}
        return value


def _is_pull(value: Mapping[str, Any]) -> bool:
    """Whether this is a pull request with its branches (an issue's `pull_request` is only links)."""
    head = value.get("head")
    return isinstance(head, dict) and bool(head.get("repo")) and "base" in value
