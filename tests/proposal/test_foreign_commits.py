"""A commit is the bot's by what it changes: the bot's name and trailers can be written by anybody."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.allocation.edit import edit
from bot.allocation.rules import read_rules
from bot.allocation.table import read_table
from bot.calibration.records import Change
from bot.git.repository import Repository
from bot.proposal.footprint import footprint
from bot.wording.commits import change_label
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell
from tests.support.teams import POLICY, TABLE, policy, table

CHANGE = Change(cell("TESTING/EXEC"), "sonnet", "opus")
RULES = read_rules(policy(), POLICY)
Act = Callable[[Workshop], None]


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """Configuration and two other files, on main."""
    work = new_repository(tmp_path / "work")
    work.commit({POLICY: policy(), TABLE: table(), "README.md": "hello\n", "a/b.txt": "b\n"})
    return work


def raised(text: str, *changes: Change, rules=RULES) -> str:
    """The table as calibrations would leave it."""
    for change in changes:
        text = edit(text, read_table(text, TABLE, rules), {change.cell: change.new}, TABLE)
    return text


def of_newest(team: Workshop) -> Change | None:
    """What the newest commit is taken for."""
    with Repository.open(team.path) as repository:
        (*_, commit) = repository.commits_between("HEAD~1", "HEAD")
        return footprint(repository, commit, POLICY, RULES)


def write(**files: str | None) -> Act:
    return lambda team: _write(team, {name.replace("__", "/"): of for name, of in files.items()})


def _write(team: Workshop, files: dict[str, str | None]) -> None:
    for name, content in files.items():
        if content is None:
            (team.path / name).unlink()
        else:
            (team.path / name).write_text(content, encoding="utf-8", newline="")


def the_table(to: str) -> Act:
    return lambda team: _write(team, {TABLE: to})


def mode(team: Workshop) -> None:
    (team.path / TABLE).chmod(0o755)


def link(team: Workshop) -> None:
    (team.path / TABLE).unlink()
    os.symlink("policy.toml", team.path / TABLE)


def moved(team: Workshop) -> None:
    (team.path / TABLE).rename(team.path / "config/other.toml")


def submodule(team: Workshop) -> None:
    team.git("update-index", "--add", "--cacheinfo", f"160000,{team.sha('HEAD')},vendor")


ALSO = {
    "a file more": write(**{"NOTES.md": "please keep\n"}),
    "a file changed": write(**{"README.md": "other\n"}),
    "a file deleted": write(a__b__txt=None) if False else write(**{"a/b.txt": None}),
    "the policy": write(**{POLICY: policy(draft="true")}),
    "a workflow": lambda team: (
        (team.path / ".github/workflows").mkdir(parents=True),
        _write(team, {".github/workflows/x.yml": "on: push\n"}),
    )
    and None,
    "the mode of the table": mode,
    "the mode of another file": lambda team: (team.path / "README.md").chmod(0o755),
    "a submodule": submodule,
    "a look-alike of the table": write(**{"config/Overrides.toml": "x"}),
}
