"""What people do to a repository while the bot looks away. Nothing here is logged or faulted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from tests.support.forge.api import Api
from tests.support.forge.bare import BareRepository, Signature
from tests.support.forge.emulator import ADMINISTRATOR, OWNER, REPOSITORY
from tests.support.forge.tokens import Token
from tests.support.forge.wire import Answer, Request

MergeMethod = Literal["merge", "squash", "rebase"]
NAME = f"{OWNER}/{REPOSITORY}"
REVIEWER = "reviewer"
STRANGER = "stranger"


class Refused(AssertionError):
    """The forge did not let a person do that: a mistake of the test."""


class People:
    """Acting persons; `login` says who, mostly a member of the organization."""

    def __init__(self, api: Api) -> None:
        self._api = api
        for login in (REVIEWER, STRANGER, ADMINISTRATOR):
            token = Token(f"in-person-{login}", login)
            api.tokens[token.value] = token

    def api(
        self, method: str, path: str, body: Any = None, *, login: str = REVIEWER, query: str = ""
    ) -> Answer:
        """Any API request in person; raises `Refused` on a status of 400 or more."""
        headers = {"authorization": f"token in-person-{login}", "content-type": "application/json"}
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self._api.answer(Request(method, path, query=query, headers=headers, body=raw))
        if answer.status >= 400:
            raise Refused(f"{method} {path} as {login}: {answer.status} {answer.body.decode()}")
        return answer

    def merge(self, number: int, method: MergeMethod = "merge", login: str = REVIEWER) -> str:
        """Merge a pull request by one of the three buttons; returns the SHA on base."""
        body = {"merge_method": method}
        sha: str = self.api("PUT", f"{_pull(number)}/merge", body, login=login).json["sha"]
        return sha

    def close(self, number: int, login: str = REVIEWER) -> None:
        """Close a pull request unmerged."""
        self.api("PATCH", _pull(number), {"state": "closed"}, login=login)

    def reopen(self, number: int, login: str = REVIEWER) -> None:
        """Reopen a closed pull request."""
        self.api("PATCH", _pull(number), {"state": "open"}, login=login)

    def edit(self, number: int, login: str = REVIEWER, **fields: str) -> None:
        """Change `title` or `body` of a pull request."""
        self.api("PATCH", _pull(number), fields, login=login)

    def retarget(self, number: int, base: str, login: str = REVIEWER) -> None:
        """Point a pull request at another base branch."""
        self.api("PATCH", _pull(number), {"base": base}, login=login)

    def convert_to_draft(self, number: int, *, draft: bool = True) -> None:
        """Convert to draft, or mark as ready. GitHub has this in GraphQL only."""
        self._api.emulated(ADMINISTRATOR, "PATCH", _pull(number), {"draft": draft})

    def comment(self, number: int, text: str, login: str = REVIEWER) -> int:
        """Comment on a pull request; returns the comment's id."""
        body = {"body": text}
        path = f"/repos/{NAME}/issues/{number}/comments"
        identifier: int = self.api("POST", path, body, login=login).json["id"]
        return identifier

    def comments(self, number: int) -> list[Any]:
        """All comments of a pull request."""
        shown = self.api(
            "GET", f"/repos/{NAME}/issues/{number}/comments", query="per_page=100"
        ).json
        return list(shown)

    def open_pull(
        self,
        head: str,
        *,
        base: str = "main",
        title: str = "By hand",
        body: str = "",
        login: str = REVIEWER,
    ) -> int:
        """Open a pull request in person; returns its number."""
        wanted = {"head": head, "base": base, "title": title, "body": body}
        number: int = self.api("POST", f"/repos/{NAME}/pulls", wanted, login=login).json["number"]
        return number

    def commit(
        self,
        branch: str,
        files: Mapping[str, str | None],
        message: str = "By hand",
        *,
        login: str = REVIEWER,
        start: str | None = None,
        repository: BareRepository | None = None,
    ) -> str:
        """Add a commit to a branch (made from `start` if missing); returns the SHA."""
        author = Signature(login, f"{login}@example.com")
        return (repository or self._widget).commit(branch, files, message, author, start)

    def delete_branch(self, branch: str) -> None:
        """Delete a branch; GitHub closes its pull request."""
        self._widget.set_head(branch, None)
        self._api.catch_up()

    def force_branch(self, branch: str, sha: str) -> None:
        """Point a branch elsewhere, whatever it held."""
        self._widget.set_head(branch, sha)
        self._api.catch_up()

    def rename_branch(self, old: str, new: str) -> None:
        """Rename a branch: pull requests into it follow, those from it are closed."""
        self._api.catch_up()
        sha = self._widget.git("rev-parse", f"refs/heads/{old}")
        self._widget.set_head(new, sha)
        into = self.api("GET", f"/repos/{NAME}/pulls", query=f"base={quote(old)}&per_page=100").json
        for pull in into:
            self.retarget(pull["number"], new)
        if self._widget.git("symbolic-ref", "HEAD") == f"refs/heads/{old}":
            self.set_default_branch(new)
        self.delete_branch(old)

    def set_default_branch(self, branch: str) -> None:
        """Make another branch the default one."""
        self._widget.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._api.emulated(ADMINISTRATOR, "PATCH", f"/repos/{NAME}", {"default_branch": branch})

    def protect(self, *branches: str) -> None:
        """Protect branches by a pre-receive hook; without any: lift all protection."""
        self._widget.protect(*branches)

    def fork(self, login: str = STRANGER) -> BareRepository:
        """Fork the repository into somebody's account."""
        self._api.emulated(login, "POST", f"/repos/{NAME}/forks", {})
        fork = self._api.repository(f"{login}/{REPOSITORY}")
        fork.path.parent.mkdir(exist_ok=True)
        self._widget.git(
            "clone", "--quiet", "--bare", "--shared", str(self._widget.path), str(fork.path)
        )
        self._api.serve(fork.full_name)
        return fork

    def open_pull_from_fork(
        self, branch: str, *, title: str = "From a fork", body: str = ""
    ) -> int:
        """A stranger's pull request from a branch of this name in a fork; returns its number."""
        fork = self._api.repository(f"{STRANGER}/{REPOSITORY}")
        if not fork.path.exists():
            self.fork()
        self.commit(
            branch, {"stranger.txt": "hello\n"}, login=STRANGER, start="main", repository=fork
        )
        head = f"{STRANGER}:{branch}"
        return self.open_pull(head, title=title, body=body, login=STRANGER)

    @property
    def _widget(self) -> BareRepository:
        return self._api.repository(NAME)


def _pull(number: int) -> str:
    return f"/repos/{NAME}/pulls/{number}"
