"""`calibration-bot guard`: fail if a change weakens a gate. Judges git objects, never the work tree."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bot.cli import options

REFUSED = 3


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "guard",
        help="fail if a change weakens a gate",
        description="Judges what merging a change into base would make of every gate, and ends with exit "
        "code 3 where one would be weaker.",
        example="calibration-bot guard --base origin/main\ncalibration-bot guard --staged",
    )
    options.add_repository(parser)
    parser.add_argument("--base", metavar="REF", help="what the change is to be merged into")
    head = parser.add_mutually_exclusive_group()
    head.add_argument("--head", metavar="REF", help="the change (default: HEAD)")
    head.add_argument(
        "--staged",
        action="store_true",
        help="judge what is staged; --base is then HEAD unless given",
    )
    options.add_format(parser, "text", "github", "sarif", "json")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report. Returns 3 for a refused change, else 0."""
    from bot.cli import workflow as actions
    from bot.errors import NoWorkTree, UsageError
    from bot.gates.guard import guard_merge, guard_staged
    from bot.git.repository import Repository
    from bot.reports.guard_report import FORMATS, as_summary

    if args.base is None and not args.staged:
        raise UsageError("guard needs --base REF: what the change is to be merged into")
    with Repository.open(Path(args.repo), around=args.environment) as repository:
        if args.staged:
            if repository.bare:
                raise NoWorkTree(args.repo)
            report = guard_staged(repository, args.base, args.policy)
        else:
            head = args.head or "HEAD"
            report = guard_merge(repository, args.base, head, args.policy, own=_is_own(head))
    sys.stdout.write(FORMATS[args.format](report))
    if args.format == "github":
        actions.add_summary(as_summary(report))
    return REFUSED if report.refusals else 0


def _is_own(head: str) -> bool:
    """Whether a branch the bot proposes from is judged, as far as its name or the workflow around us says."""
    from bot.policy.own_branches import is_own

    around = (os.environ.get(name, "") for name in ("GITHUB_HEAD_REF", "GITHUB_REF_NAME"))
    return any(is_own(name) for name in (head.removeprefix("refs/heads/"), *around))
