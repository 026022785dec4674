"""The policy: `config/policy.toml` as a checked, frozen value.

In: the text of the file. Out: `Policy`, or every problem with file, line and key. The JSON Schema that
editors complete from is generated from these classes and shipped next to the file.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from datetime import time
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import ErrorDetails

from bot.allocation import defaults
from bot.allocation.names import agent_name, phase_name
from bot.allocation.rules import Rules, located, rules_from
from bot.allocation.toml import parse
from bot.errors import InvalidInput

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


# Patterns are plain ones that Python, pydantic and JSON Schema read alike.
_COST = r"^[0-9]{1,20}(/[1-9][0-9]{0,19}|\.[0-9]{1,20})?$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_LINE = r"^[^\x00-\x1f\x7f<>]+$"
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_GLOB = r"^[^/\x00-\x1f][^\x00-\x1f]*$"


class _Section(BaseModel):
    # Not use_attribute_docstrings: it reads this file anew for every class, at every start of the bot.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _fraction(value: object) -> Fraction:
    number = None if isinstance(value, bool) or not isinstance(value, int | str) else str(value)
    if number is None or not re.fullmatch(_COST, number) or not Fraction(number):
        raise ValueError('must be a whole number or a fraction in quotes, above 0, e.g. 5 or "1/3"')
    return Fraction(number)


def _time(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(_TIME, value):
        raise ValueError('must be a time of day in quotes, e.g. "14:00"')
    return time.fromisoformat(value)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as err:
        raise ValueError("must be an IANA time zone, e.g. America/Los_Angeles") from err
    return name


def _branch(name: str) -> str:
    """The rules of `git check-ref-format --branch`, without asking git; nor `@`, its word for HEAD."""
    bad = (" ", "~", "^", ":", "?", "*", "[", "\\", "..", "@{", "//", "/.", ".lock/")
    if (
        not name.isprintable()
        or any(part in name for part in bad)
        or name.startswith(("-", "/", "."))
        or name.endswith(("/", ".", ".lock"))
        or name in ("", "@", "HEAD")
    ):
        raise ValueError('must be the name of a branch, e.g. "main"')
    return name


def _branch_pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, OverflowError, RecursionError) as err:
        raise ValueError(f"must be a regular expression: {err}") from err
    if "sd" not in groups:
        raise ValueError("must name the SD's part of the branch: (?P<sd>…)")
    return pattern


def _agent(text: str) -> str:
    name = agent_name(text)
    if name is None:
        raise ValueError("must be the name of an agent: letters, digits, _ and -")
    return name


Percent = Annotated[int, Field(ge=0, le=100)]
Cost = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    WithJsonSchema({"type": ["integer", "string"], "exclusiveMinimum": 0, "pattern": _COST}),
]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time),
    WithJsonSchema({"type": "string", "pattern": _TIME}),
]
Line = Annotated[str, Field(pattern=_LINE)]
Slug = Annotated[str, Field(pattern=_SLUG)]
Branch = Annotated[str, AfterValidator(_branch)]
Glob = Annotated[str, Field(pattern=_GLOB)]


class RungPolicy(_Section):
    """One rung of the ladder."""

    name: str
    """What the table writes, e.g. "sonnet"."""
    models: list[str] = []
    """Ids and aliases that logs may name: exact names or glob patterns. Exact names win."""
    relative_cost: Cost
    """Cost of a token against the other rungs: a whole number, or a fraction in quotes ("1/3")."""
    usd_per_million_tokens: Cost | None = None
    """Price, where known: cost effects are then shown in US dollars."""
    expected_rework: Percent | None = None
    """Rework rate to expect, in percent of SDs. A KEEP above it carries the note above-expected."""


class GatePolicy(_Section):
    """A gate added to the built-in ones: a cell and the rung it may not go below."""

    phase: str
    """One of the phases."""
    agent: str
    """The agent; a trailing -agent is dropped."""
    floor: str | None = None
    """The rung; by default the gate rung ("opus", else the top of the ladder)."""


class Promotion(_Section):
    """When a cell deserves a stronger model."""

    rule: Literal["cusum", "threshold"] = "cusum"
    """cusum: a control chart over all weeks of the model. threshold: the bare rate of one week."""
    promote_above: Percent = 20
    """Percent of SDs with rework. Exactly this much is not above."""
    keep_below: Percent = 15
    """Percent of SDs with rework; from here up to promote_above: INVESTIGATE."""
    count_issues: bool = True
    """Also keep a second tally, of SDs with rework or a counted issue."""
    bar: Annotated[int, Field(ge=1)] = 2
    """cusum: SDs above the allowance that promote."""
    cap: Annotated[int, Field(ge=1)] = 2
    """cusum: SDs that one week can add at most."""
    floor: Annotated[int, Field(le=0)] = -4
    """cusum: credit, in SDs, that good weeks can save up."""
    window_weeks: Annotated[int, Field(ge=1)] = 13
    """Weeks with SDs over which the pooled rate is taken."""
    min_sds: Annotated[int, Field(ge=1)] = 1
    """threshold: a week with fewer SDs decides nothing."""

    @field_validator("keep_below")
    @classmethod
    def _not_above_promotion(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("promote_above", value):
            raise ValueError("must not be above promote_above")
        return value


class Causes(_Section):
    """Which causes of rework a stronger model could cure. Missing and unknown causes count too."""

    count: list[Slug] = []
    """Causes that count against the model."""
    ignore: list[Slug] = []
    """Causes that do not: specification, reviewers, infrastructure, flakiness."""

    @field_validator("ignore")
    @classmethod
    def _disjoint(cls, value: list[str], info: ValidationInfo) -> list[str]:
        both = sorted(set(value) & set(info.data.get("count", ())))
        if both:
            raise ValueError(f"must not repeat what is in count: {', '.join(both)}")
        return value


class WeekPolicy(_Section):
    """When a week starts."""

    starts_on: Day = defaults.WEEK_STARTS_ON
    """Day of the week, in the time zone below."""
    starts_at: TimeOfDay = time.fromisoformat(defaults.WEEK_STARTS_AT)
    """Time of day, hours and minutes."""
    time_zone: Annotated[str, AfterValidator(_zone)] = defaults.WEEK_TIME_ZONE
    """IANA time zone; weeks follow its daylight saving time."""


class Budget(_Section):
    """Weekly tokens and the zones that tell how fast they go. Guidance, never enforcement."""

    weekly_tokens: Annotated[int, Field(ge=1)] = defaults.WEEKLY_TOKENS
    """Tokens a week."""
    yellow: Percent = defaults.YELLOW
    """Percent from which the zone is YELLOW."""
    orange: Percent = defaults.ORANGE
    """Percent from which the zone is ORANGE."""
    red: Percent = defaults.RED
    """Percent from which the zone is RED."""

    @field_validator("orange", "red")
    @classmethod
    def _not_below_the_zone_before(cls, value: int, info: ValidationInfo) -> int:
        before = {"orange": "yellow", "red": "orange"}[info.field_name or ""]
        if value < info.data.get(before, value):
            raise ValueError(f"must not be below {before}")
        return value


class Logs(_Section):
    """Where the logs are and how strictly they are read."""

    tokens: Glob = defaults.TOKENS_GLOB
    """Glob of the token logs, from the top of the repository."""
    rework: Glob = defaults.REWORK_GLOB
    """Glob of the rework logs, from the top of the repository."""
    on_bad_line: Literal["fail", "quarantine"] = "fail"
    """fail: no decision at all. quarantine: use the rest, list every rejected line."""
    ref: Branch = "calibration/logs"
    """Branch that `log sync` brings logs to; it is read besides base."""


class BranchPattern(_Section):
    """Branches of one shape, and the SD and phase that work on them belongs to."""

    pattern: Annotated[str, AfterValidator(_branch_pattern)]
    """Regular expression for the whole branch name, with a group sd and, if the name says it, phase."""
    phase: str | None = None
    """The phase, where the pattern has no group for it."""

    @field_validator("phase")
    @classmethod
    def _said_once(cls, value: str | None, info: ValidationInfo) -> str | None:
        groups = re.compile(info.data.get("pattern", "")).groupindex
        if value is not None and "phase" in groups:
            raise ValueError("is in the pattern too; keep one")
        return value if value is None else phase_name(value) or value


class Imports(_Section):
    """How log import reads what agents' own tools have written."""

    branches: list[BranchPattern] = []
    """Which SD and phase the work on a branch belongs to; the first pattern that matches wins."""
    main_agent: Annotated[str, AfterValidator(_agent)] = "MAIN"
    """Agent that a session's own tokens are logged under; its sub-agents' are logged under their types."""
    count_cache_reads: bool = False
    """Whether tokens read from the cache count; input, output and cache creation always do."""


class Commits(_Section):
    """Identity on the bot's commits."""

    name: Line = "calibration-bot"
    """Author and committer name."""
    email: Line = "calibration-bot@users.noreply.github.com"
    """Author and committer e-mail address."""


class PullRequestPolicy(_Section):
    """How the calibration is proposed."""

    base: Branch | None = None
    """Branch to calibrate; by default the remote's HEAD, else the current branch."""
    labels: list[Line] = []
    """Labels to put on a new pull request."""
    reviewers: list[Line] = []
    """Reviewers to ask on a new pull request: logins, teams as "org/team"."""
    draft: bool = False
    """Open it as a draft."""
    author: Line = "github-actions[bot]"
    """Login whose pull requests are the bot's own: an App's "slug[bot]", a token owner's login."""
    commits: Commits = Commits()
    """Identity on the bot's commits."""


class Policy(_Section):
    """How the calibration bot decides."""

    phases: list[str]
    """Phases of a work item, in order."""
    ladder: list[RungPolicy]
    """Models in rising order of capability and cost."""
    gates: list[GatePolicy] = []
    """Gates added to the built-in ones."""
    promotion: Promotion = Promotion()
    """When a cell deserves a stronger model."""
    causes: Causes = Causes()
    """Which causes of rework count against the model."""
    week: WeekPolicy = WeekPolicy()
    """When a week starts."""
    budget: Budget = Budget()
    """Weekly tokens and zones."""
    logs: Logs = Logs()
    """Where the logs are."""
    imports: Imports = Imports()
    """How log import reads what agents' own tools have written."""
    pull_request: PullRequestPolicy = PullRequestPolicy()
    """How the calibration is proposed."""

    @cached_property
    def rules(self) -> Rules:
        """Phases, ladder and gates as the allocation room knows them."""
        rules, _ = rules_from(self.model_dump(exclude_none=True))
        if rules is None:  # read_policy() checked; a Policy built by hand may not be valid
            raise ValueError("a Policy must be valid by its allocation rules")
        return rules

    def rung(self, name: str) -> RungPolicy:
        """The rung of that name. Raises StopIteration for an unknown one."""
        return next(rung for rung in self.ladder if rung.name == name)


def read_policy(text: str, file: str) -> Policy:
    """The policy of a file's text. Raises InvalidInput with file, line and key of every problem."""
    document = parse(text, file)
    _, wrong = rules_from(document)
    policy = None
    try:
        policy = Policy.model_validate(document)
    except ValidationError as err:
        # What the rules say of a key, or of one inside it, is the more helpful.
        named = {path[:end] for path, _ in wrong for end in range(1, len(path) + 1)}
        types = ((tuple(error["loc"]), _message(error)) for error in err.errors())
        wrong += [(path, message) for path, message in types if path not in named]
    if policy is None or wrong:
        raise InvalidInput(located(wrong, text, file))
    return policy


_MESSAGES = {
    "extra_forbidden": "is no key of the policy; remove it or correct its spelling",
    "missing": "is missing; add it",
    "model_type": "must be a table",
    "list_type": "must be a list in square brackets",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    _LINE: "must be one line of text, without < and >",
    _SLUG: 'must be lower-case words joined by hyphens, e.g. "edge-case-detection"',
    _GLOB: "must be a path or pattern that starts at the top of the repository, without /",
}
"""What to say for a type of pydantic error, or for a pattern that does not match."""


def _message(error: ErrorDetails) -> str:
    known = _MESSAGES.get(error.get("ctx", {}).get("pattern", error["type"]))
    said = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be", 1)
    return said if known is None else known


def schema() -> str:
    """The JSON Schema of the policy file, as shipped in `config/policy.schema.json`."""
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Policy.model_json_schema(by_alias=True),
        "title": "calibration-bot policy",
    }
    for section, field, text in _docstrings():
        shown = document if section == Policy.__name__ else document["$defs"].get(section)
        if shown is not None:
            described = {**shown["properties"][field], "description": text}
            shown["properties"][field] = dict(sorted(described.items()))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _docstrings() -> Iterator[tuple[str, str, str]]:
    """Class, field and docstring of every field in this file."""
    import ast  # nothing else in a run of the bot needs it

    for section in ast.parse(Path(__file__).read_text(encoding="utf-8")).body:
        if isinstance(section, ast.ClassDef):
            for field, text in pairwise(section.body):
                match field, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(said))),
                    ):
                        yield section.name, name, inspect.cleandoc(said)
