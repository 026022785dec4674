"""The agent files of a work tree and the models they say today.

In: the top of a work tree and a ladder. Out: what is there, and what was passed over, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.adoption.harnesses import HARNESSES, Harness, rung_today
from bot.allocation.ladder import Ladder
from bot.allocation.names import SPELLING, agent_name
from bot.allocation.toml import decode
from bot.binding.front_matter import INHERIT, Uneditable, read_model
from bot.errors import InvalidInput
from bot.paths import files_below, is_file, leads_inside


class AgentFile(NamedTuple):
    """A file that describes an agent."""

    path: str
    """From the top of the repository."""
    harness: Harness
    stem: str
    """Its name there; of an agent's letters only."""
    agent: str
    """Canonical name."""
    model: str | None
    """What it says; None where it has whatever model asks for it. Hostile: escape before printing."""
    rung: str | None
    """Where the ladder has that model."""


class PassedOver(NamedTuple):
    """A file that is left alone."""

    path: str
    """Hostile: escape before printing."""
    reason: str


def agent_files(top: Path, ladder: Ladder) -> tuple[tuple[AgentFile, ...], tuple[PassedOver, ...]]:
    """Every agent file of every harness, by harness and path, and those that are passed over."""
    looked = [found for harness in HARNESSES for found in _of(top, harness, ladder)]
    agents = tuple(found for found in looked if isinstance(found, AgentFile))
    return agents, tuple(found for found in looked if isinstance(found, PassedOver))


def _of(top: Path, harness: Harness, ladder: Ladder) -> Iterator[AgentFile | PassedOver]:
    for path in files_below(str(top), harness.files):
        stem = harness.stem(path)
        agent = agent_name(stem)
        text = _text(top, path)
        if isinstance(text, PassedOver):
            yield text
        elif agent is None:
            yield PassedOver(path, f"its name is none of an agent: {SPELLING}")
        else:
            yield _read(text, path, harness, agent, ladder)


def _text(top: Path, path: str) -> str | PassedOver:
    full = top / path
    if not is_file(full) or not leads_inside(str(full), os.path.realpath(top)):
        return PassedOver(path, "is no regular file inside the repository")
    try:
        return decode(full.read_bytes(), path)
    except InvalidInput as err:
        return PassedOver(path, err.problems[0].message)
    except OSError as err:
        return PassedOver(path, f"cannot be read: {err.strerror or err}")


def _read(
    text: str, path: str, harness: Harness, agent: str, ladder: Ladder
) -> AgentFile | PassedOver:
    said = read_model(text)
    if isinstance(said, Uneditable):
        place = "" if said.line is None else f"line {said.line} "
        return PassedOver(path, f"{place}{said.reason}")
    model = None if said.model in (None, INHERIT) else said.model
    rung = None if model is None else rung_today(model, ladder)
    return AgentFile(path, harness, harness.stem(path), agent, model, rung)
