"""The policy: `config/policy.toml` as a checked, frozen value.

In: the text of the file. Out: `Policy`, or every problem with file, line and key. The JSON Schema that
editors complete from is generated from these classes and shipped next to the file. Light on purpose: writing
the logs needs it.
"""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

import msgspec
from msgspec import field

from bot.allocation import essentials
from bot.allocation.rules import Rules, Wrong, located, rules_from
from bot.allocation.toml import parse
from bot.errors import InvalidInput, Problem
from bot.policy.apply_rules import ApplyRule, rules_that_bind_nothing
from bot.policy.collect_rules import CollectRule, rules_in_no_phase
from bot.policy.parts import (
    BranchPattern,
    Budget,
    Causes,
    Commits,
    GatePolicy,
    Imports,
    Links,
    Logs,
    PullRequestPolicy,
    RungPolicy,
    WeekPolicy,
)
from bot.policy.promotion import Promotion
from bot.policy.reading import Section, about, sound_fields

__all__ = [
    "ApplyRule",
    "BranchPattern",
    "Budget",
    "Causes",
    "CollectRule",
    "Commits",
    "GatePolicy",
    "Imports",
    "Links",
    "Logs",
    "Policy",
    "Promotion",
    "PullRequestPolicy",
    "RungPolicy",
    "WeekPolicy",
    "read_policy",
    "schema",
    "sound_policy",
]


class Policy(Section, frozen=True, dict=True):
    """How the calibration bot decides."""

    phases: Annotated[list[str], about("Phases of a work item, in order.")]
    ladder: Annotated[list[RungPolicy], about("Models in rising order of capability and cost.")]
    gates: Annotated[list[GatePolicy], about("Gates added to the built-in ones.")] = field(
        default_factory=list
    )
    promotion: Annotated[Promotion, about("When a cell deserves a stronger model.")] = Promotion()
    causes: Annotated[Causes, about("Which causes of rework count against the model.")] = Causes()
    week: Annotated[WeekPolicy, about("When a week starts.")] = WeekPolicy()
    budget: Annotated[Budget, about("Weekly tokens and zones.")] = Budget()
    logs: Annotated[Logs, about("Where the logs are.")] = Logs()
    imports: Annotated[
        Imports, about("How log import reads what agents' own tools have written.")
    ] = Imports()
    collect: Annotated[
        list[CollectRule], about("What facts of pull requests and history say about whose work.")
    ] = field(default_factory=list)
    apply: Annotated[
        list[ApplyRule], about("Where the table binds: files that must say what it says.")
    ] = field(default_factory=list)
    alarm: Annotated[
        bool,
        about(
            "Whether a scheduled run that fails, or finds a week without rows or outcomes, opens an issue."
        ),
    ] = True
    links: Annotated[Links, about("Where what the logs name can be looked up.")] = Links()
    pull_request: Annotated[PullRequestPolicy, about("How the calibration is proposed.")] = (
        PullRequestPolicy()
    )

    @cached_property
    def rules(self) -> Rules:
        """Phases, ladder and gates as the allocation room knows them."""
        rules, _ = rules_from(msgspec.to_builtins(self))
        if rules is None:  # read_policy() checked; a Policy built by hand may not be valid
            raise ValueError("a Policy must be valid by its allocation rules")
        return rules

    @property
    def essentials(self) -> essentials.Essentials:
        """What lookups and log entries need of it."""
        logs = essentials.LogGlobs(self.logs.tokens, self.logs.rework, self.logs.ref)
        known = tuple(sorted(self.causes.known))
        return essentials.Essentials(self.rules, self.week.calendar, self.budget.zones, logs, known)

    def rung(self, name: str) -> RungPolicy:
        """The rung of that name. Raises StopIteration for an unknown one."""
        return next(rung for rung in self.ladder if rung.name == name)


def read_policy(text: str, file: str) -> Policy:
    """The policy of a file's text. Raises InvalidInput with file, line and key of every problem."""
    policy, problems = sound_policy(text, file)
    if policy is None or problems:
        raise InvalidInput(problems)
    return policy


def sound_policy(text: str, file: str) -> tuple[Policy | None, tuple[Problem, ...]]:
    """What a file's text soundly says, and every problem of it.

    Sections in which anything is wrong are the defaults; None without sound phases and ladder. Raises
    InvalidInput for what is no TOML.
    """
    document = parse(text, file)
    rules, by_rules = rules_from(document)
    sound, by_type = sound_fields(Policy, document)
    if rules is not None:
        by_rules += rules_in_no_phase(sound.get("collect", []), rules.phases)
        by_rules += rules_that_bind_nothing(sound.get("apply", []), rules)
    for path, _ in by_rules:
        sound.pop(str(path[0]), None)
    wrong = [*by_rules, *_not_said(by_type, by_rules)]
    policy = Policy(**sound) if {"phases", "ladder"} <= {*sound} else None
    return policy, located(wrong, text, file) if wrong else ()


def _not_said(by_type: list[Wrong], by_rules: list[Wrong]) -> Iterator[Wrong]:
    """Without what the rules have a word for, of that key or of one inside it: theirs is more helpful."""
    said = {path[:end] for path, _ in by_rules for end in range(1, len(path) + 1)}
    return ((path, message) for path, message in by_type if path not in said)


def schema() -> str:
    """The JSON Schema of the policy file, as shipped in `config/policy.schema.json`."""
    described = msgspec.json.schema(Policy)
    sections: dict[str, Any] = described["$defs"]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **sections.pop("Policy"),
        "title": "calibration-bot policy",
        "$defs": sections,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
