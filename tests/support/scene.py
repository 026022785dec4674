"""The worked example on the test bed: a repository there, a clone that is behind, and the bot at work.

Every date is fixed, so that the same story gives the same commits on every host: what a disturbed run
left behind is compared with what an undisturbed one left, SHAs included.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.forge.github import GitHubForge, sign_in
from bot.forge.protocol import Forge
from bot.forge.retry import Pace
from bot.forge.sign_in import PUBLISHING
from bot.git.repository import Base, Repository
from bot.inputs.request import Request
from bot.pipeline import calibrate
from bot.proposal.report import Report
from tests.support.commands import SCRIPT
from tests.support.forge import tokens
from tests.support.forge.bare import Signature
from tests.support.forge.host import Host
from tests.support.repositories import START
from tests.support.teams import (
    LOGGED,
    MONDAY,
    POLICY,
    TABLE,
    Files,
    Row,
    cell,
    cells,
    logs,
    policy,
    table,
)

NOW = START + 30 * 86_400
"""Seconds since the epoch; every week of the story is over by then."""
QUICK = Pace(sleep=lambda seconds: None)
"""Retries as always, but nobody waits."""
SECOND_WEEK = "2025-W50"

FIRST = cells(cell(3, 5))
"""TESTING/EXEC on sonnet, rework in 3 of 5 SDs: promoted."""


def later(*several: tuple[list[Row], list[Row]], weeks: int = 1) -> Files:
    """Log files with the rows of several cells, of other SDs some weeks later."""
    shift = timedelta(weeks=weeks)
    tokens_, reworked = (
        [_shifted(row, shift) for rows in kind for row in rows]
        for kind in zip(*several, strict=True)
    )
    return logs(tokens_, reworked, f".calibration/logs/{label(weeks)}")


def label(weeks: int) -> str:
    """The week so many weeks after the first one."""
    return f"{MONDAY + timedelta(weeks=weeks):%G-W%V}"


def _shifted(row: Row, shift: timedelta) -> Row:
    moment = datetime.fromisoformat(str(row["ts"])) + shift
    return {**row, "ts": moment.isoformat(), "sd": f"LATER-{row['sd']}"}


WORSE = later(cell(0, 1), cell(3, 5, "API"))
"""API/EXEC needs rework too: the changes differ."""
SAME = later(cell(1, 5))
"""Other figures, the same change."""
BETTER = later(cell(0, 9))
"""TESTING/EXEC needed no rework any more: nothing is left to propose."""


@dataclass
class Scene:
    """A host with the team's repository and a clone of it, taken before anything was logged."""

    host: Host
    clone: Path
    credentials: Mapping[str, str] = field(
        default_factory=lambda: {"GITHUB_TOKEN": tokens.ACTIONS.value}
    )
    """Environment variables the bot signs in with."""
    time: int = LOGGED
    """Committer time of the next logs, seconds since the epoch."""

    @property
    def environment(self) -> dict[str, str]:
        """What a workflow would tell the bot."""
        return {**self.host.environment(), **self.credentials}

    def log(self, files: Files) -> str:
        """Commit log files to main on the host, a week after the last ones; the new SHA."""
        text = {name: str(content) for name, content in files.items()}
        sha = self.host.repository.commit("main", text, "Logs", self.signature())
        self.time += 7 * 86_400
        return sha

    def signature(self) -> Signature:
        """A person who commits at the story's time."""
        return Signature("Ada", "ada@example.org", f"{self.time} +0000")

    def run(self, week: str | None = None) -> Report:
        """`run` in this process, without waiting between retries. Raises BotError as the pipeline does."""
        settings = sign_in(self.environment, PUBLISHING, QUICK)
        assert settings is not None

        def forge_for(base: Base) -> Forge:
            return GitHubForge(settings, repository, base, QUICK)

        with Repository.open(self.clone, settings.credentials) as repository:
            return calibrate(repository, Request(POLICY, NOW, week), forge_for)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """`run` as a process of its own, at the head of a process group of its own."""
        return subprocess.Popen(
            [str(SCRIPT), "run", *arguments],
            cwd=self.clone,
            env={**os.environ, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def state(self) -> dict[str, Any]:
        """All that a person can see on the host: refs, pull requests, comments. Addresses are left out."""
        pulls = [self.host.pull(pull["number"]) for pull in self.host.pulls("all")]
        return {
            "refs": self.host.repository.refs(),
            "pulls": [self._shown(pull) for pull in pulls],
        }

    def _shown(self, pull: Any) -> dict[str, Any]:
        comments = self.host.people.comments(pull["number"])
        return {
            "number": pull["number"],
            "state": pull["state"],
            "draft": pull["draft"],
            "head": pull["head"]["sha"],
            "branch": pull["head"]["ref"],
            "base": pull["base"]["ref"],
            "title": pull["title"],
            "body": pull["body"].replace(self.host.url, "HOST"),
            "labels": [label["name"] for label in pull["labels"]],
            "requested_reviewers": [who["login"] for who in pull["requested_reviewers"]],
            "comments": [comment["body"] for comment in comments],
        }


def scene(host: Host, folder: Path, **settings: str) -> Scene:
    """The team's repository on a host, configured and cloned; nothing is logged yet.

    `settings` are keys of the policy to change, in TOML.
    """
    host.seed({POLICY: policy(reviewers='["reviewer"]', **settings), TABLE: table()})
    return Scene(host, host.clone(folder))
