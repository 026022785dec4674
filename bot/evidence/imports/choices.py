"""Whose work a response is: its SD, phase, agent and model, as the policy and the command line have it.

In: what a tool's file says of a response. Out: the fields of its token row, and notes on what nothing said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.allocation.names import agent_name
from bot.evidence.events import LONGEST, BadValue, stamp, text_of
from bot.evidence.imports.branches import Attribution

NAMELESS = "SUBAGENT"
"""Agent of a sub-agent that nothing names."""


@dataclass(frozen=True)
class Choices:
    """How the files of tools are read."""

    attribution: Attribution
    main_agent: str
    """Agent of a session's own tokens."""
    count_cache_reads: bool
    now: int
    """Microseconds since the epoch."""

    def counted(self, given: int, made: int, from_cache: int) -> int:
        """Tokens of a response whose input holds what the cache gave. Raises BadValue if it cannot."""
        if from_cache > given:
            said = "so its input does not hold them and cannot be told from the input of others"
            raise BadValue(f"more tokens were read from the cache than were put in at all, {said}")
        return given + made - (0 if self.count_cache_reads else from_cache)


@dataclass(frozen=True)
class Said:
    """What a file says of a response. All of it is hostile."""

    agent: str | None
    """Name of the agent in any spelling, `""` for a sub-agent without one; None for the session's own."""
    model: str | None
    branch: str | None
    """Branch that was checked out."""
    session: str | None
    """The SD where nothing else says one."""
    phase: str | None = None
    """The phase as it is said outright."""
    sd: str | None = None
    """The SD as it is said outright."""


class Placing:
    """Puts responses where they belong, and remembers what nothing said."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._unsaid: Counter[str] = Counter()

    @property
    def notes(self) -> list[str]:
        """What was not said, one sentence each."""
        counts = (self._unsaid[what] for what in ("agent", "sd", "phase"))
        return unsaid(*counts, phase=self._choices.attribution.assumed)

    def fields(self, said: Said, at: int, tokens: int) -> dict[str, Any]:
        """The fields of a token row, without id. Raises BadValue where one of them cannot be."""
        attribution = self._choices.attribution
        sd, phase = attribution.of(said.branch, said.session, sd=said.sd, in_phase=said.phase)
        fields: dict[str, Any] = {"ts": stamp(at), "sd": sd, "phase": phase, "tokens": tokens}
        if said.model:
            fields["model"] = checked_model(said.model)
        agent = self._choices.main_agent if said.agent is None else called(said.agent)
        return {**fields, "agent": agent}

    def count(self, said: Said, fields: Mapping[str, Any]) -> None:
        """Remember what nothing said of a response that is logged."""
        sd, phase = self._choices.attribution.said(said.branch)
        self._unsaid["sd"] += not (sd or said.sd)
        self._unsaid["phase"] += not (phase or said.phase)
        self._unsaid["agent"] += fields["agent"] == NAMELESS


def unsaid(
    nameless: int, sessions: int, no_phase: int, *, phase: str | None, of: str = "responses"
) -> list[str]:
    """How many of something nothing gives an agent, an SD and a phase, where there are any.

    `phase`: the one that is assumed; None where that goes without saying.
    """
    remedy = "[[imports.branches]] of the policy"
    said = {
        f"{of} of sub-agents whose type no file tells: {nameless}, logged as {NAMELESS}": nameless,
        f"{of} that no branch puts to an SD: {sessions}, logged under their session; "
        f"pass --sd, or tell {remedy}": sessions,
        f"{of} that no branch puts to a phase: {no_phase}, logged in {phase}; "
        f"pass --phase, or tell {remedy}": no_phase if phase else 0,
    }
    return [note for note, count in said.items() if count]


def called(kind: str) -> str:
    """The agent that a sub-agent's type names."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in kind)
    return agent_name(plain.strip("-")) or NAMELESS


def plain_note(value: object) -> str:
    """The note on one line, cut to what a log holds."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain[: LONGEST["note"]].strip()


def checked_model(model: str) -> str:
    """The id of a model as a log may hold it. Raises BadValue for any other."""
    try:
        return text_of("model")(model)
    except BadValue as wrong:
        raise BadValue(f"the id of the model {wrong}") from wrong
