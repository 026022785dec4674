"""What people say of an agent's work: `AGENT[/PHASE] [cause] [note]`, in trailers as in comments. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.allocation.names import Cell, agent_name, listed, phase_name, sole_phase
from bot.collecting.fact_records import Spoken, Word
from bot.evidence.events import LONGEST, BadValue, text_of

LONGEST_TEXT = 500
"""Characters that are kept of collected text."""
UNKNOWN = "unknown"
"""Cause of what says why in no word of the policy's kind."""
SPOKEN: Mapping[str, Spoken] = {"rework": "rework", "issue": "issue", "passed": "passed"}
"""Kinds by the words for them: keys of trailers in any case, and commands."""
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def plain_text(text: str) -> str:
    """Collected text on one line, without anything that cannot be seen, cut to `LONGEST_TEXT`."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 8 * LONGEST_TEXT])
    return " ".join(shown.split())[:LONGEST_TEXT].rstrip()


def slug_of(text: str) -> str:
    """A cause as the policy writes causes, else `unknown`."""
    return text if _SLUG.fullmatch(text) and len(text) <= LONGEST["cause"] else UNKNOWN


def work_item(text: str) -> str:
    """An SD as it was written. Raises BadValue for what no log could hold."""
    if "\n" in text or not text.isprintable():
        raise BadValue("holds characters that cannot be seen")
    return text_of("sd")(text)


def word_of(kind: Spoken, text: str, phases: Sequence[str]) -> Word:
    """What a line says. Raises BadValue where it names no agent, or no phase and there are several.

    The first word that is no slug begins the note, and makes the cause unknown; what passed has no cause.
    """
    named, _, rest = plain_text(text).partition(" ")
    cell = _cell(named, phases)
    first, _, more = rest.partition(" ")
    if kind == "passed" or not rest:
        return Word(kind, cell, None, rest)
    cause = slug_of(first)
    return Word(kind, cell, cause, rest if cause == UNKNOWN else more)


def _cell(named: str, phases: Sequence[str]) -> Cell:
    agent_text, slash, phase_text = named.partition("/")
    agent = agent_name(agent_text)
    if agent is None:
        raise BadValue("names no agent; write AGENT/PHASE, e.g. TESTING/EXEC")
    sole = sole_phase(phases)
    if not slash and sole is not None:
        return Cell(sole, agent)
    phase = phase_name(phase_text)
    if phase is None or phase not in phases:
        raise BadValue(f"names no phase of the policy ({listed(phases)}); write AGENT/PHASE")
    return Cell(phase, agent)
