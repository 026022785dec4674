"""What people say of an agent's work: `AGENT[/PHASE] [cause] [note]`, in trailers as in comments. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.allocation.names import Cell, agent_name, listed, phase_name, sole_phase
from bot.collecting.fact_records import Spoken, Word
from bot.evidence.events import LONGEST, BadValue, text_of

LONGEST_TEXT = 500
"""Characters that are kept of collected text."""
UNKNOWN = "unknown"
"""Cause of what says why in no word of the policy's kind."""
SPOKEN: Mapping[str, Spoken] = {"rework": "rework", "issue": "issue", "passed": "passed"}
"""Kinds by the words for them: keys of trailers in any case, and commands."""
_TICKET = re.compile(r"\S*#[0-9]+|[A-Za-z][A-Za-z0-9_]*-[0-9]+|[0-9]+|[a-z]+://\S*")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Listener(NamedTuple):
    """What words are understood by."""

    phases: Sequence[str]
    """Canonical names of the policy's phases."""
    agents: Collection[str]
    """Agents of the table and the gates: where nobody has to say a phase, only theirs are names."""
    causes: Collection[str] = ()
    """Causes of the policy, known in any case."""


def plain_text(text: str) -> str:
    """Collected text on one line, without anything that cannot be seen, cut to `LONGEST_TEXT`."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 8 * LONGEST_TEXT])
    return " ".join(shown.split())[:LONGEST_TEXT].rstrip()


def cause_of(text: str, causes: Collection[str]) -> str:
    """A cause as the policy writes causes: its own in any case, else a slug as it stands, else `unknown`."""
    if text.lower() in causes:
        return text.lower()
    return text if _SLUG.fullmatch(text) and len(text) <= LONGEST["cause"] else UNKNOWN


def work_item(text: str) -> str:
    """An SD as it was written. Raises BadValue for what no log could hold."""
    if "\n" in text or not text.isprintable():
        raise BadValue("holds characters that cannot be seen")
    return text_of("sd")(text)


def named_items(trailers: Iterable[tuple[str, str]]) -> list[str]:
    """SDs of `SD:` trailers, in order; an empty one is as if it were not there."""
    return [value for key, value in trailers if key.lower() == "sd" and value.strip()]


def further_items(named: Sequence[str]) -> Iterator[str]:
    """That SDs after the first are not used, where there are any."""
    first, *others = dict.fromkeys(map(plain_text, named)) or [""]
    if others:
        yield f"SD: {plain_text(', '.join(others))!r} is not used; the first, {first!r}, counts"


def refers_to_ticket(text: str, listener: Listener) -> bool:
    """Whether an `Issue:` is what most people mean by it: a ticket (`#12`, `PROJ-12`, an address)."""
    first = next(iter(text.split()), "").rstrip(",")
    return bool(_TICKET.fullmatch(first)) and agent_name(first) not in listener.agents


def word_of(kind: Spoken, text: str, listener: Listener) -> Word:
    """What a line says. Raises BadValue where it names no agent, or no phase and there are several.

    The first word that is no cause begins the note, and makes the cause unknown; what passed has no cause.
    """
    named, _, rest = plain_text(text).partition(" ")
    cell = _cell(named, listener)
    first, _, more = rest.partition(" ")
    if kind == "passed" or not rest:
        return Word(kind, cell, None, rest)
    cause = cause_of(first, listener.causes)
    return Word(kind, cell, cause, rest if cause == UNKNOWN else more)


def _cell(named: str, listener: Listener) -> Cell:
    phases = listener.phases
    agent_text, slash, phase_text = named.partition("/")
    agent = agent_name(agent_text)
    if agent is None:
        raise BadValue("names no agent; write AGENT/PHASE, e.g. TESTING/EXEC")
    sole = sole_phase(phases)
    if not slash and sole is not None:
        if agent not in listener.agents:  # any word could be an agent: "Issue: none"
            raise BadValue("names no agent that the table lists")
        return Cell(sole, agent)
    phase = phase_name(phase_text)
    if phase is None or phase not in phases:
        raise BadValue(f"names no phase of the policy ({listed(phases)}); write AGENT/PHASE")
    return Cell(phase, agent)
