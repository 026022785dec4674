"""GitHub: the pull requests over its REST API, the branches over git. The only module that knows PyGithub.

PyGithub brings the session, the authentication and the transport. Its own retries stay off: they repeat a
POST without looking whether the first one took effect, and may sleep for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import github
from github import Auth

from bot.errors import BotError, PublicationRefused
from bot.forge import advice, app
from bot.forge import replies as answers
from bot.forge.decorating import attempt, decorate
from bot.forge.issues import comment_once
from bot.forge.protocol import (
    Blueprint,
    Edited,
    Observed,
    Opened,
    Proposal,
    PullRequest,
    Rewrite,
    State,
)
from bot.forge.redirects import Detours
from bot.forge.replies import Reply
from bot.forge.retry import Pace
from bot.forge.sending import Sender
from bot.forge.sign_in import (
    APP_PRIVATE_KEY,
    App,
    GitHubSettings,
    Powers,
    TokenKind,
    github_app,
    github_settings,
)
from bot.forge.signing import Signer
from bot.git import remote
from bot.git.base import Base
from bot.git.repository import Repository

_FULL_PAGE = 100
_TIMEOUT = 15


def sign_in(
    environment: Mapping[str, str], needed: Powers, pace: Pace | None = None
) -> GitHubSettings | None:
    """Settings with a token that works: the App's where the environment names one, else `GITHUB_TOKEN`.

    An App's is for what is needed and no more.

    None where there is no GitHub to publish to. Raises BotError where the App cannot be signed in.
    """
    found = github_app(environment)
    if found is None:
        return github_settings(environment)
    signature = _signature(found)
    settings = github_settings(environment, token=signature)
    if settings is None:
        return None
    # One signature for all of it, so that it is known as a secret should GitHub's words repeat it.
    return app.installed(sender(settings, pace, Auth.AppAuthToken(signature)), settings, needed)


def _signature(found: App) -> str:
    """A JSON web token of the App's, good for some minutes."""
    try:
        return Auth.AppAuth(found.identifier, found.private_key).token
    except Exception as err:  # each library below has its own words for a key it cannot read
        raise BotError(
            f"{APP_PRIVATE_KEY} is no private key; give it the whole .pem file that GitHub let you download"
        ) from err


def sender(
    settings: GitHubSettings, pace: Pace | None = None, auth: Auth.Auth | None = None
) -> Sender:
    """Sends as `auth`, else by the token of the settings."""
    client = github.Github(
        auth=auth or Auth.Token(settings.credentials.token),
        base_url=settings.api_url,
        timeout=_TIMEOUT,
        retry=Detours(0, read=False),
        lazy=True,
        # A handful of requests a week needs no throttle.
        seconds_between_requests=0,
        seconds_between_writes=0,
    )

    def send(
        verb: str, path: str, parameters: Mapping[str, str] | None, said: Any
    ) -> tuple[int, Mapping[str, Any], str]:
        named = None if parameters is None else dict(parameters)
        return client.requester.requestJson(verb, path, named, input=said)

    return Sender(send, settings, pace)


class GitHubForge:
    """One repository on one GitHub."""

    def __init__(
        self, settings: GitHubSettings, repository: Repository, base: Base, pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._repository = repository
        self._base = base
        self._api = sender(settings, pace)
        self._place = f"/repos/{quote(settings.repository)}"

    # --------------------------------------------------------------- branches

    def push(self, branch: str, sha: str, expected: str | None) -> None:
        """Push over git, with a lease on what was observed."""
        self._repository.push(self._base, branch, sha, expected)

    def delete_branch(self, branch: str, expected: str) -> None:
        """Delete over git, with a lease on what was observed."""
        self._repository.delete_branch(self._base, branch, expected)

    def sign(self, blueprints: Sequence[Blueprint], branch: str) -> tuple[str, ...]:
        """Made and signed through the API, then fetched by SHA, which GitHub gives without a branch too."""

        def bring(sha: str) -> None:
            remote.fetch(self._repository, self._base.needed_remote, sha)

        signer = Signer(self._api, self._settings)
        return signer.make(self._base.commit, blueprints, branch, bring)

    # ----------------------------------------------------------------- looking

    def observe(self, branch: str) -> Observed:
        """All pull requests of the branch, and the latest 1,000 of the repository.

        One request where the repository has no more than 100.
        """
        every = {"state": "all", "sort": "updated", "direction": "desc"}
        pages = self._api.pages("look at its pull requests", f"{self._place}/pulls", every)
        seen = list(next(pages))
        renamed = self._renamed()
        if len(seen) == _FULL_PAGE:
            seen += self._of_branch(branch)
        seen += [item for page in pages for item in page]
        pulls = {pull.number: pull for pull in map(answers.pull_request, seen)}
        newest_first = tuple(pulls[number] for number in sorted(pulls, reverse=True))
        branches = self._base.branches
        return Observed(
            branch,
            branches.get(branch),
            tuple(branches),
            self._settings.repository,
            newest_first,
            workflow_token=self._settings.kind is TokenKind.INSTALLATION,
            warnings=renamed,
        )

    def _renamed(self) -> tuple[str, ...]:
        """Use the repository's new name from now on, where GitHub has another; what to do, as a warning."""
        if self._api.moved is None:
            return ()
        answer = self._api.send("GET", self._api.moved)
        name = answer.data.get("full_name") if isinstance(answer.data, Mapping) else None
        if not answer.ok or not isinstance(name, str):
            raise self._api.error(answer, "look at the repository under its new name")
        old, self._settings = self._settings.repository, replace(self._settings, repository=name)
        self._place = f"/repos/{quote(name)}"
        return (
            f"{old} is called {name} now; set GITHUB_REPOSITORY and the remote's URL to the new name",
        )

    def _of_branch(self, branch: str) -> list[Any]:
        only = {"state": "all", "head": f"{self._settings.owner}:{branch}"}
        pages = self._api.pages("look at its pull requests", f"{self._place}/pulls", only)
        return [item for page in pages for item in page]

    # ---------------------------------------------------------------- writing

    def ready(self, author: str, *, opening: bool) -> None:
        """Raise BotError where GitHub has told already that writing would fail, or be somebody else's.

        Costs a request only for a personal token that is about to open a pull request.
        """
        lacking = advice.missing_scope(self._api.scopes, self._settings)
        lacking = lacking or advice.missing_permissions(self._settings)
        if lacking is not None:
            raise BotError(f"nothing was written: {lacking}")
        login = self._api.login() if opening else self._settings.login
        if login is not None and login.casefold() != author.casefold():
            raise BotError(f"nothing was written: {advice.other_account(login, author)}")

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
            answer = self._api.post(f"{self._place}/pulls", said, lambda: self._open_one(proposal))
            if isinstance(answer, Reply) and answers.exists_already(answer):
                answer = self._api.find(lambda: self._open_one(proposal)) or answer
        except BotError as err:
            raise self._refused(str(err), proposal) from err
        if isinstance(answer, PullRequest):
            return self._faster(answer, proposal)
        if not answer.ok:
            reason = self._api.error(answer, "open a pull request")
            raise self._refused(str(reason), proposal)
        pull = answers.pull_request(answer.data)
        warnings = (*advice.stranger(pull, proposal), *self._decorated(pull.number, proposal))
        return Opened(pull.url, warnings)

    def _open_one(self, proposal: Proposal) -> PullRequest | None:
        pulls = map(answers.pull_request, self._of_branch(proposal.branch))
        return next((pull for pull in pulls if pull.state is State.OPEN), None)

    def _faster(self, found: PullRequest, proposal: Proposal) -> Opened:
        """An open pull request that was not there before: ours after all, or another run's."""
        if found.body.split() != proposal.body.split():  # GitHub may change line ends
            raise BotError(f"another run opened #{found.number} meanwhile; run again")
        return Opened(found.url, self._decorated(found.number, proposal))

    def _decorated(self, number: int, proposal: Proposal) -> tuple[str, ...]:
        return tuple(decorate(self._api, self._place, number, proposal))

    def _refused(self, reason: str, proposal: Proposal) -> PublicationRefused:
        link = answers.compare_link(proposal, self._settings)
        said = f"branch {proposal.branch} is pushed, but there is no pull request: {reason}"
        return PublicationRefused(
            f"{said}. Open it by hand: {link} - or run again after the change", link
        )

    def edit(self, number: int, rewrite: Rewrite, title: str | None) -> Edited:
        """Replace the body by what `rewrite` makes of it now, and the title unless it is None."""
        return self._change(number, rewrite, {} if title is None else {"title": title}, "update")

    def close(self, number: int, rewrite: Rewrite) -> Edited:
        """Close it and replace its body so, in one request."""
        return self._change(number, rewrite, {"state": "closed"}, "close")

    def _change(self, number: int, rewrite: Rewrite, said: dict[str, str], doing: str) -> Edited:
        """Look once more, since GitHub has no write that fails where somebody else was faster."""
        path = f"{self._place}/pulls/{number}"
        now = self._pull(self._api.send("GET", path), f"look at #{number}")
        body = rewrite(now)
        if body is None:
            return Edited(now.state, written=False)
        answer = self._api.send("PATCH", path, {**said, "body": body})
        return Edited(self._pull(answer, f"{doing} #{number}").state)

    def _pull(self, answer: Reply, doing: str) -> PullRequest:
        if not answer.ok:
            raise self._api.error(answer, doing)
        return answers.pull_request(answer.data)

    def comment_once(self, number: int, text: str, tag: str, author: str) -> None:
        """Post a comment unless `author` has posted one that holds `tag` already."""
        comment_once(self._api, self._place, number, text, tag, (author,))

    def start_checks(self, workflow: str, branch: str, base: str) -> tuple[str, ...]:
        """Start a workflow (its file's name) on a branch, with base as its input; a failure is a warning."""
        path = f"{self._place}/actions/workflows/{quote(workflow)}/dispatches"
        said = {"ref": branch, "inputs": {"base": base}}
        # Whether it was started would be seen minutes later: once is better than twice.
        return tuple(attempt(self._api, path, said, f"start {workflow} on {branch}", lambda: True))
