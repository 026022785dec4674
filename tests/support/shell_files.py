"""Writes completion scripts and manual page from the parser: `python -m tests.support.shell_files`.

An installation copies what is below `bot/cli/prefix` to its own prefix, where shells and `man` find it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import shtab

from bot.cli.completion import SCRIPTS
from tests.support.man_page import man_page
from tests.support.parsers import each_parser, whole_parser

PREFIX = Path(__file__).parents[2] / "bot" / "cli" / "prefix"
MAN_PAGE = "share/man/man1/calibration-bot.1"
_COMPLETED = {"FILE": shtab.FILE, "PATH": shtab.FILE, "DIR": shtab.DIRECTORY}
"""What stands for a value that the file system completes."""


def shell_files() -> dict[str, str]:
    """The text of every file below the prefix."""
    parser = _with_places(whole_parser())
    scripts = {path: f"{shtab.complete(parser, shell)}\n" for shell, path in SCRIPTS.items()}
    return {**scripts, MAN_PAGE: man_page(parser)}


def _with_places(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    for inner in each_parser(parser):
        for action in inner._actions:
            if isinstance(action.metavar, str) and action.metavar in _COMPLETED:
                vars(action)["complete"] = _COMPLETED[action.metavar]
    return parser


if __name__ == "__main__":
    for path, text in shell_files().items():
        (PREFIX / path).parent.mkdir(parents=True, exist_ok=True)
        (PREFIX / path).write_text(text, encoding="utf-8")
