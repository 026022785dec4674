"""What a week has cost so far, from the work tree's files, fast enough for every `log` and lookup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from bot.calendar import SECOND, Week
from bot.evidence.rows import Rows


class Spent(NamedTuple):
    """The tokens of a week."""

    tokens: int
    """Counted as in SPEC § 6."""
    bad_lines: int
    """Lines that are not counted; `validate` names them."""


def spent(top: str, glob: str, week: Week, phases: Collection[str]) -> Spent:
    """Tokens of one week in the token logs below `top` that the glob matches.

    One id counts once. Where an SD and phase have rows with and without agent, the agent-less sum is the
    total and adds only its excess over the agents' sum.
    """
    with_agent: dict[tuple[str, str], int] = defaultdict(int)
    without: dict[tuple[str, str], int] = defaultdict(int)
    rows = Rows(top, glob, phases, since=week.start)
    start, end = week.start * SECOND, week.end * SECOND
    for row in rows:
        if start <= row.at < end:
            (without if row.agent is None else with_agent)[row.sd, row.phase] += row.tokens or 0
    excess = sum(max(0, stated - with_agent[pair]) for pair, stated in list(without.items()))
    return Spent(sum(with_agent.values()) + excess, rows.bad_lines)
