"""`calibration-bot history`: past calibrations and what came of them. Reads, never writes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bot.cli import options
from bot.cli.progress import working


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "history",
        help="past calibrations, and what came of them",
        description="Lists every change of a value that base's history shows: when, by whom, the counts "
        "before and after, and what came of it.",
        example="calibration-bot history --format markdown",
    )
    options.add_repository(parser)
    parser.add_argument(
        "--week",
        metavar="WEEK",
        help="judge by the logs up to its end, e.g. 2025-W49 (default: the last complete week)",
    )
    options.add_format(parser, "text", "json", "markdown")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every change of a declared value on base."""
    from bot.cli.calibration_run import signed_in
    from bot.forge.sign_in import READING
    from bot.git.repository import Repository
    from bot.inputs.request import Request
    from bot.lookbacks import looked_back
    from bot.reports.history_report import history_json, history_markdown, history_text
    from bot.wording.escape import terminal

    settings = signed_in(args.environment, READING)
    credentials = settings.credentials if settings else None
    request = Request(policy=args.policy, now=int(time.time()), week=args.week or None)
    with (
        working("reading the logs and the table's history"),
        Repository.open(Path(args.repo), credentials, around=args.environment) as repository,
    ):
        past = looked_back(repository, request)
    for warning in past.warnings:
        print(f"warning: {terminal(warning)}", file=sys.stderr)
    renderers = {"text": history_text, "json": history_json, "markdown": history_markdown}
    print(renderers[args.format](past), end="")
    return 0
