"""The first policy: the shipped one, with what is said or known of the team, and the rest in comments."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from bot.adoption.first_policy import POLICY_FILE, RungChoice, Team, first_policy, shipped
from bot.adoption.how_work_lands import TICKETS, Landing
from bot.policy import read_policy
from tests.adoption.conftest import SOURCE, NewUser
from tests.support.agent_files import PLACES, agent_text
from tests.support.programs import program

ALL = ("ALL",)


def policy_of(user: NewUser) -> dict[str, Any]:
    return tomllib.loads(user.read("config/policy.toml"))


def test_for_the_phases_of_the_shipped_table_only_comments_are_new() -> None:
    text = first_policy(Team(("LEAD", "PLAN", "EXEC")))
    assert tomllib.loads(text) == tomllib.loads(shipped("policy.toml"))


@pytest.mark.parametrize("phases", [ALL, ("PLAN", "EXEC"), ("A", "B")], ids="-".join)
def test_gates_of_phases_that_the_team_has_not_are_examples(phases: tuple[str, ...]) -> None:
    policy = read_policy(first_policy(Team(phases)), "policy")
    assert policy.rules.phases == phases
    assert {gate.phase for gate in policy.gates} <= set(phases)


def test_prices_are_there_to_be_filled_in() -> None:
    text = first_policy(Team(ALL))
    assert text.count("\n# usd_per_million_tokens = 1 ") == 3
    priced = text.replace("\n# usd_per_million_tokens", "\nusd_per_million_tokens")
    assert [rung.usd_as_written for rung in read_policy(priced, "policy").ladder] == [1, 1, 1]


def test_a_known_rung_keeps_its_patterns_and_another_gets_its_own() -> None:
    ladder = (RungChoice("gpt-5", "1/2"), RungChoice("sonnet", None), RungChoice("opus", "7"))
    policy = read_policy(first_policy(Team(ALL, ladder)), "policy")
    assert [(rung.name, rung.cost_as_written) for rung in policy.ladder] == [
        ("gpt-5", "1/2"),
        ("sonnet", 1),
        ("opus", 7),
    ]
    known = policy.rules.ladder.rung_of
    assert [known("openai/gpt-5"), known("claude-sonnet-4-5"), known("claude-haiku-4-5")] == [
        "gpt-5",
        "sonnet",
        None,
    ]


SUBJECTS = {
    "none": (["Begin", "Go on"], False),
    "squashed": (["Add a login (#12)"], True),
    "merged": (["Merge pull request #12 from acme/login"], True),
    "only mentioned": (["Fix #12 and (#13) too"], False),
}


@pytest.mark.parametrize(("subjects", "known"), SUBJECTS.values(), ids=SUBJECTS)
def test_pull_requests_are_sds_where_history_shows_that_work_comes_in_them(
    new_user: Callable[..., NewUser], subjects: list[str], known: bool
) -> None:
    user = new_user()
    for subject in subjects:
        user.work.commit({"a": subject}, subject)
    user.init()
    assert policy_of(user).get("imports", {}).get("sd_from") == ("pull-request" if known else None)
    assert ("# sd_from = " in user.read("config/policy.toml")) is not known


@pytest.mark.parametrize("with_numbers", [False, True])
def test_branches_that_name_tickets_say_whose_work_it_is(
    new_user: Callable[..., NewUser], with_numbers: bool
) -> None:
    user = new_user()
    user.work.commit({"a": "1"}, "Add (#1)" if with_numbers else "Add")
    for branch in ("ABC-12-login", "feature/ABC-13", "fix/x"):
        user.work.git("branch", "--quiet", branch)
    user.init()
    imports = policy_of(user)["imports"]
    assert imports["branches"] == [{"pattern": TICKETS}]
    assert ("sd_from" in imports) is with_numbers
    assert user("validate").code == 0


@pytest.mark.parametrize("landing", [Landing(a, b) for a in (False, True) for b in (False, True)])
def test_whatever_is_known_the_policy_is_valid(landing: Landing) -> None:
    read_policy(first_policy(Team(ALL, landing=landing)), "policy")


def test_editors_complete_the_first_policy_by_its_schema(new_user: Callable[..., NewUser]) -> None:
    user = new_user({PLACES["opencode"].format("a"): agent_text("anthropic/claude-opus-4-5")})
    user.init()
    assert user.read("config/policy.toml").startswith("#:schema policy.schema.json\n")
    check = [program("check-jsonschema"), "--schemafile", "policy.schema.json", "policy.toml"]
    done = subprocess.run(
        check, cwd=user.work.path / "config", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--phases=", "--phases takes names"),
        ("--phases=PLAN,,EXEC", "--phases takes names"),
        ("--phases=default", "--phases takes names"),
        ("--phases=\u017f", "--phases takes names"),
        ("--ladder=", "--ladder takes models"),
        ("--ladder=haiku,so nnet", "--ladder takes models"),
        ("--ladder=haiku,gpt-5", "the cost of gpt-5 is not known here"),
        ("--ladder=haiku:0", "the cost of haiku must be a number above 0"),
        ("--ladder=haiku:1/0", "the cost of haiku must be a number above 0"),
        ("--ladder=a:cheap", "the cost of a must be a number above 0"),
    ],
)
def test_wrong_usage_is_said_and_writes_nothing(
    new_user: Callable[..., NewUser], option: str, said: str
) -> None:
    user = new_user({"a": "1"})
    tried = user("init", "--source", SOURCE, option)
    assert (tried.code, said in tried.err) == (2, True)
    assert user.work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--phases=PLAN,plan", "error: --phases: PLAN is listed twice"),
        ("--phases=ALL,PLAN", "error: --phases: ALL stands for no phases at all"),
        ("--phases=" + ",".join(f"P{n}" for n in range(70)), "error: --phases: lists 70 phases"),
        ("--ladder=haiku,haiku", "error: --ladder: 'haiku' is listed twice"),
    ],
)
def test_what_a_policy_refuses_is_refused_in_its_own_words(
    new_user: Callable[..., NewUser], option: str, said: str
) -> None:
    """And by the option that said it: there is no policy with that line yet."""
    user = new_user({"a": "1"})
    tried = user("init", "--source", SOURCE, option)
    assert (tried.code, said in tried.err, POLICY_FILE in tried.err) == (2, True, False)
    assert user.work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("ladder", "told"), [("opus,sonnet,haiku", "sonnet, haiku costs less"), ("haiku,opus", None)]
)
def test_a_ladder_that_stands_on_its_head_is_told(
    new_user: Callable[..., NewUser], ladder: str, told: str | None
) -> None:
    """SECURITY keeps to opus or above: on such a ladder anything will do."""
    out = new_user({"a": "1"}).init("--ladder", ladder).out
    assert ("than the rung below it" in out) == (told is not None)
    assert (told or "") in out


def test_a_policy_that_stays_is_shown_what_would_bind(new_user: Callable[..., NewUser]) -> None:
    user = new_user(
        {
            "config/policy.toml": shipped("policy.toml"),
            PLACES["Claude Code"].format("docs"): agent_text("haiku"),
        }
    )
    out = user.init().out
    assert "config/policy.toml stays and binds no agent file; these sections would:\n" in out
    assert '  files = ".claude/agents/**/*.md"\n  phase = ["LEAD", "PLAN", "EXEC"]\n' in out
    assert user.read("config/policy.toml") == shipped("policy.toml")
