"""A team's repository as the bot meets it: the worked example's configuration, logs, a bare remote.

The configuration is committed on 2025-11-26, the logs on 2025-12-07 22:00 UTC, two hours before the end of
2025-W49: evidence counts from the commit that brought a model.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.repositories import START, Workshop, clone, new_repository, snapshot

CONFIG = Path(__file__).parents[2] / "config"
DAY = 86_400
WEEK = "2025-W49"
MONDAY = datetime(2025, 12, 1, tzinfo=UTC)
"""First day of `WEEK`."""
CONFIGURED = START - 5 * DAY
LOGGED = START + 7 * DAY - 7200
LOGS = f".calibration/logs/{WEEK}"
TOKENS = f"{LOGS}/tokens.jsonl"
REWORK = f"{LOGS}/rework.jsonl"
TABLE = "config/overrides.toml"
POLICY = "config/policy.toml"
WEEKLY = "calibration/weekly"
SONNET, OPUS, HAIKU = "claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5"

Row = dict[str, object]
Files = Mapping[str, bytes | str]


@dataclass(frozen=True)
class Team:
    """A clone and its bare remote."""

    work: Workshop
    remote: Workshop

    @property
    def path(self) -> str:
        return str(self.work.path)

    def push(self, files: Files, message: str = "Logs") -> str:
        """Commit files on main and push; the new SHA."""
        sha = self.work.commit(files, message)
        self.work.git("push", "--quiet", "origin", "HEAD:main")
        return sha

    def everything(self) -> dict[str, str]:
        """Every byte of clone and remote: work tree, index, refs, objects, configuration."""
        return snapshot(self.work.path, self.remote.path)

    def branches(self) -> dict[str, str]:
        """SHA of each branch of the remote, by name."""
        return branches(self.remote)

    def proposed(self, branch: str = WEEKLY) -> list[str]:
        """The remote's commits on a calibration branch beyond main, oldest first."""
        return self.remote.git("rev-list", "--reverse", f"main..{branch}").split()

    def clone(self, path: Path, *args: str) -> Team:
        """Another clone of the same remote."""
        return Team(clone(self.remote, path, *args), self.remote)


def branches(of: Workshop) -> dict[str, str]:
    """SHA of each branch of a repository, by name."""
    said = of.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
    pairs = (line.rpartition(" ") for line in said.split("\n") if line)
    return {name: sha for name, _, sha in pairs}


def policy(**changes: str) -> str:
    """The shipped policy without the extra gates, with some `key = value` lines changed, comments too."""
    text = (CONFIG / "policy.toml").read_text("utf-8")
    text = re.sub(r"\[\[gates\]\]\nphase = .*\nagent = .*\n\n", "", text)
    for key, value in changes.items():
        text, count = re.subn(rf"(?m)^(# )?{key} = .*$", f"{key} = {value}", text)
        assert count == 1, key
    return text


def table() -> str:
    """The shipped table with TESTING/EXEC on sonnet."""
    text = (CONFIG / "overrides.toml").read_text("utf-8")
    head, found, tail = text.rpartition('TESTING = "opus"  ')
    assert found
    return f'{head}TESTING = "sonnet"{tail}'


CONFIGURATION = {POLICY: policy(), TABLE: table()}


def at(day: int, hour: int = 14, week: int = 0) -> str:
    """A time stamp in the week, `week` weeks later."""
    return (MONDAY + timedelta(days=day + 7 * week, hours=hour)).isoformat()


def token(sd: str, /, day: int = 0, **fields: object) -> Row:
    """A row of the token log: TESTING in EXEC on sonnet. A field given as None is left out."""
    row = {"ts": at(day), "sd": sd, "phase": "EXEC", "agent": "TESTING", "model": SONNET}
    return _without_none({**row, "tokens": 10_000, **fields})


def rework(sd: str, /, bad: bool = True, day: int = 0, **fields: object) -> Row:
    """A row of the rework log about the same."""
    row = {"ts": at(day, 17), "sd": sd, "phase": "EXEC", "agent": "TESTING", "rework": bad}
    cause = "edge-case-detection" if bad else None
    return _without_none({**row, "cause": cause, **fields})


def _without_none(row: Row) -> Row:
    return {key: value for key, value in row.items() if value is not None}


def cell(
    k: int,
    n: int,
    agent: str = "TESTING",
    phase: str = "EXEC",
    model: str | None = SONNET,
    **fields: object,
) -> tuple[list[Row], list[Row]]:
    """Token and rework rows of n SDs of a cell, k of them with rework."""
    who = {"agent": agent, "phase": phase}
    sds = [f"{agent}-{phase}-{number}" for number in range(n)]
    tokens = [token(sd, i % 5, model=model, **who) for i, sd in enumerate(sds)]
    return tokens, [rework(sd, i < k, i % 5, **who, **fields) for i, sd in enumerate(sds)]


def lines(rows: Iterable[Row]) -> str:
    """Rows as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def logs(
    tokens: Iterable[Row], reworked: Iterable[Row], folder: str = LOGS
) -> dict[str, bytes | str]:
    """Both log files of a week."""
    return {f"{folder}/tokens.jsonl": lines(tokens), f"{folder}/rework.jsonl": lines(reworked)}


def cells(*several: tuple[list[Row], list[Row]]) -> dict[str, bytes | str]:
    """Log files with the rows of several cells."""
    return logs(
        [row for tokens, _ in several for row in tokens],
        [row for _, reworked in several for row in reworked],
    )


EXAMPLE = cells(cell(3, 5))
"""TESTING/EXEC on sonnet: rework in 3 of 5 SDs."""


@dataclass(frozen=True)
class Template:
    """A team's repository to copy: building one costs ten git commands, a copy one."""

    folder: Path

    def build(self) -> Template:
        """The template: configuration committed and pushed, no logs."""
        remote = new_repository(self.folder / "remote.git", bare=True)
        work = new_repository(self.folder / "work")
        work.time = CONFIGURED
        work.commit(CONFIGURATION, "Give every agent a model")
        work.git("remote", "add", "origin", remote.path.as_uri())
        work.git("push", "--quiet", "origin", "main")
        work.git("fetch", "--quiet", "origin")
        return self

    def copy(self, folder: Path, files: Files | None = None, time: int = LOGGED) -> Team:
        """A team of its own, with some more files committed and pushed."""
        shutil.copytree(self.folder, folder, symlinks=True)
        team = Team(Workshop(folder / "work", time), Workshop(folder / "remote.git", time))
        team.work.git("config", "remote.origin.url", team.remote.path.as_uri())
        if files:
            team.push(files)
        return team
