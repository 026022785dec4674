"""What the first table says of agents that are there, and of gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bot.adoption.first_table import everybodys
from bot.allocation.ladder import Ladder, Rung
from bot.allocation.names import Cell
from bot.allocation.rules import read_rules
from bot.allocation.table import Table, read_table
from tests.adoption.conftest import NewUser
from tests.support.agent_files import PLACES, agent_text, team_files

CLAUDE, OPENCODE, COPILOT = PLACES["Claude Code"], PLACES["opencode"], PLACES["Copilot"]


def table_of(user: NewUser) -> Table:
    rules = read_rules(user.read("config/policy.toml"), "policy")
    return read_table(user.read("config/overrides.toml"), "table", rules)


def adopted(
    new_user: Callable[..., NewUser], files: Mapping[str, bytes | str], *options: str
) -> dict[str, str]:
    """Cell to rung, as `init` declares them for a repository with these files."""
    user = new_user(files)
    user.init(*options)
    return {str(cell): rung for cell, rung in table_of(user).entries.items()}


def test_every_agent_has_the_model_of_its_file_and_silent_ones_the_default(
    new_user: Callable[..., NewUser],
) -> None:
    assert adopted(new_user, team_files("Claude Code")) == {
        "CODE-REVIEWER": "opus",
        "TESTING": "sonnet",
        "DOCS_WRITER": "haiku",
        "SECURITY": "opus",
        "RELEASE-NOTES": "sonnet",
        "REFACTORER": "sonnet",
    }


def test_with_phases_every_agent_has_it_in_each_and_gates_are_at_their_floor(
    new_user: Callable[..., NewUser],
) -> None:
    files = {CLAUDE.format("docs"): agent_text("haiku")}
    found = adopted(new_user, files, "--phases", "LEAD,PLAN,EXEC")
    assert found == {
        **{f"DOCS/{phase}": "haiku" for phase in ("LEAD", "PLAN", "EXEC")},
        **{f"SECURITY/{phase}": "opus" for phase in ("LEAD", "PLAN", "EXEC")},
        **{f"VALIDATION/{phase}": "opus" for phase in ("PLAN", "EXEC")},
    }


def test_an_agent_of_several_tools_has_the_highest_of_their_models(
    new_user: Callable[..., NewUser],
) -> None:
    files = {
        CLAUDE.format("docs"): agent_text("haiku"),
        OPENCODE.format("docs-agent"): agent_text("anthropic/claude-sonnet-4-5"),
        COPILOT.format("docs"): agent_text(None),
    }
    assert adopted(new_user, files)["DOCS"] == "sonnet"


@pytest.mark.parametrize(
    ("written", "rung"),
    [
        ("haiku", "haiku"),
        ("'claude-opus-4-5'", "opus"),
        ("anthropic/claude-haiku-4-5", "haiku"),
        ("Claude Opus 4.5", "opus"),
        ("Claude Haiku 4.5 (copilot)", "haiku"),
        ("claude-4.5-opus-high-thinking", "opus"),
        ("inherit", "sonnet"),
        ("gemini-2.5-pro", "sonnet"),
        ("not-claude-opus", "sonnet"),
        ("claude-opus-\u202e4", "sonnet"),
        ("claude-opus-\u0435", "sonnet"),
    ],
)
def test_a_model_is_known_by_the_ladders_patterns_and_never_guessed(
    new_user: Callable[..., NewUser], written: str, rung: str
) -> None:
    assert adopted(new_user, {CLAUDE.format("docs"): agent_text(written)})["DOCS"] == rung


def test_a_gate_is_declared_at_its_floor_whatever_its_file_says(
    new_user: Callable[..., NewUser],
) -> None:
    files = {CLAUDE.format("security"): agent_text("haiku")}
    assert adopted(new_user, files) == {"SECURITY": "opus"}


@pytest.mark.parametrize(
    ("rungs", "default"),
    [
        (["haiku", "sonnet", "opus"], "sonnet"),
        (["haiku", "sonnet"], "haiku"),
        (["sonnet", "opus"], "sonnet"),
        (["a", "b", "c", "d"], "b"),
        (["only"], "only"),
    ],
    ids="-".join,
)
def test_the_default_is_a_modest_rung(rungs: list[str], default: str) -> None:
    assert everybodys(Ladder(tuple(map(Rung, rungs)))) == default


def test_no_cell_that_a_gate_needs_hangs_on_the_default(new_user: Callable[..., NewUser]) -> None:
    user = new_user({})
    user.init("--phases", "LEAD,PLAN", "--ladder", "haiku,sonnet")
    table = table_of(user)
    assert table.default == "haiku"
    assert table.entries == {
        Cell("LEAD", "SECURITY"): "sonnet",
        Cell("PLAN", "SECURITY"): "sonnet",
        Cell("PLAN", "VALIDATION"): "sonnet",
    }


def test_the_shipped_table_is_for_whoever_works_as_it_does_and_has_no_agent_files(
    new_user: Callable[..., NewUser],
) -> None:
    from bot.adoption.first_policy import shipped

    user = new_user({})
    user.init("--phases", "LEAD,PLAN,EXEC")
    assert user.read("config/overrides.toml") == shipped("overrides.toml")
