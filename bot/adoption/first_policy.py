"""The first policy of a repository: the shipped one with the team's phases and ladder. Pure.

In: what is said or known of the team. Out: the text of `config/policy.toml`; the unknown stays commented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from bot.adoption.how_work_lands import NOTHING_KNOWN, TICKETS, Landing
from bot.allocation.names import is_rung_name, listed, phase_name
from bot.allocation.rules import read_rules
from bot.errors import UsageError
from bot.policy.values import cost_of

POLICY_FILE, TABLE_FILE, SCHEMA_FILE = (
    "config/policy.toml",
    "config/overrides.toml",
    "config/policy.schema.json",
)
_RUNG = re.compile(r'\[\[ladder\]\]\nname = "(?P<name>[^"]+)"\n.*?\n\n', re.DOTALL)
_PHASES = re.compile(r"^phases = .*$", re.MULTILINE)
_COST = re.compile(r"^relative_cost = .*$", re.MULTILINE)
_GATE = re.compile(r'^\[\[gates\]\]\nphase = "(?P<phase>[A-Z]+)"\nagent = "[A-Z]+"\n', re.MULTILINE)
_UNKNOWN_RUNG = """\
[[ladder]]
name = "{plain}"
models = ["*/{plain}"]            # other ids and patterns that logs may name
relative_cost = 1             # of a token, against the other rungs

"""
_PRICE = (
    "# usd_per_million_tokens = 1    # your blended price; with one a rung, costs show in dollars\n"
)
_EXAMPLES = re.compile(r"^# \[\[apply\]\]\n.*?(?=^# -----)", re.MULTILINE | re.DOTALL)
"""Of what can be bound."""
_IN_PHASES = re.compile(r"^# phase = \[.*\]$", re.MULTILINE)
_IMPORTS = re.compile(r"^# \[imports\]\n# (?P<sd_from>sd_from = .*\n)", re.MULTILINE)
_IN_A_PHASE = re.compile(r'^# phase = "[A-Z]+"$', re.MULTILINE)


@dataclass(frozen=True)
class RungChoice:
    """A rung as the user names it."""

    name: str
    """Of the shipped ladder, or any other model."""
    cost: str | None
    """Of a token against the other rungs; None where the shipped policy knows it."""


@dataclass(frozen=True)
class Team:
    """What is said or known of a team."""

    phases: tuple[str, ...]
    """Canonical names; ("ALL",) for a team without any."""
    ladder: tuple[RungChoice, ...] = ()
    """Lowest first; empty for the shipped one."""
    landing: Landing = NOTHING_KNOWN
    """How work arrives."""
    extra_gates: bool = True
    """Whether the gates that the shipped table keeps are the team's too."""


def shipped(name: str) -> str:
    """The text of a file that is shipped: `policy.toml`, `overrides.toml`, `policy.schema.json`."""
    return files("bot.shipped").joinpath(name).read_text("utf-8")


def read_phases(text: str) -> tuple[str, ...]:
    """`LEAD,PLAN,EXEC` as canonical names. Raises UsageError; a policy refuses the rest itself."""
    names = [phase_name(part.strip()) for part in text.split(",")]
    known = tuple(name for name in names if name is not None)
    if len(known) < len(names):
        raise UsageError(
            "--phases takes names parted by commas, e.g. LEAD,PLAN,EXEC; ALL for no phases"
        )
    return known


def read_ladder(text: str) -> tuple[RungChoice, ...]:
    """`haiku,sonnet` or `gpt-5-mini:1/5,gpt-5:1`, lowest rung first. Raises UsageError."""
    known = read_rules(shipped("policy.toml"), POLICY_FILE).ladder.names
    return tuple(_rung_choice(part.strip(), known) for part in text.split(","))


def _rung_choice(text: str, known: Sequence[str]) -> RungChoice:
    name, _, cost = text.partition(":")
    if not is_rung_name(name):
        raise UsageError(
            "--ladder takes models parted by commas, lowest first, e.g. haiku,sonnet,opus"
        )
    if cost and cost_of(cost) is None:
        raise UsageError(
            f"--ladder: the cost of {name} must be a number above 0, or a fraction such as 1/3"
        )
    if not cost and name not in known:
        said = f"the cost of {name} is not known here, only that of {listed(known)}"
        raise UsageError(
            f"--ladder: {said}; say what a token costs against the other rungs, e.g. {name}:5"
        )
    return RungChoice(name, cost or None)


def first_policy(team: Team, bound: Iterable[str] = ()) -> str:
    """The text of a policy for a team; `bound` are its sections `[[apply]]`."""
    text = _with_ladder(shipped("policy.toml"), team.ladder)
    text = _PHASES.sub(f"phases = {json.dumps(team.phases)}", text, count=1)
    for gate in list(_GATE.finditer(text)):
        if not team.extra_gates or gate["phase"] not in team.phases:
            commented = "".join(f"# {line}\n" for line in gate[0].splitlines())
            text = text.replace(gate[0], commented)
    sections = "\n".join(bound)
    if sections:
        text = _EXAMPLES.sub(lambda _: f"{sections}\n", text, count=1)
    text = _IN_PHASES.sub(f"# phase = {json.dumps(team.phases)}", text)
    text = _IN_A_PHASE.sub(f"# phase = {json.dumps(team.phases[-1])}", text)
    return _IMPORTS.sub(lambda found: _imports(found["sd_from"], team.landing), text)


def _with_ladder(text: str, choices: Sequence[RungChoice]) -> str:
    found = list(_RUNG.finditer(text))
    blocks = {block["name"]: block[0] for block in found}
    rungs = ""
    for choice in choices or [RungChoice(name, None) for name in blocks]:
        block = blocks.get(choice.name) or _UNKNOWN_RUNG.format(plain=choice.name)
        if choice.cost is not None:
            cost = choice.cost if choice.cost.isdecimal() else json.dumps(choice.cost)
            block = _COST.sub(f"relative_cost = {cost}", block, count=1)
        rungs += f"{block.removesuffix(chr(10))}{_PRICE}\n"
    return text[: found[0].start()] + rungs + text[found[-1].end() :]


def _imports(sd_from: str, landing: Landing) -> str:
    """What is known of work items, as keys; the rest as comments."""
    keys = "" if landing.pull_requests else "# "
    table = "" if landing.pull_requests or landing.tickets else "# "
    branches = "" if landing.tickets else "# "
    return (
        f"{table}[imports]\n{keys}{sd_from}"
        f"\n{branches}[[imports.branches]]\n"
        f"{branches}pattern = '{TICKETS}'   # feature/ABC-12-login is SD ABC-12\n"
    )
