"""`calibration-bot report`: all there is to see, as one HTML page. Writes that file and nothing else."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from bot.cli import options
from bot.errors import BotError, UsageError
from bot.paths import is_file, is_folder


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "report",
        help="heat map, control charts, spend, history: one page",
        description="Writes everything there is to see as one page that asks no server for anything: heat "
        "map, control charts, spend, verdicts, history.",
        example="calibration-bot report --html report.html",
    )
    options.add_repository(parser)
    parser.add_argument(
        "--html", required=True, metavar="FILE", help="where to write the page, e.g. report.html"
    )
    parser.add_argument(
        "--week",
        metavar="WEEK",
        help="the newest week of the page, e.g. 2025-W49, or current (default: the last complete week)",
    )
    parser.set_defaults(run=run, previews=True)


def run(args: argparse.Namespace) -> int:
    """Review, and write the page."""
    from bot.cli.calibration_run import signed_in
    from bot.forge.sign_in import READING
    from bot.git.repository import Repository
    from bot.inputs.request import Request
    from bot.lookbacks import surveyed
    from bot.page import html_page
    from bot.wording.escape import terminal

    target = _checked(args.html)
    settings = signed_in(args.environment, READING)
    credentials = settings.credentials if settings else None
    request = Request(policy=args.policy, now=int(time.time()), week=args.week or None)
    with Repository.open(Path(args.repo), credentials, around=args.environment) as repository:
        report = surveyed(repository, request)
    for warning in report.warnings:
        print(f"warning: {terminal(warning)}", file=sys.stderr)
    page = html_page(report).encode()
    _write(target, page)
    week = report.overview.review.week
    print(f"{terminal(args.html)}: week {week}, {len(page) / 1000:,.0f} kB")
    return 0


def _checked(file: str) -> Path:
    """Where the file goes, links followed. Raises UsageError, before anything is read, where none can be."""
    target = Path(os.path.realpath(file))  # `Path.resolve` raises for links that lead in a circle
    folder = target.parent
    if not file or is_folder(target):
        raise UsageError(f"--html {file}: is a folder; name a file, e.g. report.html")
    if os.path.lexists(target) and not is_file(target):
        raise UsageError(f"--html {file}: is no plain file; name one, e.g. report.html")
    if not is_folder(folder):
        raise UsageError(f"--html {file}: there is no folder {folder}; create it, or name another")
    return target


def _write(target: Path, page: bytes) -> None:
    """Whole or not at all: a reader sees the page of before until the new one has its name."""
    part = target.with_name(f".calibration-bot-{os.urandom(6).hex()}.part")
    try:
        with part.open("xb") as file:
            file.write(page)
        part.replace(target)
    except OSError as err:
        with suppress(OSError):
            part.unlink()
        said = err.strerror or str(err)
        raise BotError(f"{target}: cannot be written: {said}; name another file") from err
