"""`calibration-bot model AGENT PHASE`: the model an executor is to run. Writes nothing into the work tree."""

from __future__ import annotations

import argparse
import sys
import time

from bot.allocation.names import (
    SPELLING,
    Cell,
    agent_name,
    listed,
    no_phase,
    phase_name,
    sole_phase,
)
from bot.allocation.rules import SECURITY, Rules
from bot.allocation.table import Table
from bot.cli import options
from bot.errors import BotError, UsageError

DEFER = 75
"""Exit code: come back next week (EX_TEMPFAIL of sysexits.h)."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser("model", help="the model of an agent in a phase")
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
    agent, phase = _names(args.agent, args.phase)
    table, rules = options.read_allocation(args)
    phase = sole_phase(rules.phases) if args.phase is None else phase
    cell = _cell(agent, phase, args.phase, table, rules)
    print(table.resolved(cell, rules) if args.sd is None else _of_sd(args, cell, table))
    if rules.floor(cell) is None or not _is_red(args):
        return 0
    said = "the week's budget zone is RED and a gate is never lowered: defer this SD to next week"
    print(f"defer: {cell}: {said}", file=sys.stderr)
    return DEFER


def _names(agent_text: str, phase_text: str | None) -> tuple[str, str | None]:
    """Canonical names, told from their spelling alone; no phase for SECURITY anywhere else than in one."""
    agent, phase = agent_name(agent_text), phase_text and phase_name(phase_text)
    if agent is None:
        raise UsageError(f"{agent_text!r} is no agent name; use {SPELLING}")
    if phase_text is not None and phase is None and agent != SECURITY:
        raise UsageError(f"{phase_text!r} is no phase name; use {SPELLING}")
    return agent, phase


def _cell(
    agent: str, phase: str | None, phase_text: str | None, table: Table, rules: Rules
) -> Cell:
    if phase not in rules.phases and agent != SECURITY:  # whose floor holds in every context
        if phase_text is None:
            raise UsageError(f"PHASE is missing; known are {listed(rules.phases)}")
        raise UsageError(f"{phase_text!r} {no_phase(rules.phases)}")
    cell = Cell(phase or "", agent)
    if all(entry.agent != agent for entry in table.entries):
        raised = table.resolved(cell, rules) != table.declared(cell)
        what = "its floor, as it is a gate" if raised else "the default"
        print(f"warning: {agent} is not in the table; using {what}", file=sys.stderr)
    return cell


def _of_sd(args: argparse.Namespace, cell: Cell, table: Table) -> str:
    """The model the SD started with, from git history; only this way of asking needs it."""
    from bot.inputs.starting_model import model_of_sd
    from bot.policy import read_policy

    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
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
    red = policy.zones.zone(used.tokens) == "RED"
    if used.bad_lines and not red:
        lines = "1 bad line" if used.bad_lines == 1 else f"{used.bad_lines:,} bad lines"
        said = "of the token log not counted: the zone may be higher; `calibration-bot validate` names them"
        print(f"warning: {lines} {said}", file=sys.stderr)
    return red
