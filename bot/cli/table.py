"""`calibration-bot table`: every resolved assignment at a glance."""

from __future__ import annotations

import argparse

from bot.cli import options


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser("table", help="the whole resolved table")
    options.add_repository(parser)
    options.add_format(parser, "text", "json", "markdown")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table in the format asked for."""
    from bot.presentation import tables

    table, rules = options.read_allocation(args)
    render = {
        "text": tables.table_text,
        "json": tables.table_json,
        "markdown": tables.table_markdown,
    }[args.format]
    print(render(table, rules), end="")
    return 0
