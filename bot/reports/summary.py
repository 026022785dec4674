"""The summary of a GitHub Actions job, as GitHub Markdown: of a review in every outcome, and of an error.

In: a `Report`, or what went wrong. Out: the text for `$GITHUB_STEP_SUMMARY`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.calibration.findings import Review
from bot.git.history import Pusher
from bot.proposal.report import Report
from bot.wording import proposed, sections
from bot.wording.body import Extras, findings, fitting, folds, join, preview_note, size, why
from bot.wording.commit_messages import plan_command
from bot.wording.escape import ADDRESS, markdown, prose
from bot.wording.figures import plural
from bot.wording.sections import Lines

MOST_SUMMARY_BYTES = 1_000_000
"""Under GitHub's limit of 1 MiB for the summary of a step."""
_MOST_PUSHERS = 50


def job_summary(report: Report) -> str:
    """The text for `$GITHUB_STEP_SUMMARY` of a `plan` or `run`, in every outcome."""
    review = report.review
    extras = Extras((), report.rejected, report.warnings)
    changes = tuple(commit.change for commit in report.commits)
    first = join(
        [f"## Calibration {review.week}"],
        preview_note(review),
        sections.shift_warning(review),
        [_nothing_logged(review)] if review.nothing_logged else proposed.headline(review, changes),
        _published(report),
    )
    opening = join([first], proposed.plain_rows(review, changes))
    blocks = [why(review, changes), *findings(review, extras), *folds(review, changes)]
    pushed = join(_pushed(report))
    middle = fitting(blocks, MOST_SUMMARY_BYTES - size(opening) - size(pushed))
    return (
        join(
            [opening],
            middle,
            [pushed] if pushed else [],
            [f"Reproduce it: `{plan_command(review)}`"],
        )
        + "\n"
    )


def error_summary(problems: Sequence[str]) -> str:
    """The text for `$GITHUB_STEP_SUMMARY` of a run that ends in an error: every problem, one a line."""
    lines = sections.capped(problems, lambda text: f"- {markdown(text, 400)}", 200, "problem")
    said = "The run stopped here; the next one does whatever is left to do. What is wrong:"
    return join(["## Calibration stopped"], [said], lines) + "\n"


def _nothing_logged(review: Review) -> str:
    return f"Nothing to decide: the logs hold no row for week {review.week}. Nothing was touched."


def _pushed(report: Report) -> Lines:
    """Who has moved the branch of the logs: whoever writes logs moves models."""

    def row(pusher: Pusher) -> str:
        who = markdown(f"{pusher.who.name} <{pusher.who.email}>", 120)
        return f"- {who}: {plural(pusher.commits, 'commit')}"

    if not report.pushers:
        return []
    said = "Commits on the branch of the logs since the week began, by whom they name:"
    return [said, "", *sections.capped(report.pushers, row, _MOST_PUSHERS, "name")]


def _published(report: Report) -> Lines:
    request = report.pull_request
    if request is None:
        return []
    where = f"branch {markdown(request.branch)}"
    if request.url is not None:
        where = request.url if ADDRESS.fullmatch(request.url) else markdown(request.url)
    return [f"Pull request ({request.action}): {where}. {prose(request.reason)}"]
