"""Everything that can be wrong with a work tree's policy, table and logs, found at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.allocation.history import Version
from bot.allocation.rules import Rules, Wrong, located, read_rules, rules_from
from bot.allocation.table import Table, read_table, table_path
from bot.allocation.toml import decode, parse
from bot.errors import InvalidInput, Problem
from bot.evidence.question import ask, calendar_of
from bot.evidence.read import read_evidence
from bot.gates.floors import World, below_floor
from bot.inputs.work_tree import all_logs
from bot.policy import Policy, read_policy

T = TypeVar("T")
_ABOUT_LOGS = ("phases", "ladder", "week", "logs")
"""Keys of the policy that say what a log line may hold and where the logs are."""


@dataclass(frozen=True)
class Checked:
    """What was found to be valid."""

    entries: int
    """Explicit assignments in the table."""
    gates: int
    """Gate cells, built-in and added."""
    logs: int
    """Log files."""


def validate(top: Path, policy_path: str, now: int) -> Checked:
    """Check the work tree below `top`; `now` is in seconds since the epoch.

    Raises InvalidInput with every problem of every file.
    """
    problems: list[Problem] = []
    path = table_path(policy_path)
    policy_text = _attempt(lambda: _read(top, policy_path), problems)
    table_text = _attempt(lambda: _read(top, path), problems)
    policy = policy_text and _attempt(lambda: read_policy(policy_text, policy_path), problems)
    rules = policy.rules if policy else policy_text and _rules(policy_text, policy_path)
    table = rules and table_text and _attempt(lambda: read_table(table_text, path, rules), problems)
    if table and rules and table_text:
        problems += _gates(table, rules, table_text, path)
    about_logs = policy or (policy_text and _for_logs(policy_text, policy_path))
    logs = _logs(top, about_logs, now, problems) if about_logs else 0
    if problems or not table or not rules:
        raise InvalidInput(problems)
    return Checked(len(table.entries), len(rules.gates()), logs)


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


def _for_logs(text: str, path: str) -> Policy | None:
    """What an invalid policy soundly says about the logs, so that they are still checked.

    Its other sections, and the broken ones of these, are the defaults; None without phases or ladder.
    """
    document = _attempt(lambda: parse(text, path), []) or {}
    asked = {key: document[key] for key in _ABOUT_LOGS if key in document}
    rules, _ = rules_from(asked)
    try:
        return _without_broken(asked) if rules else None
    except ValueError:
        return None


def _without_broken(document: dict[str, Any]) -> Policy:
    """Raises ValueError where even the rest is no policy."""
    try:
        return Policy.model_validate(document)
    except ValidationError as err:
        broken = {error["loc"][0] for error in err.errors()}
        return Policy.model_validate({k: v for k, v in document.items() if k not in broken})


def _rules(text: str, path: str) -> Rules | None:
    """Rules of a policy that is invalid elsewhere, so that the table is still checked."""
    return _attempt(lambda: read_rules(text, path), [])


def _gates(table: Table, rules: Rules, text: str, path: str) -> tuple[Problem, ...]:
    wrong: list[Wrong] = []
    for violation in below_floor(World(table, rules)):
        remedy = f"; raise it to {rules.floor(violation.cell)}"
        key = table.paths.get(violation.cell, ("default",))
        wrong.append((key, violation.message + remedy))
    return located(wrong, text, path)


def _logs(top: Path, policy: Policy, now: int, problems: list[Problem]) -> int:
    """How many log files there are; what is wrong with their lines is added to `problems`."""
    version = Version(
        "", 0, policy.rules.ladder.names[0], {}
    )  # no line is good or bad by the table
    question = ask(policy, [version], calendar_of(policy.week).week_of(now))
    with all_logs(top, policy.logs.ref) as files:
        tokens = _attempt(lambda: files(policy.logs.tokens), problems) or ()
        rework = _attempt(lambda: files(policy.logs.rework), problems) or ()
        evidence = _attempt(lambda: read_evidence(tokens, rework, question), problems)
    problems += evidence.rejected if evidence else ()
    return len(tokens) + len(rework)
