"""Side chains inside a session's file are named after the `subagent_type` of their call (issue 9, 24)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.evidence.imports import claude_code
from bot.evidence.imports.branches import Attribution
from bot.evidence.imports.claude_code import Choices

NOW = 1_800_000_000_000_000
USAGE = {"input_tokens": 1, "output_tokens": 2}


def said(
    uuid: str, parent: str | None, side: bool, content: list[Any], **more: Any
) -> dict[str, Any]:
    """A response of a model, as one row of a session."""
    message = {"id": f"m-{uuid}", "model": uuid, "stop_reason": "x", "usage": USAGE}
    return {
        "type": "assistant",
        "uuid": uuid,
        "parentUuid": parent,
        "isSidechain": side,
        "sessionId": "s1",
        "timestamp": "2025-12-02T10:00:00Z",
        "message": {**message, "role": "assistant", "content": content},
        **more,
    }


def call(name: str, kind: Any, prompt: str = "do it") -> dict[str, Any]:
    """A part of a response that calls a sub-agent."""
    given = {"description": "x", "prompt": prompt, "subagent_type": kind}
    return {"type": "tool_use", "id": name, "name": "Task", "input": given}


def asked(uuid: str, parent: str | None, side: bool, content: Any, **more: Any) -> dict[str, Any]:
    """A user's row: in a side chain, the prompt it begins with."""
    row = {
        "type": "user",
        "uuid": uuid,
        "parentUuid": parent,
        "isSidechain": side,
        "sessionId": "s1",
    }
    return {**row, "message": {"role": "user", "content": content}, **more}


def agents(folder: Path, *rows: dict[str, Any]) -> dict[str, str]:
    """Agent of each response, by the uuid of its row (which is its model, too)."""
    path = folder / "s1.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    attribution = Attribution("SD-1", "EXEC", (), ("EXEC",))
    choices = Choices(attribution, main_agent="MAIN", count_cache_reads=False, now=NOW)
    found = claude_code.read([path], choices)
    return {str(event.fields["model"]): str(event.fields["agent"]) for event in found.events()}


REST = [said("b1", "u1", True, []), asked("u2", "b1", True, []), said("b2", "u2", True, [])]

WAYS = {
    "parents": [asked("u1", "a1", True, "go")],
    "parents without a user's row": [said("u1", "a1", True, [])],
    "prompt": [asked("u1", None, True, "test the login")],
    "prompt in parts": [asked("u1", None, True, [{"type": "text", "text": "test the login"}])],
    "id of the call": [asked("u1", None, True, "x", parent_tool_use_id="t1")],
    "id of the call, older": [asked("u1", None, True, "x", parentToolUseID="t1")],
}


@pytest.mark.parametrize("start", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("kind", "agent"),
    [
        ("testing-agent", "TESTING"),
        ("API", "API"),
        ("plugin:code reviewer", "PLUGIN-CODE-REVIEWER"),
    ],
)
def test_a_side_chain_is_named_after_its_call(
    start: list[dict[str, Any]], kind: str, agent: str, tmp_path: Path
) -> None:
    main = said("a1", "u0", False, [call("t1", kind, "test the login")])
    after = said("a2", "a1", False, [])
    found = agents(tmp_path, asked("u0", None, False, "fix it"), main, *start, *REST, after)
    expected = dict.fromkeys(
        ["b1", "b2", *(["u1"] if start[0]["type"] == "assistant" else [])], agent
    )
    assert found == {"a1": "MAIN", "a2": "MAIN", **expected}


def test_two_calls_at_once_are_told_apart_by_their_prompts(tmp_path: Path) -> None:
    calls = [call("t1", "testing-agent", "test it"), call("t2", "api-agent", "sketch it")]
    found = agents(
        tmp_path,
        said("a1", None, False, calls),
        asked("u1", "a1", True, "sketch it"),
        asked("u2", "a1", True, "test it"),
        said("b2", "u2", True, []),
        said("b1", "u1", True, []),
    )
    assert found == {"a1": "MAIN", "b1": "API", "b2": "TESTING"}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([asked("u1", None, True, "another prompt")], id="nothing leads to a call"),
        pytest.param([asked("u1", "a1", True, "another")], id="one of two calls"),
        pytest.param([asked("u1", "gone", True, {"odd": 1})], id="odd content"),
        pytest.param([asked("u1", 7, True, None)], id="odd parent"),  # type: ignore[arg-type]
    ],
)
def test_what_nothing_leads_to_a_call_is_a_sub_agent_without_name(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    calls = [call("t1", "testing-agent", "p"), call("t2", "api-agent", "q"), call("t3", ["x"]), {}]
    found = agents(tmp_path, said("a1", None, False, calls), *rows, *REST)
    assert found == {"a1": "MAIN", "b1": "SUBAGENT", "b2": "SUBAGENT"}
