"""Issue 10, item 3, through the command line with real git: what earlier calibrations did."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.support.commands import Bot
from tests.support.rises import raised, weekly_logs
from tests.support.teams import (
    DAY,
    HAIKU,
    OPUS,
    POLICY,
    SONNET,
    TABLE,
    Team,
    at,
    cell,
    cells,
    logs,
    policy,
    rework,
    table,
    token,
)

MakeTeam = Callable[..., Team]


@pytest.fixture
def team(make_team: MakeTeam) -> Team:
    """The worked example with 12 of 15 SDs in three weeks; then it is 2025-W52, Monday 09:00."""
    return three_bad_weeks(make_team, {})


def three_bad_weeks(make_team: MakeTeam, files: Mapping[str, bytes | str]) -> Team:
    logged = (weekly_logs(number, 4, 5, SONNET) for number in range(3))
    made = make_team({path: text for of in (files, *logged) for path, text in of.items()})
    made.work.time += 14 * DAY + 11 * 3600
    return made


def five_more_bad_weeks(team: Team) -> None:
    """On the new model."""
    for number in range(3, 8):
        team.push(weekly_logs(number, 4, 5))


def afterwards(bot: Bot, team: Team, reviewed: str) -> list[dict[str, object]]:
    return list(bot("plan", team, "--week", reviewed, "--format", "json").document["afterwards"])


def merge(team: Team, text: str) -> str:
    """A pull request that changes the table, merged with a merge commit; its SHA."""
    work = team.work
    work.git("switch", "--quiet", "--create", "topic")
    work.commit({TABLE: text}, "Raise TESTING")
    work.git("switch", "--quiet", "main")
    work.git("merge", "--quiet", "--no-ff", "-m", "Merge topic", "topic")
    work.git("push", "--quiet", "origin", "HEAD:main")
    return work.sha("HEAD")


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["cusum", "threshold"])
def test_the_worked_examples_second_week_is_too_early_to_tell(
    make_team: MakeTeam, bot: Bot, rule: str
):
    team = make_team({POLICY: policy(rule=f'"{rule}"'), **cells(cell(3, 5))})
    team.work.time += 9 * 3600
    sha = team.push({TABLE: raised(table())}, "By hand")
    team.push(weekly_logs(1, 1, 5))
    (found,) = afterwards(bot, team, "2025-W50")
    assert found == {
        "phase": "EXEC",
        "agent": "TESTING",
        "from": "sonnet",
        "to": "opus",
        "week": "2025-W50",
        "commit": sha,
        "committed": team.work.time - 120,
        "before": {"sds": 5, "rework": 3},
        "after": {"sds": 5, "rework": 1},
        "tally": "0.00",
        "conclusion": "too-early",
        "since": "2025-W50",
        "ended": None,
        "was": None,
        "avoided_rework": {"price": "100000.00", "unit": "tokens"},
        "take_back": None,
        "sentence": "TESTING/EXEC sonnet → opus in 2025-W50: 60 % before (3 of 5 on sonnet), 20 % now "
        "(1 of 5): too early to tell",
    }
    price = "cost since: 100,000 tokens for one avoided rework"
    for command in ("plan", "history"):
        for form in ("text", "markdown"):
            assert price in bot(command, team, "--week", "2025-W50", "--format", form).out
    verdict = bot("plan", team, "--week", "2025-W50", "--format", "json").verdict("TESTING")
    assert verdict["sentence"].endswith(
        "; 60 % before (3 of 5 on sonnet), 20 % now (1 of 5): too early to tell"
    )


@pytest.mark.slow
@pytest.mark.parametrize("by", ["hand", "merge"])
def test_what_did_not_help_is_taken_back_by_the_edit_or_the_revert_that_is_told(
    team: Team, bot: Bot, by: str
):
    before = team.work.file("HEAD", TABLE)
    text = raised(before.decode())
    sha = merge(team, text) if by == "merge" else team.push({TABLE: text}, "By hand")
    five_more_bad_weeks(team)
    (found,) = afterwards(bot, team, "2026-W04")
    assert (found["conclusion"], found["since"]) == ("did-not-help", "2026-W03")
    revert = f"git revert {'-m 1 ' if by == 'merge' else ''}{sha}"
    assert found["take_back"] == {"edit": '[EXEC] TESTING = "sonnet"', "revert": revert}
    said = bot("plan", team, "--week", "2026-W04").out
    assert f"    or: {revert}\n" in said
    page = bot("plan", team, "--week", "2026-W04", "--format", "markdown").out
    assert f'To take it back: `[EXEC] TESTING = "sonnet"` or `{revert}`' in page
    team.work.git("revert", "--no-edit", *revert.split()[2:])
    assert team.work.file("HEAD", TABLE) == before


@pytest.mark.parametrize(
    ("beside", "is_told"), [(".claude/agents/testing-agent.md", True), ("src/code.py", False)]
)
def test_a_calibration_with_the_files_it_binds_is_taken_back_with_them(
    make_team: MakeTeam, bot: Bot, beside: str, is_told: bool
):
    binding = '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'
    agent = "---\nname: testing-agent\nmodel: {}\n---\n"
    files = {POLICY: policy() + binding, beside: agent.format("sonnet")}
    team = three_bad_weeks(make_team, files)
    before = team.work.file("HEAD", TABLE)
    sha = team.push({TABLE: raised(before.decode()), beside: agent.format("opus")}, "By hand")
    five_more_bad_weeks(team)
    (found,) = afterwards(bot, team, "2026-W04")
    revert = f"git revert {sha}" if is_told else None
    assert found["take_back"] == {"edit": '[EXEC] TESTING = "sonnet"', "revert": revert}
    if is_told:
        team.work.git("revert", "--no-edit", sha)
        assert team.work.file("HEAD", TABLE) == before
        assert team.work.file("HEAD", beside).decode() == agent.format("sonnet")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [('UAT = "sonnet"', 'UAT = "opus"'), ('default = "sonnet"', 'default = "haiku"')],
    ids=["the line beside it changed", "it falls back to another default"],
)
def test_a_revert_that_would_not_take_it_back_is_not_told(
    make_team: MakeTeam, bot: Bot, old: str, new: str
):
    head, _, tail = table().rpartition('TESTING = "sonnet"')
    by_default = old.startswith("default")
    text = head + tail.partition("\n")[2] if by_default else table()
    team = three_bad_weeks(make_team, {TABLE: text})
    text = f'{text}TESTING = "opus"\n' if by_default else raised(text)
    sha = team.push({TABLE: text}, "By hand")
    five_more_bad_weeks(team)
    (found,) = afterwards(bot, team, "2026-W04")
    assert found["take_back"]["revert"] == f"git revert {sha}"
    where = text.rindex(old)
    team.push({TABLE: text[:where] + new + text[where + len(old) :]}, "Something else")
    (found,) = [each for each in afterwards(bot, team, "2026-W04") if each["agent"] == "TESTING"]
    assert found["take_back"] == {"edit": '[EXEC] TESTING = "sonnet"', "revert": None}


def test_the_edit_names_the_entry_as_the_table_spells_it(make_team: MakeTeam, bot: Bot):
    """A second spelling of one name would be an error."""
    text = "testing-agent".join(table().rsplit("TESTING", 1)).replace("[EXEC]", "[exec]")
    team = three_bad_weeks(make_team, {TABLE: text})
    team.push({TABLE: text.replace('testing-agent = "sonnet"', 'testing-agent = "opus"')})
    five_more_bad_weeks(team)
    (found,) = afterwards(bot, team, "2026-W04")
    assert found["take_back"]["edit"] == '[exec] testing-agent = "sonnet"'


def test_a_commit_that_did_more_is_not_to_be_reverted(team: Team, bot: Bot):
    text = raised(team.work.file("HEAD", TABLE).decode())
    team.push({TABLE: text, "README.md": "hello"}, "Two things")
    five_more_bad_weeks(team)
    (found,) = afterwards(bot, team, "2026-W04")
    assert found["take_back"] == {"edit": '[EXEC] TESTING = "sonnet"', "revert": None}


def test_two_values_in_one_commit_are_two_rises_without_a_revert(team: Team, bot: Bot):
    text = raised(team.work.file("HEAD", TABLE).decode())
    text = text.replace('GITHUB = "haiku"', 'GITHUB = "sonnet"', 1)
    team.push({TABLE: text}, "Two values")
    five_more_bad_weeks(team)
    found = afterwards(bot, team, "2026-W04")
    assert [(each["agent"], each["conclusion"]) for each in found] == [
        ("GITHUB", "too-early"),
        ("TESTING", "did-not-help"),
    ]
    assert found[1]["take_back"] == {"edit": '[EXEC] TESTING = "sonnet"', "revert": None}


@pytest.mark.slow
def test_a_revert_ends_the_comparison_and_is_no_rise(team: Team, bot: Bot):
    text = team.work.file("HEAD", TABLE).decode()
    team.push({TABLE: raised(text)}, "By hand")
    team.push(weekly_logs(3, 1, 5))
    team.work.time += 7 * DAY
    team.push({TABLE: text}, "Back")
    (found,) = afterwards(bot, team, "2025-W52")
    assert (found["conclusion"], found["ended"]) == ("superseded", "lowered")
    assert found["since"] == "2026-W01"


@pytest.mark.slow
def test_rework_reported_weeks_later_moves_a_conclusion_and_the_report_says_what_it_was(
    team: Team, bot: Bot
):
    text = raised(team.work.file("HEAD", TABLE).decode())
    team.push({TABLE: text}, "By hand")
    team.push(weekly_logs(3, 0, 5))
    team.push(weekly_logs(4, 0, 5))
    (helped,) = afterwards(bot, team, "2026-W01")
    assert (helped["conclusion"], helped["since"], helped["was"]) == ("helped", "2026-W01", None)
    late = [rework(f"W{n}-{sd}", ts=at(1, week=5)) for n in (3, 4) for sd in range(4)]
    team.push(logs([token("new", model=OPUS, ts=at(1, week=5))], late, ".calibration/logs/late"))
    (moved,) = afterwards(bot, team, "2026-W02")
    assert moved["conclusion"] != "helped"
    assert moved["was"] == {"conclusion": "helped", "moved": "2026-W02"}
    assert "(helped, as it seemed until rows of 2026-W02)" in moved["sentence"]
    (then,) = afterwards(bot, team, "2026-W01")
    assert then == helped


@pytest.mark.slow
def test_an_sd_that_began_before_the_commit_is_in_neither_count_once_it_is_over(
    team: Team, bot: Bot
):
    """Runs on the old model after the commit are neither of the stretch nor of the new model."""
    text = raised(team.work.file("HEAD", TABLE).decode())
    team.push({TABLE: text}, "By hand")
    team.push(weekly_logs(3, 5, 5, SONNET))
    (found,) = afterwards(bot, team, "2025-W52")
    assert (found["before"], found["after"]) == ({"sds": 15, "rework": 12}, {"sds": 0, "rework": 0})


def test_a_raised_default_raises_every_cell_without_an_entry(make_team: MakeTeam, bot: Bot):
    team = make_team({TABLE: table().replace('default = "sonnet"', 'default = "haiku"')})
    team.push(weekly_logs(1, 3, 5, HAIKU, agent="NEWCOMER"))
    team.work.time += 7 * DAY
    team.push({TABLE: table()}, "Raise the default")
    found = afterwards(bot, team, "2025-W50")
    assert [(each["agent"], each["from"], each["to"], each["before"]) for each in found] == [
        ("NEWCOMER", "haiku", "sonnet", {"sds": 5, "rework": 3})
    ]


@pytest.mark.slow
def test_a_gate_that_did_not_help_is_not_advised_to_be_lowered(make_team: MakeTeam, bot: Bot):
    gates = policy() + '\n[[gates]]\nphase = "EXEC"\nagent = "TESTING"\nfloor = "opus"\n'
    lower = cells(cell(3, 5))
    team = make_team(lower)
    team.work.time += 9 * 3600
    team.push({TABLE: raised(table()), POLICY: gates}, "Gate")
    for number in range(1, 7):
        team.push(weekly_logs(number, 5, 5))
    (found,) = afterwards(bot, team, "2026-W03")
    assert found["conclusion"] == "did-not-help"
    assert found["take_back"] is None
