"""`calibration-bot enforce claude-code`: a hook that starts no sub-agent on another model than the table's.

In: the JSON that Claude Code gives a `PreToolUse` hook on stdin. Out: nothing where the sub-agent may start,
else the JSON that denies it, with the reason its caller reads; exit code 0 either way, as the hook's protocol
has it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.cli import options
from bot.errors import BotError

if TYPE_CHECKING:
    from bot.binding.sub_agents import SubAgent

_LARGEST = 2**26
_LARGEST_FILE = 2**20
_FOLDER = ".claude/agents/**/*.md"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "enforce",
        help="refuse a sub-agent on another model",
        description="Answers the hook that a harness calls before it starts a sub-agent: refuses one on "
        "another model than the table's.",
        example="calibration-bot enforce claude-code --phase EXEC",
    )
    parser.add_argument("harness", choices=["claude-code"], help="whose hook calls")
    parser.add_argument(
        "--phase",
        help="the phase of the work (default: $CALIBRATION_PHASE, else any phase will do)",
    )
    options.add_repository(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the hook. Where event or policy cannot be read, no sub-agent starts; where none is, all do."""
    said = _stdin()
    if not os.path.lexists(os.path.join(options.top_of(args.repo), args.policy)):
        return 0
    try:
        event = _event(said)
        reason = _reason(args, event) if isinstance(event, Mapping) else None
    except (BotError, ValueError, OSError) as err:
        reason = f"calibration-bot cannot tell which model this sub-agent is to run on: {err}"
    if reason is not None:
        print(_denied(reason), end="")
    return 0


def _stdin() -> bytes:
    """What the harness says; nothing, and so no event, where stdin is closed or cannot be read."""
    try:
        return sys.stdin.buffer.read(_LARGEST) if sys.stdin else b""
    except OSError:
        return b""


def _event(said: bytes) -> Any:
    """Raises ValueError; an exit code for it would be read as a hook that broke, and start the sub-agent."""
    try:
        return json.loads(said)
    except (ValueError, RecursionError) as err:
        raise ValueError(f"stdin is not the JSON that Claude Code gives a hook: {err}") from err


def _reason(args: argparse.Namespace, event: Mapping[str, Any]) -> str | None:
    """Why the sub-agent of an event may not start, None if it may or there is none."""
    from bot.binding.sub_agents import asked_for, refused

    who = asked_for(event, os.environ.get("CLAUDE_CODE_SUBAGENT_MODEL"))
    if who is None:
        return None
    from bot.allocation.asking import cell_asked
    from bot.allocation.table import read_table, table_path
    from bot.policy import read_policy

    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    path = table_path(args.policy)
    table = read_table(options.read_text(top, path), path, policy.rules)
    phase = args.phase or os.environ.get("CALIBRATION_PHASE") or None
    phases = policy.rules.phases
    if phase is not None:
        phases = (cell_asked("ANY", phase, policy.rules).phase,)
    return refused(who, _says(top, who), phases, table, policy.rules, policy.apply)


def _says(top: str, who: SubAgent) -> str | None:
    """The model that the agent's file says: the project's before the user's. None where neither says one."""
    from bot.binding.bound_files import NAME_KEY
    from bot.binding.front_matter import KeyReading, read_model
    from bot.paths import files_below, is_file

    for place in (top, os.path.expanduser("~")):
        for file in (os.path.join(place, path) for path in files_below(place, _FOLDER)):
            if not is_file(file):
                continue
            with open(file, encoding="utf-8", errors="replace", newline="") as opened:
                text = opened.read(_LARGEST_FILE)
            name = read_model(text, NAME_KEY)
            if isinstance(name, KeyReading) and name.model == who.name:
                found = read_model(text)
                return found.model if isinstance(found, KeyReading) else None
    return None


def _denied(reason: str) -> str:
    from bot.wording.escape import json_text, terminal

    said: dict[str, Any] = {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": terminal(reason),
    }
    return json_text({"hookSpecificOutput": said})
