"""What to do next, for the top of a job summary: after a review in every outcome, and after an error.

In: a `Report`, or an error. Out: one sentence of GitHub Markdown.
"""

from __future__ import annotations

import re

from bot.calibration.findings import Outcome
from bot.errors import BotError, GateRefusal, InvalidInput, UsageError
from bot.proposal.report import Action, PullRequestReport, Report
from bot.wording.escape import ADDRESS, markdown
from bot.wording.figures import plural
from bot.wording.remedies import (
    NO_OUTCOMES_LOGGED,
    NO_ROWS_LOGGED,
    REPORT_IT,
    REST,
    WEAK_GATE,
    WRONG_INPUT,
    WRONG_USAGE,
)

_ADDRESS = re.compile(ADDRESS.pattern + r"(\?[A-Za-z0-9._~%&=+-]+)?")
_AFTER = {UsageError: WRONG_USAGE, GateRefusal: WEAK_GATE, InvalidInput: WRONG_INPUT}
AFTER_STOP = "run again: whatever is left to do is done."
"""After a signal."""


def next_step(report: Report) -> str:
    """After a review; it ends in a full stop."""
    review, request = report.review, report.pull_request
    if review.preview is not None:
        return "nothing; `calibration-bot run` decides when the week is over."
    if review.nothing_logged:
        return NO_ROWS_LOGGED
    if review.no_outcomes:
        return NO_OUTCOMES_LOGGED
    if review.shift is not None:
        return "find out what changed for everybody; to accept it, do what the warning says."
    if request is not None and request.action is not Action.CLOSE:
        return _about(request)
    asked = sum(verdict.outcome is Outcome.INVESTIGATE for verdict in review.verdicts)
    return f"look into {plural(asked, 'cell')} below." if asked else "nothing to do."


def after_error(err: Exception) -> str:
    """After an error; it ends in a full stop."""
    known = (said for kind, said in _AFTER.items() if isinstance(err, kind))
    return next(known, REST if isinstance(err, BotError) else REPORT_IT)


def link(address: str, words: str = "") -> str:
    """An address as a link, as `words` if there are any; as a code span where it is none of ours."""
    if not _ADDRESS.fullmatch(address):
        return markdown(address)
    return f"[{words}]({address})" if words else address


def _about(request: PullRequestReport) -> str:
    """What a person does about the pull request."""
    branch = markdown(request.branch)
    if request.action is Action.REFUSED:
        by_hand = link(request.by_hand, "open it by hand") + ", or " if request.by_hand else ""
        return f"{by_hand}mend that and run again."
    if request.action is Action.HANDS_OFF:
        return f"merge or close what is on {branch}, or let the bot have it back (`take-over`)."
    if request.url is not None:
        refusing = "or untick what you refuse and merge what the next run leaves"
        return f"review {link(request.url)}: merge it, {refusing}."
    if request.action is Action.LOCAL:
        return f"review and merge {branch}."
    return "nothing to do."
