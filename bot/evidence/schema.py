"""What a row of a log is: its fields, their types, and what each of them may say. The only statement of it.

In: text and values. Out: typed rows as the logs write them, and `Row`, the same with canonical names.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from bot.allocation.names import agent_name, phase_name
from bot.calendar import instant_of
from bot.evidence.limits import MOST_TOKENS

Optional = str | None | UnsetType
"""A text, null, or left out: told apart, so that the keys of a row can be counted."""


class TokenRow(Struct, frozen=True, omit_defaults=True, gc=False):
    """A line of the token log as written; keys that are no field are left out."""

    ts: str
    """RFC 3339."""
    sd: Annotated[str, Meta(min_length=1)]
    phase: str
    tokens: Annotated[int, Meta(ge=0, le=MOST_TOKENS)]
    agent: Optional = UNSET
    model: Optional = UNSET
    note: Optional = UNSET
    id: Optional = UNSET


class ReworkRow(Struct, frozen=True, omit_defaults=True, gc=False):
    """A line of the rework log as written; otherwise as `TokenRow`."""

    ts: str
    sd: Annotated[str, Meta(min_length=1)]
    phase: str
    agent: str
    rework: bool
    issue: bool | UnsetType | None = UNSET
    cause: Optional = UNSET
    model: Optional = UNSET
    note: Optional = UNSET
    source: Optional = UNSET
    """Who says so: left out for people, else what it was collected from."""
    id: Optional = UNSET


Written = TokenRow | ReworkRow


class CursorRow(Struct, frozen=True, omit_defaults=True):
    """A line among the collected rows of the rework log that is no outcome: how far a collection saw."""

    ts: str
    """RFC 3339: everything up to then was seen."""
    cursor: Annotated[str, Meta(min_length=1)]
    """What was collected from: `git`, `github`."""
    repository: str
    """Which one of them."""
    commit: Optional = UNSET
    """The newest commit that was seen, where commits are what is collected."""
    matched: list[str] | UnsetType = UNSET
    """Globs of the policy's rules that matched the name of a check or label since the cursor before."""
    id: Optional = UNSET


class Row(NamedTuple):
    """One good row with canonical names; rows with equal content are equal."""

    at: int
    """Microseconds since the epoch."""
    sd: str
    phase: str
    agent: str | None
    model: str | None
    tokens: int | None
    """None in the rework log."""
    rework: bool | None
    """None in the token log."""
    issue: bool
    cause: str | None
    note: str | None
    id: str | None
    source: str | None = None
    """None for people."""


class Names:
    """Canonical names of phases and agents, each spelling looked at once."""

    def __init__(self, phases: Collection[str]) -> None:
        self.known = tuple(phases)
        self.phases: dict[str, str | None] = {}
        """Every spelling seen with what it names, None for nothing known."""
        self.agents: dict[str, str | None] = {}
        """The same of agents."""
        self.models: set[str] = set()
        """Every model id that good rows name."""
        self.causes: set[str] = set()
        """Every cause that they name."""

    def phase(self, text: str) -> str | None:
        """The known phase a text names, None for any other."""
        if text not in self.phases:
            name = phase_name(text)
            self.phases[text] = name if name in self.known else None
        return self.phases[text]

    def agent(self, text: str) -> str | None:
        """The agent a text names, None for what is no name."""
        if text not in self.agents:
            self.agents[text] = agent_name(text)
        return self.agents[text]

    def wrong(self, key: str, value: object) -> bool:
        """Whether a field of the right type says what it may not."""
        if not isinstance(value, str):
            return False
        check = {"ts": instant_of, "phase": self.phase, "agent": self.agent}.get(key)
        return check is not None and check(value) is None

    def row(self, written: Written) -> Row:
        """A good row with canonical names; an empty text is one that was left out."""
        token = written if isinstance(written, TokenRow) else None
        rework = written if isinstance(written, ReworkRow) else None
        return Row(
            at=instant_of(written.ts) or 0,
            sd=written.sd,
            phase=self.phase(written.phase) or "",
            agent=self.agent(written.agent) if isinstance(written.agent, str) else None,
            model=written.model or None,
            tokens=token.tokens if token else None,
            rework=rework.rework if rework else None,
            issue=bool(rework and rework.issue),
            cause=(rework.cause or None) if rework else None,
            note=written.note or None,
            id=written.id or None,
            source=(rework.source or None) if rework else None,
        )
