"""`run --take-over`: what a branch loses to the bot's own, and where its old head is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.git.history import Commit
from bot.policy.own_branches import BACKUP_PREFIX
from bot.proposal.ownership import BranchState, Hand, by_bot
from bot.wording.escape import markdown
from bot.wording.figures import plural

_FOLDER = "calibration/"
_MOST_LISTED = 10
_LONGEST_NAME = 40
_SHORT = 12  # digits of a SHA: enough to be the only one


@dataclass(frozen=True)
class Keeping:
    """Where the old head of a branch is kept, and what only it holds."""

    branch: str
    """The branch that is taken over."""
    backup: str
    """Name of the branch that keeps its head."""
    head: str
    """Full SHA of the old head."""
    lost: tuple[Commit, ...]
    """Commits the branch loses that are not the bot's, oldest first."""

    def sentence(self) -> str:
        """What is lost and kept, in one plain sentence. Quotes names of people: hostile."""
        listed = f" ({', '.join(self._listed())})" if self.lost else ""
        what = plural(len(self.lost), "commit") if self.lost else "no commit"
        whose = "that is not the bot's" if len(self.lost) == 1 else "that are not the bot's"
        return (
            f"{self.branch} is taken over: it loses {what} {whose}{listed}; "
            f"its old head {self.head[:_SHORT]} is kept on branch {self.backup}"
        )

    def comment(self) -> str:
        """The same for the pull request, as Markdown; said once for each old head."""
        said = markdown(self.sentence(), _MOST_LISTED * 100)
        then = f"git fetch origin {self.backup}"
        return f"{said}.\n\nTo look at it: `{then}`, then `git log FETCH_HEAD`.\n\n{self.tag}"

    @property
    def tag(self) -> str:
        """In the comment, so that it is said once."""
        return f"<!-- calibration-bot-take-over {self.head} -->"

    def _listed(self) -> Iterator[str]:
        for commit in self.lost[:_MOST_LISTED]:
            yield f"{commit.sha[:_SHORT]} by {commit.author.name[:_LONGEST_NAME] or 'nobody'}"
        if len(self.lost) > _MOST_LISTED:
            yield f"{len(self.lost) - _MOST_LISTED} more"


def keeping(name: str, branch: BranchState, hand: Hand, branches: Mapping[str, str]) -> Keeping:
    """How the head of a branch is kept. `branches` are all there are, with their SHA."""
    lost = tuple(pushed.commit for pushed in branch.commits if not by_bot(pushed, hand))
    short, full = (_backup(name, sha) for sha in (branch.head[:_SHORT], branch.head))
    taken = branches.get(short, branch.head) != branch.head
    return Keeping(name, full if taken else short, branch.head, lost)


def _backup(name: str, sha: str) -> str:
    """Beside the branch, never below it: with `calibration/weekly` there can be no `calibration/weekly/…`."""
    return f"{BACKUP_PREFIX}{name.removeprefix(_FOLDER)}-{sha}"
