"""The pull request of a calibration that carries the files its table binds (SPEC §§ 9a, 10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.proposal.lifecycle import decide
from bot.proposal.report import Action
from tests.support.forge.host import Host
from tests.support.proposals import branch, observed, pull, wanted
from tests.support.scene import FIRST
from tests.support.teams import POLICY, TABLE, WEEKLY, policy
from tests.support.ways import Way
from tests.support.weekly import Weekly, edited, weekly

AGENTS = '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'
TESTING, API = ".claude/agents/testing.md", ".claude/agents/api.md"


def agent(name: str, model: str) -> str:
    return f"---\nname: {name}\nmodel: {model}\n---\nYou are {name}.\n"


@pytest.fixture
def bot(
    host: Host,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: Way,
) -> Weekly:
    """The team, its agents' files bound, and the pull request open."""
    found = weekly(host, tmp_path / "clone", monkeypatch, capsys)
    way.sign_in(found)
    text = policy(reviewers='["reviewer"]', **way.settings) + AGENTS
    files = {POLICY: text, TESTING: agent("testing", "sonnet"), API: agent("api", "sonnet")}
    found.commit(files, "Bind the agents")
    found.log(FIRST)
    assert found().action == "create"
    return found


def said(bot: Weekly, path: str, where: str = WEEKLY) -> str:
    return bot.host.repository.text(where, path)


@pytest.mark.slow
def test_the_pull_request_brings_the_agents_file(bot: Weekly) -> None:
    assert said(bot, TESTING) == agent("testing", "opus")
    assert said(bot, API) == agent("api", "sonnet")
    assert "bring to what the table says 1 file that the table binds" in bot.pull()["body"]


@pytest.mark.slow
def test_the_same_inputs_again_write_nothing(bot: Weekly) -> None:
    assert bot().writes == []


@pytest.mark.slow
def test_a_file_that_moved_on_base_is_brought_back(bot: Weekly) -> None:
    bot.commit({API: agent("api", "haiku")})
    done = bot()
    assert (done.action, done.writes) == ("update", [f"push {WEEKLY}", "PATCH /pulls/1"])
    assert said(bot, API) == agent("api", "sonnet")


@pytest.mark.slow
def test_a_hand_on_a_bound_file_is_a_hand(bot: Weekly) -> None:
    bot.push({TESTING: agent("testing", "haiku")})
    head = bot.heads[WEEKLY]
    assert (bot().action, bot.heads[WEEKLY]) == ("hands-off", head)


@pytest.mark.slow
@pytest.mark.parametrize(
    "binding",
    [AGENTS.replace("phase", f'except = ["{TESTING}"]\nphase'), ""],
    ids=["less", "nothing"],
)
def test_files_that_base_binds_no_more_leave_the_pull_request(bot: Weekly, binding: str) -> None:
    bot.commit({POLICY: said(bot, POLICY, "main").replace(AGENTS, binding)}, "Bind less")
    done = bot()
    assert (done.action, done.writes) == ("update", [f"push {WEEKLY}", "PATCH /pulls/1"])
    assert (
        "changes files that are not to change any more" in done.document["pull_request"]["reason"]
    )
    git = bot.host.repository.git
    assert git("diff", "--name-only", f"main...{WEEKLY}").split() == [TABLE]
    assert "that the table binds" not in bot.pull()["body"]
    assert bot().writes == []


@pytest.mark.slow
def test_a_hand_is_a_hand_where_base_binds_less(bot: Weekly) -> None:
    bot.push({"README.md": "By hand\n"})
    bot.commit({POLICY: said(bot, POLICY, "main").replace(AGENTS, "")}, "Bind nothing")
    head = bot.heads[WEEKLY]
    assert (bot().action, bot.heads[WEEKLY]) == ("hands-off", head)


@pytest.mark.slow
def test_base_that_holds_it_all_already_closes_it(bot: Weekly) -> None:
    bot.commit({TABLE: edited(said(bot, TABLE, "main")), TESTING: agent("testing", "opus")})
    assert (bot().action, bot.pulls) == ("close", [f"1 closed main {WEEKLY}"])


@pytest.mark.parametrize(
    ("there", "action"), [(b"new", Action.NONE), (b"old", Action.UPDATE), (None, Action.UPDATE)]
)
def test_a_branch_is_up_to_date_only_with_its_bound_files(
    there: bytes | None, action: Action
) -> None:
    state = branch()
    state.bound[TESTING] = there  # type: ignore[index]
    decision = decide(wanted(bound={TESTING: b"new"}), observed(pull()), state)
    assert decision.action is action
