"""Everything that can be wrong with a work tree's policy, table and logs, found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.allocation.assignments import Version
from bot.allocation.rules import Rules, located, read_rules
from bot.allocation.table import Table, read_table, table_path
from bot.allocation.toml import decode
from bot.binding.bound_files import bind
from bot.binding.bound_source import WorkTreeFiles
from bot.calendar import SECOND
from bot.collecting.idle_rules import idle_rules
from bot.errors import InvalidInput, Problem
from bot.evidence.branch import on_base
from bot.evidence.cursors import Cursor, cursors_of
from bot.evidence.question import ask
from bot.evidence.read import read_evidence
from bot.gates.floors import World, below_floor, declared_at
from bot.git.base import last_known
from bot.git.no_repository import NoRepository
from bot.git.repository import Repository
from bot.inputs.strays import read_by_nobody, strays
from bot.inputs.work_tree import all_logs
from bot.policy import Policy, sound_policy
from bot.policy.collect_rules import rules_for_unknown_agents
from bot.warehouse.place import Unreachable, warehouse_of

T = TypeVar("T")


@dataclass(frozen=True)
class Checked:
    """What was found to be valid."""

    entries: int
    """Explicit assignments in the table."""
    gates: int
    """Gate cells, built-in and added."""
    logs: int
    """Log files."""
    warehouse: tuple[str, ...]
    """What is read in place of log files, if anything is. May quote hostile names."""
    notes: tuple[str, ...]
    """What is worth a warning, and wrong with none of them. May quote hostile names."""


def validate(top: Path, policy_path: str, now: int) -> Checked:
    """Check the work tree below `top`; `now` is in seconds since the epoch.

    Raises InvalidInput with every problem of every file.
    """
    problems: list[Problem] = []
    path = table_path(policy_path)
    policy_text = _attempt(lambda: _read(top, policy_path), problems)
    table_text = _attempt(lambda: _read(top, path), problems)
    # An empty file is a text too, and the wrong one.
    policy = rules = table = None
    if policy_text is not None:
        policy = _policy(policy_text, policy_path, problems)
        rules = _rules(policy_text, policy_path)
    if rules and table_text is not None:
        table = _attempt(lambda: read_table(table_text, path, rules), problems)
    if table and rules and table_text:
        problems += _gates(table, rules, table_text, path)
        if policy and policy_text:
            problems += _collecting(policy, table, policy_text, policy_path)
            binding = bind(policy.apply, table, rules, WorkTreeFiles(str(top)))
            problems += binding.problems(policy_text, policy_path)
    if policy and policy_text:
        problems += _logs_on_base(top, policy, policy_text, policy_path)
    logs, cursors = _logs(top, policy, now, problems) if policy else (0, ())
    warehouse, unread = _warehouse(policy, now, problems) if policy else ((), ())
    if problems or not table or not rules:
        raise InvalidInput(problems)
    stray = strays(top, (policy.logs.tokens, policy.logs.rework)) if policy else ()
    idle = idle_rules(policy.collect, cursors, now * SECOND) if policy else ()
    notes = (
        *unread,
        *read_by_nobody(stray),
        *idle,
        *(_binding_nothing(policy, top) if policy else ()),
    )
    return Checked(len(table.entries), len(rules.gates()), logs, warehouse, notes)


def _attempt(step: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return step()
    except InvalidInput as err:
        problems += err.problems
        return None


def _read(top: Path, path: str) -> str:
    try:
        return decode((top / path).read_bytes(), path)
    except OSError as err:
        said = err.strerror or str(err)
        raise InvalidInput(
            [Problem(path, f"cannot be read: {said}; create or restore it")]
        ) from err


def _policy(text: str, path: str, problems: list[Problem]) -> Policy | None:
    """What a policy says, as far as it is sound, so that logs are checked beside one that is not."""
    policy, wrong = _attempt(lambda: sound_policy(text, path), problems) or (None, ())
    problems += wrong
    return policy


def _rules(text: str, path: str) -> Rules | None:
    """Rules of a policy that may be invalid elsewhere, so that the table is still checked."""
    return _attempt(lambda: read_rules(text, path), [])


def _gates(table: Table, rules: Rules, text: str, path: str) -> tuple[Problem, ...]:
    world = World(table, rules)
    wrong = [(declared_at(world, found.cell), found.message) for found in below_floor(world)]
    return located(wrong, text, path)


def _collecting(policy: Policy, table: Table, text: str, path: str) -> tuple[Problem, ...]:
    agents = {cell.agent for cell in (*table.entries, *policy.rules.gates())}
    return located([*rules_for_unknown_agents(policy.collect, agents)], text, path)


def _logs_on_base(top: Path, policy: Policy, text: str, path: str) -> tuple[Problem, ...]:
    """That the branch of the logs is base, as far as that is known without asking a server."""
    base = policy.pull_request.base
    if base is None:
        with suppress(NoRepository), Repository.open(top, shallow=True) as repository:
            base = last_known(repository)
    ref = policy.logs.ref
    return located([(("logs", "ref"), on_base(ref))], text, path) if ref == base else ()


def _binding_nothing(policy: Policy, top: Path) -> Iterator[str]:
    files = WorkTreeFiles(str(top))
    for index, rule in enumerate(policy.apply):
        if rule.files is not None and not any(files.paths(rule.files)):
            yield f"apply[{index}]: no file is {rule.files}; correct the pattern, or remove the section"


def _warehouse(
    policy: Policy, now: int, problems: list[Problem]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is read in place of files, and why it is not; bad rows are added to `problems`."""
    warehouse = warehouse_of(policy.logs)
    if warehouse is None:
        return (), ()
    from bot.warehouse.remote_evidence import rows_of_warehouse

    week = policy.week.calendar.last_complete(now)
    try:
        tables, wrong = rows_of_warehouse(warehouse, policy.rules.phases, week)
    except Unreachable as err:
        return (), (f"the warehouse is not reachable: {err}",)
    except InvalidInput as err:
        problems += err.problems
        return (), ()
    problems += wrong
    described = (f"table {table}: {said}" for table, said in tables.items())
    return (f"{warehouse.address} is read in place of the log files", *described), ()


def _logs(
    top: Path, policy: Policy, now: int, problems: list[Problem]
) -> tuple[int, tuple[Cursor, ...]]:
    """How many log files there are, and how far collections saw; bad lines are added to `problems`."""
    # No line is good or bad by the table.
    version = Version(0, policy.rules.ladder.names[0], {})
    question = ask(policy, [version], policy.week.calendar.week_of(now))
    with all_logs(top, policy.logs.ref) as files:
        tokens = _attempt(lambda: files(policy.logs.tokens), problems) or ()
        rework = _attempt(lambda: files(policy.logs.rework), problems) or ()
        evidence = _attempt(lambda: read_evidence(tokens, rework, question), problems)
        cursors = cursors_of(rework) if evidence and policy.collect else ()
    problems += evidence.rejected if evidence else ()
    return len(tokens) + len(rework), cursors
