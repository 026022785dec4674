"""`calibration-bot model AGENT PHASE`: the model an executor is to run. Writes nothing into the work tree."""

from __future__ import annotations

import argparse
import sys
import time

from bot.allocation.asking import cell_asked, names_asked, unlisted_warning
from bot.allocation.names import Cell
from bot.allocation.table import Table
from bot.cli import options
from bot.errors import BotError

DEFER = 75
"""Exit code: come back next week (EX_TEMPFAIL of sysexits.h)."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "model",
        help="the model of an agent in a phase",
        description="Prints the model that an agent is to run on. Ends with exit code 75 where that is a "
        "gate and the week's budget is RED: defer the work to next week.",
        example="calibration-bot model TESTING EXEC",
    )
    parser.add_argument("agent", metavar="AGENT", help="e.g. TESTING or testing-agent")
    parser.add_argument(
        "phase",
        metavar="PHASE",
        nargs="?",
        help="e.g. EXEC; left out where the policy has only one",
    )
    parser.add_argument(
        "--sd", help="what this SD runs on: the model it started with, while it lasts"
    )
    options.add_repository(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the resolved model. 75 where a gate is needed while the budget zone is RED."""
    names_asked(args.agent, args.phase)  # wrong usage is told before anything is read
    table, rules = options.read_allocation(args)
    cell = cell_asked(args.agent, args.phase, rules)
    odd = unlisted_warning(cell, table, rules)
    if odd:
        print(f"warning: {odd}", file=sys.stderr)
    print(table.resolved(cell, rules) if args.sd is None else _of_sd(args, cell, table))
    if rules.floor(cell) is None or not _is_red(args):
        return 0
    said = "the week's budget zone is RED and a gate is never lowered: defer this SD to next week"
    print(f"defer: {cell}: {said}", file=sys.stderr)
    _tell_workflow(cell)
    return DEFER


def _tell_workflow(cell: Cell) -> None:
    """Why a job that asked does nothing, for whoever looks at it."""
    from bot.cli.workflow import add_summary, in_workflow

    if in_workflow():
        add_summary(
            f"## Deferred\n\n> [!WARNING]\n> The week's budget zone is RED, and `{cell}` is a gate: it is "
            "never lowered.\n\n**Next**: start this SD again next week; `calibration-bot budget` shows what "
            "spends.\n"
        )


def _of_sd(args: argparse.Namespace, cell: Cell, table: Table) -> str:
    """The model the SD started with, from git history; only this way of asking needs it."""
    from bot.inputs.starting_model import model_of_sd
    from bot.policy import read_policy

    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    if policy.logs.source is not None:
        said = "when the SD began is told by the log files here, not by the warehouse"
        print(f"warning: {said}", file=sys.stderr)
    return model_of_sd(top, policy, args.policy, args.sd, cell, table)


def _is_red(args: argparse.Namespace) -> bool:
    """Whether the current week's tokens are in the RED zone; False, with a warning, if nobody can tell."""
    from bot.evidence.spend import spent

    top, policy = options.read_essentials(args)
    week = policy.calendar.week_of(int(time.time()))
    enough, phases = policy.zones.red_from, policy.rules.phases
    try:
        used = spent(top, policy.logs.tokens, week, phases, ref=policy.logs.ref, enough=enough)
    except BotError as err:
        from bot.wording.escape import terminal

        said = f"the week's budget zone is not known: {terminal(str(err))}"
        print(f"warning: {said}", file=sys.stderr)
        return False
    if policy.logs.source is not None:
        print(
            "warning: the zone is that of the log files here, not of the warehouse", file=sys.stderr
        )
    red = policy.zones.zone(used.tokens) == "RED"
    if used.bad_lines and not red:
        from bot.wording.figures import plural

        said = "of the token log not counted: the zone may be higher; `calibration-bot validate` names them"
        print(f"warning: {plural(used.bad_lines, 'bad line')} {said}", file=sys.stderr)
    return red
