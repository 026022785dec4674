"""`calibration-bot log …`: write and read the logs. Writing imports nothing heavy."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from bot.cli import options
from bot.errors import BotError, UsageError

if TYPE_CHECKING:  # what an event needs is imported when there is one
    from bot.allocation.essentials import Essentials
    from bot.calendar import Week
    from bot.evidence.events import Event
    from bot.evidence.spend import Own


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command and its sub-commands."""
    parser = commands.add_parser(
        "log",
        help="write and read the logs",
        description="Writes and reads the logs that calibrations are made of.",
        example="calibration-bot log show",
    )
    kinds = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add_kind in (_add_tokens, _add_rework, _add_show, _add_import, _add_sync):
        add_kind(kinds)


def _add_tokens(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "tokens",
        help="log tokens that were used",
        description="Logs tokens that were used for an SD (a work item); on disk when it returns.",
        example="calibration-bot log tokens --sd SD-101 --phase EXEC --agent TESTING --model "
        "claude-sonnet-4-5 --tokens 18600",
    )
    _add_event(parser, agent_required=False)
    parser.add_argument("--tokens", required=True, metavar="N", help="whole number, digits only")
    parser.set_defaults(run=_log_tokens, logs=True)


def _add_rework(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "rework",
        help="log whether an agent's work had to be redone",
        description="Logs whether an agent's work for an SD (a work item) had to be redone; on disk when it "
        "returns.",
        example="calibration-bot log rework --sd SD-101 --phase EXEC --agent TESTING "
        "--cause edge-case-detection",
    )
    _add_event(parser, agent_required=True)
    parser.add_argument("--cause", help="why, e.g. edge-case-detection")
    outcome = parser.add_mutually_exclusive_group()
    outcome.add_argument("--ok", action="store_true", help="nothing had to be redone")
    outcome.add_argument("--issue", action="store_true", help="something went wrong, no rework")
    parser.set_defaults(run=_log_rework, logs=True)


def _add_event(parser: argparse.ArgumentParser, *, agent_required: bool) -> None:
    parser.add_argument("--sd", required=True, help="the work item, any ticket id")
    parser.add_argument("--phase", help="e.g. EXEC; left out where the policy has only one")
    parser.add_argument("--agent", required=agent_required, help="e.g. TESTING or testing-agent")
    parser.add_argument("--model", help="the model that really ran, e.g. claude-sonnet-4-5")
    parser.add_argument("--note", help="anything worth remembering")
    parser.add_argument(
        "--ts", metavar="TIME", help="when, if not now, e.g. 2025-12-03T10:15:00+01:00"
    )
    options.add_repository(parser)


def _add_show(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "show",
        help="a week's log by phase, agent and model, or all of an SD",
        description="Shows a week's log by phase, agent and model, or everything that is known of one SD.",
        example="calibration-bot log show --sd SD-101",
    )
    options.add_repository(parser)
    options.add_format(parser, "text", "json", "markdown")
    parser.add_argument("--week", help="e.g. 2025-W49 (default: the current week)")
    parser.add_argument("--sd", help="everything known of one SD instead, in order of time")
    parser.set_defaults(run=_show)


_FORMATS = {
    "leo": (".token-log.json", ".token-log.json"),
    "claude-code": ("Claude Code's session transcripts", "~/.claude/projects/my-project"),
    "codex": ("Codex's session rollouts", "~/.codex/sessions"),
    "otel": ("OpenTelemetry's GenAI spans and logs as OTLP JSON", "traces.jsonl logs.jsonl"),
    "litellm": ("LiteLLM's spend logs as JSON Lines or CSV", "spend.jsonl spend.csv"),
    "jsonl": ("any JSON Lines, by a map of their keys", "--map ledger.toml ledger.jsonl"),
}
"""What `log import` reads, each with an example."""


def _add_import(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "import",
        help="log what agents' own tools have written",
        description="Logs what agents' own tools have written; nothing twice, however often it is imported.",
        example="calibration-bot log import claude-code ~/.claude/projects/my-project",
    )
    formats = parser.add_subparsers(title="formats", metavar="FORMAT", dest="source", required=True)
    for name, (said, example) in _FORMATS.items():
        usage = f"calibration-bot log import {name} {example}"
        _add_format(formats.add_parser(name, help=said, description=f"Logs {said}.", example=usage))


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder of them")
    if parser.prog.endswith("jsonl"):
        parser.add_argument(
            "--map",
            required=True,
            metavar="FILE",
            help="TOML: which key holds which field (.github/LOGGING.md shows one)",
        )
    parser.add_argument(
        "--sd", help="SD of all of it (default: $CALIBRATION_SD, else by branch, else the session)"
    )
    parser.add_argument(
        "--phase", help="its phase (default: $CALIBRATION_PHASE, else by branch, else the last one)"
    )
    options.add_repository(parser)
    options.add_format(parser, "text", "json")
    parser.set_defaults(run=_import, logs=True)


def _add_sync(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "sync",
        help="put the logs on their own branch (policy logs.ref)",
        description="Puts the logs of this work tree on the branch that the policy's logs.ref names, here "
        "and on the remote.",
        example="calibration-bot log sync",
    )
    options.add_repository(parser)
    parser.set_defaults(run=_sync)


def _log_tokens(args: argparse.Namespace) -> int:
    from bot.evidence.events import token_event, use_of
    from bot.evidence.spend import Own

    top, policy = options.read_essentials(args)
    event = token_event(vars(args), policy.rules.phases, _now())
    _doubt(args, policy, event)
    path = _append(top, policy, policy.logs.tokens, event)
    return _tell(top, policy, event, Own(path, event.line, use_of(event)))


def _log_rework(args: argparse.Namespace) -> int:
    from bot.evidence.events import rework_event

    if args.ok and args.cause:
        raise UsageError("--cause says what went wrong; leave it out with --ok")
    top, policy = options.read_essentials(args)
    rework = not (args.ok or args.issue)
    event = rework_event(vars(args), policy.rules.phases, _now(), rework=rework, issue=args.issue)
    _doubt(args, policy, event)
    _append(top, policy, policy.logs.rework, event)
    return _tell(top, policy, event, None)


def _doubt(args: argparse.Namespace, policy: Essentials, event: Event) -> None:
    from bot.cli.log_doubts import doubts, table_agents

    agents = table_agents(args) if "agent" in event.fields else []
    for said in doubts(agents, event.fields, policy.rules.ladder, policy.causes):
        _warn(said)


def _append(top: str, policy: Essentials, glob: str, event: Event) -> str:
    from bot.evidence.write import append

    path = append(top, glob, _week(policy, event).label, str(event.fields["id"]), [event.line])
    print(f"logged in {path}", flush=True)
    if policy.logs.source is not None:
        from bot.wording.elsewhere import counted_elsewhere

        for said in counted_elsewhere(policy.logs.source):
            _warn(said)
    return path


def _tell(top: str, policy: Essentials, event: Event, own: Own | None) -> int:
    """Say what the event's week has used; the event is logged whether that can be told or not."""
    from bot.evidence.spend import spent
    from bot.wording.figures import percent, plural

    week, logs = _week(policy, event), policy.logs
    try:
        so_far = spent(top, logs.tokens, week, policy.rules.phases, ref=logs.ref, own=own)
    except BotError as err:
        _warn(f"what the week has used is not known: {err}")
        return 0
    used, limit = so_far.tokens, policy.zones.weekly_tokens
    zone = policy.zones.zone(used)
    print(f"{week}: {used:,} of {limit:,} tokens used ({percent(used, limit)}), {zone}")
    if so_far.bad_lines:
        said = "not counted; `calibration-bot validate` names them"
        _warn(f"{plural(so_far.bad_lines, 'bad line')} {said}")
    return 0


def _week(policy: Essentials, event: Event) -> Week:
    from bot.calendar import SECOND

    return policy.calendar.week_of(event.at // SECOND)


def _now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def _warn(said: str) -> None:
    from bot.wording.escape import terminal

    print(f"warning: {terminal(said)}", file=sys.stderr)


def _show(args: argparse.Namespace) -> int:
    from bot.cli.log_show import run

    return run(args)


def _import(args: argparse.Namespace) -> int:
    from bot.cli.log_import import run

    return run(args)


def _sync(args: argparse.Namespace) -> int:
    from bot.cli.log_sync import run

    return run(args)
