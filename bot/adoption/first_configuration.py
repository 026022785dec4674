"""Policy and table of a repository as they will be: those that are there, or the first ones.

In: what is kept, what the user wishes, what is known of how work lands, where agent files are read from.
Out: a `FirstConfiguration` that passes what `validate` and `guard` ask of it.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
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
from bot.allocation.names import NO_PHASES, phase_name
from bot.allocation.rules import Rules, located
from bot.allocation.table import Table, read_table
from bot.allocation.toml import decode
from bot.binding.bound_files import BoundSource
from bot.errors import InvalidInput, WrongOptions
from bot.gates.floors import World, below_floor, declared_at
from bot.policy import Policy, read_policy


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
    cheaper: tuple[str, ...]
    """Rungs that cost less than the one below them: perhaps the ladder stands on its head."""


def first_configuration(
    kept: KeptFiles, wish: Wish, landing: Landing, source: BoundSource
) -> FirstConfiguration:
    """Decide both texts.

    Raises InvalidInput with every problem of what is kept, WrongOptions with those of what is wished.
    """
    phases = wish.phases or _phases_of(kept.table) or (NO_PHASES,)
    team = Team(phases, wish.ladder, landing, extra_gates=False)
    if kept.policy is None:
        policy = _wished(team)
    else:
        policy = read_policy(decode(kept.policy, POLICY_FILE), POLICY_FILE)
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
        tuple(
            up.name for low, up in pairwise(policy.ladder) if up.relative_cost < low.relative_cost
        ),
    )


def _phases_of(table: bytes | None) -> tuple[str, ...]:
    """The phases that a table which is there already speaks of; none where it does not say."""
    with suppress(
        ValueError, RecursionError
    ):  # whoever reads it as a table says what is wrong with it
        said = tomllib.loads((table or b"").decode())
        names = [phase_name(key) for key, value in said.items() if isinstance(value, dict)]
        return tuple(name for name in names if name is not None)
    return ()


def _wished(team: Team) -> Policy:
    """The policy of a team. What is wrong with it was said by an option: there is no such file yet."""
    try:
        return read_policy(first_policy(team), POLICY_FILE)
    except InvalidInput as err:
        options = (f"--{re.split(r'[.[]', found.key or 'phases')[0]}" for found in err.problems)
        raise WrongOptions(
            found._replace(file=option, line=None, key=None)
            for option, found in zip(options, err.problems, strict=True)
        ) from err


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
