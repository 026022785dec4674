"""The pipeline on real repositories: the checks that stand between a decision and a push."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.calibration.findings import Change, Scope
from bot.errors import GateRefusal, UsageError
from bot.forge.local import LocalForge
from bot.git.history import Identity
from bot.git.repository import Repository
from bot.inputs import snapshot
from bot.inputs.request import Request
from bot.pipeline import calibrate
from bot.proposal.report import Action
from bot.proposal.screening import asked_again
from bot.proposal.self_check import check_changes, check_commits
from tests.support.teams import (
    EXAMPLE,
    LOGGED,
    POLICY,
    REWORK,
    TABLE,
    TOKENS,
    WEEK,
    WEEKLY,
    Team,
    Template,
    cell,
    cells,
    policy,
    table,
)

NOW = LOGGED + 7200
WEEK_IS_OVER = Request(policy=POLICY, now=NOW)
IDENTITY = Identity("calibration-bot", "bot@example.org")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The team's repository before the first log."""
    return Template(tmp_path_factory.mktemp("template") / "team").build()


@pytest.fixture
def team(template: Template, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team", EXAMPLE)


@pytest.fixture
def repository(team: Team) -> Iterator[Repository]:
    with Repository.open(team.work.path) as opened:
        yield opened


def reviewed(repository: Repository, request: Request):
    return calibrate(repository, request, lambda base: LocalForge(repository, base))


@pytest.mark.slow
def test_the_time_picks_the_last_complete_week_and_nothing_else(team: Team, repository: Repository):
    first = reviewed(repository, WEEK_IS_OVER)
    assert (first.review.week, first.pull_request and first.pull_request.action) == (
        WEEK,
        Action.LOCAL,
    )
    later = reviewed(repository, replace(WEEK_IS_OVER, now=NOW + 10_000, week=WEEK))
    assert later.commits == first.commits
    assert later.pull_request is not None
    assert later.pull_request.action is Action.NONE
    assert team.branches()[WEEKLY] == first.commits[-1].sha


@pytest.mark.parametrize("early", [1, 7 * 86_400], ids=["one-second", "a-week"])
def test_a_week_that_is_not_over_is_not_reviewed(repository: Repository, early: int):
    request = replace(WEEK_IS_OVER, now=NOW - early, week=WEEK)
    with pytest.raises(UsageError, match="week 2025-W49 is not over"):
        reviewed(repository, request)


def test_a_scope_is_spelled_as_people_spell_it(repository: Repository):
    request = replace(WEEK_IS_OVER, agent="testing-agent", phase="exec")
    report = reviewed(repository, request)
    assert report.review.scope == Scope("TESTING", "EXEC")
    assert [verdict.cell for verdict in report.review.verdicts] == [Cell("EXEC", "TESTING")]


LOWERED = table().replace('SECURITY = "opus" ', 'SECURITY = "haiku"')


@pytest.mark.parametrize("new", ["opus", "haiku"])
def test_a_change_of_a_gate_cell_is_refused_up_or_down(repository: Repository, new: str):
    base = snapshot.take(repository, POLICY)
    with pytest.raises(GateRefusal, match="SECURITY/EXEC is a gate, and the bot never edits one"):
        check_changes(base, (Change(Cell("EXEC", "SECURITY"), "sonnet", new),))


def test_a_change_that_lowers_a_protected_entry_is_refused(repository: Repository):
    """VALIDATION/LEAD has no floor, but nobody lowers it either."""
    base = snapshot.take(repository, POLICY)
    cell = Cell("LEAD", "VALIDATION")
    raised = replace(base, table=base.table._replace(entries={**base.table.entries, cell: "opus"}))
    with pytest.raises(GateRefusal, match="VALIDATION/LEAD is lowered from opus"):
        check_changes(raised, (Change(cell, "opus", "sonnet"),))


@pytest.mark.parametrize(
    ("content", "said"),
    [(LOWERED.encode(), "SECURITY/LEAD is lowered"), (None, f"lost {TABLE}; nothing was pushed")],
    ids=["lowered", "lost"],
)
def test_what_was_committed_is_checked_again_before_the_push(
    team: Team, repository: Repository, content: bytes | None, said: str
):
    base = snapshot.take(repository, POLICY)
    if content is None:
        team.work.git("rm", "--quiet", TABLE)
        commit = team.work.commit({})
    else:
        parent = base.base.commit
        commit = repository.commit(parent, {TABLE: content}, "x\n", IDENTITY, NOW)
    with pytest.raises(GateRefusal, match=said):
        check_commits(repository, base, (commit,), POLICY)


def test_the_merge_with_base_is_judged_too(team: Team, repository: Repository):
    """The table is sound, but the commit brings a policy in which opus is a cheaper model's name."""
    base = snapshot.take(repository, POLICY)
    text = base.policy_text.replace('"claude-opus-*"', '"claude-haiku-*"', 1)
    text = text.replace('"claude-haiku-*", ', "", 1)
    commit = repository.commit(base.base.commit, {POLICY: text.encode()}, "x\n", IDENTITY, NOW)
    with pytest.raises(GateRefusal, match="claude-haiku"):
        check_commits(repository, base, (commit,), POLICY)


def test_a_token_log_that_contradicts_itself_is_told_in_the_body(
    team: Team, repository: Repository
):
    tokens, reworked = cell(3, 5)
    whole = {k: v for k, v in tokens[0].items() if k != "agent"} | {"tokens": 1}
    team.push(cells(([*tokens, whole], reworked)))
    report = reviewed(repository, WEEK_IS_OVER)
    said = "TESTING-EXEC-0, EXEC: 1 tokens logged for the phase, 10000 for its agents; verify the burn rate"
    assert report.warnings == (said,)
    assert report.pull_request is not None
    assert "verify the burn rate" in report.pull_request.body


@pytest.mark.parametrize("rule", ["cusum", "threshold"])
@pytest.mark.parametrize(("turned_down", "again"), [("2025-W48", True), (WEEK, False)])
def test_what_people_turned_down_is_asked_again_by_later_evidence_alone(
    team: Team, repository: Repository, rule: str, turned_down: str, again: bool
):
    team.push({POLICY: policy(rule=f'"{rule}"')})
    found = reviewed(repository, WEEK_IS_OVER).review
    (change,) = found.changes
    assert asked_again(found, change, turned_down) is again


def test_quarantined_lines_reach_the_report(team: Team, repository: Repository):
    good = dict(EXAMPLE)
    team.push({POLICY: policy(on_bad_line='"quarantine"'), **good, TOKENS: f"{{\n{good[TOKENS]!s}"})
    report = reviewed(repository, WEEK_IS_OVER)
    assert [(problem.file, problem.line) for problem in report.rejected] == [(TOKENS, 1)]
    assert len(report.commits) == 1
    assert REWORK in good
