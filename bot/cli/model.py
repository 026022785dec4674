"""`calibration-bot model AGENT PHASE`: the model an executor is to run. Never writes."""

from __future__ import annotations

import argparse
import sys

from bot.allocation.names import Cell, agent_name, phase_name
from bot.allocation.rules import SECURITY, Rules
from bot.allocation.table import Table
from bot.cli import options
from bot.errors import BotError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser("model", help="the model of an agent in a phase")
    parser.add_argument("agent", metavar="AGENT", help="e.g. TESTING or testing-agent")
    parser.add_argument("phase", metavar="PHASE", help="e.g. EXEC")
    options.add_repository(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the resolved model."""
    table, rules = options.read_allocation(args)
    print(_resolve(args.agent, args.phase, table, rules))
    return 0


def _resolve(agent_text: str, phase_text: str, table: Table, rules: Rules) -> str:
    agent, phase = agent_name(agent_text), phase_name(phase_text)
    if agent is None:
        raise BotError(f"{agent_text!r} is no agent name; use letters, digits, _ and -")
    if phase not in rules.phases:
        if agent == SECURITY:  # its floor holds in every context, known or not
            return rules.ladder.gate_rung
        known = ", ".join(rules.phases)
        raise BotError(f"{phase_text!r} is no phase of the policy; known are {known}")
    if all(cell.agent != agent for cell in table.entries):
        print(f"warning: {agent} is not in the table; using the default", file=sys.stderr)
    return table.resolved(Cell(phase, agent), rules)
