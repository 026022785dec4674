"""Sending requests to GitHub's API until they come to something: what is repeated, and when not.

In: a transport that sends one request. Out: answers, or errors that say what to do, secrets removed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urljoin, urlsplit

from bot.errors import BotError
from bot.forge import advice
from bot.forge import replies as answers
from bot.forge.redirects import Moved
from bot.forge.replies import Reply
from bot.forge.retry import Pace, Patience, Tries
from bot.forge.sign_in import GitHubSettings, TokenKind
from bot.git.credentials import redacted

Transport = Callable[[str, str, Mapping[str, str] | None, Any], tuple[int, Mapping[str, Any], str]]
"""Sends (verb, path, parameters, JSON document) once: status, headers, text.

Raises Moved for a redirect, OSError and RuntimeError where it comes to nothing.
"""

_PER_PAGE = 100
_MOST_PAGES = 10
_MOST_MOVES = 5

_GONE = 410

T = TypeVar("T")


class SwitchedOff(BotError):
    """What was asked for is switched off in the repository, or gone from it: its issues, for instance."""


class Sender:
    """One run's conversation with the API; all its requests share one patience."""

    def __init__(
        self, transport: Transport, settings: GitHubSettings, pace: Pace | None = None
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._patience = Patience(pace or Pace())
        self.scopes: str | None = None
        """What a classic token may do, once GitHub has said so (`X-OAuth-Scopes`)."""
        self.moved: str | None = None
        """Path of the repository, where GitHub has said that it is not the one it was asked by."""

    def send(
        self,
        verb: str,
        path: str,
        said: Any = None,
        parameters: Mapping[str, str] | None = None,
        *,
        divisible: bool = False,
    ) -> Reply:
        """Send a request that may be repeated as it is. Raises BotError where it comes to nothing.

        `divisible`: whether less could be asked, so that what takes too long twice is an answer.
        """
        tries = self._patience.tries()
        while True:
            answer = self._once(verb, path, said, parameters)
            if isinstance(answer, Reply) and _final(answer):
                return answer
            if isinstance(answer, Reply) and divisible and tries.used and answers.gave_up(answer):
                return answer
            self._wait(tries, answer)

    def login(self) -> str | None:
        """Who the token acts as, None where only what it writes would show it."""
        if self._settings.kind in (TokenKind.APP, TokenKind.INSTALLATION):
            return self._settings.login
        answer = self.send("GET", "/user")
        said = answer.data.get("login") if answer.ok and isinstance(answer.data, Mapping) else None
        return said if isinstance(said, str) else None

    def post(self, path: str, said: Any, look: Callable[[], T | None]) -> Reply | T:
        """Send a POST. Where nobody knows whether it took effect, `look` before it is sent again."""
        tries = self._patience.tries()
        while True:
            answer = self._once("POST", path, said)
            if isinstance(answer, Reply) and _final(answer):
                return answer
            put_off = isinstance(answer, Reply) and answers.limited(answer)
            found = None if put_off else look()
            if found is not None:
                return found
            self._wait(tries, answer)

    def find(self, look: Callable[[], T | None]) -> T | None:
        """Look for what GitHub says is there, again and again while it does not show it."""
        tries = self._patience.tries()
        found = look()
        while found is None and tries.wait(None):
            found = look()
        return found

    def pages(self, doing: str, path: str, parameters: Mapping[str, str]) -> Iterator[list[Any]]:
        """The pages of a list, ten at most. Raises BotError, that it could not be `doing` this."""
        for number in range(1, _MOST_PAGES + 1):
            page = {"per_page": str(_PER_PAGE)} | ({"page": str(number)} if number > 1 else {})
            answer = self.send("GET", path, parameters={**parameters, **page})
            if not answer.ok or not isinstance(answer.data, list):
                raise self.error(answer, doing)
            yield answer.data
            if not answer.more:
                return

    def error(self, answer: Reply, doing: str) -> BotError:
        """What GitHub refused and what to do about it, as an error."""
        said = redacted(
            advice.refusal(answer, doing, self._settings), self._settings.credentials.secrets
        )
        return SwitchedOff(said) if answer.status == _GONE else BotError(said)

    def _once(
        self, verb: str, path: str, said: Any, parameters: Mapping[str, str] | None = None
    ) -> Reply | Exception:
        try:
            status, headers, text = self._arrived(verb, path, said, parameters)
        except (OSError, RuntimeError) as err:
            return err
        answer = answers.reply(status, headers, text)
        self.scopes = answer.headers.get("x-oauth-scopes", self.scopes)
        return answer

    def _arrived(
        self, verb: str, path: str, said: Any, parameters: Mapping[str, str] | None
    ) -> tuple[int, Mapping[str, Any], str]:
        """The answer of the place it is sent to in the end: the same request again, whatever its verb."""
        for _ in range(_MOST_MOVES):
            try:
                return self._transport(verb, path, parameters, said)
            except Moved as moved:
                path, parameters = self._elsewhere(path, parameters, moved.location)
        raise BotError(f"GitHub redirects without end, to {path} at last; check GITHUB_REPOSITORY")

    def _elsewhere(
        self, path: str, parameters: Mapping[str, str] | None, location: str
    ) -> tuple[str, Mapping[str, str] | None]:
        api, place = self._settings.api_url, f"/repos/{self._settings.repository}"
        address = urljoin(f"{api}{path}", location)
        if not address.startswith(f"{api}/"):  # the token is for this server only
            shown = redacted(address.partition("?")[0], self._settings.credentials.secrets)
            raise BotError(f"GitHub redirects to {shown}, another server; correct GITHUB_API_URL")
        found = urlsplit(address.removeprefix(api))
        rest = path.removeprefix(place)
        if rest != path and found.path.endswith(rest):
            self.moved = found.path.removesuffix(rest)
        return found.path, dict(parse_qsl(found.query)) or parameters

    def _wait(self, tries: Tries, answer: Reply | Exception) -> None:
        asked = answers.asked_wait(answer, time.time()) if isinstance(answer, Reply) else None
        if tries.wait(asked):
            return
        if isinstance(answer, Reply):
            raise self.error(answer, "go on")
        said = redacted(f"{type(answer).__name__}: {answer}", self._settings.credentials.secrets)
        raise BotError(f"GitHub cannot be reached; run again later ({said})") from answer


def _final(answer: Reply) -> bool:
    """Whether sending the same again could not end better."""
    garbled = answer.status < 400 and not answer.sound
    put_off = answers.limited(answer) or answers.gave_up(answer)
    return not (garbled or answer.status >= 500 or put_off)
