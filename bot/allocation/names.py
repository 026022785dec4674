"""Names of phases and agents: one canonical spelling each.

In: what a person, a log or a TOML key says. Out: the canonical name, or None where it is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_NAME = re.compile(r"[A-Z][A-Z0-9_-]*")
_AGENT_SUFFIX = re.compile(r"(?<=.)([-_]AGENT)+$")
RESERVED = "DEFAULT"
_MOST_LISTED, _LONGEST_LISTED = 12, 40


class Cell(NamedTuple):
    """A (phase, agent) pair, both canonical."""

    phase: str
    agent: str

    def __str__(self) -> str:
        return f"{self.agent}/{self.phase}"


def phase_name(text: str) -> str | None:
    """Canonical name of a phase: upper case, `[A-Z][A-Z0-9_-]*`, not `default`. None if it is no name."""
    # ASCII first: str.upper() maps look-alikes (U+017F, the long s) onto plain letters.
    if not text.isascii():
        return None
    name = text.upper()
    return name if _NAME.fullmatch(name) and name != RESERVED else None


def agent_name(text: str) -> str | None:
    """Canonical name of an agent: as `phase_name`, and `testing-agent` = `TESTING_AGENT` = `TESTING`."""
    name = phase_name(text)
    return None if name is None else phase_name(_AGENT_SUFFIX.sub("", name))


def listed(names: Sequence[str]) -> str:
    """Names for a message, joined by commas: of many the first, of long ones the beginning."""
    shown = [n if len(n) <= _LONGEST_LISTED else f"{n[:_LONGEST_LISTED]}..." for n in names]
    more = len(shown) - _MOST_LISTED
    return ", ".join(shown[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def no_phase(known: Iterable[str]) -> str:
    """What is said of a phase that the policy does not list, to stand behind its name."""
    return f"is no phase of the policy; known are {listed(tuple(known))}"
