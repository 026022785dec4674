"""`calibration-bot budget`: the zone of the week's tokens, how fast they go, and who uses them."""

from __future__ import annotations

import argparse

from bot.cli import options


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "budget",
        help="the week's tokens: zone, burn rate, projection",
        description="Shows the zone of a week's tokens, how fast they go, where that leads, and who uses "
        "them.",
        example="calibration-bot budget --week 2025-W49",
    )
    options.add_repository(parser)
    parser.add_argument("--week", help="e.g. 2025-W49 (default: the current week)")
    options.add_format(parser, "text", "json")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the budget of the week in the format asked for."""
    from bot.calibration.projection import project
    from bot.calibration.zones import status, zone
    from bot.cli import current_week, printing
    from bot.reports import budget_report

    evidence, week, policy, now = current_week.read_current_week(args)
    used = status(evidence.usage, week.label, policy.rules.phases, policy.budget)
    ahead = project(used.used, used.limit, week, now)
    report = budget_report.BudgetReport(
        week=week,
        time_zone=policy.week.time_zone,
        status=used,
        projection=ahead,
        projected_zone=None if ahead.by_end is None else zone(ahead.by_end, policy.budget),
        mismatches=tuple(found for found in evidence.mismatches if found.week == week.label),
        rejected=evidence.rejected,
    )
    if args.format == "json":
        print(budget_report.budget_json(report), end="")
    else:
        printing.print_styled(budget_report.budget_text(report))
    return 0
