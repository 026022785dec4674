"""`calibration-bot collect git`: trailers and reverts on base into the rework log."""

from __future__ import annotations

import argparse
import time

from bot.cli.calibration_run import signed_in
from bot.cli.collection import Desk, run_collection
from bot.cli.progress import with_count
from bot.collecting.fact_records import Origin
from bot.collecting.filing import cursor_at
from bot.collecting.landed_facts import found_in
from bot.forge.sign_in import READING
from bot.git.base import Base
from bot.git.remote import repository_name
from bot.git.repository import Repository
from bot.reports.collect_report import Collection


def run(args: argparse.Namespace) -> int:
    """Collect from base's history."""
    return run_collection(args, _origin, _collect, signed_in(args.environment, READING))


def _origin(repository: Repository, base: Base) -> Origin:
    return Origin("git", repository_name(repository, base.remote))


def _collect(desk: Desk) -> Collection:
    found = found_in(
        with_count(desk.landed, "reading history: {task.completed:,} commits"),
        desk.reading,
        desk.in_base,
        int(time.time()),
    )
    base = desk.base
    cursor = cursor_at(desk.origin, desk.base_at, base.commit)
    return desk.log(found, f"{base.name} at {base.commit}", cursor)
