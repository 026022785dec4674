"""The table for executors in Python: `from bot import model_for`.

In: an agent, a phase, a folder of the repository. Out: the model, as `calibration-bot model` prints it.
Nothing is read again while policy and table stay what they are; no library is loaded but what reads them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from os import stat
from warnings import warn

from bot.allocation.asking import cell_asked, unlisted_warning
from bot.allocation.rules import Rules
from bot.allocation.table import Table, table_path
from bot.cli import options
from bot.inputs.configuration import Configuration

_SETTLED = 50_000_000
"""Nanoseconds. A younger file may change once more without a look that tells it from before."""
_MOST_ANSWERS = 10_000
_Look = tuple[int, int, int, int]


class UnlistedAgent(UserWarning):
    """An agent that no phase of the table lists was asked for; it was given the default."""


class _Known:
    """Policy and table of a repository, as they were when they were read."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.policy, self.table = paths
        """From where we are: another working directory makes them other files."""
        self.looks = [_settled(_look(path)) for path in paths]
        """What told both from others, before they were read; None for one too young to be sure of."""
        self.answers: dict[tuple[str, str | None], str] = {}
        self.ask: Callable[[str, str | None], str]

    def fresh(self) -> bool:
        """Whether both files are what they were. Spelled out: a look costs little more than `os.stat`."""
        try:
            policy, table = stat(self.policy), stat(self.table)
        except OSError:
            return False
        return self.looks == [
            (policy.st_mtime_ns, policy.st_size, policy.st_ino, policy.st_ctime_ns),
            (table.st_mtime_ns, table.st_size, table.st_ino, table.st_ctime_ns),
        ]


_known: dict[tuple[str | os.PathLike[str], str], _Known] = {}


def model_for(
    agent: str,
    phase: str | None = None,
    *,
    repo: str | os.PathLike[str] = ".",
    policy: str = options.POLICY,
) -> str:
    """The model that an agent runs on in a phase: the higher of what the table declares and its floor.

    `agent` and `phase` in any spelling (`testing-agent` is TESTING); the phase may be left out where the
    policy has only one. `repo` is any folder of the repository, `policy` the policy's path from its top.
    An agent that the table does not list gets the default, with an `UnlistedAgent` warning. Changes of
    either file are seen by the next call. Raises `bot.errors.UsageError` for a name that is none or an
    unknown phase, `bot.errors.InvalidInput` with every problem where policy or table are wrong or missing.
    """
    known = _known.get((repo, policy))
    if known is None or not known.fresh():
        known = _known[repo, policy] = _read(os.fspath(repo), policy)
    try:
        return known.answers[agent, phase]
    except KeyError:
        answer = known.ask(agent, phase)
        if len(known.answers) < _MOST_ANSWERS:
            known.answers[agent, phase] = answer
        return answer


def _look(path: str) -> _Look | None:
    try:
        found = stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)


def _read(repo: str, policy: str) -> _Known:
    policy = options.from_top(policy, repo)
    top = options.top_of(repo)
    near = os.path.relpath(top) if not os.path.isabs(repo) else top
    paths = [os.path.join(near, *path.split("/")) for path in (policy, table_path(policy))]
    known = _Known(paths)  # before they are read: what changes meanwhile is seen by the next call
    text = options.read_text(top, policy)
    table_text = options.read_text(top, table_path(policy))
    known.ask = _asking(*Configuration(top, policy, text).allocation(table_text))
    return known


def _settled(look: _Look | None) -> _Look | None:
    """A look that can be trusted: within the clock's step two contents may look the same."""
    if look is None or time.time_ns() - max(look[0], look[3]) < _SETTLED:
        return None
    return look


def _asking(table: Table, rules: Rules) -> Callable[[str, str | None], str]:
    def ask(agent: str, phase: str | None) -> str:
        cell = cell_asked(agent, phase, rules)
        odd = unlisted_warning(cell, table, rules)
        if odd:
            warn(odd, UnlistedAgent, stacklevel=3)
        return table.resolved(cell, rules)

    return ask
