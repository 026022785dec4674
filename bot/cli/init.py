"""`calibration-bot init`: policy, table, schema and workflows for a repository, from what is there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import NoWorkTree

if TYPE_CHECKING:
    from bot.adoption.first_configuration import Wish


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "init",
        help="set a repository up: policy, table, workflows",
        description="Writes policy, table, schema and workflows, and lines for .gitattributes, .gitignore "
        "and CODEOWNERS, from what is there: agent files propose the table. Overwrites nothing.",
        example="calibration-bot init --dry-run\n"
        "calibration-bot init --phases LEAD,PLAN,EXEC --ladder gpt-5-mini:1/5,gpt-5:1",
    )
    parser.add_argument("--repo", default=".", metavar="DIR", help="any folder in the repository")
    parser.add_argument(
        "--source",
        metavar="OWNER/NAME@REF",
        help="whose reusable workflows to call, best at a commit (default: as the installed package says)",
    )
    parser.add_argument(
        "--phases",
        metavar="NAMES",
        help="the team's phases in order, e.g. LEAD,PLAN,EXEC (default: ALL, a team without any)",
    )
    parser.add_argument(
        "--ladder",
        metavar="RUNGS",
        help="models, lowest first, with what a token costs against the others where it is not known, "
        "e.g. haiku,sonnet or gpt-5-mini:1,gpt-5:5 (default: haiku,sonnet,opus)",
    )
    parser.add_argument(
        "--owner",
        action="append",
        default=[],
        metavar="@OWNER",
        help="who reviews what decides the gates, for CODEOWNERS; may be given more than once",
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there already")
    parser.add_argument("--dry-run", action="store_true", help="show every line, write nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show what will be written, then write it. Raises BotError, and then nothing is written."""
    from bot.adoption.scaffold import scaffold
    from bot.git.repository import Repository
    from bot.reports.init_report import diffs_text, plan_text

    wish = _wish(args)
    with Repository.open(Path(args.repo), shallow=True, around=args.environment) as repository:
        if repository.bare:
            raise NoWorkTree(args.repo)
        planned = scaffold(repository, wish)
        top = repository.root
    sys.stdout.write(plan_text(planned, top, dry_run=args.dry_run))
    if args.dry_run:
        sys.stdout.write(diffs_text(planned))
        return 0
    sys.stdout.flush()
    planned.write(top)
    return 0


def _wish(args: argparse.Namespace) -> Wish:
    from bot.adoption.callers import installed_source, read_source
    from bot.adoption.first_configuration import Wish
    from bot.adoption.first_policy import read_ladder, read_phases
    from bot.adoption.own_lines import read_owner

    return Wish(
        phases=None if args.phases is None else read_phases(args.phases),
        ladder=() if args.ladder is None else read_ladder(args.ladder),
        source=installed_source() if args.source is None else read_source(args.source),
        owners=tuple(map(read_owner, args.owner)),
        force=args.force,
    )
