"""Asking GitHub in its query language (GraphQL): a question, and the whole answer or an error.

Questions change nothing, so that they are repeated as they are. An answer with gaps is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.errors import BotError
from bot.forge import advice
from bot.forge.replies import Reply
from bot.forge.sending import Sender
from bot.forge.sign_in import GitHubSettings
from bot.git.credentials import redacted

GRAPHQL = "/graphql"
"""Stands for the place of the query language, which is none of the REST API's."""
_DENIED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"})
READS = "pull_requests=read, checks=read, statuses=read, contents=read"
"""Permissions that collecting needs, as GitHub names them."""


class Questions:
    """What one run asks about one repository."""

    def __init__(self, sender: Sender, settings: GitHubSettings) -> None:
        self._sender = sender
        self._settings = settings
        owner, _, name = settings.repository.partition("/")
        self._place = {"owner": owner, "name": name}

    @property
    def settings(self) -> GitHubSettings:
        """Which repository it is, on which GitHub."""
        return self._settings

    def of_repository(
        self, query: str, told: Mapping[str, Any], *, gone: bool = False
    ) -> Mapping[str, Any]:
        """The answer to a question about the repository. Raises BotError without one.

        `gone`: what is not there is null, instead of an error.
        """
        found = self.ask(query, {**self._place, **told}, gone=gone).get("repository")
        if not isinstance(found, Mapping):
            raise BotError(f"GitHub shows no repository {self._settings.repository}")
        return found

    def ask(self, query: str, told: Mapping[str, Any], *, gone: bool = False) -> Mapping[str, Any]:
        """The answer to a question with some variables, as above."""
        answer = self._sender.send("POST", GRAPHQL, {"query": query, "variables": dict(told)})
        document = answer.data if isinstance(answer.data, Mapping) else {}
        data = document.get("data")
        complete = not document.get("errors") or (gone and answer.errors == {"NOT_FOUND"})
        if not answer.ok or not isinstance(data, Mapping) or not complete:
            raise self._refused(answer)
        return data

    def permission(self, login: str) -> str | None:
        """What somebody may do here: `admin`, `write`, `read`, `none`; None without an answer."""
        path = (
            f"/repos/{self._settings.repository}/collaborators/{quote(login, safe='')}/permission"
        )
        answer = self._sender.send("GET", path)
        said = answer.data.get("permission") if isinstance(answer.data, Mapping) else None
        return said if answer.ok and isinstance(said, str) else None

    def _refused(self, answer: Reply) -> BotError:
        doing = "read pull requests"
        if not answer.errors & _DENIED:
            return self._sender.error(answer, doing)
        what = advice.grant(READS, self._settings)
        said = f"GitHub did not let the bot {doing} ({answer.message}); {what}"
        return BotError(redacted(said, self._settings.credentials.secrets))
