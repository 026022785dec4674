"""`[[collect]]`: what facts say about whose work, checked as strictly as the rest (issue 11, item 3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import InvalidInput
from bot.policy import CollectRule, read_policy
from tests.support.desk import TOP, desk

LEAST = """\
phases = ["PLAN", "EXEC"]
[[ladder]]
name = "sonnet"
relative_cost = 1
"""
RULE = '[[collect]]\nwhen = "reverted"\nphase = "exec"\nagent = "testing-agent"\n'


def _rule(**changes: str) -> CollectRule:
    keys = {"when": '"reverted"', "phase": '"EXEC"', "agent": '"TESTING"', **changes}
    text = "".join(f"{key} = {value}\n" for key, value in keys.items())
    (rule,) = read_policy(f"{LEAST}[[collect]]\n{text}", "p").collect
    return rule


def test_a_rule_is_rework_of_an_agent_that_the_token_log_knows_unless_it_says_otherwise() -> None:
    (rule,) = read_policy(LEAST + RULE, "p").collect
    assert (rule.phase, rule.agent, rule.as_) == ("EXEC", "TESTING", "rework")
    assert (rule.always, rule.forks, rule.cause, rule.match) == (False, False, None, None)


def test_without_rules_there_are_none() -> None:
    policy = read_policy(LEAST, "p")
    assert (policy.collect, policy.imports.sd_from) == ([], "branch")


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"when": '"merged"'}, "when", "must be 'changes-requested', 'check-failed', 'reverted', "),
        ({"phase": '"DEPLOY"'}, "phase", "must be one of the phases PLAN, EXEC"),
        ({"agent": '"1"'}, "agent", "must be the name of an agent"),
        ({"cause": '"Too slow"'}, "cause", "must be lower-case words joined by hyphens"),
        ({"as": '"bug"'}, "as", "must be 'rework' or 'issue'"),
        ({"match": '"e2e*"'}, "match", "goes with check-failed or label only; remove it"),
        ({"when": '"label"'}, "when", 'needs match, the label: match = "rework"'),
        ({"forks": "true"}, "forks", "goes with check-failed only; remove it"),
        ({"always": '"yes"'}, "always", "must be true or false"),
        ({"agents": '"X"'}, "agents", "is no key of the policy"),
    ],
)
def test_a_wrong_rule_is_named_with_its_key(
    changes: dict[str, str], key: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        _rule(**changes)
    (problem,) = caught.value.problems
    assert problem.key == f"collect[0].{key}"
    assert problem.message.startswith(message)


def test_a_rule_needs_its_phase_where_there_are_several() -> None:
    with pytest.raises(
        InvalidInput, match=r"p:5: collect\[0\].phase: is missing; name one of PLAN"
    ):
        read_policy(LEAST + RULE.replace('phase = "exec"\n', ""), "p")


def test_a_rule_needs_no_phase_where_there_is_one() -> None:
    text = LEAST.replace('"PLAN", "EXEC"', '"ALL"') + RULE.replace('phase = "exec"\n', "")
    policy = read_policy(text, "p")
    assert str(policy.collect[0].cell(policy.rules.phases).phase) == "ALL"


@pytest.mark.parametrize(
    ("match", "when", "name", "means"),
    [
        (None, "check-failed", "build", True),
        (None, "check-failed", "", True),
        (None, "reverted", None, False),
        ("*e2e*", "check-failed", "e2e (chromium)", True),
        ("*e2e*", "check-failed", "E2E", False),
        ("*e2e*", "check-failed", None, False),
        ("*e2e*", "label", "e2e", False),
    ],
)
def test_a_rule_means_facts_by_kind_and_name(
    match: str | None, when: str, name: str | None, means: bool
) -> None:
    changes = {"when": '"check-failed"', **({"match": f'"{match}"'} if match else {})}
    assert _rule(**changes).means(when, name) == means


def test_a_rule_for_an_agent_that_no_phase_lists_is_an_error_of_validate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r", "\n" + RULE.replace("testing-agent", "TESTNIG"))
    assert main(["validate", "--repo", str(top)]) == 1
    said = capsys.readouterr().err
    assert "collect[0].agent: no phase of the table lists this agent; known are API" in said
    assert said.count("error:") == 1


def test_a_rule_with_a_cause_that_the_policy_does_not_name_is_an_error_of_validate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r", f'\n{RULE}cause = "tol-use"\n{RULE}cause = "flaky-test"\n')
    line = (top / "config/policy.toml").read_text().splitlines().index('cause = "tol-use"') + 1
    assert main(["validate", "--repo", str(top)]) == 1
    said = capsys.readouterr().err
    assert f"policy.toml:{line}: collect[0].cause: [causes] does not name this cause, so" in said
    assert "(nearest: tool-use)" in said
    assert said.count("error:") == 1


def test_where_causes_are_wrong_themselves_no_rule_is_blamed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = desk(tmp_path / "r", f'\n{RULE}cause = "flaky-test"\n')
    policy = top / "config/policy.toml"
    policy.write_text(policy.read_text().replace('"flaky-test",', '"Flaky test", "flaky-test",'))
    assert main(["validate", "--repo", str(top)]) == 1
    said = capsys.readouterr().err
    assert "causes.ignore" in said
    assert "collect[0]" not in said


def test_the_shipped_set_is_switched_off_and_valid_once_it_is_on(tmp_path: Path) -> None:
    shipped = (TOP / "config/policy.toml").read_text("utf-8")
    assert read_policy(shipped, "p").collect == []
    head, found, tail = shipped.partition("# [imports]\n")
    commented, end, rest = tail.partition("# -------")
    assert found
    assert end
    top = desk(tmp_path / "r")
    on = re.sub(r"(?m)^# ?", "", found + commented)
    (top / "config/policy.toml").write_text(head + on + end + rest)
    assert main(["validate", "--repo", str(top)]) == 0
    policy = read_policy((top / "config/policy.toml").read_text(), "p")
    assert policy.imports.sd_from == "pull-request"
    assert [(rule.when, rule.as_, rule.match) for rule in policy.collect] == [
        ("changes-requested", "issue", None),
        ("reverted", "rework", None),
        ("check-failed", "rework", "*e2e*"),
    ]
