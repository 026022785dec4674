"""Reading GitHub's answers: strictly, into our own values. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from bot.errors import BotError
from bot.forge.protocol import Proposal, PullRequest, State
from bot.forge.sign_in import GitHubSettings

_URL_LIMIT = 7000  # longer links are refused by browsers and servers on the way


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    data: Any
    """The JSON document; None for an empty answer."""
    sound: bool = True
    """False where the text was no JSON: a proxy's page, not GitHub's word."""

    @property
    def ok(self) -> bool:
        """Whether GitHub did what was asked."""
        return self.sound and 200 <= self.status < 300

    @property
    def more(self) -> bool:
        """Whether a list goes on on another page."""
        return 'rel="next"' in self.headers.get("link", "")

    @property
    def errors(self) -> frozenset[str]:
        """Types of the errors of an answer in the query language, which has them in answers of status 200."""
        errors = self.data.get("errors") if isinstance(self.data, Mapping) else None
        listed = errors if isinstance(errors, list) else []
        return frozenset(str(error.get("type")) for error in listed if isinstance(error, Mapping))

    @property
    def message(self) -> str:
        """What GitHub said, its list of errors included."""
        if not isinstance(self.data, Mapping):
            return "" if self.sound else "an answer that is no JSON"
        errors = self.data.get("errors")
        details = [str(_detail(e)) for e in errors] if isinstance(errors, list) else []
        return " ".join(filter(None, (str(self.data.get("message") or ""), *details)))


def reply(status: int, headers: Mapping[str, Any], text: str) -> Reply:
    """An answer from what came over the wire."""
    plain = {str(name).lower(): str(value) for name, value in headers.items()}
    if not text.strip():
        return Reply(status, plain, None, sound=status >= 400 or status == 204)
    try:
        return Reply(status, plain, json.loads(text))
    except ValueError:
        return Reply(status, plain, None, sound=False)


def _detail(error: Any) -> Any:
    return error.get("message") or error.get("code") if isinstance(error, Mapping) else error


def limited(answer: Reply) -> bool:
    """Whether GitHub put the request off for its number, without carrying it out."""
    if answer.status == 429 or "RATE_LIMITED" in answer.errors:
        return True
    used_up = answer.headers.get("x-ratelimit-remaining") == "0"
    said = "rate limit" in answer.message.lower() or "abuse detection" in answer.message.lower()
    return answer.status == 403 and (used_up or said or "retry-after" in answer.headers)


def gave_up(answer: Reply) -> bool:
    """Whether GitHub gave up on a request that took too long; the query language says so with status 200."""
    said = answer.message.startswith("Something went wrong while executing your query")
    return answer.status in (502, 504) or (answer.status == 200 and said)


def asked_wait(answer: Reply, now: float) -> float | None:
    """Seconds GitHub asks to wait, None where it does not say. `now` is seconds since the epoch."""
    for name, start in (("retry-after", 0.0), ("x-ratelimit-reset", now)):
        value = answer.headers.get(name, "")
        used_up = answer.headers.get("x-ratelimit-remaining") == "0"
        if value.isdigit() and (name == "retry-after" or used_up):
            return max(float(value) - start, 0.0)
    return None


def pull_request(data: Any) -> PullRequest:
    """A pull request from GitHub's JSON. Raises BotError for anything else."""
    try:
        merged = data["merged_at"] is not None
        repository = data["head"]["repo"]
        return PullRequest(
            number=int(data["number"]),
            url=str(data["html_url"]),
            state=State.MERGED if merged else State(data["state"]),
            branch=str(data["head"]["ref"]),
            head_repository=None if repository is None else str(repository["full_name"]),
            author=str((data["user"] or {}).get("login", "")),
            base=str(data["base"]["ref"]),
            title=str(data["title"]),
            body=str(data["body"] or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise BotError("GitHub answered with something that is no pull request; run again") from err


def label_names(data: Any) -> set[str]:
    """Names in a list of labels, in lower case; what is none is left out."""
    return _names(data, "name")


def reviewer_names(data: Any) -> set[str]:
    """Logins and team slugs of those asked for a review, in lower case."""
    if not isinstance(data, Mapping):
        return set()
    return _names(data.get("users"), "login") | _names(data.get("teams"), "slug")


def _names(data: Any, key: str) -> set[str]:
    items = data if isinstance(data, list) else []
    return {
        str(item[key]).casefold() for item in items if isinstance(item, Mapping) and key in item
    }


def compare_link(proposal: Proposal, settings: GitHubSettings) -> str:
    """A page on which a person opens the same pull request: title and, where it fits, body filled in."""
    place = f"{settings.server_url}/{settings.repository}/compare"
    page = f"{place}/{quote(proposal.base)}...{quote(proposal.branch)}"
    short = urlencode({"expand": "1", "title": proposal.title})
    full = f"{short}&{urlencode({'body': proposal.body})}"
    return f"{page}?{full if len(page) + len(full) < _URL_LIMIT else short}"


def written_by(comment: Any, login: str) -> bool:
    """Whether a comment is an account's; logins know no case."""
    user = comment.get("user") if isinstance(comment, Mapping) else None
    name = user.get("login") if isinstance(user, Mapping) else None
    return isinstance(name, str) and name.casefold() == login.casefold()


def exists_already(answer: Reply) -> bool:
    """Whether GitHub refused to open a pull request because there is one."""
    return answer.status == 422 and "already exists" in answer.message


def asked_reviewers(names: Sequence[str]) -> dict[str, list[str]]:
    """Logins and teams as GitHub wants them: a team without its organisation."""
    people = [name for name in names if "/" not in name]
    return {
        "reviewers": people,
        "team_reviewers": [name.partition("/")[2] for name in names if "/" in name],
    }
