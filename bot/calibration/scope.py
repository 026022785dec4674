"""What a review is asked to cover, from the words of a command line. Pure.

In: an agent and a phase as typed. Out: the `Scope`, or UsageError in words. Spelling needs no policy, so that
it is judged before anything is read; whether a phase exists is asked of whichever policy is at hand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.allocation.names import SPELLING, agent_name, listed, no_phase, phase_name
from bot.calibration.findings import Scope
from bot.errors import UsageError


def read_scope(agent: str | None, phase: str | None) -> Scope:
    """The scope two options mean; None for one that is not given."""
    if agent is None:
        if phase is not None:
            raise UsageError(
                "--phase goes with --agent: a review is of all cells or of one agent's"
            )
        return Scope()
    return Scope(_agent(agent), None if phase is None else read_phase(phase))


def check_phase(phase: str | None, phases: Sequence[str]) -> None:
    """Raise UsageError for a canonical phase that is none of the policy's; None is no phase to check."""
    if phase is not None and phase not in phases:
        raise UsageError(f"--phase {phase!r} {no_phase(phases)}")


def check_agent(agent: str | None, known: Collection[str]) -> None:
    """Raise UsageError for a canonical agent that is none of those known: a typing error reviews nothing."""
    if agent is not None and agent not in known:
        names = listed(sorted(known))
        raise UsageError(
            f"--agent {agent!r} has no entry in the table and no rows in the logs; known are {names}"
        )


def _agent(text: str) -> str:
    name = agent_name(text)
    if name is None:
        raise UsageError(f"--agent {text!r} is no agent name; use {SPELLING}")
    return name


def read_phase(text: str) -> str:
    """Canonical name of a phase. Raises UsageError for what is no name."""
    name = phase_name(text)
    if name is None:
        raise UsageError(f"--phase {text!r} is no phase name; use {SPELLING}")
    return name
