"""`[[apply]]`: where the table binds, checked as strictly as the rest of the policy (issue 13, item 2)."""

from __future__ import annotations

import pytest

from bot.errors import InvalidInput
from bot.policy import ApplyRule, read_policy

LEAST = """\
phases = ["PLAN", "EXEC"]
[[ladder]]
name = "sonnet"
relative_cost = 1
[[ladder]]
name = "opus"
relative_cost = 5
"""


def _rules(text: str, least: str = LEAST) -> list[ApplyRule]:
    return read_policy(f"{least}[[apply]]\n{text}", "p").apply


def _problem(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        _rules(text)
    (problem,) = caught.value.problems
    assert problem.line is not None
    return f"{problem.key}: {problem.message}"


def test_without_sections_nothing_is_bound() -> None:
    assert read_policy(LEAST, "p").apply == []


def test_a_section_names_files_and_the_phase_they_follow() -> None:
    (rule,) = _rules('files = "agents/*.md"\nphase = "exec"\n')
    assert (rule.files, rule.key, rule.phases, rule.add) == (
        "agents/*.md",
        "model",
        ["EXEC"],
        False,
    )


def test_several_phases_can_be_followed() -> None:
    (rule,) = _rules('files = "agents/*.md"\nphase = ["plan", "EXEC"]\n')
    assert rule.phases == ["PLAN", "EXEC"]


def test_the_only_phase_needs_no_mention() -> None:
    (rule,) = _rules('files = "agents/*.md"\n', LEAST.replace('"PLAN", "EXEC"', '"ALL"'))
    assert rule.phases == []


def test_agents_are_named_in_any_spelling() -> None:
    (rule,) = _rules('files = "a"\nphase = "EXEC"\nagents = { code-reviewer = "review-agent" }\n')
    assert rule.agents == {"code-reviewer": "REVIEW"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('phase = "EXEC"', "files: needs either files or json, and not both"),
        ('files = "a"\njson = "b.json"', "files: needs either files or json, and not both"),
        ('json = "b.json"\nphase = "EXEC"', "phase: goes with files only; remove it"),
        ('json = "b.json"\nadd = true', "add: goes with files only; remove it"),
        ('json = "b.txt"', "json: must be the path of a .json file"),
        ('json = "../b.json"', "json: must be the path of a .json file"),
        ('json = "/b.json"', "json: must be the path of a .json file"),
        ('json = ".git/b.json"', "json: must be the path of a .json file"),
        ('json = "a/.GIT/b.json"', "json: must be the path of a .json file"),
        ('json = "*.json"', "json: must be the path of a .json file"),
        ('files = "../*.md"\nphase = "EXEC"', "files: must be a path or pattern that starts at"),
        ('files = "a"', "phase: is missing; name some of PLAN, EXEC"),
        ('files = "a"\nphase = "LEAD"', "phase: must be of the phases PLAN, EXEC"),
        ('files = "a"\nphase = 1', "phase: must be a phase, or a list of them"),
        ('files = "a"\nphase = [1]', "phase: must be a phase, or a list of them"),
        ('files = "a"\nphase = "EXEC"\nkey = "a: b"', "key: must be a key of the front matter"),
        ('files = "a"\nphase = "EXEC"\nagents = 1', "agents: must be a table of names"),
        ('files = "a"\nphase = "EXEC"\nagents = { a = "1x" }', "agents: 'a' must be given the na"),
        ('files = "a"\nphase = "EXEC"\nmodels = { haiku = "x" }', "models: 'haiku' is no rung"),
        ('files = "a"\nphase = "EXEC"\nmodels = { opus = "a\\nb" }', "models: 'opus' must be give"),
        (
            'files = "a"\nphase = "EXEC"\nmodels = { opus = "sonnet" }',
            "models: says 'sonnet' for opus, which the ladder knows as sonnet; name one of opus",
        ),
        ('files = "a"\nphase = "EXEC"\nmodels = { opus = "" }', "models: 'opus' must be given one"),
        ('files = "a"\nphase = "EXEC"\nmode = "x"', "mode: is no key of the policy"),
    ],
)
def test_an_impossible_section_is_told_with_its_line(text: str, said: str) -> None:
    assert _problem(text).startswith(f"apply[0].{said}")
