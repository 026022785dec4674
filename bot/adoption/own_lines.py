"""Lines of ours in files that others own: `.gitattributes`, `.gitignore`, `CODEOWNERS`. Pure.

In: the bytes of such a file. Out: the same bytes with what is missing below them; nothing is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.errors import UsageError

CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in its order: the first that is there counts."""
_NOBODY = "@your-org/model-gates"
_OWNED = ("/.github/", "/config/policy.toml", "/config/overrides.toml")
_EVERYTHING = re.compile(
    rb"^\*[ \t]+([!\"$-~]+(?:[ \t]+[!\"$-~]+)*)[ \t]*(?:#[^\r\n]*)?\r?$", re.MULTILINE
)
_OWNER = re.compile(r"@[\w-]+(/[\w.-]+)?|[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_COMMENTED = re.compile(rb"^[#\s]*")


class OwnLines(NamedTuple):
    """What a file is to hold."""

    heading: str
    """A comment above what is added."""
    lines: tuple[str, ...]
    """Each is there already where a line, commented or not, begins with the same word."""

    def added_to(self, before: bytes) -> bytes:
        """The file with what is missing, in its own line ends; the very same bytes where nothing is."""
        there = {_key(line) for line in before.split(b"\n")}
        missing = [line for line in self.lines if _key(line.encode()) not in there]
        if not missing:
            return before
        end = b"\r\n" if b"\r\n" in before else b"\n"
        above = before and (b"" if before.endswith(b"\n") else end) + end
        return before + above + b"".join(line.encode() + end for line in (self.heading, *missing))


def _key(line: bytes) -> bytes:
    """The pattern a line begins with: ours has a slash in front, which theirs may leave out."""
    words = _COMMENTED.sub(b"", line).split()
    return words[0].strip(b"/") if words else b""


ATTRIBUTES = OwnLines(
    "# calibration-bot: log lines of two branches are all kept; what machines write is folded in reviews",
    (
        "/.calibration/logs/**  merge=union linguist-generated",
        "/config/policy.schema.json  linguist-generated",
    ),
)
IGNORED = OwnLines(
    "# calibration-bot: logs stay here until `calibration-bot log sync` brings them to their own branch",
    ("/.calibration/logs/",),
)


def owned(existing: bytes, said: Sequence[str]) -> OwnLines:
    """Who reviews what decides the gates: `said`, else whoever owns everything; commented for nobody."""
    everything = _EVERYTHING.findall(existing)
    fallback = everything[-1].decode("ascii") if everything else ""
    owners = " ".join(said) or fallback
    lines = tuple(f"{'' if owners else '# '}{path:<24} {owners or _NOBODY}" for path in _OWNED)
    if owners:
        return OwnLines("# calibration-bot: who reviews what decides the gates", lines)
    return OwnLines(
        '# calibration-bot: name who reviews what decides the gates, and take away the "#"', lines
    )


def read_owner(text: str) -> str:
    """What `--owner` says: `@login`, `@org/team` or an address. Raises UsageError."""
    if _OWNER.fullmatch(text) is None:
        raise UsageError("--owner takes @login, @organisation/team or an e-mail address")
    return text
