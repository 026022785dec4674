"""`calibration-bot replay`: what a rule would have decided on past logs, or means for a made-up fleet."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import options
from bot.cli.progress import progress
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.inputs.past_weeks_request import RangeRequest
    from bot.simulation.measure import Setting

_MOST_RUNS, _MOST_SDS, _MOST_CELLS = 100_000, 1_000, 1_000
_SIMULATED = {
    "runs": 200,
    "seed": 1,
    "sds": "2,5,10,30",
    "poisson": False,
    "issues": 0,
    "cells": 40,
}
"""Options of a simulation, with their defaults."""
_PAST = ("from", "to", "rule", "as-of", "logs-as-of")
"""Options of a look at past weeks."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "replay",
        help="any rule over past weeks, or on a simulated fleet",
        description="Tells what a rule would have promoted in past weeks, beside the rule as configured, or "
        "what it means for a made-up fleet. Reads, and writes nothing.",
        example="calibration-bot replay --from 2025-W27 --to 2025-W52 --set promotion.bar=3\n"
        "calibration-bot replay --simulate",
    )
    options.add_repository(parser)
    _add_past(parser)
    _add_simulation(parser)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help="try another rule, e.g. --set promotion.bar=3; may be given several times",
    )
    options.add_format(parser, "text", "json", "markdown")
    parser.set_defaults(run=run)


def _add_past(parser: argparse.ArgumentParser) -> None:
    past = parser.add_argument_group("past weeks, as if each proposal had been merged at once")
    past.add_argument("--from", metavar="WEEK", dest="from_", help="the first week, e.g. 2025-W27")
    past.add_argument("--to", metavar="WEEK", help="the last week, e.g. 2025-W52")
    past.add_argument(
        "--rule",
        choices=("cusum", "threshold"),
        help="the rule to try beside the one as configured (default: the other one)",
    )
    past.add_argument(
        "--as-of", metavar="COMMIT", help="table, policy and logs as they were at a commit of base"
    )
    past.add_argument(
        "--logs-as-of",
        metavar="COMMIT",
        help="… and the logs branch at this one (default: its newest one by then)",
    )


def _add_simulation(parser: argparse.ArgumentParser) -> None:
    made_up = parser.add_argument_group("a simulated fleet")
    said = "a made-up fleet of agents whose true rates are known"
    made_up.add_argument("--simulate", action="store_true", help=said)
    texts = {
        "runs": ("N", "fleets a line"),
        "seed": ("S", "another seed, other dice"),
        "sds": ("N,…", "SDs of each cell a week, a line each"),
        "issues": ("PERCENT", "of SDs with an issue and no rework"),
        "cells": ("N", "cells without a gate"),
    }
    for name, (metavar, text) in texts.items():
        default = _SIMULATED[name]
        shown = f"{text} (default: %(default)s)"
        kind = type(default)
        made_up.add_argument(f"--{name}", type=kind, default=default, metavar=metavar, help=shown)
    varying = "… on average, varying like independent arrivals"
    made_up.add_argument("--poisson", action="store_true", help=varying)


def run(args: argparse.Namespace) -> int:
    """Replay or simulate, and print."""
    given = {"from": args.from_, "to": args.to, "rule": args.rule, "as-of": args.as_of}
    given["logs-as-of"] = args.logs_as_of
    past = [f"--{name}" for name in _PAST if given[name] is not None]
    if args.simulate:
        if past:
            raise UsageError(f"--simulate and {past[0]} do not go together: past weeks are real")
        return _simulate(args)
    if args.from_ is None or args.to is None:
        raise UsageError(
            "replay takes --from WEEK --to WEEK, for past weeks, or --simulate, for a made-up fleet"
        )
    other = [f"--{name}" for name, default in _SIMULATED.items() if getattr(args, name) != default]
    if other:
        raise UsageError(f"{other[0]} goes with --simulate: past weeks are real")
    return _replay(args)


def _replay(args: argparse.Namespace) -> int:
    from bot.cli.calibration_run import signed_in
    from bot.forge.sign_in import READING
    from bot.git.repository import Repository
    from bot.lookbacks import replayed
    from bot.reports.replay_report import replay_json, replay_markdown, replay_text
    from bot.wording.escape import terminal

    request, changes = _request(args), _changes(args)
    settings = signed_in(args.environment, READING)
    credentials = settings.credentials if settings else None
    with (
        progress("replaying") as begin,
        Repository.open(Path(args.repo), credentials, around=args.environment) as repository,
    ):
        found = replayed(repository, request, changes, begin)
    for warning in found.warnings:
        print(f"warning: {terminal(warning)}", file=sys.stderr)
    renderers = {"text": replay_text, "json": replay_json, "markdown": replay_markdown}
    print(renderers[args.format](found), end="")
    return 0


def _request(args: argparse.Namespace) -> RangeRequest:
    """What the arguments ask. Raises UsageError for weeks that can be none before anything is read."""
    from datetime import UTC, datetime, timedelta

    from bot.calendar import day_of
    from bot.inputs.past_weeks_request import RangeRequest
    from bot.inputs.snapshot import AsOf

    now = int(time.time())
    first, last = day_of(args.from_), day_of(args.to)
    if first > last:
        raise UsageError(f"--from {args.from_} is after --to {args.to}")
    # The policy's weeks start within a week of the day of the label, in some time zone.
    if last > datetime.fromtimestamp(now, UTC).date() + timedelta(days=1):
        raise UsageError(f"week {args.to} is not over; replay weeks that are complete")
    if args.logs_as_of is not None and args.as_of is None:
        raise UsageError("--logs-as-of goes with --as-of: the logs are those of a past base")
    as_of = None if args.as_of is None else AsOf(args.as_of, args.logs_as_of)
    return RangeRequest(args.policy, now, args.from_, args.to, as_of)


def _changes(args: argparse.Namespace) -> Mapping[str, object]:
    from bot.policy.trying import read_changes

    changes = read_changes(args.changes)
    if args.rule is None:
        return changes
    if changes.get("rule", args.rule) != args.rule:
        raise UsageError("--rule and --set promotion.rule name two rules; give one of them")
    return {**changes, "rule": args.rule}


def _simulate(args: argparse.Namespace) -> int:
    from bot.policy import read_policy
    from bot.policy.trying import read_changes, tried
    from bot.reports import simulation_report as reports
    from bot.simulation.measure import rules_compared, simulate

    setting, changes = _setting(args), read_changes(args.changes)
    text = options.read_text(options.top_of(args.repo), args.policy)
    policy = read_policy(text, args.policy)
    promotion = tried(policy.promotion, changes)
    if len(policy.ladder) < 2:
        raise UsageError("a ladder of one rung promotes nothing: there is nothing to simulate")
    costs = [rung.relative_cost for rung in policy.ladder]
    with progress("simulating") as begin:
        done = begin(setting.runs * len(setting.sds) * len(rules_compared(promotion)))
        lines = simulate(promotion, costs, setting, done)
    report = reports.SimulationReport(promotion, setting, lines)
    if args.format == "text":
        from bot.cli import printing

        printing.print_styled(reports.simulation_text(report))
    else:
        as_asked = {"json": reports.simulation_json, "markdown": reports.simulation_markdown}
        print(as_asked[args.format](report), end="")
    return 0


def _setting(args: argparse.Namespace) -> Setting:
    from bot.simulation.draws import Model
    from bot.simulation.measure import Setting

    sds = tuple(_number("--sds", word, 1, _MOST_SDS) for word in args.sds.split(","))
    _number("--runs", args.runs, 1, _MOST_RUNS)
    _number("--cells", args.cells, 1, _MOST_CELLS)
    _number("--issues", args.issues, 0, 80)
    model = Model(cells=args.cells, issues=args.issues, poisson=args.poisson)
    return Setting(args.runs, args.seed, sds, model)


def _number(option: str, said: str | int, least: int, most: int) -> int:
    try:
        number = int(said)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise UsageError(f"{option} {said!s:.20}: must be a whole number from {least} to {most}")
    return number
