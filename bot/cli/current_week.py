"""The logs of work tree and log branch, read as `plan` reads those of base: for `budget` and `log show`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import NamedTuple

from bot.allocation.assignments import Version
from bot.allocation.table import read_table, table_path
from bot.calendar import Week
from bot.cli import options
from bot.cli.progress import working
from bot.evidence.limits import EVERY_RUN
from bot.evidence.question import ask
from bot.evidence.read import read_evidence
from bot.evidence.records import Evidence, Question
from bot.inputs.warehouse_evidence import past_in_warehouse
from bot.inputs.work_tree import all_logs
from bot.policy import Policy, read_policy


class WorkTree(NamedTuple):
    """What one week's logs say, and what they are judged by."""

    evidence: Evidence
    week: Week
    policy: Policy
    now: int
    """Seconds since the epoch."""


def read_current_week(args: argparse.Namespace) -> WorkTree:
    """Read a week of the logs. Bad lines are in the evidence; other faults are raised."""
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    path = table_path(args.policy)
    table = read_table(options.read_text(top, path), path, policy.rules)
    now = int(time.time())
    calendar = policy.week.calendar
    week = calendar.named(args.week) if args.week else calendar.week_of(now)
    # The table's past decides models, not tokens: the present one stands in for it.
    question = ask(policy, [Version(0, table.default, table.entries)], week)
    with working("reading the logs"):
        past = past_in_warehouse(policy, question, EVERY_RUN)
        evidence = past.evidence if past else _of_files(Path(top), policy, question)
    return WorkTree(evidence, week, policy, now)


def _of_files(top: Path, policy: Policy, question: Question) -> Evidence:
    with all_logs(top, policy.logs.ref) as files:
        tokens, rework = files(policy.logs.tokens), files(policy.logs.rework)
        return read_evidence(tokens, rework, question, EVERY_RUN)
