"""`calibration-bot table`: every resolved assignment at a glance."""

from __future__ import annotations

import argparse

from bot.cli import options


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "table",
        help="the whole resolved table",
        description="Prints the model of every agent in every phase, as the work tree's table resolves.",
        example="calibration-bot table --format json",
    )
    options.add_repository(parser)
    options.add_format(parser, "text", "json", "markdown")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table in the format asked for."""
    from bot.binding.table_document import table_json
    from bot.reports.tables import table_markdown, table_text

    table, rules = options.read_allocation(args)
    renderers = {"text": table_text, "json": table_json, "markdown": table_markdown}
    print(renderers[args.format](table, rules), end="")
    return 0
