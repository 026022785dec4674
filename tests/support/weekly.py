"""`calibration-bot run` on the test bed, as the command line runs it, with the list of what it asked.

Waits between retries are real: order faults that pass at once.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.proposal.marker import Marker, read_marker
from tests.support.forge import tokens
from tests.support.forge.bare import Signature
from tests.support.forge.host import Host
from tests.support.forge.tokens import Token
from tests.support.forge.wire import GRAPHQL, ZERO, Channel, Exchange
from tests.support.scene import SECOND_WEEK
from tests.support.teams import LOGGED, POLICY, TABLE, WEEK, WEEKLY, Files, policy, table

GUARD = ".github/workflows/guard.yml"
APP = "calibration-app[bot]"
BOT = "github-actions[bot]"
MUTATION = "createCommitOnBranch"
_TOP = Path(__file__).parents[2]
_TESTING = 'TESTING = "sonnet"  '


@dataclass(frozen=True)
class Run:
    """What one run came to."""

    code: int
    out: str
    err: str
    exchanges: tuple[Exchange, ...]
    """Everything the host was asked meanwhile."""

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)

    @property
    def action(self) -> str:
        """What happened to the pull request; `none` too where there is nothing to propose."""
        request = self.document["pull_request"]
        return "none" if request is None else str(request["action"])

    @property
    def writes(self) -> list[str]:
        """Every request that asks to change something, in order, a line each.

        What makes signed commits directly before they are pushed is part of that push; see `making`.
        """
        found: list[str] = []
        waiting: list[str] = []
        for line in self._writes:
            if is_making(line):
                waiting.append(line)
            elif line.startswith("push "):
                waiting = []
                found.append(line)
            else:
                found += [*waiting, line]
                waiting = []
        return [*found, *waiting]

    @property
    def making(self) -> list[str]:
        """Every request that makes a signed commit, in order, a line each."""
        return [line for line in self._writes if is_making(line)]

    @property
    def _writes(self) -> list[str]:
        return [_line(exchange) for exchange in self.exchanges if exchange.is_write]

    def requests(self, channel: Channel | None = None) -> int:
        """How many requests there were, token exchanges aside; of one channel or all."""
        return sum(
            not each.request.is_token_exchange and channel in (None, each.request.channel)
            for each in self.exchanges
        )


def _line(exchange: Exchange) -> str:
    request = exchange.request
    if request.pushes:
        return ", ".join(
            f"{'delete' if update.new == ZERO else 'push'} {update.ref.removeprefix('refs/heads/')}"
            for update in request.pushes
        )
    if request.path == GRAPHQL:
        return MUTATION
    return f"{request.method} {request.path.partition('/widget')[2]}"


def is_making(line: str) -> bool:
    """Whether a request is one of those by which GitHub makes a commit, wherever it is put meanwhile."""
    return line == MUTATION or " /git/" in line


@dataclass
class Weekly:
    """The team's repository on a host, and the bot's clone of it."""

    host: Host
    clone: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    environment: dict[str, str]
    time: int = field(default=LOGGED)
    login: str = BOT
    """Who the bot is on the host, and the policy's author."""

    def __call__(self, *args: str, week: str = WEEK, command: str = "run") -> Run:
        """Run it once."""
        before = len(self.host.log)
        self.capsys.readouterr()
        with self.monkeypatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            words = [command, "--repo", str(self.clone), "--week", week, "--format", "json"]
            code = main([*words, *args])
        said = self.capsys.readouterr()
        return Run(code, said.out, said.err, tuple(self.host.log[before:]))

    def again(self, *args: str) -> Run:
        """Run it on the second week."""
        return self(*args, week=SECOND_WEEK)

    def use(self, token: Token | str) -> None:
        """Run with another token from now on."""
        self.environment = self.host.environment(token)

    def use_app(self, key: str | None = None) -> None:
        """Run as the GitHub App, beside the token that a workflow always has."""
        own = {
            "CALIBRATION_APP_ID": str(self.host.app_id),
            "CALIBRATION_APP_PRIVATE_KEY": key or self.host.app_private_key,
        }
        self.environment = self.host.environment(tokens.ACTIONS_READ_ONLY) | own

    def log(self, files: Files) -> str:
        """Commit log files to main, a week after the last ones."""
        sha = self.commit(files, "Logs")
        self.time += 7 * 86_400
        return sha

    def commit(self, files: Files, message: str = "By hand") -> str:
        """Commit to main on the host."""
        who = Signature("Ada", "ada@example.org", f"{self.time} +0000")
        text = {name: str(content) for name, content in files.items()}
        return self.host.repository.commit("main", text, message, who)

    def freshen(self) -> None:
        """Fetch base into the clone, as a checkout of the newest commit would have; nothing is logged."""
        here, there = str(self.clone / ".git"), str(self.host.repository.path)
        self.host.repository.git("--git-dir", here, "fetch", "--quiet", there, "main")

    def push(self, files: Files, branch: str = WEEKLY) -> str:
        """Somebody commits to a branch."""
        text = {name: str(content) for name, content in files.items()}
        return self.host.people.commit(branch, text)

    # ---------------------------------------------------------- what there is now

    @property
    def heads(self) -> dict[str, str]:
        """The host's branches."""
        return self.host.repository.heads()

    @property
    def branches(self) -> list[str]:
        """Their names."""
        return sorted(self.heads)

    @property
    def pulls(self) -> list[str]:
        """`1 open main TITLE`, a line each."""
        return [
            f"{pull['number']} {'merged' if pull['merged_at'] else pull['state']} "
            f"{pull['base']['ref']} {pull['head']['ref']}"
            for pull in self.host.pulls("all")
        ]

    def pull(self, number: int = 1) -> Any:
        """One pull request."""
        return self.host.pull(number)

    def marker(self, number: int = 1) -> Marker:
        """What it remembers."""
        found = read_marker(self.pull(number)["body"])
        assert found is not None
        return found

    def proposed(self, number: int = 1) -> list[str]:
        """`EXEC/TESTING`, a line each change its marker names."""
        return [str(change.cell) for change in self.marker(number).changes]

    def assigned(self, branch: str = WEEKLY) -> dict[str, str]:
        """EXEC's models in the table of a branch."""
        return dict(tomllib.loads(self.host.repository.text(branch, TABLE))["EXEC"])

    def comments(self, number: int = 1) -> list[str]:
        """Texts of a pull request's comments."""
        return [comment["body"] for comment in self.host.people.comments(number)]


def edited(text: str, old: str = _TESTING, new: str = 'TESTING = "opus"  ') -> str:
    """A table with one thing changed in its last section."""
    head, found, tail = text.rpartition(old)
    assert found
    return head + new + tail


def weekly(
    host: Host,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: Sequence[str] = (),
    **settings: str,
) -> Weekly:
    """The repository, configured (policy lines changed) with some of this project's own files, and cloned."""
    shipped: dict[str, str | None] = {name: (_TOP / name).read_text("utf-8") for name in files}
    changed = {"reviewers": '["reviewer"]', **settings}
    host.seed({POLICY: policy(**changed), TABLE: table(), **shipped})
    clone = host.clone(folder)
    return Weekly(host, clone, monkeypatch, capsys, host.environment(tokens.ACTIONS))
