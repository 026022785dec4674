"""Agent files as the harnesses' own documentation has them: a team's, of four or five tools."""

from __future__ import annotations

from collections.abc import Mapping

from bot.binding.front_matter import Uneditable
from bot.paths import matches

PLACES = {
    "Claude Code": ".claude/agents/{}.md",
    "opencode": ".opencode/agent/{}.md",
    "Gemini CLI": ".gemini/agents/{}.md",
    "Copilot": ".github/agents/{}.agent.md",
    "Cursor": ".cursor/agents/{}.md",
}
"""Where each tool has its agents."""
TEAM = {
    "code-reviewer": "opus",
    "testing-agent": "sonnet",
    "docs_writer": "haiku",
    "security": "opus",
    "release-notes": None,
    "refactorer": "sonnet",
}
"""Six agents and the rung each runs on; None for whatever asks for it."""
_SPELT = {
    "Claude Code": "{}",
    "opencode": '"anthropic/claude-{}-4-5"',
    "Copilot": "Claude {} 4.5",
    "Cursor": "claude-4.5-{}",
}


def agent_text(model: str | None, *, name: str | None = None, end: str = "\n") -> str:
    """An agent's file; `model` and `name` as they are written there, None for no such key."""
    lines = ["---"] if name is None else ["---", f"name: {name}"]
    lines += ["description: Does its work  # and no other"]
    lines += [] if model is None else [f"model: {model}"]
    return end.join((*lines, "tools: Read, Grep", "---", "", "Do your work.", ""))


def team_files(*harnesses: str, agents: Mapping[str, str | None] = TEAM) -> dict[str, str]:
    """A team's files in the folders of some tools."""
    found = {}
    for harness in harnesses:
        for name, rung in agents.items():
            shown = rung and (rung.capitalize() if harness == "Copilot" else rung)
            model = "inherit" if shown is None else _SPELT[harness].format(shown)
            found[PLACES[harness].format(name)] = agent_text(model, name=name)
    return found


class HeldFiles:
    """Files where a work tree would have them (`BoundSource`)."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def paths(self, glob: str) -> list[str]:
        return [path for path in self._files if matches(glob, path)]

    def data(self, path: str) -> bytes | Uneditable | None:
        return self._files.get(path)
