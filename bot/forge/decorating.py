"""What a pull request may do without: labels, reviewers, a workflow started. What fails is a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.errors import BotError
from bot.forge import replies as answers
from bot.forge.protocol import Proposal
from bot.forge.replies import Reply
from bot.forge.sending import Sender


def decorate(api: Sender, place: str, number: int, proposal: Proposal) -> Iterator[str]:
    """Label a pull request and ask for reviews; what fails, as sentences. `place`: the repository's path."""
    if proposal.labels:
        path = f"{place}/issues/{number}/labels"
        said = {"labels": list(proposal.labels)}
        yield from _add(api, path, said, answers.label_names, "label the pull request")
    if proposal.reviewers:
        path = f"{place}/pulls/{number}/requested_reviewers"
        asked = answers.asked_reviewers(proposal.reviewers)
        yield from _add(api, path, asked, answers.reviewer_names, "ask for reviews")


def _add(
    api: Sender,
    path: str,
    said: dict[str, list[str]],
    names: Callable[[Any], set[str]],
    doing: str,
) -> Iterator[str]:
    """Add names to a list. Where nobody knows whether it took effect, the list itself tells."""
    wanted = {name.casefold() for listed in said.values() for name in listed}

    def found() -> bool | None:
        answer = api.send("GET", path)
        return (answer.ok and wanted <= names(answer.data)) or None

    yield from attempt(api, path, said, doing, found)


def attempt(
    api: Sender, path: str, said: Any, doing: str, look: Callable[[], bool | None]
) -> Iterator[str]:
    """Send a POST that nothing hangs on; what fails, as sentences."""
    try:
        answer = api.post(path, said, look)
    except BotError as err:
        yield str(err)
        return
    if isinstance(answer, Reply) and not answer.ok:
        yield str(api.error(answer, doing))
