"""What `plan` and `run` share: from arguments to a report."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from bot.allocation.names import sole_phase
from bot.cli import options
from bot.cli.progress import working
from bot.cli.workflow import page_link
from bot.errors import BotError, UsageError

if TYPE_CHECKING:
    from bot.forge.protocol import Forge
    from bot.forge.sign_in import GitHubSettings, Powers
    from bot.git.base import Base
    from bot.git.repository import Repository
    from bot.inputs.request import Request
    from bot.proposal.report import ExplanationReport, Report

_READING = "reading the logs and the table's history"


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
    parser.set_defaults(stops="Calibration", previews=True)


def explanation_of(args: argparse.Namespace) -> ExplanationReport:
    """One cell's calculation, from what base says; asks no forge but reads as `calibrated` does."""
    from bot.forge.sign_in import READING
    from bot.git.repository import Repository
    from bot.lookbacks import explained

    if args.agent or args.phase:
        raise UsageError("--explain names its cell: it goes with neither --agent nor --phase")
    args.agent, args.phase = _named_cell(args)
    try:
        _check_scope(args)
        settings = None if args.forge == "local" else signed_in(args.environment, READING)
        credentials = settings.credentials if settings else None
        with (
            working(_READING),
            Repository.open(Path(args.repo), credentials, around=args.environment) as repository,
        ):
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
    from bot.forge.sign_in import LOOKING, PUBLISHING
    from bot.git.repository import Repository
    from bot.pipeline import calibrate

    _check_scope(args)
    needed = LOOKING if args.dry_run else PUBLISHING
    settings = None if args.forge == "local" else signed_in(args.environment, needed)
    if args.forge == "github" and settings is None:
        raise no_github("--forge github")
    forge = "github" if settings else "local"
    shown = ("bot.reports.text",) if args.format == "text" else ()
    _load_ahead("bot.evidence.read", "bot.allocation.edit", f"bot.forge.{forge}", *shown)
    credentials = settings.credentials if settings else None
    with (
        working(_READING) as now,
        Repository.open(Path(args.repo), credentials, around=args.environment) as repository,
    ):
        real = _forge(repository, settings, rehearse=args.dry_run)

        def forge_for(base: Base) -> Forge:
            now("deciding" if args.dry_run else "deciding and publishing")
            return real(base)

        done = calibrate(repository, _request(args), forge_for)
        return replace(done, rehearsed=args.dry_run)


def _request(args: argparse.Namespace) -> Request:
    from bot.inputs.request import Request

    return Request(
        policy=args.policy,
        now=int(time.time()),
        week=args.week or None,
        agent=args.agent or None,
        phase=args.phase or None,
        take_over=args.take_over,
        page=page_link(),
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


def signed_in(environment: Mapping[str, str], needed: Powers) -> GitHubSettings | None:
    """GitHub as the environment names it; its library is needed at once only to sign in as an App.

    `needed` is what an App asks to be allowed.
    """
    if not environment.get("GITHUB_REPOSITORY"):
        return None
    from bot.forge.sign_in import github_app, github_settings

    if github_app(environment) is None:
        return github_settings(environment)
    from bot.forge.github import sign_in

    return sign_in(environment, needed)


def no_github(what: str) -> UsageError:
    """The error for what cannot do without a GitHub."""
    return UsageError(
        f"{what} needs GITHUB_REPOSITORY and GITHUB_TOKEN (or a GitHub App's "
        "CALIBRATION_APP_ID and CALIBRATION_APP_PRIVATE_KEY) in the environment"
    )


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
