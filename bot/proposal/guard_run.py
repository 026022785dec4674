"""What a workflow's `GITHUB_TOKEN` cannot do: have GitHub start the checks of the pull request it opens.

So the reviewer is told, and the guard, whose verdict counts most, is started by hand.
"""

from __future__ import annotations

from bot.forge.protocol import Forge, Observed
from bot.git.repository import Repository
from bot.proposal.decision import Decision, Wanted
from bot.proposal.report import Action

_WORKFLOWS_ACCOUNT = "github-actions[bot]"
_WORKFLOWS = ".github/workflows"
_GUARD = "guard.yml"


def silent(observed: Observed, author: str) -> bool:
    """Whether the pull request is opened with a `GITHUB_TOKEN`. `author` is the login the bot runs as."""
    return observed.workflow_token and author.casefold() == _WORKFLOWS_ACCOUNT


def notes(observed: Observed, author: str) -> tuple[str, ...]:
    """What the pull request says about its checks, the same for the same token and author."""
    if not silent(observed, author):
        return ()
    return (
        f"GitHub starts no checks by itself for a pull request that a workflow opened with its own token. "
        f"The bot starts {_GUARD}, where there is one; close and reopen the pull request for the others, or "
        "let the bot use a GitHub App or a personal token.",
    )


def start_checks(
    forge: Forge, repository: Repository, wanted: Wanted, observed: Observed, decision: Decision
) -> tuple[str, ...]:
    """Start the guard on a branch just published, where nothing else would; what fails, as warnings."""
    published = decision.push or decision.action is Action.CREATE
    if not (published and wanted.head and silent(observed, wanted.author)):
        return ()
    if repository.read_plain(wanted.head, f"{_WORKFLOWS}/{_GUARD}") is None:
        return ()
    return forge.start_checks(_GUARD, wanted.branch, wanted.base)
