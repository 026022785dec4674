"""`[imports]` of the policy: how logs that other tools have written are read."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import field

from bot.policy.reading import Conflict, Section, about
from bot.policy.values import AgentName, PhaseName, SdPattern


class BranchPattern(Section, frozen=True):
    """Branches of one shape, and the SD and phase that work on them belongs to."""

    pattern: Annotated[
        SdPattern,
        about(
            "Regular expression for the whole branch name, with a group sd and, if the name says it, phase."
        ),
    ]
    phase: Annotated[
        PhaseName | None, about("The phase, where the pattern has no group for it.")
    ] = None

    def conflicts(self) -> Iterator[Conflict]:
        """A branch's name and the policy cannot both say the phase."""
        if self.phase is not None and "phase" in re.compile(self.pattern).groupindex:
            yield Conflict("phase", "pattern", "is in the pattern too; keep one")


class Imports(Section, frozen=True):
    """How log import reads what agents' own tools have written."""

    branches: Annotated[
        list[BranchPattern],
        about(
            "Which SD and phase the work on a branch belongs to; the first pattern that matches wins."
        ),
    ] = field(default_factory=list)
    main_agent: Annotated[
        AgentName,
        about(
            "Agent that a session's own tokens are logged under; its sub-agents' are under their types. "
            "It is judged only where the table or a gate lists it."
        ),
    ] = "MAIN"
    sd_from: Annotated[
        Literal["branch", "pull-request"],
        about(
            "Which SD a pull request is that names none. branch: the one of its branch, by the patterns. "
            "pull-request: else its number."
        ),
    ] = "branch"
    count_cache_reads: Annotated[
        bool,
        about(
            "Whether tokens read from the cache count; input, output and cache creation always do."
        ),
    ] = False
