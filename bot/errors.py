"""What can go wrong, as types. Each error carries the exit code the command line ends with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

BUG = 70
"""The exit code for what is the bot's own fault."""
EXIT_CODES = {
    0: "done; that there was nothing to do included",
    1: "bad input, configuration or data; what and where is on stderr",
    2: "wrong usage: options that make no sense",
    3: "refused by a gate",
    4: "pushed, but no pull request could be opened; stderr says which setting is missing",
    BUG: "a bug in the bot; please report what `-v` prints",
    75: "`model`: a gate's model is needed while the week's budget is RED; defer the SD to next week",
    130: "interrupted (SIGINT)",
    143: "terminated (SIGTERM)",
}
"""What the command line can end with, and what each code means."""


class Problem(NamedTuple):
    """One thing wrong with one input, where it is and what to do about it."""

    file: str
    """Path as the user knows it, relative to the repository."""
    message: str
    """What is wrong and what to do, in one line. May quote hostile text: escape before printing."""
    line: int | None = None
    """1-based line in `file`, where known."""
    key: str | None = None
    """Dotted key (`promotion.bar`) or field (`tokens`), where one is at fault."""

    @property
    def what_to_do(self) -> str:
        """The end of the message; all of it where what is wrong says it, too (`must be a list`)."""
        return self.message.rpartition("; ")[2]

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return (
            f"{place}: {self.message}"
            if self.key is None
            else f"{place}: {self.key}: {self.message}"
        )


class BotError(Exception):
    """Base of every error meant for a person. Exit code 1: bad input, configuration or data."""

    exit_code = 1


class NoWorkTree(BotError):
    """What needs files of a work tree was asked of a bare repository."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"{folder} is a bare repository, which has no work tree; clone it, and run this in the clone"
        )


class InvalidInput(BotError):
    """One or more inputs are wrong; every problem is listed, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(BotError):
    """The command line asks for something that makes no sense. Exit code 2."""

    exit_code = 2


class WrongOptions(InvalidInput):
    """Values of the command line are wrong; every one is listed. Exit code 2."""

    exit_code = 2


class GateRefusal(BotError):
    """A change would weaken a gate. Exit code 3."""

    exit_code = 3


class PublicationRefused(BotError):
    """The branch is pushed but the forge would not open a pull request. Exit code 4."""

    exit_code = 4

    def __init__(self, said: str, by_hand: str | None = None) -> None:
        super().__init__(said)
        self.by_hand = by_hand
        """Address at which a person opens it, where there is one."""
