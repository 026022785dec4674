"""What `plan`, `run` and `demo` share: from arguments to a report, and the report to whoever reads it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import actions
from bot.errors import PublicationRefused, UsageError

if TYPE_CHECKING:
    from bot.presentation.report import Report
    from bot.publication.base import Base
    from bot.publication.credentials import GitHubSettings
    from bot.publication.forge import Forge
    from bot.publication.repository import Repository


def add_scope(parser: argparse.ArgumentParser) -> None:
    """What to review, and where to propose it."""
    parser.add_argument(
        "--week", metavar="WEEK", help="e.g. 2025-W49 (default: the last complete week)"
    )
    parser.add_argument("--agent", metavar="AGENT", help="review only this agent")
    parser.add_argument("--phase", metavar="PHASE", help="… and only in this phase")
    parser.add_argument(
        "--forge",
        choices=("auto", "github", "local"),
        default="auto",
        help="auto: GitHub where GITHUB_REPOSITORY and a token are set, else local",
    )


def calibrated(args: argparse.Namespace) -> Report:
    """Run the pipeline as the arguments ask."""
    from bot.pipeline import Request, calibrate
    from bot.publication.credentials import github_settings
    from bot.publication.repository import Repository

    settings = None if args.forge == "local" else github_settings(os.environ)
    if args.forge == "github" and settings is None:
        raise UsageError(
            "--forge github needs GITHUB_REPOSITORY and GITHUB_TOKEN in the environment"
        )
    request = Request(
        policy=args.policy,
        now=int(time.time()),
        week=args.week or None,
        agent=args.agent or None,
        phase=args.phase or None,
    )
    credentials = settings.credentials if settings else None
    with Repository.open(Path(args.repo), credentials) as repository:
        forge_for = _forge(repository, settings, rehearse=args.dry_run)
        return calibrate(repository, request, forge_for)


def _forge(
    repository: Repository, settings: GitHubSettings | None, *, rehearse: bool
) -> Callable[[Base], Forge]:
    from bot.publication.forge import Rehearsal

    def forge_for(base: Base) -> Forge:
        real = _real_forge(repository, settings, base)
        return Rehearsal(real) if rehearse else real

    return forge_for


def _real_forge(repository: Repository, settings: GitHubSettings | None, base: Base) -> Forge:
    if settings is None:
        from bot.publication.local import LocalForge

        return LocalForge(repository, base)
    from bot.publication.github import GitHubForge

    return GitHubForge(settings, repository, base)


def show(report: Report, args: argparse.Namespace) -> None:
    """Print the report in the format asked for; warnings also go to stderr and the workflow."""
    from bot.presentation.escape import terminal

    for warning in report.warnings:
        if args.format != "text":
            print(f"warning: {terminal(warning)}", file=sys.stderr)
        actions.warn(warning)
    print(_rendered(report, args), end="")
    if args.output and report.pull_request is not None:
        Path(args.output).write_text(report.pull_request.body, encoding="utf-8")


def _rendered(report: Report, args: argparse.Namespace) -> str:
    if args.format == "json":
        from bot.presentation.document import dumps

        return dumps(report)
    if args.format == "markdown":
        from bot.presentation.body import job_summary

        return job_summary(report)
    from bot.presentation.text import report_text

    return report_text(report, colour=wants_colour(), details=args.verbose > 0)


def wants_colour() -> bool:
    """Whether stdout is a terminal and nobody asked for no colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def tell_workflow(report: Report) -> None:
    """The job summary and the step's outputs, where a workflow runs us."""
    from bot.presentation.body import job_summary

    actions.summarise(job_summary(report))
    request = report.pull_request
    actions.set_outputs(
        {
            "week": report.review.week,
            "promotions": str(len(report.commits)),
            "action": request.action if request else "none",
            "branch": request.branch if request else "",
            "pull-request-url": (request.url if request else None) or "",
        }
    )


def exit_code(report: Report) -> int:
    """0, or 4 where the branch is pushed but the forge would not open the pull request."""
    from bot.presentation.report import Action

    refused = report.pull_request is not None and report.pull_request.action is Action.REFUSED
    return PublicationRefused.exit_code if refused else 0
