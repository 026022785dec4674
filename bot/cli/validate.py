"""`calibration-bot validate`: policy, table and logs of the work tree, every problem at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import options
from bot.cli.progress import working

if TYPE_CHECKING:
    from bot.errors import InvalidInput
    from bot.inputs.validation import Checked


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "validate",
        help="check policy, table and logs",
        description="Checks policy, table and logs of the work tree, and tells every problem with its file, "
        "line and key at once.",
        example="calibration-bot validate\ncalibration-bot validate --format json",
    )
    options.add_repository(parser)
    options.add_format(parser, "text", "json")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was found. Raises InvalidInput with every problem; as a document it is printed instead."""
    import time

    from bot.errors import InvalidInput
    from bot.inputs.validation import validate

    try:
        with working("checking policy, table and logs"):
            checked = validate(Path(options.top_of(args.repo)), args.policy, int(time.time()))
    except InvalidInput as err:
        if args.format == "text":
            raise
        return _tell_problems(err, args)
    if args.format == "text":
        return _tell(checked)
    from bot.reports.validation_report import validation_json

    sys.stdout.write(validation_json((), checked))
    return 0


def _tell_problems(err: InvalidInput, args: argparse.Namespace) -> int:
    """Print the document; a workflow is told on stderr, as of every error."""
    from bot.cli.workflow import report_error
    from bot.reports.validation_report import validation_json

    sys.stdout.write(validation_json(err.problems, None))
    report_error(err, args)
    return err.exit_code


def _tell(checked: Checked) -> int:
    from bot.wording.escape import terminal
    from bot.wording.figures import plural

    counts = {"assignment": checked.entries, "gate": checked.gates, "log file": checked.logs}
    print(f"{', '.join(plural(count, what) for what, count in counts.items())}: all valid")
    for line in checked.warehouse:
        print(terminal(line))
    for note in checked.notes:
        print(terminal(f"warning: {note}"), file=sys.stderr)
    return 0
