"""`calibration-bot validate`: policy, table and logs of the work tree, every problem at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.cli import options
from bot.cli.progress import working


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser("validate", help="check policy, table and logs")
    options.add_repository(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line if all is well; raise InvalidInput with every problem otherwise."""
    import time

    from bot.inputs.validation import validate
    from bot.wording.escape import terminal
    from bot.wording.figures import plural

    with working("checking policy, table and logs"):
        checked = validate(Path(options.top_of(args.repo)), args.policy, int(time.time()))
    counts = {"assignment": checked.entries, "gate": checked.gates, "log file": checked.logs}
    print(f"{', '.join(plural(count, what) for what, count in counts.items())}: all valid")
    for line in checked.warehouse:
        print(terminal(line))
    for note in checked.notes:
        print(terminal(f"warning: {note}"), file=sys.stderr)
    return 0
