"""What `init` binds the table to: agent files that agree with it as they are, and no other."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from tests.adoption.conftest import NewUser
from tests.support.agent_files import PLACES, agent_text, team_files

CLAUDE, OPENCODE, COPILOT, CURSOR, GEMINI = (
    PLACES[name] for name in ("Claude Code", "opencode", "Copilot", "Cursor", "Gemini CLI")
)


def bound(user: NewUser) -> list[dict[str, Any]]:
    """The sections of the policy as they are; `apply --check` must have nothing to say of them."""
    assert user("apply", "--check").code == 0
    sections: list[dict[str, Any]] = tomllib.loads(user.read("config/policy.toml")).get("apply", [])
    return sections


def test_each_tool_has_a_section_and_its_own_words_for_the_rungs(
    new_user: Callable[..., NewUser],
) -> None:
    user = new_user(team_files("Claude Code", "opencode", "Copilot", "Cursor"))
    user.init()
    assert bound(user) == [
        {"files": ".claude/agents/**/*.md", "phase": "ALL"},
        {
            "files": ".opencode/agent*/*.md",
            "phase": "ALL",
            "models": {r: f"anthropic/claude-{r}-4-5" for r in ("haiku", "sonnet", "opus")},
        },
        {
            "files": ".github/agents/*.agent.md",
            "phase": "ALL",
            "models": {r: f"Claude {r.capitalize()} 4.5" for r in ("haiku", "sonnet", "opus")},
        },
        {
            "files": ".cursor/agents/*.md",
            "phase": "ALL",
            "models": {r: f"claude-4.5-{r}" for r in ("haiku", "sonnet", "opus")},
        },
    ]
    said = user("apply", "--check").out
    assert said == (
        "apply: of 24 places 20 as the table says, 0 differ, 4 left as they say nothing (`add = true` "
        "binds them)\n"
    )


def test_a_promotion_reaches_every_tool_in_its_own_words(new_user: Callable[..., NewUser]) -> None:
    user = new_user(team_files("Claude Code", "opencode", "Copilot", "Cursor"))
    user.init()
    table = user.read("config/overrides.toml")
    user.work.write(
        {"config/overrides.toml": table.replace('TESTING = "sonnet"', 'TESTING = "opus"')}
    )
    assert user("apply").code == 0
    said = [
        user.read(place.format("testing-agent")) for place in (CLAUDE, OPENCODE, COPILOT, CURSOR)
    ]
    models = ("opus", '"anthropic/claude-opus-4-5"', "Claude Opus 4.5", "claude-4.5-opus")
    assert [f"model: {model}\n" in text for model, text in zip(models, said, strict=True)] == [
        True
    ] * 4


def test_a_rung_nobody_is_on_is_written_as_its_neighbours_are(
    new_user: Callable[..., NewUser],
) -> None:
    files = {OPENCODE.format("a"): agent_text("openrouter/anthropic/claude-sonnet-4.5")}
    files[CURSOR.format("a")] = agent_text("claude-4.5-sonnet-thinking")
    files[GEMINI.format("b")] = agent_text("gemini-2.5-pro")
    user = new_user(files)
    user.init("--ladder", "sonnet,opus,gemini-2.5-pro:6")
    router, gemini, cursor = bound(user)
    assert router["models"]["opus"] == "anthropic/claude-opus-4-5"
    assert cursor["models"]["opus"] == "claude-4.5-opus-thinking"
    assert "gemini-2.5-pro" not in gemini.get("models", {})


def test_with_phases_a_file_follows_the_highest_of_them(new_user: Callable[..., NewUser]) -> None:
    user = new_user({CLAUDE.format("validation"): agent_text("opus")})
    user.init("--phases", "LEAD,PLAN,EXEC")
    assert bound(user) == [{"files": ".claude/agents/**/*.md", "phase": ["LEAD", "PLAN", "EXEC"]}]


def test_files_that_differ_are_left_out_and_what_is_only_spelt_otherwise_has_its_own_words(
    new_user: Callable[..., NewUser],
) -> None:
    files = {
        CLAUDE.format("docs"): agent_text("haiku"),
        CLAUDE.format("security"): agent_text("sonnet"),
        CLAUDE.format("ui"): agent_text("gemini-2.5-pro"),
        CLAUDE.format("ops"): agent_text("inherit"),
        CLAUDE.format("tests"): agent_text("claude-sonnet-4-5"),
    }
    user = new_user(files)
    out = user.init().out
    assert bound(user) == [
        {
            "files": ".claude/agents/**/*.md",
            "except": [CLAUDE.format(name) for name in ("security", "tests", "ui")],
            "phase": "ALL",
        },
        {
            "files": CLAUDE.format("tests"),
            "phase": "ALL",
            "models": {"sonnet": "claude-sonnet-4-5"},
        },
    ]
    assert (
        "passed over: .claude/agents/security.md: not bound: "
        "model is sonnet, should be opus (SECURITY)\n" in out
    )
    assert "passed over: .claude/agents/ui.md: not bound: model is gemini-2.5-pro, should be" in out
    assert "ops.md" not in out
    assert {path: user.read(path) for path in files} == files


def test_one_agent_of_two_tools_on_two_rungs_binds_the_higher_file(
    new_user: Callable[..., NewUser],
) -> None:
    files = {
        CLAUDE.format("docs"): agent_text("haiku"),
        COPILOT.format("docs"): agent_text("Claude Opus 4.5"),
    }
    user = new_user(files)
    out = user.init().out
    assert [section["files"] for section in bound(user)] == [".github/agents/*.agent.md"]
    assert "docs.md: not bound: model is haiku, should be opus (DOCS)" in out


@pytest.mark.parametrize(
    ("calls_itself", "agent", "agents"),
    [
        ("code-reviewer", "CODE-REVIEWER", {}),
        ("The Reviewer", "REVIEW", {"review": "REVIEW"}),
        ("'$(x)'", "REVIEW", {"review": "REVIEW"}),
        ("default", "REVIEW", {"review": "REVIEW"}),
    ],
)
def test_an_agent_is_who_its_file_says_it_is_else_what_the_file_is_called(
    new_user: Callable[..., NewUser], calls_itself: str, agent: str, agents: dict[str, str]
) -> None:
    user = new_user({CLAUDE.format("review"): agent_text("opus", name=calls_itself)})
    user.init()
    (section,) = bound(user)
    assert section.get("agents", {}) == agents
    assert f'\n{agent} = "opus"' in user.read("config/overrides.toml")


def test_without_files_that_say_a_model_the_policy_shows_how_it_is_done(
    new_user: Callable[..., NewUser],
) -> None:
    user = new_user({CLAUDE.format("docs"): agent_text("inherit")})
    user.init("--phases", "PLAN,EXEC")
    assert bound(user) == []
    text = user.read("config/policy.toml")
    assert '# [[apply]]\n# files = ".claude/agents/*.md"' in text
    assert '\n# phase = ["PLAN", "EXEC"]\n' in text


def test_files_of_two_line_ends_and_quotes_are_bound_as_they_are(
    new_user: Callable[..., NewUser],
) -> None:
    files = {
        CLAUDE.format("a"): agent_text("'opus'", end="\r\n"),
        CLAUDE.format("b"): agent_text('"haiku"  # cheap'),
        CLAUDE.format("c"): "\ufeff" + agent_text("sonnet"),
    }
    user = new_user(files)
    user.init()
    assert len(bound(user)) == 1
    assert user("apply").out == "apply: of 3 places 3 as the table says, 0 written\n"


def test_a_file_with_a_hostile_name_is_left_out_by_a_glob_that_quotes_nothing(
    new_user: Callable[..., NewUser],
) -> None:
    """It calls itself an agent, so that a binding of its folder would mean it."""
    names = ("$(x)", "a\nb", "*", "[x]", "\u202e", "é", "\\")
    files = {f".claude/agents/{name}.md": agent_text("opus", name="docs") for name in names}
    files[CLAUDE.format("docs")] = agent_text("haiku")
    user = new_user(files)
    user.init()
    (section,) = bound(user)
    assert section["files"] == ".claude/agents/**/*.md"
    assert set("".join(section["except"])) <= set("abcdefghijklmnopqrstuvwxyz./?")
    assert user("apply", "--check").out == "apply: of 1 place 1 as the table says, 0 differ\n"
