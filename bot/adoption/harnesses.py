"""The tools whose agent files `init` reads, and how each of them writes a model. Data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.allocation.ladder import Ladder


class Harness(NamedTuple):
    """A tool that runs sub-agents described in Markdown files with front matter."""

    name: str
    """As people know it."""
    files: str
    """Glob from the top of the repository."""
    models: Mapping[str, str]
    """What it calls the rungs of the shipped ladder; where a rung is missing nobody knows for sure."""


_ALIASES = {"haiku": "haiku", "sonnet": "sonnet", "opus": "opus"}
_OF_A_ROUTER = {rung: f"anthropic/claude-{rung}-4-5" for rung in _ALIASES}
_IN_WORDS = {rung: f"Claude {rung.capitalize()} 4.5" for rung in _ALIASES}
HARNESSES = (
    Harness("Claude Code", ".claude/agents/**/*.md", _ALIASES),  # in folders of them, too
    Harness("opencode", ".opencode/agent*/*.md", _OF_A_ROUTER),  # `agents`, and `agent` as it was
    Harness("Gemini CLI", ".gemini/agents/*.md", {}),
    Harness("Copilot", ".github/agents/*.agent.md", _IN_WORDS),
    Harness("Cursor", ".cursor/agents/*.md", {}),
)
_VERSION_FIRST = re.compile(r"claude-([0-9][0-9.-]*)-([a-z]+)(-.*)?")
"""Cursor's `claude-4.5-sonnet`, where everybody else has the family first."""


def rung_today(model: str, ladder: Ladder) -> str | None:
    """The rung of a model as an agent file says it, None where it is none of the ladder's.

    By the ladder's own names and patterns; in words (`Claude Sonnet 4.5 (copilot)`), or with the version
    first, it is the id that the maker has for it.
    """
    if not (model.isascii() and model.isprintable()):
        return None  # a look-alike, or worse, and it would stand in the policy
    plain = model.partition(" (")[0].strip().lower().replace(" ", "-")
    turned = _VERSION_FIRST.sub(r"claude-\2-\1\3", plain)
    found = (ladder.rung_of(name) for name in (model, plain, turned))
    return next((rung for rung in found if rung is not None), None)
