"""The agent files of a work tree and the models they say today.

In: the top of a work tree and a ladder. Out: what is there, and what was passed over, with the reason.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.adoption.harnesses import HARNESSES, Harness, rung_today
from bot.allocation.ladder import Ladder
from bot.allocation.names import SPELLING, agent_name
from bot.binding.bound_files import NAME_KEY, BoundSource
from bot.binding.front_matter import INHERIT, Uneditable, read_model
from bot.paths import stem_of

PLAIN_PATH = re.compile(r"[\w./-]+", re.ASCII)
"""What may stand in a policy, a table's comment and a glob as it is."""


class AgentFile(NamedTuple):
    """A file that describes an agent."""

    path: str
    """From the top of the repository; it is a `PLAIN_PATH`."""
    harness: Harness
    agent: str
    """Canonical name: what the file calls itself, else what it is called."""
    named: bool
    """Whether that is what it calls itself; else a binding has to say whose it is."""
    model: str | None
    """What it says; None where it has whatever model asks for it. Hostile: escape before printing."""
    rung: str | None
    """Where the ladder has that model."""

    @property
    def stem(self) -> str:
        """What a binding calls the file."""
        return stem_of(self.path)


class PassedOver(NamedTuple):
    """A file that is left alone."""

    path: str
    """Hostile: escape before printing."""
    reason: str


def agent_files(
    source: BoundSource, ladder: Ladder
) -> tuple[tuple[AgentFile, ...], tuple[PassedOver, ...]]:
    """Every agent file of every harness, by harness and path, and those that are passed over."""
    looked = [
        _look(source, path, harness, ladder)
        for harness in HARNESSES
        for path in sorted(source.paths(harness.files))
    ]
    agents = tuple(found for found in looked if isinstance(found, AgentFile))
    return agents, tuple(found for found in looked if isinstance(found, PassedOver))


def _look(
    source: BoundSource, path: str, harness: Harness, ladder: Ladder
) -> AgentFile | PassedOver:
    data = source.data(path)
    by_stem = agent_name(stem_of(path)) if PLAIN_PATH.fullmatch(path) else None
    if data is None or isinstance(data, Uneditable):
        return PassedOver(path, "is gone" if data is None else data.reason)
    if by_stem is None:
        return PassedOver(path, f"its name is none of an agent: {SPELLING}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return PassedOver(path, "is no UTF-8 text")
    said, name = read_model(text), read_model(text, NAME_KEY)
    if isinstance(said, Uneditable):
        place = "" if said.line is None else f"line {said.line} "
        return PassedOver(path, f"{place}{said.reason}")
    called = None if isinstance(name, Uneditable) else name.model
    own = agent_name(called) if called else by_stem
    model = None if said.model in (None, INHERIT) else said.model
    rung = None if model is None else rung_today(model, ladder)
    return AgentFile(path, harness, own or by_stem, own is not None, model, rung)
