"""What the alarm says: in the issue, in its comments, and by which mark the bot finds the issue again.

In: how the jobs of a scheduled run ended. Out: GitHub Markdown, whatever the jobs' names and outputs hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import BUG, BotError, GateRefusal, PublicationRefused, UsageError
from bot.wording.escape import ADDRESS, markdown
from bot.wording.remedies import (
    NO_OUTCOMES_LOGGED,
    NO_ROWS_LOGGED,
    REPORT_IT,
    WEAK_GATE,
    WRONG_USAGE,
)

ALARM_TITLE = "Calibration: the scheduled run needs somebody"
_BAD = "its summary says what is wrong, with file and line where it has them: do what it says."
_NOT_OPENED = (
    "its summary names the setting, and links a page on which to open the pull request by hand."
)
_BY_EXIT_CODE = {
    BotError.exit_code: _BAD,
    UsageError.exit_code: WRONG_USAGE,
    GateRefusal.exit_code: WEAK_GATE,
    PublicationRefused.exit_code: _NOT_OPENED,
    BUG: REPORT_IT,
}
_AROUND = "see its log: what failed is around the bot (the runner, a checkout, the installation)."
_STOPPED = (
    "see in its log what took so long (most likely it met its time limit), and start it again."
)
_MISSING = {
    "rows": ("the logs hold no row", NO_ROWS_LOGGED),
    "outcomes": (
        "nobody logged an outcome in it nor in the three weeks before",
        NO_OUTCOMES_LOGGED,
    ),
}
_VERBS = {"failure": "failed", "cancelled": "was stopped"}


@dataclass(frozen=True)
class EndedJob:
    """A job that did not come to a good end. Hostile."""

    name: str
    result: str
    """In GitHub's word: `failure`, `cancelled`."""
    exit_code: int | None
    """What calibration-bot ended with; None where it never came to that."""


@dataclass(frozen=True)
class ScheduledRun:
    """How a scheduled run ended."""

    ended: tuple[EndedJob, ...]
    """Jobs that failed or were stopped."""
    missing: str
    """`rows` or `outcomes` where the reviewed week has none, else empty."""
    week: str
    """The reviewed week; empty where no review came about. Hostile."""
    url: str
    """Its page; empty where that is unknown."""
    idle: bool
    """Whether all of its jobs were skipped: then it shows nothing."""

    @property
    def well(self) -> bool:
        """Whether there is nothing to raise an alarm about."""
        return not self.ended and not self.missing and not self.idle


def alarm_mark(policy: str) -> str:
    """How an issue's text begins the mark of the alarm about the policy at a path: one policy, one alarm."""
    return f"<!-- calibration-bot-alarm {hashlib.sha256(policy.encode()).hexdigest()[:12]} "


def alarm_tag(policy: str, week: str) -> str:
    """The whole mark, of what is said in a week (a label of the calendar): it is said once."""
    return f"{alarm_mark(policy)}{week} -->"


def alarm_body(run: ScheduledRun, policy: str, tag: str) -> str:
    """The text of a new issue."""
    return (
        f"{_reasons(run)}\n\n"
        "While it stays so, this issue gets a comment a week; the next scheduled run that is well closes it. "
        f"`alarm = false` in {markdown(policy)} switches it off.\n\n{tag}\n"
    )


def alarm_comment(run: ScheduledRun, tag: str) -> str:
    """The week's comment on an issue that is open already."""
    return f"It is still so. {_reasons(run)}\n\n{tag}\n"


def all_clear(run: ScheduledRun, tag: str) -> str:
    """The last comment, before the issue is closed."""
    well = "is well: nothing failed, and there were rows and outcomes to decide by."
    return f"{_this_run(run)} {well}\n\n{tag}\n"


def said_twice(number: int, tag: str) -> str:
    """The comment on an issue that another run was faster with. `number`: of the one that stays."""
    return f"Two runs raised the alarm at once; #{number} says the same.\n\n{tag}\n"


def _reasons(run: ScheduledRun) -> str:
    lines = "\n".join(f"- {line}" for line in (*map(_about_job, run.ended), *_about_week(run)))
    return f"{_this_run(run)} needs somebody:\n\n{lines}"


def _this_run(run: ScheduledRun) -> str:
    words = "The scheduled calibration"
    return f"[{words}]({run.url})" if ADDRESS.fullmatch(run.url) else words


def _about_job(job: EndedJob) -> str:
    said = _VERBS.get(job.result) or f"ended as {markdown(job.result)}"
    code = "" if job.exit_code is None else f" with exit code {job.exit_code}"
    around = _STOPPED if job.result == "cancelled" else _AROUND
    by_itself = None if job.result == "cancelled" else job.exit_code
    remedy = around if by_itself is None else _BY_EXIT_CODE.get(by_itself, around)
    return f"Job {markdown(job.name)} {said}{code}. **Next**: {remedy}"


def _about_week(run: ScheduledRun) -> Iterator[str]:
    if run.missing:
        said, remedy = _MISSING[run.missing]
        yield f"Week {markdown(run.week)} decides nothing: {said}. **Next**: {remedy}"
