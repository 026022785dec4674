"""Which SD and phase some work belongs to: said outright, or read off the name of its branch. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from reprlib import repr as shown

from bot.evidence.events import BadValue, phase, text_of
from bot.policy import BranchPattern

_LONGEST = 255
"""Characters of the longest branch name that a pattern is tried on."""


@dataclass(frozen=True)
class Attribution:
    """What is said outright, and the policy's patterns for the rest."""

    sd: str | None
    """SD of everything; None: the branch says it."""
    phase: str | None
    """Phase of everything; None: the branch says it."""
    patterns: Sequence[BranchPattern]
    """Tried in order; the first that matches a whole branch name wins."""
    phases: Collection[str]
    """Canonical names of the policy's phases."""

    def of(self, branch: str | None) -> tuple[str, str]:
        """(SD, phase) of the work on a branch. Raises BadValue where nothing says one of them."""
        sd, in_phase = self.sd, self.phase
        if sd is None or in_phase is None:
            named_sd, named_phase = self._named(branch)
            sd, in_phase = sd or named_sd, in_phase or named_phase
        if not sd or not in_phase:
            missing = "no SD" if not sd else "no phase"
            said = "add a pattern to the policy's [[imports.branches]], or pass --sd and --phase"
            raise BadValue(f"branch {shown(branch)} names {missing}: {said}")
        return text_of("sd")(sd), phase(in_phase, self.phases)

    def _named(self, branch: str | None) -> tuple[str | None, str | None]:
        if not branch or len(branch) > _LONGEST:
            return None, None
        for pattern, default in self._compiled:
            match = pattern.fullmatch(branch)
            if match:
                groups = match.groupdict()
                return groups.get("sd"), groups.get("phase") or default
        return None, None

    @cached_property
    def _compiled(self) -> list[tuple[re.Pattern[str], str | None]]:
        return [(re.compile(item.pattern), item.phase) for item in self.patterns]
