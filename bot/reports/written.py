"""What a calibration wrote where, or that it wrote nothing: the last words of every `plan` and `run`.

In: a `Report`. Out: one or two plain sentences.
"""

from __future__ import annotations

from bot.proposal.report import Action, PullRequestReport, Report
from bot.wording.figures import plural

_DONE = {Action.CREATE: "opened", Action.UPDATE: "updated", Action.CLOSE: "closed"}


def what_was_written(report: Report) -> str:
    """Branch, commit and pull request, each if it was touched."""
    request = report.pull_request
    if report.rehearsed:
        due = request is not None and (request.pushed or request.action in _DONE)
        return "Nothing was written." + (
            " `calibration-bot run` does what is above." if due else ""
        )
    if request is None:
        return "Nothing was written: there is nothing to propose."
    said = (_pushed(request, len(report.commits)), _told(request))
    return " ".join(filter(None, said)) or "Nothing was written."


def _pushed(request: PullRequestReport, commits: int) -> str:
    if request.pushed is None:
        return ""
    return f"Pushed {request.branch} at {request.pushed[:12]} ({plural(commits, 'commit')})."


def _told(request: PullRequestReport) -> str:
    """What became of the pull request; where there is none, the report's own words say why."""
    done = _DONE.get(request.action)
    return f"Pull request {done}: {request.url}" if done and request.url else ""
