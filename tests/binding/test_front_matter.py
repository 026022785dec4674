"""A key of front matter is read and written by position."""

from __future__ import annotations

import pytest

from bot.binding.front_matter import KeyReading, Uneditable, read_model, with_model

AGENT = "---\nname: tester\ndescription: Tests things\nmodel: sonnet  # for now\n---\nYou test.\n"


def test_the_model_of_an_agent_file_is_read_with_its_line() -> None:
    assert read_model(AGENT) == KeyReading("sonnet", 4)


def test_only_the_value_changes() -> None:
    assert with_model(AGENT, "opus") == AGENT.replace("sonnet", "opus")


def test_an_agent_file_that_says_what_it_should_stays() -> None:
    assert with_model(AGENT, "sonnet") == AGENT


@pytest.mark.parametrize("line", ["", "model:\n", "model: inherit\n", "model: ~\n"])
def test_who_inherits_a_model_is_left_alone_unless_asked_for(line: str) -> None:
    text = f"---\nname: tester\n{line}---\n"
    assert with_model(text, "opus") == text
    assert with_model(text, "opus", add=True) == "---\nname: tester\nmodel: opus\n---\n"


def test_another_key_can_hold_the_model() -> None:
    text = "---\nmodel: sonnet\nreasoning-effort: low\n---\n"
    assert with_model(text, "high", "reasoning-effort") == text.replace("low", "high")


@pytest.mark.parametrize(
    ("model", "written"),
    [
        ("claude-opus-4-5@20251101", "claude-opus-4-5@20251101"),
        ("us.anthropic.claude-opus-4-5-v1:0", "us.anthropic.claude-opus-4-5-v1:0"),
        ("opus[1m]", "opus[1m]"),
        ("Claude Opus 4.5 (copilot)", "Claude Opus 4.5 (copilot)"),
        ("off", '"off"'),
        ("4", '"4"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
    ],
)
def test_a_model_that_yaml_would_take_for_something_else_gets_quotes(
    model: str, written: str
) -> None:
    assert with_model("---\nmodel: x\n---\n", model) == f"---\nmodel: {written}\n---\n"


def test_a_file_without_front_matter_is_refused_with_the_reason() -> None:
    found = with_model("# Tester\n", "opus")
    assert isinstance(found, Uneditable)
    assert (found.line, found.reason) == (1, "has no front matter: its first line must be ---")
