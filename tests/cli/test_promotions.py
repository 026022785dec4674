"""From log rows to commits: what the logs of a week, in every shape they come in, make of the table."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from tests.support.commands import Bot, Said, script
from tests.support.repositories import Workshop
from tests.support.teams import (
    EXAMPLE,
    HAIKU,
    LOGS,
    OPUS,
    POLICY,
    SONNET,
    TABLE,
    WEEK,
    WEEKLY,
    Row,
    Team,
    Template,
    at,
    cell,
    cells,
    lines,
    logs,
    policy,
    rework,
    table,
    token,
)

MakeTeam = Callable[..., Team]
PROMOTED = ["EXEC/TESTING sonnet opus"]
TRAILERS = ["Week", "Change", "Evidence", "Rule", "Inputs"]


def trailers(at_: Workshop, commit: str) -> dict[str, str]:
    """Trailers of a commit as `git interpret-trailers` parses them."""
    message = at_.git("show", "-s", "--format=%B", commit)
    said = at_.git("interpret-trailers", "--parse", feed=f"{message}\n".encode())
    return dict(line.split(": ", 1) for line in said.splitlines())


def test_several_promotions_are_several_commits_on_one_branch(make_team: MakeTeam, bot: Bot):
    team = make_team(
        cells(cell(3, 5), cell(4, 5, "DESIGN", "PLAN"), cell(5, 5, "GITHUB", "LEAD", HAIKU))
    )
    said = bot.json(team, command="run")
    expected = ["LEAD/GITHUB haiku sonnet", "PLAN/DESIGN sonnet opus", *PROMOTED]
    assert said.changes == expected
    commits = team.proposed()
    assert commits == [change["commit"] for change in said.document["changes"]]
    assert (
        said.document["pull_request"]["title"] == "calibration: 3 assignments upgraded (2025-W49)"
    )
    for commit, change in zip(commits, expected, strict=True):
        diff = team.remote.git("show", "--format=", "--numstat", commit)
        assert diff == f"1\t1\t{TABLE}"
        found = trailers(team.remote, commit)
        assert list(found) == [f"Calibration-{name}" for name in TRAILERS]
        place, old, new = change.split()
        assert found["Calibration-Change"] == f"{place} {old} -> {new}"
        assert found["Calibration-Week"] == "2025-W49"
        assert found["Calibration-Rule"] == "cusum"
        assert found["Calibration-Inputs"] == said.document["inputs"]


def test_a_cell_at_default_gets_an_entry_in_its_table(make_team: MakeTeam, bot: Bot):
    rows = cells(cell(3, 5, "RETRO", "PLAN"), cell(4, 5, "MIGRATION", "EXEC"))
    team = make_team({POLICY: policy(unlisted='"propose"'), **rows})
    assert bot.json(team, command="run").changes == [
        "PLAN/RETRO sonnet opus",
        "EXEC/MIGRATION sonnet opus",
    ]
    before = tomllib.loads(table())
    before["PLAN"]["RETRO"] = before["EXEC"]["MIGRATION"] = "opus"
    after = team.remote.file(WEEKLY, TABLE).decode()
    assert tomllib.loads(after) == before
    assert after.count("\n") == table().count("\n") + 2


@pytest.mark.parametrize("typo", ["CODR", "TESTNG", "DESING"])
def test_an_agent_that_no_phase_lists_is_held_as_unlisted_and_adds_no_key(
    make_team: MakeTeam, bot: Bot, typo: str
):
    """A typo at `log` time, however bad its weeks, never becomes an entry (issue 9, item 9)."""
    said = bot.json(make_team(cells(cell(5, 5, typo, "EXEC"), cell(3, 5))), command="run")
    assert said.changes == PROMOTED
    found = said.verdict(typo)
    assert (found["verdict"], found["proposed"]) == ("INVESTIGATE", None)
    assert found["reasons"] == ["unlisted", "above-bar"]
    assert f"no phase of the table lists {typo}" in found["sentence"]


def verdict(said_verdict: dict[str, object]) -> tuple[object, ...]:
    """What a case below expects of a verdict."""
    counts = said_verdict["window"]
    assert isinstance(counts, dict)
    reasons, notes = said_verdict["reasons"], said_verdict["notes"]
    return said_verdict["verdict"], reasons, notes, f"{counts['rework']}/{counts['sds']}"


Rows = tuple[list[Row], list[Row]]


def several_times(agent: str) -> Rows:
    """Each row of the example three times, with other tokens and times."""
    tokens, reworked = cell(3, 5, agent)
    again = [{**row, "ts": at(6, hour)} for hour, rows in enumerate([reworked] * 2) for row in rows]
    return [{**row, "tokens": n} for row in tokens for n in (1, 2, 3)], [*reworked, *again]


def mixed_answers(agent: str) -> Rows:
    """Rework said true once and false later: an SD counts if any of its rows counts."""
    tokens, reworked = cell(3, 5, agent)
    return tokens, [*reworked, *({**row, "rework": False} for row in reworked)]


def one_by_id(agent: str) -> Rows:
    """Other spellings of the agent, and one row twice under one id."""
    tokens, reworked = cell(3, 5, agent)
    first = {**tokens[0], "id": "a"}
    spelled = f"{agent.lower()}-agent"
    return [first, first, *({**row, "agent": spelled} for row in tokens[1:])], reworked


def without_agent(agent: str = "TESTING") -> Rows:
    """A token log kept per phase only: its rows stand for the agents of the phase."""
    tokens, reworked = cell(3, 5, agent)
    return [{k: v for k, v in row.items() if k != "agent"} for row in tokens], reworked


def rows_of(**fields: object) -> Callable[[str], Rows]:
    """3 of 5 SDs, their rows with some fields of their own."""
    model = fields.pop("model", SONNET)
    assert model is None or isinstance(model, str)
    return lambda agent: cell(3, 5, agent, model=model, **fields)


CASES: dict[str, tuple[Callable[[str], Rows], tuple[object, ...]]] = {
    "several-times": (several_times, ("PROMOTE", ["above-bar"], [], "3/5")),
    "any-row-counts": (mixed_answers, ("PROMOTE", ["above-bar"], [], "3/5")),
    "same-id-and-spellings": (one_by_id, ("PROMOTE", ["above-bar"], [], "3/5")),
    "no-token-row": (
        lambda agent: ([], cell(3, 5, agent)[1]),
        ("PROMOTE", ["above-bar"], ["unlogged-sds"], "3/5"),
    ),
    "no-model": (rows_of(model=None), ("PROMOTE", ["above-bar"], [], "3/5")),
    "full-id": (
        rows_of(model="claude-sonnet-4-5-20250929"),
        ("PROMOTE", ["above-bar"], [], "3/5"),
    ),
    "unknown-cause": (
        rows_of(cause="moon-phase"),
        ("PROMOTE", ["above-bar"], ["unknown-cause"], "3/5"),
    ),
    "other-cause": (rows_of(cause="flaky-test"), ("INVESTIGATE", ["other-cause"], [], "0/5")),
    "unknown-model": (
        rows_of(model="gpt-oss"),
        ("INVESTIGATE", ["model-drift"], ["model-drift", "unknown-model"], "0/0"),
    ),
    "escalation": (
        rows_of(model=OPUS),
        ("INVESTIGATE", ["model-drift"], ["model-drift"], "0/0"),
    ),
}


def planned(team: Team) -> Said:
    said = script("plan", "--repo", team.path, "--week", WEEK, "--format", "json")
    assert said.code == 0, said.err
    return said


def agent_of(case: str) -> str:
    """A case's own agent: all cases are logged side by side and planned once."""
    return f"A-{case.upper()}".removesuffix("-AGENT")


@pytest.fixture(scope="module")
def side_by_side(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Said:
    several = [rows(agent_of(case)) for case, (rows, _) in CASES.items()]
    files = {POLICY: policy(unlisted='"propose"'), **cells(*several)}
    return planned(template.copy(tmp_path_factory.mktemp("cases") / "team", files))


@pytest.mark.parametrize("case", CASES)
def test_rows_of_every_shape_are_counted_as_the_specification_says(side_by_side: Said, case: str):
    agent, (_, expected) = agent_of(case), CASES[case]
    assert verdict(side_by_side.verdict(agent)) == expected
    promoted = f"EXEC/{agent} sonnet opus" in side_by_side.changes
    assert promoted == (expected[0] == "PROMOTE")


def test_a_token_log_without_agents_stands_for_every_agent_of_the_phase(
    make_team: MakeTeam, bot: Bot
):
    """Only what the rework log does not name is assumed; the row's model is not believed."""
    said = bot.json(make_team(cells(without_agent())))
    assert verdict(said.verdict("API")) == ("KEEP", ["within-allowance"], ["assumed-runs"], "0/5")
    assert said.verdict("GITHUB")["window"] == {"sds": 5, "rework": 0}
    assert said.verdict("GITHUB", "LEAD")["window"] == {"sds": 0, "rework": 0}


def test_rework_reported_a_week_late_counts_in_the_week_of_the_run(make_team: MakeTeam, bot: Bot):
    tokens, reworked = cell(3, 5)
    late = [{**row, "ts": at(2, week=1)} for row in reworked]
    next_week = ".calibration/logs/2025-W50/rework.jsonl"
    other = lines([rework("OTHER", False, agent="API")])  # else nobody logs outcomes in that week
    files = {f"{LOGS}/tokens.jsonl": lines(tokens), f"{LOGS}/rework.jsonl": other}
    team = make_team({**files, next_week: lines(late)})
    assert bot.json(team).changes == []
    said = bot("plan", team, "--week", "2025-W50", "--format", "json")
    assert said.changes == PROMOTED
    assert said.verdict("TESTING")["week"] == {"sds": 0, "rework": 0}
    assert said.verdict("TESTING")["window"] == {"sds": 5, "rework": 3}


def test_the_top_rung_is_never_promoted(make_team: MakeTeam, bot: Bot):
    said = bot.json(make_team(cells(cell(4, 5, "STORIES", "PLAN", OPUS))))
    assert said.changes == []
    assert said.verdict("STORIES", "PLAN")["reasons"][0] == "top-of-ladder"
    assert said.verdict("STORIES", "PLAN")["verdict"] == "INVESTIGATE"


def test_a_gate_is_refused_and_the_others_still_go_up(make_team: MakeTeam, bot: Bot):
    gated = '[[gates]]\nphase = "EXEC"\nagent = "API"\nfloor = "sonnet"\n'
    team = make_team({POLICY: f"{policy()}\n{gated}", **cells(cell(3, 5), cell(5, 5, "API"))})
    said = bot.run(team)
    assert said.code == 0
    assert "Refused by a gate (1)" in said.out
    assert "API/EXEC is a gate: the bot never edits it; opus is for people to decide" in said.out
    assert len(team.proposed()) == 1
    assert tomllib.loads(team.remote.file(WEEKLY, TABLE).decode())["EXEC"]["API"] == "sonnet"


VERDICTS = {
    "3/5": "PP",
    "2/5": "IP",
    "1/5": "II",
    "1/1": "IP",
    "2/2": "IP",
    "3/3": "PP",
    "3/10": "IP",
    "4/10": "PP",
    "7/30": "IP",
    "8/30": "PP",
    "21/100": "IP",
    "22/100": "PP",
    "0/5": "KK",
    "3/20": "II",
    "2/20": "KK",
}
"""The table of the specification for a fresh cell on sonnet, by rule (cusum, threshold); 15 % and below."""


@pytest.fixture(scope="module", params=["cusum", "threshold"])
def by_rule(
    request: pytest.FixtureRequest, template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Said:
    several = [
        cell(*map(int, ratio.split("/")), f"A{place}") for place, ratio in enumerate(VERDICTS)
    ]
    changed = policy(rule=f'"{request.param}"', unlisted='"propose"')
    files = {POLICY: changed, **cells(*several)}
    return planned(template.copy(tmp_path_factory.mktemp("rules") / "team", files))


@pytest.mark.parametrize("ratio", VERDICTS)
def test_the_rule_is_one_line_of_the_policy(by_rule: Said, ratio: str):
    found = by_rule.verdict(f"A{[*VERDICTS].index(ratio)}")
    column = ["cusum", "threshold"].index(by_rule.document["rule"])
    assert found["verdict"][0] == VERDICTS[ratio][column]


def test_issues_without_rework_promote_by_their_own_tally(make_team: MakeTeam, bot: Bot):
    tokens, reworked = cell(0, 7)  # half an SD each: 3.5 of 7, 2.1 above the allowance
    troubled = [{**row, "issue": True} for row in reworked]
    team = make_team(logs(tokens, troubled))
    said = bot.json(team, command="run")
    assert said.changes == PROMOTED
    assert said.verdict("TESTING")["reasons"][0] == "quality-issues"


def test_an_sd_that_starts_before_the_change_keeps_its_model(make_team: MakeTeam, bot: Bot):
    """Rows without a model take the assignment in force when the SD first ran."""
    team = make_team(EXAMPLE)
    team.push({TABLE: table().replace('TESTING = "sonnet"   ', 'TESTING = "opus"   ')})
    tokens, reworked = cell(3, 5, model=None)
    late = (
        [{**row, "ts": at(2, week=1)} for row in tokens],
        [{**row, "ts": at(2, week=1)} for row in reworked],
    )
    team.push(logs(*late, folder=".calibration/logs/2025-W50"))
    said = bot("plan", team, "--week", "2025-W50", "--format", "json")
    assert said.verdict("TESTING")["reasons"] != ["model-drift"]
    assert said.changes == []


def test_a_row_outside_the_week_it_lies_in_is_counted_by_its_time(make_team: MakeTeam, bot: Bot):
    tokens, reworked = cell(3, 5)
    team = make_team(logs(tokens, reworked, folder=".calibration/logs/2025-W01"))
    assert bot.json(team).changes == PROMOTED


def test_a_bad_row_after_the_week_stops_the_review_like_any_other(make_team: MakeTeam, bot: Bot):
    bad_later = {**token("LATE", phase="NOPE"), "ts": at(0, week=1)}
    team = make_team(logs([*cell(3, 5)[0], bad_later], cell(3, 5)[1]))
    said = bot("plan", team, "--week", "2025-W49", "--format", "json")
    assert said.code == 1
    assert "tokens.jsonl:6: phase: must be one of the phases" in said.err


def test_what_happened_after_the_week_changes_nothing(make_team: MakeTeam, bot: Bot):
    tokens, reworked = cell(3, 5)
    good = [rework(f"NEW-{n}", False, ts=at(1, week=1)) for n in range(20)]
    team = make_team(logs([*tokens, token("LATE", ts=at(0, week=1))], [*reworked, *good]))
    said = bot.json(team)
    assert said.changes == PROMOTED
    assert said.document["rejected_lines"] == []


@pytest.mark.slow
def test_of_more_than_max_promotions_the_highest_tallies_are_proposed(
    make_team: MakeTeam, bot: Bot
):
    rows = cells(cell(3, 5, "API"), cell(3, 3, "DESIGN"), cell(5, 5, "RISK"))
    team = make_team({**rows, POLICY: policy(max_promotions="2", cap="5")})
    said = bot.json(team, command="run")
    assert said.changes == ["EXEC/DESIGN sonnet opus", "EXEC/RISK sonnet opus"]
    assert len(team.proposed()) == 2
    queued = said.verdict("API")
    assert (queued["verdict"], queued["proposed"], queued["notes"]) == (
        "PROMOTE",
        "opus",
        ["queued"],
    )
    assert "these wait (`max_promotions`)" in said.document["pull_request"]["body"]
    assert "PROMOTE, queued (1; max_promotions = 2)" in bot("plan", team, "--week", WEEK).out


def test_two_weeks_add_up(make_team: MakeTeam, bot: Bot):
    """2 of 5 twice: 1.0 above the allowance each week, the bar in the second."""
    tokens, reworked = cell(2, 5)
    shifted = [
        [{**row, "ts": at(1, week=1), "sd": f"{row['sd']}-next"} for row in rows]
        for rows in (tokens, reworked)
    ]
    team = make_team(logs([*tokens, *shifted[0]], [*reworked, *shifted[1]]))
    assert bot.json(team).changes == []
    said = bot("plan", team, "--week", "2025-W50", "--format", "json")
    assert said.changes == PROMOTED
    assert said.verdict("TESTING")["tally"] == "2.00"
    assert SONNET.startswith("claude-sonnet")
