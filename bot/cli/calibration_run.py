"""What `plan`, `run` and `demo` share: from arguments to a report, and the report to whoever reads it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from bot.allocation.names import sole_phase
from bot.cli import options
from bot.cli import workflow as actions
from bot.errors import BotError, PublicationRefused, UsageError
from bot.paths import is_folder

if TYPE_CHECKING:
    from bot.forge.protocol import Forge
    from bot.forge.sign_in import GitHubSettings
    from bot.git.base import Base
    from bot.git.repository import Repository
    from bot.inputs.request import Request
    from bot.proposal.report import ExplanationReport, Report


def add_scope(parser: argparse.ArgumentParser, week: str) -> None:
    """What to review, and where to propose it."""
    parser.add_argument("--week", metavar="WEEK", help=week)
    parser.add_argument("--agent", metavar="AGENT", help="review only this agent")
    parser.add_argument("--phase", metavar="PHASE", help="… and only in this phase")
    parser.add_argument(
        "--forge",
        choices=("auto", "github", "local"),
        default="auto",
        help="auto: GitHub where GITHUB_REPOSITORY and a token are set, else local",
    )
    parser.set_defaults(calibrates=True, previews=True)


def explanation_of(args: argparse.Namespace) -> ExplanationReport:
    """One cell's calculation, from what base says; asks no forge but reads as `calibrated` does."""
    from bot.git.repository import Repository
    from bot.lookbacks import explained

    if args.agent or args.phase:
        raise UsageError("--explain names its cell: it goes with neither --agent nor --phase")
    args.agent, args.phase = _named_cell(args)
    try:
        _check_scope(args)
        settings = None if args.forge == "local" else signed_in(args.environment)
        credentials = settings.credentials if settings else None
        with Repository.open(Path(args.repo), credentials, around=args.environment) as repository:
            return explained(repository, _request(args))
    except UsageError as err:  # its words are those of --agent and --phase
        raise UsageError(f"--explain: {str(err).removeprefix('--')}") from err


def _named_cell(args: argparse.Namespace) -> tuple[str, str]:
    """Agent and phase of `--explain`; without one, the only phase of the work tree's policy."""
    agent, *phase = args.explain
    if not phase:
        with suppress(BotError):  # base's policy may be another, or there is none here
            sole = sole_phase(options.read_work_tree_rules(args).phases)
            phase = [] if sole is None else [sole]
    if len(phase) != 1:
        raise UsageError("--explain takes AGENT PHASE, the agent alone where there is one phase")
    return agent, phase[0]


def calibrated(args: argparse.Namespace) -> Report:
    """Run the pipeline as the arguments ask. Wrong usage is told before any server is asked."""
    from bot.git.repository import Repository
    from bot.pipeline import calibrate

    _check_scope(args)
    settings = None if args.forge == "local" else signed_in(args.environment)
    if args.forge == "github" and settings is None:
        raise UsageError(
            "--forge github needs GITHUB_REPOSITORY and GITHUB_TOKEN (or a GitHub App's "
            "CALIBRATION_APP_ID and CALIBRATION_APP_PRIVATE_KEY) in the environment"
        )
    forge = "github" if settings else "local"
    _load_ahead("bot.evidence.read", "bot.allocation.edit", f"bot.forge.{forge}")
    credentials = settings.credentials if settings else None
    with Repository.open(Path(args.repo), credentials, around=args.environment) as repository:
        forge_for = _forge(repository, settings, rehearse=args.dry_run)
        return calibrate(repository, _request(args), forge_for)


def _request(args: argparse.Namespace) -> Request:
    from bot.inputs.request import Request

    return Request(
        policy=args.policy,
        now=int(time.time()),
        week=args.week or None,
        agent=args.agent or None,
        phase=args.phase or None,
        take_over=args.take_over,
        page=actions.page_link(),
    )


def _check_scope(args: argparse.Namespace) -> None:
    """Raise UsageError for a scope that makes no sense, by its spelling and by the work tree's policy.

    Base's policy decides in the end. Where the work tree has none that can be read, only base's is asked.
    """
    from bot.calibration.scope import check_phase, read_scope

    scope = read_scope(args.agent or None, args.phase or None)
    if scope.phase is None:
        return
    try:
        phases = options.read_work_tree_rules(args).phases
    except BotError:
        return
    try:
        check_phase(scope.phase, phases)
    except UsageError as err:
        raise UsageError(f"{err} here (pull, if base has another)") from err


def signed_in(environment: Mapping[str, str]) -> GitHubSettings | None:
    """GitHub as the environment names it; its library is needed at once only to sign in as an App."""
    if not environment.get("GITHUB_REPOSITORY"):
        return None
    from bot.forge.sign_in import github_app, github_settings

    if github_app(environment) is None:
        return github_settings(environment)
    from bot.forge.github import sign_in

    return sign_in(environment)


def _load_ahead(*modules: str) -> None:
    """Import what will be needed, in this order, while git works: half a second on a slow machine.

    What fails here fails again, and is reported, where it is needed.
    """

    def load() -> None:
        with suppress(Exception):
            for module in modules:
                import_module(module)

    # No daemon: a library's start must not be cut off by the end of a short run.
    Thread(target=load).start()


def _forge(
    repository: Repository, settings: GitHubSettings | None, *, rehearse: bool
) -> Callable[[Base], Forge]:
    from bot.forge.protocol import Rehearsal

    def forge_for(base: Base) -> Forge:
        real = _real_forge(repository, settings, base)
        return Rehearsal(real) if rehearse else real

    return forge_for


def _real_forge(repository: Repository, settings: GitHubSettings | None, base: Base) -> Forge:
    if settings is None:
        from bot.forge.local import LocalForge

        return LocalForge(repository, base)
    from bot.forge.github import GitHubForge

    return GitHubForge(settings, repository, base)


def show(report: Report, args: argparse.Namespace) -> None:
    """Print the report in the format asked for; warnings also go to stderr and the workflow."""
    from bot.wording.escape import terminal

    for warning in report.warnings:
        if args.format != "text":
            print(f"warning: {terminal(warning)}", file=sys.stderr)
        actions.warn(warning)
    print(_rendered(report, args), end="")
    if args.output and report.pull_request is not None:
        _write(args.output, report.pull_request.body)


def show_explanation(report: ExplanationReport, args: argparse.Namespace) -> None:
    """Print one cell's calculation in the format asked for."""
    from bot.reports import explanation_report

    shown = {
        "json": explanation_report.explanation_json,
        "markdown": explanation_report.explanation_markdown,
        "text": explanation_report.explanation_text,
    }
    print(shown[args.format](report), end="")


def check_output(file: str) -> None:
    """Raise UsageError where the pull request's text could not be written, before anything is done."""
    path = Path(file)
    if is_folder(path) or not is_folder(path.parent):
        raise UsageError(f"--output {file}: no file can be written there; name one in a folder")


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8", newline="")
    except OSError as err:
        said = err.strerror or str(err)
        raise BotError(f"all is done, but {file} cannot be written: {said}") from err


def _rendered(report: Report, args: argparse.Namespace) -> str:
    if args.format == "json":
        from bot.reports.document import dumps

        return dumps(report)
    if args.format == "markdown":
        from bot.reports.summary import job_summary

        return job_summary(report)
    from bot.reports.text import report_text

    if args.quiet:
        return _brief(report)
    text = report_text(report, colour=wants_colour(), details=args.verbose > 0)
    return text + _proposal(report) if not args.output and not args.verbose else text


def _brief(report: Report) -> str:
    """What changes and where it is proposed, a line each; nothing where nothing is proposed."""
    from bot.wording.escape import terminal
    from bot.wording.remarks import still_open

    request = report.pull_request
    if request is None:
        return ""
    review = report.review
    lines = [still_open(review.week, review.preview)] if review.preview is not None else []
    lines += [commit.message.partition("\n")[0] for commit in report.commits]
    lines.append(f"{request.url or request.branch} ({request.action}): {request.reason}")
    return "".join(f"{terminal(line)}\n" for line in lines)


def _proposal(report: Report) -> str:
    """The pull request's Markdown, where there is no forge to show it: for whoever opens it by hand."""
    from bot.proposal.report import Action
    from bot.wording.body import MOST_BYTES
    from bot.wording.escape import terminal

    request = report.pull_request
    if request is None or request.action is not Action.LOCAL:
        return ""
    lines = request.body.splitlines()
    return "\n" + "".join(f"{terminal(line, MOST_BYTES)}\n" for line in lines)


def wants_colour() -> bool:
    """Whether stdout is a terminal and nobody asked for no colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def tell_workflow(report: Report) -> None:
    """The job summary and the step's outputs, where a workflow runs us."""
    from bot.reports.summary import job_summary

    actions.add_summary(job_summary(report))
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
    from bot.proposal.report import Action

    refused = report.pull_request is not None and report.pull_request.action is Action.REFUSED
    return PublicationRefused.exit_code if refused else 0
