"""`calibration-bot log show`: a week of the logs by phase, agent and model."""

from __future__ import annotations

import argparse

from bot.cli import current_week, printing
from bot.reports import log_report


def run(args: argparse.Namespace) -> int:
    """Print the summary in the format asked for."""
    evidence, week, policy, _ = current_week.read_current_week(args)
    summary = log_report.summarise(evidence, week.label, policy.rules.phases)
    if args.format == "json":
        print(log_report.summary_json(summary), end="")
    elif args.format == "markdown":
        print(log_report.summary_markdown(summary), end="")
    else:
        printing.print_styled(log_report.summary_text(summary))
    return 0
