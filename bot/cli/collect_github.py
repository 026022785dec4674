"""`calibration-bot collect github`: pull requests that were merged or closed, into the rework log."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bot.cli.calibration_run import no_github, signed_in
from bot.cli.collection import Desk, run_collection
from bot.cli.progress import with_count
from bot.collecting.fact_records import Origin
from bot.collecting.filing import cursor_at
from bot.collecting.pull_request_facts import (
    Court,
    facts_of,
    matched_globs,
    shows_checks,
    to_be_asked,
)
from bot.collecting.speaking import Permissions
from bot.collecting.undone import reverted_by_button, reverts_in
from bot.forge.github import sender
from bot.forge.pull_reader import PullReader
from bot.forge.pull_records import PullSeen
from bot.forge.pull_requests import PullRecord, Undoing
from bot.forge.questions import Questions
from bot.forge.sign_in import COLLECTING, GitHubSettings
from bot.git.landed import trailers_in
from bot.reports.collect_report import Collection
from bot.wording.figures import plural

_Pulls = dict[str, PullSeen]
"""By node id."""


def run(args: argparse.Namespace) -> int:
    """Collect from GitHub. Raises UsageError where the environment names none."""
    settings = signed_in(args.environment, COLLECTING)
    if settings is None:
        raise no_github("collect github")
    origin = Origin("github", settings.repository)
    return run_collection(args, lambda *_: origin, partial(_collect, settings), settings)


def _collect(settings: GitHubSettings, desk: Desk) -> Collection:
    asked = Questions(sender(settings), settings)
    reader = PullReader(asked)
    changed = with_count(
        reader.changed_since(desk.span.since), "reading pull requests: {task.completed:,}"
    )
    read = {pull.record.node_id: pull for pull in changed}
    newest = max((pull.changed_at for pull in read.values()), default=0)
    pulls = _into_base(read, desk)
    court = Court(reader.repository, Permissions({}), desk.reading, desk.policy.collect)
    undone = _undone(reader, pulls, desk, settings)
    records = list(_records(reader, pulls, undone, desk, court))
    told = {login: asked.permission(login) for login in to_be_asked(records, court)}
    speaking = replace(court, permissions=Permissions(told))
    before = desk.before.at if desk.before else 0
    at = max(newest, desk.base_at, before)
    cursor = cursor_at(
        desk.origin, at, desk.base.commit, matched=matched_globs(records, court.rules)
    )
    left = f", {reader.left} left for the next time: they changed meanwhile" if reader.left else ""
    seen = f"{plural(len(records), 'pull request')} into {desk.base.name}{left}"
    # Whatever was left, what takes it back included, must be within the next collection's span.
    return desk.log(facts_of(records, speaking), seen, None if reader.left else cursor)


def _into_base(read: _Pulls, desk: Desk) -> _Pulls:
    """Those into base, or into a branch that base was called once: their merges are among its commits."""
    name = desk.base.name
    elsewhere = {pull.merged_as for pull in read.values() if pull.base != name} - {None}
    landed = {commit.sha for commit in desk.landed if commit.sha in elsewhere} if elsewhere else ()
    return {
        node: pull for node, pull in read.items() if pull.base == name or pull.merged_as in landed
    }


def _undone(
    reader: PullReader, pulls: _Pulls, desk: Desk, settings: GitHubSettings
) -> dict[str, list[Undoing]]:
    """What took pull requests back, by node id; older ones of them are read, and added to `pulls`."""
    found: dict[str, list[Undoing]] = defaultdict(list)
    if not any(rule.when == "reverted" for rule in desk.policy.collect):
        return found
    reverts = reverts_in(desk.landed, desk.reading, desk.in_base, int(time.time()))
    merged: dict[str, tuple[str, ...]] = {
        pull.merged_as: (node,) for node, pull in pulls.items() if pull.merged_as
    }
    brought = reader.brought_by(sorted({one.reverted for one in reverts} - set(merged))) | merged
    place = f"{settings.server_url}/{reader.repository}/commit"
    for one in reverts:
        for node in brought.get(one.reverted, ()):
            found[node].append(Undoing(one.by, one.at, f"{place}/{one.by}"))
    buttons = list(reverted_by_button((pull.record for pull in pulls.values()), reader.repository))
    numbers = {pull.record.number: node for node, pull in pulls.items()}
    numbers |= reader.numbered(sorted({number for number, _ in buttons} - set(numbers)))
    for number, undoing in buttons:
        if number in numbers:
            found[numbers[number]].append(undoing)
    missing = reader.named(sorted(set(found) - set(pulls)))
    pulls |= _into_base({pull.record.node_id: pull for pull in missing}, desk)
    return found


def _records(
    reader: PullReader,
    pulls: _Pulls,
    undone: dict[str, list[Undoing]],
    desk: Desk,
    court: Court,
) -> Iterator[PullRecord]:
    """Everything of the pull requests: with the verdicts, if any rule asks for them, on all their heads."""
    shown = [pull for pull in pulls.values() if shows_checks(pull.record, court)]
    based = desk.in_base({commit.oid for pull in shown for commit in pull.beneath})
    heads = {
        pull.record.node_id: dict.fromkeys(
            (*pull.heads, *(commit for commit in pull.beneath if commit.oid not in based))
        )
        for pull in shown
    }
    verdicts = reader.verdicts(head for of_one in heads.values() for head in of_one)
    for node, pull in pulls.items():
        text = pull.description
        checks = [one for head in heads.get(node, ()) for one in verdicts.get(head.oid, ())]
        yield replace(
            pull.record,
            trailers=trailers_in(desk.repository, text) if ":" in text else (),
            checks=tuple(checks),
            undone=tuple(undone.get(node, ())),
        )
