"""`run`: what it publishes, where, and that doing it again does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.proposal.marker import read_marker
from tests.support.commands import Bot, script, unchanged
from tests.support.teams import (
    CONFIGURED,
    EXAMPLE,
    LOGGED,
    LOGS,
    POLICY,
    TABLE,
    TOKENS,
    WEEK,
    WEEKLY,
    Files,
    Team,
    branches,
    cell,
    cells,
    lines,
    logs,
    policy,
    table,
    token,
)

MakeTeam = Callable[..., Team]
COUNTED = ("verdicts", "budget")
"""What the JSON document says of the rows."""
SUBJECT = "calibration: testing-agent exec upgraded to opus (edge case detection)"


def test_the_worked_example_becomes_one_commit_on_the_remote_branch(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    said = bot.run(team)
    assert (said.code, said.err) == (0, "")
    (commit,) = team.proposed()
    assert team.remote.git("show", "-s", "--format=%s", commit) == SUBJECT
    assert team.remote.git("diff", "--name-only", "main", commit) == TABLE
    before, after = (team.remote.file(ref, TABLE).decode() for ref in ("main", WEEKLY))
    assert after == before.replace('TESTING = "sonnet"   ', 'TESTING = "opus"   ').replace(
        'TESTING = "opus"            # test', 'TESTING = "sonnet"            # test'
    )


def test_without_a_github_the_run_says_that_it_signs_nothing(make_team: MakeTeam, bot: Bot):
    team = make_team({**EXAMPLE, POLICY: policy(sign='"github"')})
    said = bot.run(team)
    assert (said.code, len(team.proposed())) == (0, 1)
    assert 'pull_request.commits.sign = "github" has no effect without GitHub' in said.out


def test_the_commit_is_dated_and_signed_by_the_inputs_alone(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    bot.run(team)
    shown = team.remote.git("show", "-s", "--format=%an <%ae>|%cn <%ce>|%at|%ct", WEEKLY)
    who = "calibration-bot <calibration-bot@users.noreply.github.com>"
    week_ends = LOGGED + 7200
    assert shown == f"{who}|{who}|{week_ends}|{week_ends}"


def test_a_second_run_pushes_nothing_and_writes_nothing(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    bot.run(team)
    with unchanged(team):
        said = bot.run(team)
    assert said.code == 0
    assert f"branch {WEEKLY} already holds this" in said.out


def test_a_run_leaves_work_tree_index_head_and_configuration_alone(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    team.work.write({TABLE: "half-edited", "staged.txt": "x"})
    team.work.git("add", "staged.txt")
    own = team.work.path / ".git"
    kept = {name: (own / name).read_bytes() for name in ("index", "HEAD", "config")}
    bot.run(team)
    assert {name: (own / name).read_bytes() for name in kept} == kept
    assert (team.work.path / TABLE).read_text() == "half-edited"
    assert WEEKLY in team.branches()


def test_without_a_remote_the_branch_appears_in_the_repository(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    team.work.git("remote", "remove", "origin")
    head = team.work.sha("HEAD")
    remote = branches(team.remote)
    said = bot.run(team)
    assert said.code == 0
    assert team.work.git("show", "-s", "--format=%s", WEEKLY) == SUBJECT
    assert team.work.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert (team.work.sha("HEAD"), team.work.git("status", "--porcelain")) == (head, "")
    assert branches(team.remote) == remote
    with unchanged(team):
        assert bot.run(team).code == 0


def test_nobody_elses_branch_is_overwritten(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    team.work.git("checkout", "--quiet", "-b", WEEKLY)
    team.work.commit({"mine.txt": "work"})
    team.work.git("push", "--quiet", "origin", WEEKLY)
    with unchanged(team):
        said = bot.run(team)
    assert said.code == 0
    assert "Pull request (hands-off)" in said.out
    assert "commits that are not the bot's; rename or delete it" in said.out


@pytest.mark.parametrize(
    ("scope", "branch"),
    [
        (("--agent", "testing-agent"), "calibration/adhoc-testing"),
        (("--agent", "TESTING", "--phase", "exec"), "calibration/adhoc-testing.exec"),
    ],
    ids=["agent", "agent-and-phase"],
)
def test_an_ad_hoc_review_has_a_branch_of_its_own(
    make_team: MakeTeam, bot: Bot, scope: tuple[str, ...], branch: str
):
    team = make_team(cells(cell(3, 5), cell(3, 5, "DESIGN")))
    assert bot.run(team, *scope).code == 0
    assert set(team.branches()) == {"main", branch}
    (commit,) = team.proposed(branch)
    assert "testing-agent" in team.remote.git("show", "-s", "--format=%s", commit)


def test_a_proposal_the_evidence_no_longer_asks_for_is_withdrawn(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    bot.run(team)
    team.push(cells(cell(0, 5)), "The rework was logged by mistake")
    said = bot.run(team)
    assert said.code == 0
    assert set(team.branches()) == {"main"}
    assert "proposes nothing any more, so it is deleted" in said.out


def test_the_pull_request_is_printed_for_whoever_opens_it(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    said = bot.run(team)
    assert "**1 promotion: + " in said.out
    marker = read_marker(said.out)
    assert marker is not None
    assert marker.head == team.branches()[WEEKLY]


def test_output_puts_the_pull_request_into_a_file_instead(
    make_team: MakeTeam, bot: Bot, tmp_path: Path
):
    team = make_team(EXAMPLE)
    file = tmp_path / "pull-request.md"
    said = bot.run(team, "--output", str(file))
    assert "**1 promotion: " not in said.out
    assert file.read_text("utf-8") == bot.json(team).document["pull_request"]["body"]


NOTHING = f"By the evidence up to week {WEEK}, no assignment changes.\n"
UNLOGGED = f"Nothing to decide: the logs hold no row for week {WEEK}. Nothing was touched.\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [(cells(cell(0, 5)), NOTHING), ({}, UNLOGGED)],
    ids=["all well", "nothing logged"],
)
def test_output_says_that_there_is_nothing_to_propose_in_place_of_an_earlier_proposal(
    make_team: MakeTeam, bot: Bot, tmp_path: Path, files: Files, expected: str
):
    file = tmp_path / "pull-request.md"
    file.write_text("the proposal of the week before")
    assert bot.run(make_team(files), "--output", str(file)).code == 0
    assert file.read_text("utf-8") == expected


def test_output_says_so_too_where_an_earlier_proposal_is_withdrawn(
    make_team: MakeTeam, bot: Bot, tmp_path: Path
):
    team, file = make_team(EXAMPLE), tmp_path / "pull-request.md"
    bot.run(team, "--output", str(file))
    team.push(cells(cell(0, 5)), "The rework was logged by mistake")
    bot.run(team, "--output", str(file))
    assert file.read_text("utf-8").startswith(NOTHING)


@pytest.mark.parametrize("where", ["no-such-folder/pr.md", "."], ids=["no-folder", "folder"])
def test_output_that_cannot_be_written_stops_before_anything_is_done(
    make_team: MakeTeam, bot: Bot, tmp_path: Path, where: str
):
    team = make_team(EXAMPLE)
    with unchanged(team):
        said = bot.run(team, "--output", str(tmp_path / where))
    assert said.code == 2
    assert f"--output {tmp_path / where}: no file can be written there" in said.err


def test_output_that_fails_in_the_end_says_that_all_is_done(
    make_team: MakeTeam, bot: Bot, tmp_path: Path
):
    team = make_team(EXAMPLE)
    said = bot.run(team, "--output", "/dev/full")
    assert said.code == 1
    assert "error: all is done, but /dev/full cannot be written: No space left" in said.err
    assert WEEKLY in team.branches()


@pytest.mark.slow
def test_quiet_says_only_what_changes(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    said = bot.run(team, "--quiet")
    assert said.out == f"{SUBJECT}\n{WEEKLY} (local): there is something to propose\n"
    team.push(cells(cell(0, 5)))
    assert bot.run(team, "-q").out.splitlines()[0].startswith(f"{WEEKLY} (close): ")
    assert bot.run(team, "-q").out == ""


def test_verbose_shows_the_kept_cells_and_the_pull_request_once(make_team: MakeTeam, bot: Bot):
    said = bot.run(make_team(EXAMPLE), "--verbose")
    assert "  GITHUB/LEAD " in said.out
    assert said.out.count("**1 promotion: ") == 1


def test_the_base_of_the_policy_is_what_counts(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    develop = policy().replace('# base = "main"  ', 'base = "develop"')
    team.work.git("checkout", "--quiet", "-b", "develop")
    team.work.commit({POLICY: develop})
    team.work.git("push", "--quiet", "origin", "develop")
    team.work.git("checkout", "--quiet", "main")
    team.push({POLICY: develop, **cells(cell(0, 5))})
    said = bot.json(team)
    assert said.document["base"]["branch"] == "develop"
    assert said.changes == ["EXEC/TESTING sonnet opus"]


def test_logs_can_live_on_a_branch_of_their_own(make_team: MakeTeam, bot: Bot):
    team = make_team()
    team.work.git("checkout", "--quiet", "--orphan", "calibration/logs")
    team.work.commit(EXAMPLE)
    team.work.git("push", "--quiet", "origin", "calibration/logs")
    team.work.git("checkout", "--quiet", "main")
    assert bot.json(team).changes == ["EXEC/TESTING sonnet opus"]


def _on_the_log_branch(team: Team, files: Files) -> None:
    team.work.git("checkout", "--quiet", "--orphan", "calibration/logs")
    team.work.git("rm", "-r", "--quiet", "--cached", ".")
    team.work.commit(files)
    team.work.git("push", "--quiet", "origin", "calibration/logs")
    team.work.git("checkout", "--quiet", "--force", "main")


@pytest.mark.slow
def test_base_and_the_branch_of_the_logs_are_one_log(make_team: MakeTeam, bot: Bot):
    tokens, reworked = cell(3, 5)
    early, late = logs(tokens[:2], reworked), logs(tokens[2:], ())
    team = make_team(early)
    _on_the_log_branch(team, {TOKENS: late[TOKENS]})
    whole = bot.json(make_team(EXAMPLE, "whole"))
    said = bot.json(team)
    assert said.changes == ["EXEC/TESTING sonnet opus"]
    assert [said.document[key] for key in COUNTED] == [whole.document[key] for key in COUNTED]


@pytest.mark.slow
@pytest.mark.parametrize("folder", [LOGS, f"{LOGS}-packed"])
def test_a_copy_of_base_on_the_branch_of_the_logs_counts_nothing_twice(
    make_team: MakeTeam, bot: Bot, folder: str
):
    tokens, reworked = cell(3, 5)
    named = [{**row, "id": f"row-{number}"} for number, row in enumerate(tokens[:3])]
    rows = [*named, *tokens[3:], tokens[4]]  # a row without id may stand there twice
    team = make_team(logs(rows, reworked))
    alone = bot.json(team)
    _on_the_log_branch(team, logs(reversed(rows), reworked, folder))
    both = bot.json(team)
    assert [both.document[key] for key in COUNTED] == [alone.document[key] for key in COUNTED]


def test_rows_that_the_branch_of_the_logs_holds_under_any_name_give_no_warning(
    make_team: MakeTeam, bot: Bot
):
    team = make_team(EXAMPLE)
    mine = [token("SD-A", id="a"), token("SD-B", id="b")]
    _on_the_log_branch(team, logs(mine, (), f"{LOGS}-packed"))
    team.work.write({f"{LOGS}/tokens-{row['id']}.jsonl": lines([row]) for row in mine})
    assert bot.json(team).document["warnings"] == []
    team.work.write({f"{LOGS}/tokens-c.jsonl": lines([mine[0], token("SD-C", id="c")])})
    (warning,) = bot.json(team).document["warnings"]
    assert warning.startswith(f"{LOGS}/tokens-c.jsonl holds rows that are not on the branches")


def test_the_week_is_the_last_complete_one_unless_named(make_team: MakeTeam, bot: Bot):
    said = bot("run", make_team(EXAMPLE), "--format", "json")
    assert said.code == 0
    assert said.document["nothing_logged"] is True
    assert said.document["week"] > WEEK


@pytest.mark.slow
def test_a_week_without_rows_decides_nothing_and_says_so(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)  # whose tally stays at the bar
    bot.run(team)
    plain = "Nothing to decide: the logs hold no row for week 2025-W51."
    for form in ("text", "markdown", "json"):
        with unchanged(team):
            said = bot("run", team, "--week", "2025-W51", "--format", form)
        assert said.code == 0
        assert plain in said.out or said.document["nothing_logged"]
        assert not re.search("PROMOTE|KEEP|INVESTIGATE|Pull request", said.out)
        assert form != "json" or said.document["verdicts"] == said.document["changes"] == []


def test_rows_that_nobody_pushed_are_warned_about_and_not_counted(make_team: MakeTeam, bot: Bot):
    team = make_team(cells(cell(0, 5)))
    team.work.write(EXAMPLE)
    said = bot("run", team, "--week", WEEK)
    assert f"{TOKENS.replace('tokens', 'rework')} holds rows that are not on the branch" in said.out
    assert set(team.branches()) == {"main"}
    markdown = bot("plan", team, "--week", WEEK, "--format", "markdown")
    assert "warning: .calibration/logs/2025-W49/rework.jsonl holds rows" in markdown.err


def test_evidence_counts_from_the_commit_that_brought_the_model(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    team.push({TABLE: table().replace('TESTING = "sonnet"  ', 'TESTING = "haiku"   ')})
    team.push({TABLE: table()})
    said = bot.json(team)
    assert said.changes == []
    assert said.verdict("TESTING")["window"] == {"sds": 0, "rework": 0}
    assert team.work.time > CONFIGURED


def test_a_gate_declared_below_its_floor_stops_every_run(make_team: MakeTeam, bot: Bot):
    low = table().replace('SECURITY = "opus" ', 'SECURITY = "haiku"')
    team = make_team({TABLE: low, **EXAMPLE})
    with unchanged(team):
        said = bot.run(team)
    assert said.code == 3
    below = "is declared haiku, below its floor opus; raise it to opus"
    assert said.err == "".join(
        f"error: {TABLE}: SECURITY/{phase} {below}\n" for phase in ("LEAD", "PLAN", "EXEC")
    )


@pytest.mark.parametrize("typed", ["testnig", "TESTIN", "TESTING_", "TEST-AGENT"])
def test_a_review_of_an_agent_nobody_knows_is_an_error_that_names_the_known(
    make_team: MakeTeam, bot: Bot, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Issue 9, item 19: started by hand in a workflow, a typing error must not look like a quiet week."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    team = make_team(EXAMPLE)
    with unchanged(team):
        said = bot.run(team, "--agent", typed)
    words = "has no entry in the table and no rows in the logs; known are API, DATABASE, DEPENDENCY"
    assert said.code == 2
    assert words in said.err
    assert words.replace("_", "") in (tmp_path / "summary").read_text("utf-8")


def test_a_review_of_an_agent_where_it_has_no_cell_says_so(make_team: MakeTeam, bot: Bot):
    said = bot.run(make_team(EXAMPLE), "--agent", "quickfix", "--phase", "plan")
    assert said.code == 0
    words = "QUICKFIX has no entry in the table in phase PLAN and no rows in the logs"
    assert words in said.out + said.err


def test_a_review_of_an_agent_that_only_the_logs_know_is_one(make_team: MakeTeam, bot: Bot):
    said = bot.run(make_team(cells(cell(3, 5, "CODER"))), "--agent", "coder", "--dry-run")
    assert said.code == 0
    assert "CODER" in said.out


@pytest.mark.slow
def test_the_installed_command_does_the_same(make_team: MakeTeam):
    team = make_team(EXAMPLE)
    said = script("run", "--week", WEEK, cwd=team.work.path / "config")
    assert (said.code, said.err) == (0, "")
    assert len(team.proposed()) == 1
