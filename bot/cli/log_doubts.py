"""What is odd about an event that is valid: names that the table, the ladder or the policy do not know.

In: the fields of an event. Out: a sentence each, with the known names. A typo is logged all the same: a
warning at the desk is worth more than a refused row.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping, Sequence
from reprlib import repr as shown

from bot.allocation.ladder import Ladder
from bot.allocation.names import listed, names_model, nearest
from bot.cli import options
from bot.errors import BotError


def doubts(
    agents: Sequence[str], fields: Mapping[str, object], ladder: Ladder, causes: Collection[str]
) -> Iterator[str]:
    """What to tell whoever logs; `agents` are the table's, `causes` those that the policy knows at all."""
    agent, model, cause = (fields.get(key) for key in ("agent", "model", "cause"))
    if agent and agents and agent not in agents:
        so = "so it is judged but never promoted"
        near = nearest(str(agent), agents)
        yield f"no phase of the table lists {agent}, {so}; known are {listed(agents)}{near}"
    if model and not names_model(str(model)):
        yield f"{shown(model)} names no model, so this is no run; its tokens count"
    elif model and ladder.rung_of(str(model)) is None:
        so = "so its tokens count, but no evidence"
        names, near = listed(ladder.names), _nearest_models(str(model), ladder)
        yield f"no rung of the ladder knows the model {shown(model)}, {so}; the rungs are {names}{near}"
    if cause and cause not in causes:
        so = "so it counts against the model"
        known = listed(sorted(causes))
        near = nearest(str(cause), causes)
        yield f"the policy does not know this cause, {so}; known are {known}{near}"


def _nearest_models(model: str, ladder: Ladder) -> str:
    """Among rungs, exact ids and patterns: who mistypes an id is shown the pattern it misses."""
    ids = (known for rung in ladder.rungs for known in rung.models)
    return nearest(model, (*ladder.names, *ids))


def table_agents(args: argparse.Namespace) -> list[str]:
    """Every agent of the table; none where it cannot be read, which is for `validate` to say."""
    try:
        table, _ = options.read_allocation(args)
    except BotError:
        return []
    return sorted({cell.agent for cell in table.entries})
