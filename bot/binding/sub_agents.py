"""A sub-agent that is about to start: on the model the table gives it? Pure.

In: what Claude Code tells a `PreToolUse` hook of its agent tool, what the agent's file says, table and rules.
Out: why it may not start, or None. Agents that neither table nor gates know are nobody's business here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.allocation.asking import is_listed
from bot.allocation.names import Cell, listed
from bot.allocation.rules import Rules
from bot.allocation.table import Table
from bot.binding.bound_files import whose
from bot.binding.front_matter import INHERIT
from bot.policy.apply_rules import ApplyRule

AGENT_TOOLS = ("Task", "Agent")
"""The tool that starts sub-agents: its name until Claude Code 2.1.62, and since."""


@dataclass(frozen=True)
class SubAgent:
    """Who is to start, and on what."""

    name: str
    """As Claude Code knows it, a plugin's name in front left out. Hostile: escape before printing."""
    model: str | None
    """The model it is asked to run on; None where only its file, or nothing, says."""


def asked_for(event: Mapping[str, Any], for_all: str | None = None) -> SubAgent | None:
    """The sub-agent that a hook's event is about, None for any other event.

    `for_all` is a model that the environment gives every sub-agent, whatever it is asked to run on.
    Raises ValueError for an event of the agent tool that is not as documented.
    """
    if event.get("hook_event_name") != "PreToolUse" or event.get("tool_name") not in AGENT_TOOLS:
        return None
    said = event.get("tool_input")
    if not isinstance(said, Mapping):
        raise ValueError("tool_input is no object")
    name, model = said.get("subagent_type", ""), said.get("model")
    if not isinstance(name, str) or not (model is None or isinstance(model, str)):
        raise ValueError("subagent_type and model must be text")
    asked = for_all if for_all not in (None, "", INHERIT) else model
    return SubAgent(name.rpartition(":")[2], asked or None) if name else None


@dataclass(frozen=True)
class SubAgentFile:
    """The file of a sub-agent."""

    stem: str
    """Its name without folder and ending."""
    model: str | None
    """What it says; None for nothing."""


def refused(
    who: SubAgent,
    file: SubAgentFile | None,
    phases: Sequence[str],
    table: Table,
    rules: Rules,
    apply: Sequence[ApplyRule] = (),
) -> str | None:
    """Why the sub-agent may not start, in one sentence for the agent that asked; None if it may.

    `file` is None where it has none; `phases` are those it may be in: with several it may run on what the
    table says in any of them.
    """
    agent = whose(apply, who.name if file is None else file.stem, who.name)
    cells = [Cell(phase, agent) for phase in phases] if agent else []
    known = agent and is_listed(agent, table)
    if not known and not any(map(rules.floor, cells)):
        return None
    rungs = list(dict.fromkeys(table.resolved(cell, rules) for cell in cells))
    says = None if file is None else file.model
    model = who.model if who.model not in (None, INHERIT) else says
    if model is not None and model != INHERIT and _rung(model, rules, apply) in rungs:
        return None
    now = "the session's model" if model in (None, INHERIT) else model
    where = f" in {listed(phases)}" if len(rules.phases) > 1 else ""
    wanted = " or ".join(f'model: "{rung}"' for rung in rungs)
    return (
        f"calibration-bot: the table gives {agent} {' or '.join(rungs)}{where}, and this would run on {now}. "
        f"Start it with {wanted}, or bring its file to the table with `calibration-bot apply`."
    )


def _rung(model: str, rules: Rules, apply: Sequence[ApplyRule]) -> str | None:
    """The rung a model stands on; what a section writes for a rung counts as that."""
    meant = (rule.rung_of(model, rules) for rule in apply)
    return next(filter(None, meant), None) or rules.ladder.rung_of(model)
