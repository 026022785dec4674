"""`calibration-bot replay --simulate`: what the policy's rule means for a fleet, before it is adopted."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.cli import options
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.policy import Policy, Promotion
    from bot.simulation.measure import Setting

_MOST_RUNS, _MOST_SDS, _MOST_CELLS = 100_000, 1_000, 1_000


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser("replay", help="what the rule means for a simulated fleet")
    options.add_repository(parser)
    parser.add_argument(
        "--simulate",
        action="store_true",
        help="a made-up fleet of agents whose true rates are known",
    )
    parser.add_argument(
        "--runs", type=int, default=200, metavar="N", help="fleets a line (default: %(default)s)"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="another seed, other dice (default: %(default)s)",
    )
    parser.add_argument(
        "--sds",
        default="2,5,10,30",
        metavar="N,…",
        help="SDs of each cell a week, a line each (default: %(default)s)",
    )
    parser.add_argument(
        "--poisson", action="store_true", help="… on average, varying like independent arrivals"
    )
    parser.add_argument(
        "--issues",
        type=int,
        default=0,
        metavar="PERCENT",
        help="of SDs with an issue and no rework (default: %(default)s)",
    )
    parser.add_argument(
        "--cells",
        type=int,
        default=40,
        metavar="N",
        help="cells without a gate (default: %(default)s)",
    )
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


def run(args: argparse.Namespace) -> int:
    """Simulate and print."""
    from bot.policy import read_policy
    from bot.reports import simulation_report as reports
    from bot.simulation.measure import rules_of, simulate

    if not args.simulate:
        raise UsageError(
            "replay takes --simulate: what the rule means for a made-up fleet of agents"
        )
    setting = _setting(args)
    text = options.read_text(options.top_of(args.repo), args.policy)
    policy = read_policy(text, args.policy)
    promotion = _changed(policy, args.changes)
    if len(policy.ladder) < 2:
        raise UsageError("a ladder of one rung promotes nothing: there is nothing to simulate")
    costs = [rung.relative_cost for rung in policy.ladder]
    with _progress(setting.runs * len(setting.sds) * len(rules_of(promotion))) as done:
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
    from bot.simulation.measure import Setting
    from bot.simulation.model import Model

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


def _changed(policy: Policy, changes: Sequence[str]) -> Promotion:
    """The policy's rule with some keys set otherwise. Raises UsageError in words for what is none."""
    import msgspec

    from bot.policy import Promotion
    from bot.policy.reading import sound_fields

    table = msgspec.to_builtins(policy.promotion)
    for change in changes:
        key, _, value = change.partition("=")
        section, _, name = key.strip().partition(".")
        if section != "promotion" or not name:
            raise UsageError(
                f"--set {change}: write a key of [promotion], e.g. promotion.bar=3; the rest of the policy "
                "means nothing to a simulation"
            )
        table[name] = _value(value)
    sound, wrong = sound_fields(Promotion, table, ("promotion",))
    if wrong:
        path, said = wrong[0]
        raise UsageError(f"--set {'.'.join(map(str, path))}: {said}")
    return Promotion(**sound)


def _value(text: str) -> object:
    """A value as the policy would write it; a bare word is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


@contextmanager
def _progress(runs: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("simulating", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=runs)
        yield lambda: progress.advance(task)
