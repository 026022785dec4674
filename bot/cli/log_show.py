"""`calibration-bot log show`: a week of the logs by phase, agent and model, or everything of one SD."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli import current_week, options, printing
from bot.cli.progress import working
from bot.errors import BotError, UsageError
from bot.evidence.sd_rows import rows_of_sd
from bot.inputs.work_tree import all_logs
from bot.policy import read_policy
from bot.reports import log_report, sd_report


def run(args: argparse.Namespace) -> int:
    """Print what was asked for in the format asked for."""
    return _week(args) if args.sd is None else _sd(args)


def _week(args: argparse.Namespace) -> int:
    evidence, week, policy, _ = current_week.read_current_week(args)
    summary = log_report.summarise(evidence, week.label, policy.rules.phases)
    if args.format == "json":
        print(log_report.summary_json(summary), end="")
    elif args.format == "markdown":
        print(log_report.summary_markdown(summary), end="")
    else:
        printing.print_styled(log_report.summary_text(summary))
    return 0


def _sd(args: argparse.Namespace) -> int:
    if args.week:
        raise UsageError("--sd shows all weeks of an SD; leave out --week")
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    if policy.logs.source is not None:
        table = f"{policy.logs.token_table} and {policy.logs.rework_table} of {policy.logs.source}"
        raise BotError(f"--sd shows lines of log files, and none are read: ask {table} for the SD")
    with working("reading the logs"), all_logs(Path(top), policy.logs.ref) as files:
        tokens, rework = files(policy.logs.tokens), files(policy.logs.rework)
        found = rows_of_sd(tokens, rework, args.sd, policy.rules.phases)
    if args.format == "json":
        print(sd_report.sd_json(args.sd, found), end="")
    elif args.format == "markdown":
        print(sd_report.sd_markdown(args.sd, found), end="")
    else:
        printing.print_styled(sd_report.sd_text(args.sd, found), piped=printing.UNBROKEN)
    return 0
