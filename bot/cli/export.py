"""`calibration-bot export`: the logs as a lake of Parquet files. Writes to its folder and nowhere else."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bot.cli import options
from bot.cli.progress import working
from bot.errors import UsageError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "export",
        help="the logs that plan reads as Parquet files, one a week and log",
        description="Writes the logs that plan reads as a lake of Parquet files: every good row once, only "
        "weeks that changed, each file replaced at once.",
        example="calibration-bot export --parquet lake",
    )
    options.add_repository(parser)
    parser.add_argument(
        "--parquet",
        required=True,
        metavar="DIR",
        help="folder to bring up to date: DIR/tokens/week=2025-W49/rows.parquet, DIR/rework/…",
    )
    options.add_format(parser, "text", "json")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export, and say what that came to."""
    from bot.cli.calibration_run import signed_in
    from bot.forge.sign_in import READING
    from bot.git.repository import Repository
    from bot.inputs.export_request import exported
    from bot.reports.export_report import export_json, export_text
    from bot.wording.escape import terminal

    if not args.parquet:
        raise UsageError("--parquet names no folder; name one, such as lake")
    settings = signed_in(args.environment, READING)
    credentials = settings.credentials if settings else None
    with (
        working("writing the logs as Parquet"),
        Repository.open(Path(args.repo), credentials, around=args.environment) as repository,
    ):
        done, warnings = exported(repository, args.policy, Path(args.parquet), int(time.time()))
    for warning in warnings:
        print(f"warning: {terminal(warning)}", file=sys.stderr)
    if args.format == "json":
        print(export_json(done, args.parquet, warnings))
    else:
        print("\n".join(export_text(done, args.parquet)))
    return 0
