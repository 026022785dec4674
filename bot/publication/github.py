"""GitHub: the pull requests over its REST API, the branches over git. The only module that knows PyGithub.

PyGithub brings the session, the authentication and the transport. Its own retries stay off: they repeat a
POST without looking whether the first one took effect, and may sleep for an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import github
from github import Auth

from bot.errors import BotError, PublicationRefused
from bot.publication import answers
from bot.publication.answers import Reply
from bot.publication.base import Base
from bot.publication.credentials import GitHubSettings, redacted
from bot.publication.forge import Observed, Opened, Proposal, PullRequest, State
from bot.publication.repository import Repository
from bot.publication.retry import Pace, Patience, patience

_PER_PAGE = 100
_MOST_PAGES = 10
_TIMEOUT = 15

T = TypeVar("T")


class GitHubForge:
    """One repository on one GitHub."""

    def __init__(
        self, settings: GitHubSettings, repository: Repository, base: Base, pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._repository = repository
        self._base = base
        self._pace = pace or Pace()
        client = github.Github(
            auth=Auth.Token(settings.credentials.token),
            base_url=settings.api_url,
            timeout=_TIMEOUT,
            retry=None,
            lazy=True,
            # A handful of requests a week needs no throttle.
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        self._requester = client.requester
        self._place = f"/repos/{quote(settings.repository)}"

    # --------------------------------------------------------------- branches

    def push(self, branch: str, sha: str, expected: str | None) -> None:
        """Push over git, with a lease on what was observed."""
        self._repository.push(self._base, branch, sha, expected)

    def delete_branch(self, branch: str, expected: str) -> None:
        """Delete over git, with a lease on what was observed."""
        self._repository.delete_branch(self._base, branch, expected)

    # ----------------------------------------------------------------- looking

    def observe(self, branch: str) -> Observed:
        """All pull requests of the branch, and the latest 1,000 of the repository.

        One request where the repository has no more than 100.
        """
        every = {"state": "all", "sort": "updated", "direction": "desc"}
        pages = self._pages("look at its pull requests", f"{self._place}/pulls", every)
        seen = list(next(pages))
        if len(seen) == _PER_PAGE:
            seen += self._of_branch(branch)
        seen += [item for page in pages for item in page]
        pulls = {pull.number: pull for pull in map(answers.pull_request, seen)}
        newest_first = tuple(pulls[number] for number in sorted(pulls, reverse=True))
        branches = self._base.branches
        return Observed(
            branch, branches.get(branch), tuple(branches), self._settings.repository, newest_first
        )

    def _of_branch(self, branch: str) -> list[Any]:
        only = {"state": "all", "head": f"{self._settings.owner}:{branch}"}
        pages = self._pages("look at its pull requests", f"{self._place}/pulls", only)
        return [item for page in pages for item in page]

    def _pages(self, doing: str, path: str, parameters: dict[str, str]) -> Iterator[list[Any]]:
        for number in range(1, _MOST_PAGES + 1):
            page = {"per_page": str(_PER_PAGE)} | ({"page": str(number)} if number > 1 else {})
            answer = self._send("GET", path, parameters={**parameters, **page})
            if not answer.ok or not isinstance(answer.data, list):
                raise self._error(answer, doing)
            yield answer.data
            if not answer.more:
                return

    # ---------------------------------------------------------------- writing

    def open(self, proposal: Proposal) -> Opened:
        """Open the pull request, then label it and ask for reviews; what of these fails is a warning.

        Raises PublicationRefused with GitHub's words, what to do, and a link to open it by hand; BotError
        where another run opened one that says something else.
        """
        said = {
            "title": proposal.title,
            "body": proposal.body,
            "head": proposal.branch,
            "base": proposal.base,
            "draft": proposal.draft,
        }
        try:
            answer = self._post(f"{self._place}/pulls", said, lambda: self._open_one(proposal))
            if isinstance(answer, Reply) and _exists_already(answer):
                answer = self._open_one(proposal) or answer
        except BotError as err:
            raise self._refused(str(err), proposal) from err
        if isinstance(answer, PullRequest):
            return self._faster(answer, proposal)
        if not answer.ok:
            reason = answers.refusal(answer, "open a pull request", self._settings)
            raise self._refused(reason, proposal)
        pull = answers.pull_request(answer.data)
        return Opened(pull.url, tuple(self._decorate(pull.number, proposal)))

    def _open_one(self, proposal: Proposal) -> PullRequest | None:
        pulls = map(answers.pull_request, self._of_branch(proposal.branch))
        return next((pull for pull in pulls if pull.state is State.OPEN), None)

    def _faster(self, found: PullRequest, proposal: Proposal) -> Opened:
        """An open pull request that was not there before: ours after all, or another run's."""
        if found.body.split() != proposal.body.split():  # GitHub may change line ends
            raise BotError(f"another run opened #{found.number} meanwhile; run again")
        return Opened(found.url)

    def _refused(self, reason: str, proposal: Proposal) -> PublicationRefused:
        link = answers.compare_link(proposal, self._settings)
        said = f"branch {proposal.branch} is pushed, but there is no pull request: {reason}"
        return PublicationRefused(
            f"{said}. Open it by hand: {link} - or run again after the change"
        )

    def _decorate(self, number: int, proposal: Proposal) -> Iterator[str]:
        issue, pull = f"{self._place}/issues/{number}", f"{self._place}/pulls/{number}"
        if proposal.labels:
            labels = {"labels": list(proposal.labels)}
            yield from self._attempt(f"{issue}/labels", labels, "label the pull request")
        if proposal.reviewers:
            path = f"{pull}/requested_reviewers"
            yield from self._attempt(path, _reviewers(proposal.reviewers), "ask for reviews")

    def _attempt(self, path: str, said: Any, doing: str) -> Iterator[str]:
        try:
            answer = self._send("POST", path, said)
        except BotError as err:
            yield str(err)
            return
        if not answer.ok:
            yield answers.refusal(answer, doing, self._settings)

    def edit(self, number: int, body: str, title: str | None) -> State:
        """Replace the body, and the title unless it is None."""
        said = {"body": body} if title is None else {"body": body, "title": title}
        answer = self._send("PATCH", f"{self._place}/pulls/{number}", said)
        if not answer.ok:
            raise self._error(answer, f"update #{number}")
        return answers.pull_request(answer.data).state

    def close(self, number: int, body: str) -> None:
        """Close it and replace its body, in one request."""
        said = {"state": "closed", "body": body}
        answer = self._send("PATCH", f"{self._place}/pulls/{number}", said)
        if not answer.ok:
            raise self._error(answer, f"close #{number}")

    def comment_once(self, number: int, text: str, tag: str) -> None:
        """Post a comment unless one that holds `tag` is there already."""
        path = f"{self._place}/issues/{number}/comments"

        def found() -> bool | None:
            pages = self._pages(f"read the comments of #{number}", path, {})
            comments = (item for page in pages for item in page)
            return any(tag in str(comment.get("body")) for comment in comments) or None

        answer = None if found() else self._post(path, {"body": text}, found)
        if isinstance(answer, Reply) and not answer.ok:
            raise self._error(answer, f"comment on #{number}")

    # ---------------------------------------------------------------- sending

    def _post(self, path: str, said: Any, look: Callable[[], T | None]) -> Reply | T:
        """Send a POST. Where nobody knows whether it took effect, `look` before it is sent again."""
        left = patience(self._pace)
        while True:
            answer = self._once("POST", path, said)
            if isinstance(answer, Reply) and _final(answer):
                return answer
            put_off = isinstance(answer, Reply) and answers.limited(answer)
            found = None if put_off else look()
            if found is not None:
                return found
            self._wait(left, answer)

    def _send(
        self, verb: str, path: str, said: Any = None, parameters: dict[str, str] | None = None
    ) -> Reply:
        """Send a request that may be repeated as it is."""
        left = patience(self._pace)
        while True:
            answer = self._once(verb, path, said, parameters)
            if isinstance(answer, Reply) and _final(answer):
                return answer
            self._wait(left, answer)

    def _once(
        self, verb: str, path: str, said: Any, parameters: dict[str, str] | None = None
    ) -> Reply | Exception:
        try:
            return answers.reply(*self._requester.requestJson(verb, path, parameters, input=said))
        except (
            OSError,
            RuntimeError,
        ) as err:  # the transport's errors; a redirect to another server
            return err

    def _wait(self, left: Patience, answer: Reply | Exception) -> None:
        asked = answers.asked_wait(answer, time.time()) if isinstance(answer, Reply) else None
        if left.wait(asked):
            return
        if isinstance(answer, Reply):
            raise self._error(answer, "go on")
        said = redacted(f"{type(answer).__name__}: {answer}", self._settings.credentials.secrets)
        raise BotError(f"GitHub cannot be reached; run again later ({said})") from answer

    def _error(self, answer: Reply, doing: str) -> BotError:
        said = answers.refusal(answer, doing, self._settings)
        return BotError(redacted(said, self._settings.credentials.secrets))


def _final(answer: Reply) -> bool:
    """Whether sending the same again could not end better."""
    garbled = answer.status < 400 and not answer.sound
    return not (garbled or answer.status >= 500 or answers.limited(answer))


def _exists_already(answer: Reply) -> bool:
    return answer.status == 422 and "already exists" in answer.message


def _reviewers(names: Sequence[str]) -> dict[str, list[str]]:
    """Logins and teams as GitHub wants them: a team without its organisation."""
    people = [name for name in names if "/" not in name]
    return {
        "reviewers": people,
        "team_reviewers": [name.partition("/")[2] for name in names if "/" in name],
    }
