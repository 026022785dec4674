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

if TYPE_CHECKING:
    from bot.binding.sub_agents import SubAgent, SubAgentFile

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
    try:
        reason = _reason(args) if _is_used(args) else None
    except Exception as err:  # an exit code for whatever it is would start the sub-agent
        what = str(err) or type(err).__name__
        reason = f"calibration-bot cannot tell which model this sub-agent is to run on: {what}"
    if reason is not None:
        print(_denied(reason), end="")
    return 0


def _is_used(args: argparse.Namespace) -> bool:
    """Whether the repository uses the bot. Only the default policy may be missing: any other is a slip."""
    named = args.policy != options.POLICY
    return named or os.path.lexists(os.path.join(options.found_top(args.repo), args.policy))


def _event() -> Any:
    """Raises ValueError; an exit code for it would be read as a hook that broke, and start the sub-agent."""
    if sys.stdin is None:
        raise ValueError("stdin is closed")
    try:
        return json.loads(sys.stdin.buffer.read(_LARGEST))
    except (ValueError, RecursionError) as err:
        raise ValueError(f"stdin is not the JSON that Claude Code gives a hook: {err}") from err


def _reason(args: argparse.Namespace) -> str | None:
    """Why the sub-agent of the event on stdin may not start, None if it may or there is none."""
    from bot.binding.sub_agents import asked_for, refused

    event, for_all = _event(), os.environ.get("CLAUDE_CODE_SUBAGENT_MODEL")
    who = asked_for(event, for_all) if isinstance(event, Mapping) else None
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
    return refused(who, _file_of(top, who), phases, table, policy.rules, policy.apply)


def _file_of(top: str, who: SubAgent) -> SubAgentFile | None:
    """The agent's file: the project's before the user's."""
    from bot.binding.bound_files import NAME_KEY
    from bot.binding.front_matter import KeyReading, read_model
    from bot.binding.sub_agents import SubAgentFile
    from bot.paths import files_below, is_file, stem_of

    for place in (top, os.path.expanduser("~")):
        for path in files_below(place, _FOLDER):
            file, stem = os.path.join(place, path), stem_of(path)
            if not is_file(file):
                continue
            with open(file, encoding="utf-8", errors="replace", newline="") as opened:
                text = opened.read(_LARGEST_FILE)
            name, found = read_model(text, NAME_KEY), read_model(text)
            if ((isinstance(name, KeyReading) and name.model) or stem) == who.name:
                return SubAgentFile(stem, found.model if isinstance(found, KeyReading) else None)
    return None


def _denied(reason: str) -> str:
    from bot.wording.escape import json_text, terminal

    said: dict[str, Any] = {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": terminal(reason),
    }
    return json_text({"hookSpecificOutput": said})
