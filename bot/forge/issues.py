"""Issues that the bot opens, and comments that it writes once: found again by a mark and by who wrote them.

Titles, labels and marks are anybody's to write, an author is not: only mark and author together make an issue
the bot's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from bot.errors import BotError
from bot.forge.replies import Reply, written_by
from bot.forge.sending import Sender
from bot.forge.sign_in import GitHubSettings, TokenKind

WORKFLOW_ACCOUNT = "github-actions[bot]"
"""Who a workflow's own token acts as."""


class Issue(NamedTuple):
    """An open issue, or one that was open a moment ago."""

    number: int
    url: str
    """Its page."""
    body: str
    """As it stands now: whoever may write there may have changed it."""


@dataclass(frozen=True)
class Tracker:
    """The issues of one repository that some accounts have opened."""

    api: Sender
    settings: GitHubSettings
    authors: Sequence[str]
    """Logins that count as the bot's; they know no case."""

    @property
    def _place(self) -> str:
        return f"/repos/{quote(self.settings.repository)}"

    def open_ones(self, mark: str) -> list[Issue]:
        """Its open issues that hold the mark, oldest first, of the 1,000 that were changed last."""
        newest = {"state": "open", "sort": "updated", "direction": "desc"}
        pages = self.api.pages("look at its issues", f"{self._place}/issues", newest)
        items = (item for page in pages for item in page)
        own = [_issue(item) for item in items if self._is_own(item) and mark in _body(item)]
        return sorted({issue.number: issue for issue in own}.values())

    def open(self, title: str, body: str, mark: str) -> Issue:
        """Open one; where nobody knows whether that took effect, look for it before trying again."""

        def look() -> Issue | None:
            return next(iter(self.open_ones(mark)), None)

        answer = self.api.post(f"{self._place}/issues", {"title": title, "body": body}, look)
        if not isinstance(answer, Reply):
            return answer
        if not answer.ok:
            raise self.api.error(answer, "open an issue")
        return _issue(answer.data)

    def comment_once(self, number: int, text: str, tag: str) -> None:
        """Comment on one, unless a comment of the bot's holds the tag already."""
        comment_once(self.api, self._place, number, text, tag, self.authors)

    def close(self, number: int, why: str) -> None:
        """Close one, as `completed` or `not_planned`."""
        said = {"state": "closed", "state_reason": why}
        answer = self.api.send("PATCH", f"{self._place}/issues/{number}", said)
        if not answer.ok:
            raise self.api.error(answer, f"close #{number}")

    def _is_own(self, item: Any) -> bool:
        pull = isinstance(item, Mapping) and "pull_request" in item
        return not pull and any(written_by(item, author) for author in self.authors)


def own_accounts(api: Sender, settings: GitHubSettings, app: str) -> tuple[str, ...]:
    """Logins whose issues are the bot's own. Raises BotError where GitHub does not say whose the token is.

    `app` is who the bot is where a workflow is given an App's token, which looks like the workflow's own; no
    person's name is taken on trust so.
    """
    login = api.login()
    if login is not None:
        return (login,)
    if settings.kind is not TokenKind.INSTALLATION:
        raise BotError("GitHub does not say whose token it has; run again")
    return (WORKFLOW_ACCOUNT, app) if app.endswith("[bot]") else (WORKFLOW_ACCOUNT,)


def comment_once(
    api: Sender, place: str, number: int, text: str, tag: str, authors: Sequence[str]
) -> None:
    """Comment on an issue or pull request, unless one of the authors has posted one that holds `tag` already.

    `place`: the repository's path.
    """
    path = f"{place}/issues/{number}/comments"

    def found() -> bool | None:
        pages = api.pages(f"read the comments of #{number}", path, {})
        every = (item for page in pages for item in page)
        own = (item for item in every if any(written_by(item, author) for author in authors))
        return any(tag in str(comment.get("body")) for comment in own) or None

    answer = None if found() else api.post(path, {"body": text}, found)
    if isinstance(answer, Reply) and not answer.ok:
        raise api.error(answer, f"comment on #{number}")


def _body(item: Mapping[str, Any]) -> str:
    return str(item.get("body") or "")


def _issue(item: Any) -> Issue:
    """An issue from GitHub's JSON. Raises BotError for anything else."""
    try:
        return Issue(int(item["number"]), str(item["html_url"]), _body(item))
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise BotError("GitHub answered with something that is no issue; run again") from err
