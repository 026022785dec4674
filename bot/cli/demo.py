"""`calibration-bot demo`: the worked example, end to end, in a throw-away repository with a real remote.

Two weeks go through the same code as `run`: in the first, TESTING needs rework in 3 of 5 SDs and is
promoted; a person merges; in the second it needs it in 1 of 5, and nothing is proposed. What it prints fits
two screens of 24 lines; `--keep` leaves the rest to look at.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import demo_logs
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.git.sandbox import Sandbox
    from bot.proposal.report import PullRequestReport, Report

_EXTRA_GATE = re.compile(r'\[\[gates\]\]\nphase = "\w+"\nagent = "\w+"\n\n?')
_TESTING = re.compile(r'(\[EXEC\].*?\nTESTING = )"opus"  ( *# )[^\n]*', re.DOTALL)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "demo",
        help="the worked example in a throw-away repository",
        description="Plays the worked example, two weeks of a small team, in a throw-away repository with a "
        "real remote.",
        example="calibration-bot demo",
    )
    parser.add_argument(
        "--keep", metavar="DIR", help="leave it all to look at in this folder, new or empty"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play both weeks and print what happens."""
    from bot.scratch import scratch_folder

    if args.keep is not None:
        folder = _empty_folder(args.keep)
        _write_text(folder, _play(folder))
        return 0
    with scratch_folder() as folder:
        _play(folder)
    print("calibration-bot demo --keep DIR leaves repository and pull request to look at.")
    return 0


def _empty_folder(name: str) -> Path:
    """The folder of a name, made where there is none. Raises UsageError where anything is in the way."""
    folder = Path(name).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = next(folder.iterdir(), None)
    except OSError as err:
        raise UsageError(f"--keep {name}: no folder can be made there: {err.strerror}") from err
    if taken is not None:
        raise UsageError(f"--keep {name}: is not empty; name a folder that is, or a new one")
    return folder


def _play(folder: Path) -> PullRequestReport:
    """Play both weeks in a folder; the pull request of the first."""
    from bot.git.sandbox import Sandbox

    sandbox = Sandbox(folder)
    start = demo_logs.WEEK_1 - timedelta(days=5)
    sandbox.commit(_configuration(), "Give every agent a model", start)
    request = _first_week(sandbox)
    _second_week(sandbox)
    return request


def _write_text(folder: Path, request: PullRequestReport) -> None:
    """Put the pull request's text beside the repository, and say how to look at all of it."""
    import shlex

    from bot.wording.escape import terminal

    text = folder / "pull-request.md"
    text.write_text(request.body, encoding="utf-8", newline="")
    team = shlex.quote(str(folder / "team"))
    print(terminal(f"Kept in {folder}; to look:"))
    for command in (
        f"cat {shlex.quote(str(text))}",
        f"git -C {team} log --graph --stat",
        f"calibration-bot plan --repo {team} --week 2025-W50",
    ):
        print(f"  {terminal(command)}")


def _configuration() -> dict[str, str]:
    """The shipped files, without the extra gates and with TESTING/EXEC on sonnet."""
    shipped = files("bot.shipped")
    policy = _EXTRA_GATE.sub("", shipped.joinpath("policy.toml").read_text("utf-8"))
    table = shipped.joinpath("overrides.toml").read_text("utf-8")
    table = _TESTING.sub(r'\1"sonnet"\2trusted until evidence says otherwise', table)
    schema = shipped.joinpath("policy.schema.json").read_text("utf-8")
    return {
        "config/policy.toml": policy,
        "config/overrides.toml": table,
        "config/policy.schema.json": schema,
    }


def _first_week(sandbox: Sandbox) -> PullRequestReport:
    _headline("Week 1: the team's agents log what they did, the bot reviews it")
    monday = demo_logs.WEEK_2
    sandbox.commit(demo_logs.first_week(), "Logs of 2025-W49", monday - timedelta(hours=2))
    request = _calibrated(sandbox, monday).pull_request
    if request is None:
        raise AssertionError("the worked example's first week proposes a promotion")
    print(f"\nPull request from {request.branch}:\n  {request.title}")
    sandbox.merge(request.branch, monday + timedelta(hours=9))
    return request


def _second_week(sandbox: Sandbox) -> None:
    print()
    _headline("Week 2: the pull request was merged, TESTING ran on opus")
    monday = demo_logs.WEEK_2 + timedelta(days=7)
    sandbox.commit(demo_logs.second_week(), "Logs of 2025-W50", monday - timedelta(hours=2))
    _calibrated(sandbox, monday)
    print(f"Branches on the remote: {', '.join(sandbox.branches())} (nothing was pushed)")


def _calibrated(sandbox: Sandbox, now: datetime) -> Report:
    """One weekly run, the way `run` does it; its pull request is left to be told."""
    from bot.cli.calibration_output import print_report
    from bot.forge.local import LocalForge
    from bot.git.repository import Repository
    from bot.inputs.request import Request
    from bot.pipeline import calibrate

    with Repository.open(sandbox.clone) as repository:
        request = Request(policy="config/policy.toml", now=int(now.timestamp()))
        report = calibrate(repository, request, lambda base: LocalForge(repository, base))
    print_report(replace(report, pull_request=None))
    return report


def _headline(text: str) -> None:
    print(f"══ {text} ══")
