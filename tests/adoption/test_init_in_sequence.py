"""Issue 13: in a fresh repository the first commands succeed one after the other, without an edit by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.adoption.conftest import NewUser
from tests.support.agent_files import team_files

FOUR = team_files("Claude Code", "opencode", "Copilot", "Cursor")
TWO_RUNGS = ("--ladder", "haiku,sonnet")
FOUR_RUNGS = ("--ladder", "haiku,sonnet,opus,mythos:20")
PHASES = ("--phases", "LEAD,PLAN,EXEC")
REPOSITORIES = {
    "24 agent files of four harnesses": (FOUR, ()),
    "24 agent files and phases": (FOUR, PHASES),
    "no agent files": ({"README.md": "theirs\n"}, ()),
    "no agent files, but phases": ({"README.md": "theirs\n"}, PHASES),
    "no phases, said so": (FOUR, ("--phases", "ALL")),
    "two rungs": (FOUR, TWO_RUNGS),
    "two rungs and phases": (FOUR, (*TWO_RUNGS, *PHASES)),
    "four rungs": (FOUR, FOUR_RUNGS),
    "four rungs, no agent files": ({"README.md": "theirs\n"}, (*FOUR_RUNGS, *PHASES)),
    "rungs of another maker": (FOUR, ("--ladder", "gpt-5-mini:1/5,gpt-5:1")),
    "nothing committed yet": (None, ()),
}


@pytest.mark.parametrize(("files", "options"), REPOSITORIES.values(), ids=REPOSITORIES)
def test_a_new_user_types_one_command_after_the_other(
    new_user: Callable[..., NewUser], files: dict[str, str] | None, options: tuple[str, ...]
) -> None:
    user = new_user(files)
    before = {path: user.read(path) for path in files or ()}
    user.init(*options)
    assert {path: user.read(path) for path in before} == before
    for command in (["validate"], ["guard", "--staged"], ["apply", "--check"]):
        assert user(*command).code == 0
    user.adopt()
    assert user("guard", "--base", "HEAD~0").code == 0
    for command in (["plan"], ["run", "--forge", "local"], ["apply", "--check"], ["table"]):
        said = user(*command)
        assert (said.code, said.err) == (0, ""), command


def test_an_adoption_is_no_change_that_the_guard_refuses(
    new_user: Callable[..., NewUser],
) -> None:
    user = new_user(FOUR)
    user.work.git("checkout", "--quiet", "-b", "adopt")
    user.init(*PHASES)
    user.adopt()
    assert user("guard", "--base", "main", "--head", "adopt").code == 0


@pytest.mark.parametrize("options", [(), PHASES, FOUR_RUNGS], ids=["plain", "phases", "ladder"])
def test_twice_changes_nothing_whatever_is_said_the_second_time(
    new_user: Callable[..., NewUser], options: tuple[str, ...]
) -> None:
    user = new_user(FOUR)
    user.init(*options)
    user.adopt()
    again = user.init(*options)
    assert again.out.startswith("Nothing to write in ")
    user.init()
    assert user.work.git("status", "--porcelain", "--ignored") == ""


@pytest.mark.slow
def test_a_first_verdict_after_one_week_of_logs(new_user: Callable[..., NewUser]) -> None:
    """The table of the team's own agents is what a week of logs is judged by."""
    user = new_user(FOUR)
    user.init()
    user.adopt()
    for number in range(3):
        work = ("--sd", f"SD-{number}", "--agent", "testing-agent", "--ts", "2025-12-02T10:00:00Z")
        assert user("log", "tokens", *work, "--model", "sonnet", "--tokens", "9000").code == 0
        assert user("log", "rework", *work).code == 0
    assert user("log", "sync").code == 0
    (change,) = user("plan", "--week", "2025-W49", "--format", "json").document["changes"]
    assert (change["agent"], change["from"], change["to"]) == ("TESTING", "sonnet", "opus")
