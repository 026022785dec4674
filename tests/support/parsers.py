"""Every parser of the command line, as the command line itself makes them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bot.cli.command_line import parser_for


def whole_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    return parser_for([])


def each_parser(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and those of its commands, theirs included."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from each_parser(inner)
