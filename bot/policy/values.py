"""What a single value of the policy may be: types with their bounds, patterns, checks and words.

In: a value as TOML has it. Out: the same in its canonical form, or what it must be. What only some policies
need (time zones, fractions) is loaded when it is asked for.
"""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, ValidationError, convert

from bot.allocation.names import SPELLING, agent_name, phase_name
from bot.calendar import day_of
from bot.paths import LINES, packing_of
from bot.policy.own_branches import leaves_no_room
from bot.policy.reading import must

if TYPE_CHECKING:
    from fractions import Fraction

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


# Patterns are plain ones that Python and JSON Schema read alike: Python's $ alone lets a line end pass.
_END = r"$(?!\n)"
_COST = r"^(?!0+(\.0+)?(/|$))[0-9]{1,20}(/[1-9][0-9]{0,19}|\.[0-9]{1,20})?" + _END
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]" + _END
_LINE = r"^[^\x00-\x1f\x7f<>]+" + _END
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*" + _END
_WEEKS = r"^[0-9]{4}-W[0-9]{2}(\.\.[0-9]{4}-W[0-9]{2})?" + _END
# Nothing that ends a link in Markdown; {sd} stands behind the host, never in it.
_PLACE = r"[A-Za-z0-9._~:/?#@!&+,;=%-]*"
_SD_LINK = rf"^https://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?/{_PLACE}\{{sd\}}{_PLACE}" + _END
_MEMORY = r"^[1-9][0-9]{0,5}(MiB|GiB)" + _END
LEAST_MEMORY = 256 * 2**20
"""Bytes without which nothing is read: a half is for Python and the libraries, a half for counting."""
_GLOB = r"^(?!(.*/)?\.\.(/|$))[^/\x00-\x1f][^\x00-\x1f]*" + _END
_HOST = r"([A-Za-z0-9_-][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_SOURCE = (
    rf"^(postgresql://({_HOST})?/[A-Za-z0-9_][A-Za-z0-9_.-]*|sc://{_HOST}(/;use_ssl=true)?"
    rf"|spark://{_HOST}(,{_HOST})*)"
) + _END
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_TABLE = rf"^{_WORD}(\.{_WORD}){{0,2}}" + _END
_NO_ZONES = ("right/", "posix/", "localtime", "posixrules", "Factory")
"""What a zone database holds beside zones: clocks with leap seconds, and whatever a machine is set to."""


def _zone(name: str) -> str:
    if name == "UTC":
        return name  # the default needs no time zone database, which takes a while to load
    from zoneinfo import ZoneInfo

    try:
        if name.startswith(_NO_ZONES):
            raise KeyError(name)
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


def _logs_branch(name: str) -> str:
    if leaves_no_room(name):
        said = "must be none of the bot's own branches (calibration/weekly, calibration/adhoc-…, …)"
        raise ValueError(f'{said}, nor a folder of them, e.g. "calibration/logs"')
    return name


def _branch_pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, OverflowError, RecursionError) as err:
        raise ValueError(f"must be a regular expression: {err}") from err
    if "sd" not in groups:
        raise ValueError("must name the SD's part of the branch: (?P<sd>…)")
    return pattern


def _week_range(text: str) -> str:
    first, _, last = text.partition("..")
    for label in filter(None, (first, last)):
        day_of(label)
    if last and last < first:
        raise ValueError("must not end before it begins")
    return text


def _agent(text: str) -> str:
    name = agent_name(text)
    if name is None:
        raise ValueError(f"must be the name of an agent: {SPELLING}")
    return name


def _phase(text: str) -> str:
    return phase_name(text) or text


def _log_glob(glob: str) -> str:
    if packing_of(glob):
        raise ValueError(f"must name plain files, *{LINES}: packed ones beside them are read too")
    return glob


def memory_in_bytes(text: str) -> int:
    """Bytes of a `Memory`."""
    return int(text[:-3]) * (2**30 if text.endswith("GiB") else 2**20)


def _memory(text: str) -> str:
    if memory_in_bytes(text) < LEAST_MEMORY:
        raise ValueError(f"must be at least {LEAST_MEMORY >> 20}MiB")
    return text


def fraction(written: int | str) -> "Fraction":
    """A cost as the exact number it is."""
    from fractions import Fraction

    return Fraction(written)


Percent = Annotated[int, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=1)]
Cost = Annotated[
    Annotated[int, Meta(ge=1, le=2**63 - 1)] | Annotated[str, Meta(pattern=_COST)],
    must(
        'must be a whole number or a fraction in quotes, above 0, e.g. 5 or "1/3"',
        whatever_type=True,
    ),
]
TimeOfDay = Annotated[
    str,
    must('must be a time of day in quotes, e.g. "14:00"', pattern=_TIME, whatever_type=True),
]
OneLine = Annotated[str, must("must be one line of text, without < and >", pattern=_LINE)]
Slug = Annotated[
    str,
    must('must be lower-case words joined by hyphens, e.g. "edge-case-detection"', pattern=_SLUG),
]
BranchName = Annotated[str, must(check=_branch)]
LogsBranch = Annotated[BranchName, must(check=_logs_branch)]
Glob = Annotated[
    str,
    must(
        "must be a path or pattern that starts at the top of the repository, without / and ..",
        pattern=_GLOB,
    ),
]
Memory = Annotated[
    str,
    must(
        'must be an amount of memory in quotes, MiB or GiB, e.g. "512MiB"',
        pattern=_MEMORY,
        check=_memory,
        whatever_type=True,
    ),
]
LogSource = Annotated[
    str,
    must(
        'must be "postgresql://HOST[:PORT]/DATABASE", "sc://HOST[:PORT]" or "spark://HOST[:PORT]" and no '
        "more: user, password and token come from the environment, never from a file",
        pattern=_SOURCE,
        whatever_type=True,
    ),
]
TableName = Annotated[
    str,
    must('must be the name of a table, e.g. "tokens" or "calibration.tokens"', pattern=_TABLE),
]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]
LogGlob = Annotated[Glob, must(check=_log_glob)]
TimeZone = Annotated[str, must(check=_zone)]
WeekRange = Annotated[
    str,
    must(
        'must be a week or a range of weeks in quotes, e.g. "2025-W49" or "2025-W49..2026-W02"',
        pattern=_WEEKS,
        check=_week_range,
    ),
]
SdLink = Annotated[
    str,
    must(
        'must be an https address with {sd} once, behind its host, e.g. "https://example.org/browse/{sd}"',
        pattern=_SD_LINK,
    ),
]
SdPattern = Annotated[str, must(check=_branch_pattern)]
AgentName = Annotated[str, must(check=_agent)]
PhaseName = Annotated[str, must(check=_phase)]


def cost_of(value: Any) -> "Fraction | None":
    """The exact cost a policy states, None for what is no `Cost`."""
    try:
        return fraction(convert(value, Cost))
    except ValidationError:
        return None
