"""A calibration's commit carries the files that the table binds with the table (SPEC § 9a)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.commands import Bot
from tests.support.teams import EXAMPLE, POLICY, TABLE, WEEK, WEEKLY, Team, cell, cells, policy

SECTIONS = (
    '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'
    '[[apply]]\njson = "config/models.json"\n'
)
TESTING, API = ".claude/agents/testing.md", ".claude/agents/api.md"


def agent(name: str, model: str) -> str:
    return f"---\r\nname: {name}\r\nmodel: '{model}'  # by the table\r\n---\r\nYou are {name}."


@pytest.fixture
def bound(make_team: Callable[..., Team], bot: Bot) -> Callable[..., Team]:
    def make(files: dict[str, str | bytes], name: str = "team") -> Team:
        team = make_team({**files, POLICY: policy() + SECTIONS}, name)
        team.work.git("checkout", "--quiet", "-b", "setup")
        bot("apply", team)
        models = (team.work.path / "config/models.json").read_bytes()
        team.work.git("checkout", "--quiet", "--force", "main")
        team.push({"config/models.json": models})
        return team

    return make


def changed(team: Team, commit: str) -> list[str]:
    said = team.remote.git("diff-tree", "--no-commit-id", "--name-only", "-r", "-z", commit)
    return said.strip("\0").split("\0")


def test_the_commit_brings_table_agents_file_and_json(bot: Bot, bound: Callable[..., Team]) -> None:
    team = bound({**EXAMPLE, TESTING: agent("testing", "sonnet"), API: agent("api", "sonnet")})
    said = bot.run(team, "--forge", "local")
    assert said.code == 0, said.err
    branch = team.work.sha(WEEKLY)
    team.work.git("push", "--quiet", "origin", WEEKLY)
    assert changed(team, branch) == [TESTING, "config/models.json", TABLE]
    assert team.work.file(branch, TESTING).decode() == agent("testing", "opus")
    team.work.git("checkout", "--quiet", WEEKLY)
    assert bot("apply", team, "--check").code == 0
    assert bot("guard", team, "--base", "main", "--head", WEEKLY).code == 0


def test_the_diff_shows_them(bot: Bot, bound: Callable[..., Team]) -> None:
    team = bound({**EXAMPLE, TESTING: agent("testing", "sonnet")})
    document = bot.json(team).document
    assert (
        "bring to what the table says 2 files that the table binds"
        in document["pull_request"]["body"]
    )
    diff = document["diff"]
    assert [line for line in diff.split("\n") if line.startswith("+++")] == [
        f"+++ b/{TABLE}",
        f"+++ b/{TESTING}",
        "+++ b/config/models.json",
    ]


def test_no_name_of_a_file_forges_a_line_of_the_diff(bot: Bot, bound: Callable[..., Team]) -> None:
    forged = '-SECURITY = "opus"\n+SECURITY = "haiku"'
    name = f".claude/agents/z\n{forged}\n.md"
    team = bound({**EXAMPLE, name: agent("testing", "sonnet")})
    shown = bot("plan", team, "--week", WEEK).out.split("\n")
    assert not {*forged.split("\n")} & {*shown}
    assert r'+++ "b/.claude/agents/z\n-SECURITY = \"opus\"\n+SECURITY = \"haiku\"\n.md"' in shown
    team.work.git("apply", "-", feed=bot.json(team).document["diff"].encode())
    assert (team.work.path / name).read_bytes().decode() == agent("testing", "opus")


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes_and_nothing_twice(
    bot: Bot, bound: Callable[..., Team]
) -> None:
    files = {**EXAMPLE, TESTING: agent("testing", "sonnet")}
    first, second = bound(files, "first"), bound(files, "second")
    heads = []
    for team in (first, second):
        assert bot.run(team, "--forge", "local").code == 0
        heads.append(team.work.sha(WEEKLY))
    assert heads[0] == heads[1]
    again = bot.run(first, "--forge", "local")
    assert (again.code, first.work.sha(WEEKLY)) == (0, heads[0])
    assert "already holds this" in again.out + again.err


def test_each_promotion_carries_its_own_files(bot: Bot, bound: Callable[..., Team]) -> None:
    both = cells(cell(3, 5), cell(4, 5, "API"))
    team = bound({**both, TESTING: agent("testing", "sonnet"), API: agent("api", "sonnet")})
    assert bot.run(team, "--forge", "local").code == 0
    team.work.git("push", "--quiet", "origin", WEEKLY)
    files = [set(changed(team, commit)) for commit in team.proposed()]
    rest = {TABLE, "config/models.json"}
    assert files == [{API, *rest}, {TESTING, *rest}]


@pytest.mark.slow
def test_a_file_somebody_moved_since_is_brought_back_with_it(
    bot: Bot, bound: Callable[..., Team]
) -> None:
    team = bound({**EXAMPLE, TESTING: agent("testing", "sonnet"), API: agent("api", "sonnet")})
    assert bot.run(team, "--forge", "local").code == 0
    before = team.work.sha(WEEKLY)
    team.push({API: agent("api", "haiku")})
    assert bot.run(team, "--forge", "local").code == 0
    assert team.work.sha(WEEKLY) != before
    assert team.work.file(WEEKLY, API).decode() == agent("api", "sonnet")


def test_what_cannot_be_edited_is_told_and_keeps_nothing_back(
    bot: Bot, bound: Callable[..., Team]
) -> None:
    team = bound({**EXAMPLE, TESTING: agent("testing", "&a sonnet").replace("'", "")})
    said = bot.run(team, "--forge", "local")
    assert said.code == 0
    assert (
        f"{TESTING} is not brought to what the table says: it begins a value with &, an anchor"
        in said.out + said.err
    )
    team.work.git("push", "--quiet", "origin", WEEKLY)
    assert changed(team, team.work.sha(WEEKLY)) == ["config/models.json", TABLE]


def test_a_name_that_cannot_be_committed_surely_is_left_alone(
    bot: Bot, bound: Callable[..., Team]
) -> None:
    odd = r".claude/agents/testing.\xff.md"
    team = bound({**EXAMPLE, odd: agent("testing", "sonnet")})
    said = bot.run(team, "--forge", "local")
    assert said.code == 0
    assert "it has a name that cannot be committed surely" in said.out + said.err
    assert team.work.file(WEEKLY, odd).decode() == agent("testing", "sonnet")


def test_a_file_that_sections_clash_over_is_told_and_left_as_it_is(
    bot: Bot, make_team: Callable[..., Team]
) -> None:
    other = SECTIONS.split("[[apply]]")[1] + 'models = { opus = "best" }\n'
    text = policy() + SECTIONS + f"[[apply]]{other}"
    team = make_team({**EXAMPLE, TESTING: agent("testing", "sonnet"), POLICY: text})
    said = bot.run(team, "--forge", "local")
    assert said.code == 0
    assert "wants best for model of .claude/agents/testing.md, an earlier section opus" in (
        said.out + said.err
    )
    assert team.work.file(WEEKLY, TESTING).decode() == agent("testing", "sonnet")


@pytest.mark.slow
def test_a_hand_on_a_bound_file_of_the_branch_is_a_hand(
    bot: Bot, bound: Callable[..., Team]
) -> None:
    team = bound({**EXAMPLE, TESTING: agent("testing", "sonnet")})
    assert bot.run(team, "--forge", "local").code == 0
    team.work.git("checkout", "--quiet", WEEKLY)
    hand = team.work.commit({TESTING: agent("testing", "haiku")}, "calibration: my own")
    team.work.git("push", "--quiet", "origin", WEEKLY)
    team.work.git("checkout", "--quiet", "main")
    said = bot.run(team, "--forge", "local")
    assert (said.code, team.work.sha(WEEKLY)) == (0, hand)
    assert "not the bot's" in said.out + said.err
