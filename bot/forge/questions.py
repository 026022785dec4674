"""Asking GitHub in its query language (GraphQL): a question, and the whole answer or an error.

Questions change nothing, so that they are repeated as they are. An answer with gaps is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.errors import BotError
from bot.forge import advice
from bot.forge.replies import Reply, gave_up
from bot.forge.sending import Sender
from bot.forge.sign_in import COLLECTING, GitHubSettings
from bot.git.credentials import redacted

_DENIED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"})
READS = ", ".join(f"{name}={level}" for name, level in COLLECTING.items() if name != "metadata")
"""Permissions that collecting needs, as GitHub names them; what everybody has is left out."""


class TooMuch(BotError):
    """GitHub gave up on a question that took too long: less of it may be answered."""


class Questions:
    """What one run asks about one repository."""

    def __init__(self, sender: Sender, settings: GitHubSettings) -> None:
        self._sender = sender
        self.settings = settings
        """Which repository it is, on which GitHub."""
        owner, _, name = settings.repository.partition("/")
        self._place = {"owner": owner, "name": name}

    def of_repository(self, query: str, told: Mapping[str, Any], **how: bool) -> Mapping[str, Any]:
        """As `ask`, about the repository."""
        found = self.ask(query, {**self._place, **told}, **how).get("repository")
        if not isinstance(found, Mapping):
            raise BotError(f"GitHub shows no repository {self.settings.repository}")
        return found

    def ask(
        self, query: str, told: Mapping[str, Any], *, gone: bool = False, divisible: bool = False
    ) -> Mapping[str, Any]:
        """The answer to a question with some variables. Raises BotError without one.

        `gone`: what is not there is null, instead of an error. `divisible`: raises TooMuch where less could
        be asked.
        """
        said = {"query": query, "variables": dict(told)}
        place = self.settings.graphql_url
        answer = self._sender.send("POST", place, said, divisible=divisible)
        if divisible and gave_up(answer):
            raise TooMuch("GitHub gave up on a question; run again later")
        document = answer.data if isinstance(answer.data, Mapping) else {}
        data = document.get("data")
        complete = not document.get("errors") or (gone and answer.errors == {"NOT_FOUND"})
        if not answer.ok or not isinstance(data, Mapping) or not complete:
            raise self._refused(answer)
        return data

    def permission(self, login: str) -> str | None:
        """What somebody may do here: `admin`, `write`, `read`, `none`; None without an answer."""
        place = f"/repos/{self.settings.repository}/collaborators"
        answer = self._sender.send("GET", f"{place}/{quote(login, safe='')}/permission")
        said = answer.data.get("permission") if isinstance(answer.data, Mapping) else None
        return said if answer.ok and isinstance(said, str) else None

    def _refused(self, answer: Reply) -> BotError:
        doing = "read pull requests"
        if not answer.errors & _DENIED:
            return self._sender.error(answer, doing)
        what = advice.grant(READS, self.settings)
        said = f"GitHub did not let the bot {doing} ({answer.message}); {what}"
        return BotError(redacted(said, self.settings.credentials.secrets))
