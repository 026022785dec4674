"""Issue 9, item 15: a commit is the bot's by what it changes; its name and trailers anybody can write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.allocation.edit import edit
from bot.allocation.rules import Rules, read_rules
from bot.allocation.table import read_table
from bot.calibration.findings import Change
from bot.git.repository import Repository
from bot.proposal.footprint import footprint
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell
from tests.support.teams import POLICY, TABLE, policy, table

CHANGE = Change(cell("TESTING/EXEC"), "sonnet", "opus")
UNLISTED = Change(cell("CODER/EXEC"), "sonnet", "opus")
RULES = read_rules(policy(), POLICY)
Act = Callable[[Workshop], object]


def raised(text: str, *changes: Change, rules: Rules = RULES) -> str:
    """The table as calibrations would leave it."""
    for change in changes:
        text = edit(text, read_table(text, TABLE, rules), {change.cell: change.new}, TABLE)
    return text


RAISED = raised(table(), CHANGE)


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """Configuration and two other files, on main."""
    work = new_repository(tmp_path / "work")
    work.commit({POLICY: policy(), TABLE: table(), "README.md": "hello\n", "a/b.txt": "b\n"})
    return work


def taken_for(team: Workshop, rules: Rules = RULES) -> Change | None:
    """What the newest commit is taken for."""
    with Repository.open(team.path) as repository:
        (*_, commit) = repository.commits_between("HEAD~1", "HEAD")
        return footprint(repository, commit, POLICY, rules)


def commit_all(team: Workshop) -> None:
    team.git("add", "--all", "--force")
    team.git("commit", "--quiet", "--allow-empty", "-m", "x")


@pytest.mark.parametrize("change", [CHANGE, UNLISTED], ids=["an entry", "a cell without one"])
def test_one_cell_one_rung_up_is_a_calibration(team: Workshop, change: Change) -> None:
    team.commit({TABLE: raised(table(), change)})
    assert taken_for(team) == change


@pytest.mark.parametrize("other", [CHANGE, UNLISTED], ids=["an entry", "a cell without one"])
def test_a_model_s_name_in_a_comment_is_no_model(team: Workshop, other: Change) -> None:
    """The quick look at one line leaves what it cannot tell apart to the edit."""
    said = table().replace("# edge cases", '# "sonnet" sees no edge cases')
    team.commit({TABLE: said})
    team.write({TABLE: raised(said, other)})
    commit_all(team)
    assert taken_for(team) == other
    team.write({TABLE: raised(said, other).replace('# "sonnet"', '# "opus"')})
    team.git("reset", "--quiet", "--soft", "HEAD~1")
    commit_all(team)
    assert taken_for(team) is None


def writes(name: str, text: str) -> Act:
    return lambda team: team.write({name: text})


def link(team: Workshop) -> None:
    (team.path / TABLE).unlink()
    (team.path / TABLE).symlink_to("policy.toml")


def moved(team: Workshop) -> None:
    (team.path / TABLE).rename(team.path / "config/other.toml")


def submodule(team: Workshop) -> None:
    folder = team.path / "vendor"
    folder.mkdir()
    other = new_repository(folder / "lib")
    other.commit({"x": "x"})


ALSO: dict[str, Act] = {
    "a file more": writes("NOTES.md", "please keep\n"),
    "a file of an odd name": writes("a\u2028\tb", "x"),
    "a file changed": writes("README.md", "other\n"),
    "a file deleted": lambda team: (team.path / "a/b.txt").unlink(),
    "the policy": writes(POLICY, policy(draft="true")),
    "a workflow": writes(".github/workflows/x.yml", "on: push\n"),
    "the table's mode": lambda team: (team.path / TABLE).chmod(0o755),
    "another file's mode": lambda team: (team.path / "README.md").chmod(0o755),
    "a submodule": submodule,
    "a look-alike of the table": writes("config/Overrides.toml", "x"),
    "attributes": writes("config/.gitattributes", "* merge=union\n"),
}


@pytest.mark.parametrize("also", ALSO.values(), ids=ALSO)
def test_whatever_else_a_commit_changes_makes_it_a_persons(team: Workshop, also: Act) -> None:
    team.write({TABLE: RAISED})
    also(team)
    commit_all(team)
    assert taken_for(team) is None


OTHER_WAYS: dict[str, str] = {
    "two cells": raised(table(), CHANGE, Change(cell("API/EXEC"), "sonnet", "opus")),
    "two rungs": raised(table(), Change(cell("RETRO/EXEC"), "haiku", "opus")),
    "a rung down": raised(table(), Change(cell("TESTING/EXEC"), "sonnet", "haiku")),
    "an entry at another place": table().replace("[PLAN]", '[PLAN]\nCODER = "opus"'),
    "a gate lowered": raised(table(), Change(cell("SECURITY/EXEC"), "opus", "sonnet")),
    "the default": RAISED.replace('default = "sonnet"', 'default = "opus"'),
    "a comment": RAISED + "# TODO\n",
    "the words of its entry's comment": RAISED.replace("# edge cases", "# Edge cases"),
    "a blank beside its entry": RAISED.replace('TESTING = "opus"  ', 'TESTING = "opus"   '),
    "its entry in single quotes": RAISED.replace('TESTING = "opus"  ', "TESTING = 'opus'  "),
    "its key in quotes": RAISED.replace('TESTING = "opus"  ', '"TESTING" = "opus"  '),
    "a comment's words": RAISED.replace("#", "##", 1),
    "an empty line": RAISED + "\n",
    "its line ends": RAISED.replace("\n", "\r\n"),
    "another quote": RAISED.replace('"opus"', "'opus'", 1),
    "an entry dropped": "\n".join(
        line for line in RAISED.split("\n") if not line.startswith("RETRO")
    ),
    "a phase more": RAISED + '\n[OPS]\nTESTING = "opus"\n',
    "a model that is none": table().replace('"sonnet"', '"gpt"', 1),
    "no TOML": RAISED + "= =\n",
    "no text": RAISED + "\udcff",
    "empty": "",
    "too large": RAISED + "#" * 2**20,
}


@pytest.mark.parametrize("text", OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_whatever_else_happens_to_the_table_makes_it_a_persons(team: Workshop, text: str) -> None:
    (team.path / TABLE).write_bytes(text.encode("utf-8", "surrogateescape"))
    commit_all(team)
    assert taken_for(team) is None


@pytest.mark.parametrize("act", [link, moved], ids=["a link", "moved away"])
def test_a_table_that_is_no_file_any_more_is_a_persons_work(team: Workshop, act: Act) -> None:
    act(team)
    commit_all(team)
    assert taken_for(team) is None


def test_nothing_changed_is_no_calibration(team: Workshop) -> None:
    team.commit({})
    assert taken_for(team) is None


def test_a_merge_is_no_calibration(team: Workshop) -> None:
    team.git("switch", "--quiet", "-c", "side")
    team.commit({TABLE: RAISED})
    team.git("switch", "--quiet", "main")
    team.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    assert taken_for(team) is None


def test_a_first_commit_is_no_calibration(tmp_path: Path) -> None:
    work = new_repository(tmp_path / "work")
    work.commit({POLICY: policy(), TABLE: RAISED})
    work.git("commit-graph", "write")
    with Repository.open(work.path) as repository:
        empty = work.git("commit-tree", work.git("mktree", feed=b""), feed=b"x")
        (commit,) = repository.commits_between(empty, "HEAD")
        assert footprint(repository, commit, POLICY, RULES) is None


def test_one_rung_up_is_judged_by_the_ladder_it_was_built_on(team: Workshop) -> None:
    """A rung put between the two while the pull request is open does not make the bot's commit foreign."""
    team.commit({TABLE: RAISED})
    now = policy().replace('name = "opus"', 'name = "between"', 1)
    later = RULES._replace(ladder=read_rules(now, POLICY).ladder)
    assert taken_for(team, later) == CHANGE


def test_a_policy_that_nobody_can_read_is_replaced_by_todays(team: Workshop) -> None:
    team.commit({POLICY: "not TOML ="})
    team.commit({TABLE: RAISED})
    assert taken_for(team) == CHANGE
