"""Files that look like logs and that no glob of the policy means: nobody reads them, and somebody says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from bot.paths import files_below, strays_of
from bot.wording.figures import plural

_NAMED = 5
"""Paths of strays that are named; the others are counted."""


def read_by_nobody(strays: Sequence[str]) -> tuple[str, ...]:
    """What to say of files that look like logs and are none by the policy. Hostile names."""
    said = "looks like a log, but logs.tokens and logs.rework in the policy do not mean it: nobody reads it"
    named = tuple(f"{path} {said}; rename it or widen the glob" for path in strays[:_NAMED])
    more = len(strays) - _NAMED
    return (
        named
        if more <= 0
        else (*named, f"{plural(more, 'more file')} like these: nobody reads them")
    )


def strays(top: Path, globs: Collection[str]) -> tuple[str, ...]:
    """Files below `top` that look like logs, and that none of the globs means."""
    return strays_of(globs, lambda glob: files_below(str(top), glob))
