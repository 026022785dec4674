"""Policy and table of a repository as they will be: those that are there, or the first ones.

In: what is kept, what the user wishes, what is known of how work lands, where agent files are read from.
Out: a `FirstConfiguration` that passes what `validate` and `guard` ask of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bot.adoption.agent_files import AgentFile, PassedOver, agent_files
from bot.adoption.callers import WorkflowSource
from bot.adoption.first_bindings import first_bindings
from bot.adoption.first_policy import (
    POLICY_FILE,
    TABLE_FILE,
    RungChoice,
    Team,
    first_policy,
    shipped,
)
from bot.adoption.first_table import first_table
from bot.adoption.how_work_lands import Landing
from bot.allocation.names import NO_PHASES
from bot.allocation.rules import Rules, located
from bot.allocation.table import Table, read_table
from bot.allocation.toml import decode
from bot.binding.bound_files import BoundSource
from bot.errors import InvalidInput
from bot.gates.floors import World, below_floor, declared_at
from bot.policy import read_policy


@dataclass(frozen=True)
class Wish:
    """What the user says of it."""

    phases: tuple[str, ...] | None = None
    """Canonical names; None where nothing is said."""
    ladder: tuple[RungChoice, ...] = ()
    """Lowest first; empty where nothing is said."""
    source: WorkflowSource | None = None
    """Whose workflows to call; None for none."""
    owners: tuple[str, ...] = ()
    """For CODEOWNERS."""
    force: bool = False
    """Whether files that are there already are replaced."""


class KeptFiles(NamedTuple):
    """What is there and stays, as bytes; None where there is no such file."""

    policy: bytes | None
    table: bytes | None


@dataclass(frozen=True)
class FirstConfiguration:
    """What the repository's configuration will be, and what it comes from."""

    policy_text: str
    """What `init` would write; a policy that is kept may say something else."""
    table_text: str
    """So the table."""
    rules: Rules
    """Of the policy as it will be."""
    table: Table
    """As it will be."""
    agents: tuple[AgentFile, ...]
    passed_over: tuple[PassedOver, ...]
    unused_sections: tuple[str, ...]
    """Bindings for a policy that is kept and has none."""


def first_configuration(
    kept: KeptFiles, wish: Wish, landing: Landing, source: BoundSource
) -> FirstConfiguration:
    """Decide both texts. Raises InvalidInput with every problem of what is kept, or of what is wished."""
    phases = wish.phases or (NO_PHASES,)
    team = Team(phases, wish.ladder, landing, extra_gates=False)
    text = first_policy(team) if kept.policy is None else decode(kept.policy, POLICY_FILE)
    policy = read_policy(text, POLICY_FILE)
    agents, passed_over = agent_files(source, policy.rules.ladder)
    if not agents and kept == KeptFiles(None, None) and _as_shipped(policy.rules):
        team, table_text = Team(phases, wish.ladder, landing), shipped("overrides.toml")
        policy = read_policy(first_policy(team), POLICY_FILE)
    else:
        table_text = first_table(policy.rules, agents)
    table = _table(kept.table, table_text, policy.rules)
    bindings = first_bindings(source, agents, policy.rules, table)
    return FirstConfiguration(
        first_policy(team, bindings.sections),
        table_text,
        policy.rules,
        table,
        agents,
        (*passed_over, *bindings.apart),
        bindings.sections if kept.policy is not None and not policy.apply else (),
    )


def _as_shipped(rules: Rules) -> bool:
    """Whether the shipped table is one for these phases and this ladder."""
    example = read_policy(shipped("policy.toml"), POLICY_FILE).rules
    return (rules.phases, rules.ladder.names) == (example.phases, example.ladder.names)


def _table(kept: bytes | None, text: str, rules: Rules) -> Table:
    """The table as it will be; no gate of it is declared below its floor."""
    text = text if kept is None else decode(kept, TABLE_FILE)
    world = World(read_table(text, TABLE_FILE, rules), rules)
    wrong = [(declared_at(world, found.cell), found.message) for found in below_floor(world)]
    if wrong:
        raise InvalidInput(located(wrong, text, TABLE_FILE))
    return world.table
