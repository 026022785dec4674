"""A clone of the bed's repository where `collect github` is called: what it logs, and what it asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.commands import Bot, Said
from tests.support.forge.host import Host
from tests.support.forge.memory import Memory
from tests.support.teams import TOKENS

RULES = """
[[imports.branches]]
pattern = "(?P<sd>SD-[0-9]+).*"

[[collect]]
when = "changes-requested"
agent = "API"
phase = "EXEC"
as = "issue"

[[collect]]
when = "check-failed"
match = "e2e*"
agent = "TESTING"
phase = "EXEC"
cause = "tool-use"

[[collect]]
when = "reverted"
agent = "DESIGN"
phase = "EXEC"

[[collect]]
when = "closed-unmerged"
agent = "RISK"
phase = "PLAN"

[[collect]]
when = "label"
match = "rework*"
agent = "DATABASE"
phase = "EXEC"
"""
CELLS = {"API": "EXEC", "TESTING": "EXEC", "DESIGN": "EXEC", "RISK": "PLAN", "DATABASE": "EXEC"}
"""Agents of the rules, and the phase of each."""
PERMISSIONS = {
    "ada": "write",
    "ria": "maintain",
    "wim": "write",
    "amy": "admin",
    "rob": "read",
    "tom": "triage",
    "eve": "none",
    "labeler": "write",
}
"""Ada is the author of most pull requests, Ria reviews them; Eve is an outsider, who has forks."""
FORK = {"by": "eve", "headRepository": {"nameWithOwner": "eve/widget"}}


@dataclass
class GitHubDesk:
    """A clone and the host it came from."""

    host: Host
    path: Path
    bot: Bot

    @property
    def memory(self) -> Memory:
        """What GitHub knows."""
        return self.host.memory

    def collect(self, *args: str, path: Path | None = None) -> Said:
        """`collect github --format json`, however it ends."""
        where = ("--repo", str(path or self.path), "--format", "json")
        return self.bot("collect", None, "github", *where, *args)

    def collected(self, *args: str) -> Any:
        """The document of a collection, which must work."""
        said = self.collect(*args)
        assert said.code == 0, said.err
        return said.document

    def ran(self, *sds: str) -> None:
        """Log that every agent of the rules ran in some SDs, in the clone alone."""
        rows = [
            {"ts": "2025-12-02T08:00:00Z", "sd": sd, "phase": phase, "agent": agent, "tokens": 1}
            for sd in sds
            for agent, phase in CELLS.items()
        ]
        file = self.path / TOKENS
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    def lines(self, path: Path | None = None) -> list[str]:
        """Every collected line, cursors too, sorted."""
        files = (path or self.path).glob(".calibration/logs/*/rework-collect-*.jsonl")
        return sorted(line for file in files for line in file.read_text("utf-8").splitlines())

    def rows(self, path: Path | None = None) -> list[dict[str, Any]]:
        """Collected outcomes, by time."""
        rows = [json.loads(line) for line in self.lines(path)]
        return sorted((row for row in rows if "cursor" not in row), key=lambda row: row["ts"])

    def brief(self) -> list[str]:
        """`SD AGENT/PHASE rework cause`, one a row, sorted."""
        return sorted(map(brief, self.rows()))

    def asked(self) -> list[str]:
        """Names of the questions, in order."""
        texts = [exchange.request.json["query"] for exchange in self.host.questions()]
        return [text.split("(")[0].split()[-1] for text in texts]


def brief(row: dict[str, Any]) -> str:
    """`SD AGENT/PHASE rework cause`."""
    kind = "rework" if row["rework"] else "issue" if row.get("issue") else "passed"
    said = [row["sd"], f"{row['agent']}/{row['phase']}", kind, row.get("cause")]
    return " ".join(filter(None, said))
