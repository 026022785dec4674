"""The hook that lets no sub-agent of Claude Code start on another model than the table's (issue 13, item 3).

The event is the documented input of a `PreToolUse` hook: https://code.claude.com/docs/en/hooks#pretooluse-input.
"""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import validate

from tests.support.commands import Bot, Said
from tests.support.teams import POLICY, TABLE, Team, policy, table

SECTION = (
    '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'
    'agents = { code-reviewer = "SECURITY" }\nmodels = { opus = "best" }\n'
)
DENIED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["hookSpecificOutput"],
    "properties": {
        "hookSpecificOutput": {
            "type": "object",
            "additionalProperties": False,
            "required": ["hookEventName", "permissionDecision", "permissionDecisionReason"],
            "properties": {
                "hookEventName": {"const": "PreToolUse"},
                "permissionDecision": {"const": "deny"},
                "permissionDecisionReason": {"type": "string", "minLength": 1},
            },
        }
    },
}


def event(name: Any = "testing-agent", tool: str = "Task", **more: Any) -> dict[str, Any]:
    said = {"description": "Test it", "prompt": "Test the login.", "subagent_type": name, **more}
    return {
        "session_id": "abc123",
        "transcript_path": "/home/ada/.claude/projects/x/abc123.jsonl",
        "cwd": "/home/ada/x",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": said,
        "tool_use_id": "toolu_01ABC123",
    }


@pytest.fixture
def team(make_team: Callable[..., Team], tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CLAUDE_CODE_SUBAGENT_MODEL", raising=False)
    monkeypatch.delenv("CALIBRATION_PHASE", raising=False)
    found = make_team()
    found.work.write({POLICY: policy() + SECTION})
    return found


@pytest.fixture
def hook(bot: Bot, team: Team, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    def asked(said: Any, *args: str) -> Said:
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        return bot("enforce", team, *args, "claude-code")

    return asked


def reason(said: Said) -> str:
    assert (said.code, said.err) == (0, "")
    validate(said.document, DENIED)
    return str(said.document["hookSpecificOutput"]["permissionDecisionReason"])


def passes(said: Said) -> bool:
    return (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize("tool", ["Task", "Agent"])
def test_a_sub_agent_on_another_model_is_refused(hook: Callable[..., Said], tool: str) -> None:
    said = hook(event(tool=tool, model="haiku"), "--phase", "EXEC")
    assert reason(said) == (
        "calibration-bot: the table gives TESTING sonnet in EXEC, and this would run on haiku. Start it with "
        'model: "sonnet", or bring its file to the table with `calibration-bot apply`.'
    )


@pytest.mark.parametrize("model", ["sonnet", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929[1m]"])
def test_on_the_tables_model_it_starts(hook: Callable[..., Said], model: str) -> None:
    assert passes(hook(event(model=model), "--phase", "exec"))


@pytest.mark.parametrize("model", ["opus", "haiku", "gpt-5", ""])
def test_neither_weaker_nor_stronger_nor_unknown_will_do(
    hook: Callable[..., Said], model: str
) -> None:
    assert "TESTING sonnet" in reason(hook(event(model=model), "--phase", "EXEC"))


def test_without_a_model_the_agents_file_counts(hook: Callable[..., Said], team: Team) -> None:
    assert "run on the session's model" in reason(hook(event(), "--phase", "EXEC"))
    for model, starts in (("haiku", False), ("inherit", False), ("sonnet", True)):
        text = f"---\nname: testing-agent\nmodel: {model}\n---\n"
        team.work.write({".claude/agents/deep/whatever.md": text})
        assert passes(hook(event(), "--phase", "EXEC")) is starts


def test_the_projects_file_comes_before_the_users(
    hook: Callable[..., Said], team: Team, tmp_path: Any
) -> None:
    users = tmp_path / "home/.claude/agents"
    users.mkdir(parents=True)
    (users / "t.md").write_text("---\nname: testing-agent\nmodel: sonnet\n---\n")
    assert passes(hook(event(), "--phase", "EXEC"))
    team.work.write({".claude/agents/t.md": "---\nname: testing-agent\nmodel: haiku\n---\n"})
    assert "run on haiku" in reason(hook(event(), "--phase", "EXEC"))


def test_what_the_environment_gives_every_sub_agent_counts_first(
    hook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CODE_SUBAGENT_MODEL", "claude-haiku-4-5")
    assert "on claude-haiku-4-5" in reason(hook(event(model="sonnet"), "--phase", "EXEC"))
    monkeypatch.setenv("CLAUDE_CODE_SUBAGENT_MODEL", "inherit")
    assert passes(hook(event(model="sonnet"), "--phase", "EXEC"))


def test_the_phase_can_come_from_the_environment(
    hook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIBRATION_PHASE", "LEAD")
    assert "VALIDATION haiku in LEAD" in reason(hook(event("validation", model="opus")))


def test_without_a_phase_the_model_of_any_will_do(hook: Callable[..., Said]) -> None:
    assert passes(hook(event("validation", model="haiku")))
    assert passes(hook(event("validation", model="opus")))
    assert "haiku or opus in LEAD, PLAN, EXEC" in reason(hook(event("validation", model="sonnet")))


def test_a_gate_never_starts_below_its_floor(hook: Callable[..., Said]) -> None:
    for name in ("security", "SECURITY-AGENT", "plugin:security", "code-reviewer"):
        assert "SECURITY opus" in reason(hook(event(name, model="sonnet")))


def test_a_file_is_whose_its_section_says_by_either_name(
    hook: Callable[..., Said], team: Team
) -> None:
    text = policy() + SECTION.replace("code-reviewer", "sec")
    security = "---\nname: sec-reviewer\nmodel: opus\n---\n"
    team.work.write({POLICY: text, ".claude/agents/sec.md": security})
    assert "SECURITY opus" in reason(hook(event("sec-reviewer", model="haiku")))
    assert passes(hook(event("sec-reviewer")))


def test_an_agent_without_a_name_is_called_like_its_file(
    hook: Callable[..., Said], team: Team
) -> None:
    team.work.write({".claude/agents/testing-agent.md": "---\nmodel: haiku\n---\n"})
    assert "run on haiku" in reason(hook(event(), "--phase", "EXEC"))


def test_what_a_section_writes_for_a_rung_is_that_rung(hook: Callable[..., Said]) -> None:
    assert passes(hook(event("security", model="best")))


@pytest.mark.parametrize(
    "said",
    [
        event("general-purpose", model="haiku"),
        event("Explore"),
        event("ö", model="haiku"),
        event("", model="haiku"),
        event(tool="Bash"),
        {**event(), "hook_event_name": "PostToolUse"},
        {},
        [],
        None,
    ],
)
def test_what_the_table_does_not_know_is_left_alone(hook: Callable[..., Said], said: Any) -> None:
    assert passes(hook(said, "--phase", "EXEC"))


@pytest.mark.parametrize("said", [event(7), event(model=["haiku"]), {**event(), "tool_input": 1}])
def test_an_event_that_is_not_as_documented_starts_nobody(
    hook: Callable[..., Said], said: Any
) -> None:
    assert "cannot tell which model" in reason(hook(said))


@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"\xff", b"[" * 200_000, b'{"a":' * 200_000, b"[" + b"9" * 5_000 + b"]"],
    ids=["nothing", "half", "no text", "deep list", "deep object", "long number"],
)
def test_what_cannot_be_read_starts_nobody(hook: Callable[..., Said], said: bytes) -> None:
    """Claude Code takes any exit code but 0 and 2 for a hook that broke, and starts the sub-agent."""
    assert "not the JSON that Claude Code gives a hook" in reason(hook(said))


class _Broken(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, _: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("broken", [True, False], ids=["broken", "closed"])
def test_a_stdin_that_cannot_be_read_starts_nobody(
    broken: bool, bot: Bot, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(_Broken())) if broken else None
    monkeypatch.setattr("sys.stdin", stdin)
    assert "cannot tell which model" in reason(bot("enforce", team, "claude-code"))


def test_an_event_too_large_to_read_starts_nobody(
    hook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.enforce._LARGEST", 100)
    assert "not the JSON" in reason(hook(event(model="sonnet")))


def test_a_table_that_cannot_be_read_starts_nobody(hook: Callable[..., Said], team: Team) -> None:
    team.work.write({TABLE: table() + "\n[EXEC]\n"})
    assert "cannot tell which model" in reason(hook(event(model="sonnet")))


def test_an_unknown_phase_starts_nobody(hook: Callable[..., Said]) -> None:
    assert "is no phase of the policy" in reason(hook(event(model="sonnet"), "--phase", "SHIP"))


def test_a_repository_without_a_policy_is_nobodys_business(
    hook: Callable[..., Said], team: Team
) -> None:
    (team.work.path / POLICY).unlink()
    assert passes(hook(event(model="haiku")))


def test_a_policy_that_is_named_and_not_there_starts_nobody(hook: Callable[..., Said]) -> None:
    said = hook(event(model="sonnet"), "--policy", "config/polcy.toml")
    assert "config/polcy.toml" in reason(said)


def test_whatever_goes_wrong_starts_nobody(
    bot: Bot, hook: Callable[..., Said], team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such folder" in reason(hook(event(), "--repo", f"{team.path}/nowhere"))
    monkeypatch.setattr("sys.stdin", None)
    assert "stdin is closed" in reason(bot("enforce", team, "claude-code"))

    def broken(*_: object) -> None:
        raise AttributeError

    monkeypatch.setattr("bot.policy.read_policy", broken)
    assert "AttributeError" in reason(hook(event()))


def test_the_reason_is_harmless(hook: Callable[..., Said]) -> None:
    said = hook(event(model="\x1b[31m\n::error::\u202ehaiku"), "--phase", "EXEC")
    assert not {"\x1b", "\n", "\u202e"} & set(reason(said))
