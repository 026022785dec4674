"""The first table of a repository: what its agents run on today, and every gate at its floor. Pure.

In: rules and agent files. Out: the text of `config/overrides.toml`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.adoption.agent_files import AgentFile
from bot.allocation.ladder import Ladder
from bot.allocation.names import Cell
from bot.allocation.rules import Rules

_HEADING = """\
# Which model each sub-agent runs on{phases}, as `calibration-bot init` found it. A stronger model only on
# evidence: the calibration bot promotes entries by pull request; SECURITY and VALIDATION are gates.

default = {default:<19} # every {cell} not listed
"""
_DEFAULT = "sonnet"
_COLUMN = 29
_NOBODY = """\
# DESIGN = "{default}"  # an agent of yours: only what is listed here is ever promoted
# MAIN = "{default}"    # a session's own work, as `log import` calls it
"""


def everybodys(ladder: Ladder) -> str:
    """The rung of whoever has none: the shipped table's where the ladder has it, else a modest one."""
    modest = ladder.names[(len(ladder.names) - 1) // 2]
    return _DEFAULT if _DEFAULT in ladder.names[:-1] else modest


def rungs_of(agents: Iterable[AgentFile], ladder: Ladder) -> Mapping[str, str]:
    """The rung of each agent: the highest that any of its files says, everybody's where none says any."""
    found: dict[str, list[str]] = {}
    for file in agents:
        found.setdefault(file.agent, []).extend([file.rung] if file.rung else [])
    return {
        agent: ladder.highest(*said) if said else everybodys(ladder)
        for agent, said in found.items()
    }


def first_table(rules: Rules, agents: Sequence[AgentFile]) -> str:
    """The text of a table that declares every agent, and no gate below its floor."""
    phased = len(rules.phases) > 1
    default = json.dumps(everybodys(rules.ladder))
    heading = _HEADING.format(
        phases=", per phase" if phased else "", default=default, cell="cell" if phased else "agent"
    )
    tables = (f"\n[{phase}]\n" + "".join(_entries(rules, phase, agents)) for phase in rules.phases)
    return heading + "".join(tables)


def _entries(rules: Rules, phase: str, agents: Sequence[AgentFile]) -> Iterator[str]:
    today = {Cell(phase, agent): rung for agent, rung in rungs_of(agents, rules.ladder).items()}
    floors = {cell: rules.floor(cell) for cell in (*today, *rules.gates()) if cell.phase == phase}
    for cell, floor in sorted(floors.items()):
        rungs = [rung for rung in (today.get(cell), floor) if rung is not None]
        entry = f"{cell.agent} = {json.dumps(rules.ladder.highest(*rungs))}"
        yield f"{entry:<{_COLUMN}} # {_why(cell, floor, agents)}\n"
    if not agents:
        yield _NOBODY.format(default=everybodys(rules.ladder))


def _why(cell: Cell, floor: str | None, agents: Sequence[AgentFile]) -> str:
    files = [file for file in agents if file.agent == cell.agent]
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    place = f"{files[0].path}{more}" if files else ""
    if floor is not None:
        return "; ".join(filter(None, ("gate: never lower", place)))
    return place if any(file.rung for file in files) else f"{place}: no model of the ladder"
