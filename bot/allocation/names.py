"""Names of phases, agents and rungs: one canonical spelling each, and how long one may be.

In: what a person, a log or a TOML key says. Out: the canonical name, or None where it is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeGuard

LONGEST_NAME = 64
"""Characters of a name; a pull request shows every one of them in full."""
SPELLING = f"letters, digits, _ and -, starting with a letter, at most {LONGEST_NAME}"
"""What a name of a phase or an agent is made of, for a message."""
_NAME = re.compile(rf"[A-Z][A-Z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_RUNG = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
_AGENT_SUFFIX = re.compile(r"(?<=.)([-_]AGENT)+$")
RESERVED = "DEFAULT"
NO_PHASES = "ALL"
"""The one phase of a team that works without any: outputs leave it out."""
_MOST_LISTED, _LONGEST_LISTED = 12, 40


class Cell(NamedTuple):
    """A (phase, agent) pair, both canonical."""

    phase: str
    agent: str

    def __str__(self) -> str:
        return "/".join(self.shown)

    @property
    def shown(self) -> tuple[str, ...]:
        """What people are shown of it: the agent, and the phase where there are any."""
        return (self.agent,) if self.phase == NO_PHASES else (self.agent, self.phase)


def phase_name(text: str) -> str | None:
    """Canonical name of a phase: upper case, as in `SPELLING`, not `default`. None if it is no name."""
    # ASCII first: str.upper() maps look-alikes (U+017F, the long s) onto plain letters.
    if not text.isascii():
        return None
    name = text.upper()
    return name if _NAME.fullmatch(name) and name != RESERVED else None


def agent_name(text: str) -> str | None:
    """Canonical name of an agent: as `phase_name`, and `testing-agent` = `TESTING_AGENT` = `TESTING`."""
    name = phase_name(text)
    return None if name is None else phase_name(_AGENT_SUFFIX.sub("", name))


def is_rung_name(text: object) -> TypeGuard[str]:
    """Whether a value can be the name of a rung of the ladder."""
    return isinstance(text, str) and _RUNG.fullmatch(text) is not None


def names_model(logged: str) -> bool:
    """Whether a model as logged is one: tools put in angle brackets what is none, such as `<synthetic>`."""
    return not (logged.startswith("<") and logged.endswith(">"))


def listed(names: Sequence[str]) -> str:
    """Names for a message, joined by commas: of many the first, of long ones the beginning."""
    shown = [n if len(n) <= _LONGEST_LISTED else f"{n[:_LONGEST_LISTED]}..." for n in names]
    more = len(shown) - _MOST_LISTED
    return ", ".join(shown[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def nearest(name: str, known: Iterable[str]) -> str:
    """Known names that one may be a slip of the pen of, the nearest first: ` (nearest: A, B)`, or nothing."""
    from difflib import get_close_matches  # only for those who have slipped

    of = {one.upper(): one for one in known}
    found = get_close_matches(name[:LONGEST_NAME].upper(), of, n=3)
    return f" (nearest: {', '.join(of[one] for one in found)})" if found else ""


def sole_phase(phases: Sequence[str]) -> str | None:
    """The phase that is meant where none is said: the only one, None where there are several."""
    return phases[0] if len(phases) == 1 else None


def no_phase(known: Iterable[str]) -> str:
    """What is said of a phase that the policy does not list, to stand behind its name."""
    return f"is no phase of the policy; known are {listed(tuple(known))}"
