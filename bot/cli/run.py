"""`calibration-bot run`: review, edit, commit, publish."""

from __future__ import annotations

import argparse

from bot.calendar import CURRENT
from bot.cli import calibration_output, calibration_run, options
from bot.errors import UsageError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "run",
        help="review, edit, commit and open the pull request",
        description="Reviews a week and brings the bot's branch and pull request to what it decided. Reads "
        "what base holds, and never touches the work tree.",
        example="calibration-bot run --week 2025-W49 --output pull-request.md",
    )
    options.add_repository(parser)
    calibration_run.add_scope(parser, "e.g. 2025-W49 (default: the last complete week)")
    parser.add_argument("--dry-run", action="store_true", help="decide everything, write nothing")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="replace what people pushed to the bot's branch; its old head is kept on a branch of its own",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="write the pull request's text to this file, or that there is nothing to propose",
    )
    options.add_format(parser, "text", "json", "markdown")
    options.add_verbosity(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Calibrate; print what was done; tell the workflow. Raises UsageError for the week that is open."""
    if args.week == CURRENT:
        raise UsageError(
            "run decides on weeks that are over, and more rows may come into the current one; "
            "preview it with plan --week current"
        )
    if args.output:
        calibration_output.check_output(args.output)
    report = calibration_run.calibrated(args)
    calibration_output.show(report, args)
    calibration_output.tell_workflow(report)
    return calibration_output.exit_code(report)
