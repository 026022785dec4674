"""`calibration-bot alarm`: one issue while scheduled runs need somebody; one that is well closes it."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.cli import options
from bot.errors import BotError, UsageError

if TYPE_CHECKING:
    from bot.forge.issues import Tracker
    from bot.wording.alarm_text import EndedJob, ScheduledRun

_SKIPPED = "skipped"
_WELL = ("success", _SKIPPED)
_EXIT_CODE = re.compile(r"[0-9]{1,3}", re.ASCII)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "alarm",
        help="an issue about scheduled runs that fail or find nothing logged",
        description="Opens an issue about a scheduled run that failed or found nothing logged, comments on "
        "it once a week while that lasts, and closes it when a run is well.",
        example='calibration-bot alarm --jobs "$NEEDS"',
    )
    options.add_repository(parser)
    parser.add_argument(
        "--jobs",
        required=True,
        metavar="JSON",
        help="how the run's jobs ended, as GitHub's toJSON(needs) has it",
    )
    parser.set_defaults(run=run, stops="The alarm")


class _Wish(NamedTuple):
    """What the policy says about it; where it cannot be read, what it says by default."""

    alarm: bool
    author: str
    """Whose the bot's pull requests are."""
    week: str
    """Label of the week that it is now."""


def run(args: argparse.Namespace) -> int:
    """Raise the alarm, keep it up or end it. Raises BotError where GitHub does not let that happen."""
    from bot.cli.calibration_run import no_github, signed_in
    from bot.cli.workflow import add_summary
    from bot.forge.github import sender
    from bot.forge.issues import Tracker, own_accounts
    from bot.forge.sign_in import ALARMING

    ended, wish = _read(args.jobs), _wish(args)
    if not wish.alarm:
        print(f"no alarm: {args.policy} says alarm = false")
        return 0
    settings = signed_in(args.environment, ALARMING)
    if settings is None:
        raise no_github("alarm")
    api = sender(settings)
    tracker = Tracker(api, settings, own_accounts(api, settings, wish.author))
    said = _tell(tracker, ended, args.policy, wish.week)
    print(said)
    add_summary(f"{said}\n")
    return 0


def _tell(tracker: Tracker, ended: ScheduledRun, policy: str, week: str) -> str:
    """Do what is due; what was done, as a sentence."""
    from bot.forge.sending import SwitchedOff
    from bot.wording import alarm_text as words

    if ended.idle:
        return "Every job was skipped, which shows nothing: the alarm is left as it is."
    mark, tag = words.alarm_mark(policy), words.alarm_tag(policy, week)
    try:
        known = tracker.open_ones(mark)
    except SwitchedOff:
        if ended.well:
            return "No alarm: all is well, and there are no issues in this repository."
        raise
    if ended.well:
        for issue in known:
            done = words.alarm_tag(policy, f"{week} well")
            tracker.comment_once(issue.number, words.all_clear(ended, done), done)
            tracker.close(issue.number, "completed")
        numbers = ", ".join(f"#{issue.number}" for issue in known)
        return f"The alarm is over: closed {numbers}." if known else "No alarm: all is well."
    if not known:
        return _open(tracker, ended, policy, tag)
    if tag not in known[0].body:
        tracker.comment_once(known[0].number, words.alarm_comment(ended, tag), tag)
    return f"The alarm stands: {known[0].url}"


def _open(tracker: Tracker, ended: ScheduledRun, policy: str, tag: str) -> str:
    """Open the issue; where another run has opened one meanwhile, the older one stays."""
    from bot.wording import alarm_text as words

    mark = words.alarm_mark(policy)
    mine = tracker.open(words.ALARM_TITLE, words.alarm_body(ended, policy, tag), mark)
    first = next(iter(tracker.open_ones(mark)), mine)
    if first.number < mine.number:
        tracker.comment_once(mine.number, words.said_twice(first.number, tag), tag)
        tracker.close(mine.number, "not_planned")
        return f"The alarm stands: {first.url}"
    return f"The alarm is raised: {mine.url}"


def _wish(args: argparse.Namespace) -> _Wish:
    """What is sound of the policy: a run that failed because of the rest raises the alarm all the same."""
    from bot.allocation.toml import parse
    from bot.policy import Policy, PullRequestPolicy, WeekPolicy
    from bot.policy.reading import sound_fields

    sound: Mapping[str, Any] = {}
    try:
        text = options.read_text(options.top_of(args.repo), args.policy)
        sound, _ = sound_fields(Policy, parse(text, args.policy))
    except BotError:  # what the run itself was stopped by
        pass
    week = sound.get("week", WeekPolicy()).calendar.week_of(int(time.time())).label
    author = sound.get("pull_request", PullRequestPolicy()).author
    return _Wish(sound.get("alarm", True), author, week)


def _read(told: str) -> ScheduledRun:
    """How the run ended, by the document of its jobs. Raises UsageError."""
    from bot.cli.workflow import run_link
    from bot.wording.alarm_text import ScheduledRun

    jobs = _jobs(told)
    outputs = [_outputs(job) for job in jobs.values()]
    missing, week = (
        next(filter(None, (of.get(name) for of in outputs)), "") for name in ("missing", "week")
    )
    known = missing if missing in ("rows", "outcomes") else ""
    idle = all(job.get("result") == _SKIPPED for job in jobs.values())
    return ScheduledRun(tuple(_ended(jobs)), known, week, run_link(), idle)


def _jobs(told: str) -> Mapping[str, Mapping[str, Any]]:
    """The jobs by their names, one at least. Raises UsageError."""
    try:
        document = json.loads(told)
    except (ValueError, RecursionError):
        document = None
    jobs = document if isinstance(document, dict) else {}
    if not jobs or not all(isinstance(job, dict) for job in jobs.values()):
        raise UsageError(
            "--jobs takes what GitHub's toJSON(needs) gives: an object, with an object for each job "
            "that ran before this one"
        )
    return jobs


def _ended(document: Mapping[str, Mapping[str, Any]]) -> Iterator[EndedJob]:
    from bot.wording.alarm_text import EndedJob

    for name, job in document.items():
        result = str(job.get("result"))
        if result not in _WELL:
            code = _outputs(job).get("exit-code", "")
            yield EndedJob(name, result, int(code) if _EXIT_CODE.fullmatch(code) else None)


def _outputs(job: Mapping[str, Any]) -> dict[str, str]:
    outputs = job.get("outputs")
    return (
        {name: str(value) for name, value in outputs.items()} if isinstance(outputs, dict) else {}
    )
