"""Which SD and phase some work belongs to: said outright, by its branch's name, or by its session. Pure."""

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
    otherwise: str | None = None
    """Phase of what neither says one; None: that is left out."""

    def of(
        self,
        branch: str | None,
        session: str | None = None,
        *,
        sd: str | None = None,
        in_phase: str | None = None,
    ) -> tuple[str, str]:
        """(SD, phase) of a session's work on a branch; `sd`, `in_phase`: as its own row says them.

        Raises BadValue where nothing says one of them.
        """
        named_sd, named_phase = self.said(branch)
        of_all = (self.sd or sd or named_sd or session, self.phase or in_phase or named_phase)
        sd, in_phase = of_all[0], of_all[1] or self.otherwise
        if not sd or not in_phase:
            missing = "no SD" if not sd else "no phase"
            said = "add a pattern to the policy's [[imports.branches]], or pass --sd and --phase"
            tried = f"branch {shown(branch)} names {missing}"
            untried = f"names {missing}, nor a branch that could say one"
            raise BadValue(f"{tried if branch else untried}: {said}")
        return text_of("sd")(sd), phase(in_phase, self.phases)

    @property
    def assumed(self) -> str | None:
        """Phase of what nothing gives one; None where there is but one, or none is assumed."""
        return self.otherwise if len(self.phases) > 1 else None

    def said(self, branch: str | None) -> tuple[str | None, str | None]:
        """(SD, phase) as they are said outright, else by the branch; None where neither says it."""
        if self.sd and self.phase:
            return self.sd, self.phase
        named_sd, named_phase = self.named(branch)
        return self.sd or named_sd, self.phase or named_phase

    def named(self, branch: str | None) -> tuple[str | None, str | None]:
        """(SD, phase) that the name of a branch says; None for what it does not say."""
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
