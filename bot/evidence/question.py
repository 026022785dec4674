"""What to ask the logs: built from the policy, the table and its past."""

from __future__ import annotations

from collections.abc import Sequence

from bot.allocation.assignments import Version, spells
from bot.allocation.names import Cell
from bot.calendar import Week
from bot.evidence.records import Question
from bot.policy import Policy

_UNLISTED = Cell("", "")
"""Stands for every cell that no version of the table lists."""


def ask(
    policy: Policy, versions: Sequence[Version], week: Week, weeks: tuple[Week, ...] = ()
) -> Question:
    """The question for one week. `versions` are the table's past, oldest first; the last is in force.

    `weeks` are those up to it where they are at hand.
    """
    listed = {cell for version in versions for cell in version.entries}
    past = spells(versions, {*listed, _UNLISTED})
    return Question(
        week=week,
        weeks=weeks or policy.week.calendar.until(week),
        phases=policy.rules.phases,
        ladder=policy.rules.ladder,
        explicit=frozenset(versions[-1].entries),
        spells={cell: past[cell] for cell in listed},
        default_spells=past[_UNLISTED],
        counted_causes=frozenset(policy.causes.count),
        ignored_causes=frozenset(policy.causes.ignore),
        bystander=_bystander(policy, versions[-1]),
        silence_passes=policy.logs.silence == "passed",
        memory=policy.logs.memory,
    )


def _bystander(policy: Policy, table: Version) -> str | None:
    """The agent of imported sessions, unless the table or a gate lists it."""
    listed = {cell.agent for cell in (*table.entries, *policy.rules.gates())}
    main = policy.imports.main_agent
    return None if main in listed else main
