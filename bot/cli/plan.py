"""`calibration-bot plan`: the review that `run` would act on. Changes neither repository nor forge."""

from __future__ import annotations

import argparse

from bot.cli import calibration_output, calibration_run, options


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "plan",
        help="review only: evidence, verdicts, diff, pull request",
        description="Reviews a week and shows what `run` would do: evidence, verdicts, the diff and the pull "
        "request. Reads what base holds; writes nothing in the repository or on the forge.",
        example="calibration-bot plan --week 2025-W49\ncalibration-bot plan --explain TESTING EXEC",
    )
    options.add_repository(parser)
    calibration_run.add_scope(
        parser,
        "e.g. 2025-W49, or current to preview the open one (default: the last complete week)",
    )
    parser.add_argument(
        "--explain",
        nargs="+",
        metavar=("AGENT", "PHASE"),
        help="one cell's whole calculation, week by week, with every figure filled in (without PHASE "
        "where the policy has only one)",
    )
    options.add_format(parser, "text", "json", "markdown")
    options.add_verbosity(parser)
    parser.set_defaults(run=run, dry_run=True, take_over=False, output=None)


def run(args: argparse.Namespace) -> int:
    """Review, and print what `run` would do, or how one cell's verdict comes about."""
    if args.explain:
        calibration_output.show_explanation(calibration_run.explanation_of(args), args)
        return 0
    calibration_output.show(calibration_run.calibrated(args), args)
    return 0
