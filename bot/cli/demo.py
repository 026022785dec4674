"""`calibration-bot demo`: the worked example, end to end, in a throw-away repository with a real remote.

Two weeks go through the same code as `run`: in the first, TESTING needs rework in 3 of 5 SDs and is
promoted; a person merges; in the second it needs it in 1 of 5, and nothing is proposed.
"""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.cli import demo_logs

if TYPE_CHECKING:
    from bot.git.sandbox import Sandbox
    from bot.proposal.report import Report

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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play both weeks and print what happens."""
    from bot.git.sandbox import Sandbox
    from bot.scratch import scratch_folder

    with scratch_folder() as folder:
        sandbox = Sandbox(folder)
        start = demo_logs.WEEK_1 - timedelta(days=5)
        sandbox.commit(_configuration(), "Give every agent a model", start)
        _first_week(sandbox)
        _second_week(sandbox)
    return 0


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


def _first_week(sandbox: Sandbox) -> None:
    _headline("Week 1: the team's agents log what they did, the bot reviews it")
    monday = demo_logs.WEEK_2
    sandbox.commit(demo_logs.first_week(), "Logs of 2025-W49", monday - timedelta(hours=2))
    report = _calibrated(sandbox, monday)
    request = report.pull_request
    if request is None:
        raise AssertionError("the worked example's first week proposes a promotion")
    print(f"\nPull request “{request.title}”\n\n{request.body}")
    print(f"branches on the remote: {', '.join(sandbox.branches())}")
    sandbox.merge(request.branch, monday + timedelta(hours=9))


def _second_week(sandbox: Sandbox) -> None:
    _headline("Week 2: the pull request was merged, TESTING ran on opus")
    monday = demo_logs.WEEK_2 + timedelta(days=7)
    sandbox.commit(demo_logs.second_week(), "Logs of 2025-W50", monday - timedelta(hours=2))
    _calibrated(sandbox, monday)
    print(f"branches on the remote: {', '.join(sandbox.branches())} (nothing was pushed)")


def _calibrated(sandbox: Sandbox, now: datetime) -> Report:
    """One weekly run, the way `run` does it."""
    from bot.cli.calibration_output import print_report
    from bot.forge.local import LocalForge
    from bot.git.repository import Repository
    from bot.inputs.request import Request
    from bot.pipeline import calibrate

    with Repository.open(sandbox.clone) as repository:
        request = Request(policy="config/policy.toml", now=int(now.timestamp()))
        report = calibrate(repository, request, lambda base: LocalForge(repository, base))
    print_report(report)
    return report


def _headline(text: str) -> None:
    print(f"\n{text}\n{'═' * len(text)}\n")
